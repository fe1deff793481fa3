"""A person's belly: as deep as the person's, while bones and muscles stay where they were."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.phantom.belly import LARGEST_MM
from mskdex.phantom.belly import with_belly
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import sample_person
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Shape

VOXEL_MM = 4.0
HIP_BONES = [LABEL_BY_NAME[f"hip_bone_{side}"].value for side in ("right", "left")]


def _patient(growable: Growable, diameter_mm: float, seed: int = 4) -> Patient:
    rng = np.random.default_rng(seed)
    person = replace(sample_person(rng), sagittal_abdominal_diameter_mm=diameter_mm)
    return lay_down(embody(person, growable, np.random.default_rng(seed)), SUPINE, voxel_mm=VOXEL_MM)


def _diameter_mm(patient: Patient) -> float:
    """In the midline at the top of the hip bones."""
    middle = round(-patient.voxel_to_world[0, 3] / VOXEL_MM)
    crest = np.flatnonzero(np.isin(patient.labels, HIP_BONES).any(axis=(0, 1)))[-1]
    return float(np.count_nonzero(patient.labels[middle, :, crest]) * VOXEL_MM)


@pytest.fixture(scope="module")
def unwarped(growable: Growable) -> Shape:
    low = growable.origin_mm - [0.0, LARGEST_MM, 0.0] - KNOT_MM / 2
    knots = (np.array(growable.rigid.shape) * growable.template.spacing_mm + [0.0, LARGEST_MM, 0.0]) / KNOT_MM + 2
    return Shape(np.ones(3), np.zeros((3, *knots.astype(int)), np.float32), low)


@pytest.fixture(scope="module")
def man() -> Growable:
    return prepare(builtin_template(average_shape("male"), 5.0))


@pytest.mark.parametrize("diameter_mm", [190.0, 240.0, 310.0])
def test_a_patient_is_as_deep_at_the_crests_as_the_person(man: Growable, diameter_mm: float) -> None:
    assert _diameter_mm(_patient(man, diameter_mm)) == pytest.approx(diameter_mm, abs=2.5 * VOXEL_MM)


@pytest.mark.parametrize("diameter_mm", [165.0, 300.0])
def test_what_is_measured_stays_where_it_was(growable: Growable, unwarped: Shape, diameter_mm: float) -> None:
    template = growable.template
    moved = with_belly(unwarped, growable, growable.skin_mm <= 0, diameter_mm)
    held = np.argwhere(np.isin(template.parts, [label.value for label in MEASURED_LABELS]))
    points = held * template.spacing_mm + template.origin_mm - np.mean(template.hip_centres_mm, axis=0)
    went_mm = np.abs(moved.template_mm(points) - points)
    assert went_mm[:, [0, 2]].max() < 1e-4  # points travel as float64 along float32 displacements
    assert np.median(went_mm[:, 1]) < 1e-4
    # Knots lie 20 mm apart: between them what is just behind the belly's beginning is drawn along a little.
    assert went_mm[:, 1].max() < 4


def test_nothing_folds_however_far_a_belly_goes(growable: Growable, unwarped: Shape) -> None:
    for diameter_mm in (20.0, 900.0):
        moved = with_belly(unwarped, growable, growable.skin_mm <= 0, diameter_mm)
        steps = 1 + np.diff(moved.warp_mm[1], axis=1) / KNOT_MM
        assert steps.min() > 0.1


def test_an_empty_body_has_no_belly(growable: Growable, unwarped: Shape) -> None:
    assert with_belly(unwarped, growable, np.zeros(growable.rigid.shape, bool), 250.0) is unwarped
