"""A person's belly: as deep as the person's, while bones and muscles stay where they were."""

from dataclasses import replace

import numpy as np
import pytest
from numpy import ndarray

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.belly import LARGEST_MM
from mskdex.phantom.belly import with_belly
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import Person
from mskdex.phantom.population import sample_person
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Shape
from mskdex.phantom.template import Part

VOXEL_MM = 4.0
HIP_BONES = [LABEL_BY_NAME[f"hip_bone_{side}"].value for side in ("right", "left")]


@pytest.fixture(scope="module", params=["female", "male"])
def adult(request: pytest.FixtureRequest) -> Growable:
    return prepare(builtin_template(average_shape(request.param), 5.0))


@pytest.fixture(scope="module")
def unwarped(adult: Growable) -> Shape:
    template = adult.template
    low = adult.origin_mm - np.mean(template.hip_centres_mm, axis=0) - [0.0, LARGEST_MM, 0.0] - KNOT_MM / 2
    knots = (np.array(adult.rigid.shape) * template.spacing_mm + [0.0, LARGEST_MM, 0.0]) / KNOT_MM + 2
    return Shape(np.ones(3), np.zeros((3, *knots.astype(int)), np.float32), low)


def _person(growable: Growable, seed: int, **changed: float) -> Person:
    rng = np.random.default_rng(seed)
    while (person := sample_person(rng)).sex != growable.template.sex:
        pass
    return replace(person, **changed)


def _patient(growable: Growable, person: Person) -> Patient:
    return lay_down(embody(person, growable, np.random.default_rng(4)), SUPINE, voxel_mm=VOXEL_MM)


def _diameter_mm(patient: Patient) -> float:
    """In the midline at the top of the hip bones."""
    middle = round(-patient.voxel_to_world[0, 3] / VOXEL_MM)
    crest = np.flatnonzero(np.isin(patient.labels, HIP_BONES).any(axis=(0, 1)))[-1]
    return float(np.count_nonzero(patient.labels[middle, :, crest]) * VOXEL_MM)


def _points_mm(growable: Growable, values: list[int]) -> ndarray:
    """Where the template shows these parts, from the midpoint of the hips."""
    template = growable.template
    voxels = np.argwhere(np.isin(template.parts, values))
    return np.asarray(voxels * template.spacing_mm + template.origin_mm - np.mean(template.hip_centres_mm, axis=0))


@pytest.mark.parametrize("fat_mm_and_diameter_mm", [(8.0, 165.0), (12.0, 200.0), (15.0, 240.0), (30.0, 310.0)])
def test_patients_are_as_deep_at_the_crests_as_the_person(
    adult: Growable, fat_mm_and_diameter_mm: tuple[float, float]
) -> None:
    fat_mm, diameter_mm = fat_mm_and_diameter_mm
    person = _person(adult, 4, subcutaneous_fat_mm=fat_mm, sagittal_abdominal_diameter_mm=diameter_mm)
    assert _diameter_mm(_patient(adult, person)) == pytest.approx(diameter_mm, abs=3 * VOXEL_MM)


@pytest.mark.parametrize("diameter_mm", [170.0, 300.0])
def test_bones_and_measured_muscles_stay(adult: Growable, unwarped: Shape, diameter_mm: float) -> None:
    moved = with_belly(unwarped, adult, adult.skin_mm <= 0, diameter_mm)
    bones, muscles = (
        np.abs(moved.template_mm(points) - points)[:, 1]
        for points in (_points_mm(adult, [label.value for label in labels]) for labels in (BONE_LABELS, MUSCLE_LABELS))
    )
    # Knots lie 20 mm apart: between them what is just behind the cavity is drawn along a little.
    for went_mm in (bones, muscles):
        assert np.quantile(went_mm, 0.99) < 1
        assert went_mm.mean() < 0.05


@pytest.mark.parametrize("diameter_mm", [190.0, 310.0])
def test_the_wall_moves_as_it_is(adult: Growable, unwarped: Shape, diameter_mm: float) -> None:
    moved = with_belly(unwarped, adult, adult.skin_mm <= 0, diameter_mm)
    forwards_mm = moved.warp_mm[1].max() if diameter_mm > 250 else moved.warp_mm[1].min()
    assert abs(forwards_mm) > 20
    wall = _points_mm(adult, [Part.ABDOMINAL_WALL_RIGHT, Part.ABDOMINAL_WALL_LEFT])
    high = wall[:, 2] > 100
    middle = wall[high & (np.abs(wall[:, 0]) < 30)]
    front = middle[middle[:, 1] < middle[:, 1].min() + 12] - [0.0, forwards_mm, 0.0]
    share = (moved.template_mm(front) - front)[:, 1] / forwards_mm
    assert np.median(share) == pytest.approx(1, abs=0.07)
    assert share.min() > 0.7


def test_nothing_folds_however_far_a_belly_goes(adult: Growable, unwarped: Shape) -> None:
    for diameter_mm in (20.0, 900.0):
        moved = with_belly(unwarped, adult, adult.skin_mm <= 0, diameter_mm)
        assert np.abs(moved.warp_mm[1]).max() > 30
        steps = 1 + np.diff(moved.warp_mm[1], axis=1) / KNOT_MM
        assert steps.min() > 0.1


def test_a_toy_without_an_abdominal_wall_before_its_hips_keeps_its_shape(growable: Growable) -> None:
    person = replace(sample_person(np.random.default_rng(1)), sagittal_abdominal_diameter_mm=300.0)
    assert np.isfinite(embody(person, growable, np.random.default_rng(1)).shape.warp_mm).all()
