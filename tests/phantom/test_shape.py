"""A patient's shape: hips stay, and what a warp does to volumes is known well enough to be divided out."""

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import sample_person
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Shape
from mskdex.phantom.shape import sample_shape

HIPS = np.array([[-90.0, 0.0, 0.0], [90.0, 0.0, 0.0]])
LOW, HIGH = np.full(3, -250.0), np.full(3, 250.0)


def _warp_at(shape: Shape, point: np.ndarray) -> np.ndarray:
    knot = np.rint((point - shape.origin_mm) / KNOT_MM).astype(int)
    return shape.warp_mm[:, *knot]


def test_the_hips_stay_where_they_are() -> None:
    hips = np.array([[-100.0, 0.0, 0.0], [100.0, 0.0, 0.0]])  # on knots of a box that begins at -250 - KNOT/2
    low = np.full(3, -250.0 + KNOT_MM / 2)
    for seed in range(5):
        shape = sample_shape(np.random.default_rng(seed), np.ones(3), hips, low, HIGH)
        for hip in hips:
            assert np.abs(_warp_at(shape, hip + 10.0)).max() < 4
            assert np.abs(_warp_at(shape, hip)).max() < 2.5
        assert np.std(shape.warp_mm) > 2


def test_volume_ratios_are_those_of_the_map_itself() -> None:
    scale = np.array([1.1, 0.95, 1.05])
    shape = sample_shape(np.random.default_rng(2), scale, HIPS, LOW, HIGH)
    rng = np.random.default_rng(0)
    points = rng.uniform(-150, 150, (200, 3))
    step = KNOT_MM

    def template_point(x: np.ndarray) -> np.ndarray:
        from scipy.ndimage import map_coordinates

        knots = ((x - shape.origin_mm) / KNOT_MM).T
        return x / scale + np.stack([map_coordinates(field, knots, order=1) for field in shape.warp_mm], axis=-1)

    columns = [
        (template_point(points + step * axis) - template_point(points - step * axis)) / (2 * step) for axis in np.eye(3)
    ]
    exact = 1 / np.linalg.det(np.stack(columns, axis=-1))
    np.testing.assert_allclose(shape.volume_ratio(points), exact, rtol=0.05)


def test_muscles_reach_the_persons_volumes_through_any_shape(growable: Growable) -> None:
    errors = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = sample_person(rng)
        # The toy's muscles are small balls; persons are scaled down to them.
        object.__setattr__(person, "muscle_volume_cm3", growable.volume_cm3[:36] * rng.uniform(0.8, 1.4, 36))
        patient = lay_down(embody(person, growable, rng), SUPINE, voxel_mm=2.5)
        errors.append(np.log(patient.volumes_cm3()[: len(MUSCLE_LABELS)] / person.muscle_volume_cm3))
    assert np.std(errors) < 0.06
    assert abs(np.mean(errors)) < 0.03


def test_a_shape_without_a_warp_is_its_scale() -> None:
    still = Shape(np.array([1.2, 0.9, 1.0]), np.zeros((3, 4, 4, 4), np.float32), np.zeros(3))
    assert still.volume_ratio(np.array([[5.0, 6.0, 7.0]]))[0] == pytest.approx(1.08)


def test_heads_of_femurs_stay_round() -> None:
    """Scaling to a person's pelvis must not stretch them along the beam."""
    man, ratios = prepare(builtin_template(average_shape("male"), 4.0)), []
    men = (person for person in map(sample_person, map(np.random.default_rng, range(40))) if person.sex == "male")
    for seed, person in zip(range(8), men, strict=False):
        patient = lay_down(embody(person, man, np.random.default_rng(seed)), SUPINE, voxel_mm=2.5)
        femur = np.argwhere(patient.labels == LABEL_BY_NAME["femur_left"].value)
        points = femur * 2.5 + patient.voxel_to_world[:3, 3] - patient.hips_mm[1]
        head = points[(points[:, 0] < 0) & (np.abs(points[:, 2]) < 35)]  # the half that no neck begins on
        _, depth, along = head.std(axis=0)
        ratios.append(depth / along / person.pelvis_depth_share)
    assert np.mean(ratios) == pytest.approx(1, abs=0.05)
