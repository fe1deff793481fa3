"""Thighs that are spread, or crossed, stay two: neither cuts a piece off the other."""

import numpy as np
import pytest

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Side
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import person_for
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.pose import sample_radiograph_pose
from mskdex.types import LabelVolume

VOXEL_MM = 4.0
PLAN = VirtualPlan(seed=740, count=48, per_template=4)
BELOW_MM = (-230.0, -150.0)
RIGHT = [label.value for label in MUSCLE_LABELS if label.side is Side.RIGHT]
LEFT = [label.value for label in MUSCLE_LABELS if label.side is Side.LEFT]


@pytest.fixture(scope="module", params=[5, 40])
def patients(request: pytest.FixtureRequest) -> tuple[Patient, Patient]:
    """Posed and supine, of crooked templates, in poses that take both thighs to one side."""
    rng = PLAN.randomness(request.param)
    growable = growable_of(PLAN.anatomy, PLAN.seed, PLAN.group(request.param), VOXEL_MM)
    body = embody(person_for(growable, rng), growable, rng)
    posed, supine = (lay_down(body, pose, voxel_mm=VOXEL_MM) for pose in (sample_radiograph_pose(rng), SUPINE))
    return posed, supine


def _below(patient: Patient) -> LabelVolume:
    low, high = (round((mm - patient.voxel_to_world[2, 3]) / VOXEL_MM) for mm in BELOW_MM)
    return patient.labels[:, :, low:high]


def test_nothing_of_a_thigh_is_cut_off(patients: tuple[Patient, Patient]) -> None:
    posed, supine = (np.count_nonzero(_below(patient)) for patient in patients)
    assert posed == pytest.approx(supine, rel=0.02)


def test_the_muscles_of_one_side_lie_together(patients: tuple[Patient, Patient]) -> None:
    """On a line from side to side, no muscle of the left comes before one of the right."""
    labels = _below(patients[0])
    places = np.arange(len(labels))[:, None, None]
    last_right = np.where(np.isin(labels, RIGHT), places, -1).max(axis=0)
    first_left = np.where(np.isin(labels, LEFT), places, len(labels)).min(axis=0)
    assert (last_right < first_left).mean() > 0.999
