"""Balls along a skeleton: distances against spheres and capsules computed here."""

import numpy as np
import pytest

from mskdex.phantom.builtin.medial import FAR_MM
from mskdex.phantom.builtin.medial import REACH_MM
from mskdex.phantom.builtin.medial import Grid
from mskdex.phantom.builtin.medial import balls_of
from mskdex.phantom.builtin.medial import controls
from mskdex.phantom.builtin.medial import paint
from mskdex.phantom.builtin.medial import paint_owned

GRID = Grid((-20.0, -18.0, -22.0), 1.0, (44, 40, 46))


def _capsule_distance(start: tuple[float, ...], end: tuple[float, ...], radius: float) -> np.ndarray:
    x, y, z = np.broadcast_arrays(*GRID.axes_mm())
    points = np.stack([x, y, z], axis=-1).astype(float)
    a, b = np.asarray(start), np.asarray(end)
    share = np.clip((points - a) @ (b - a) / max((b - a) @ (b - a), 1e-9), 0, 1)
    return np.linalg.norm(points - a - share[..., None] * (b - a), axis=-1) - radius


def test_a_single_ball_is_a_sphere() -> None:
    field = GRID.empty_field()
    paint(GRID, field, balls_of(controls("1.5 -2 3 7")))
    exact = _capsule_distance((1.5, -2, 3), (1.5, -2, 3), 7)
    near = exact < REACH_MM - 1e-3
    np.testing.assert_allclose(field[near], exact[near], atol=1e-4)
    assert np.all(field[exact > REACH_MM + 1e-3] == FAR_MM)


def test_a_straight_curve_is_a_capsule() -> None:
    field = GRID.empty_field()
    paint(GRID, field, balls_of(controls("-9 2 -8 5\n0 1 0 5\n9 0 8 5")))
    exact = _capsule_distance((-9, 2, -8), (9, 0, 8), 5)
    near = np.abs(exact) < 2
    np.testing.assert_allclose(field[near], exact[near], atol=0.15)


def test_a_sheet_is_a_plate_of_twice_its_radius() -> None:
    field = GRID.empty_field()
    paint(GRID, field, balls_of(controls("-12 -12 0 3 | -12 12 0 3\n12 -12 0 3 | 12 12 0 3")))
    z = GRID.axes_mm()[2]
    middle = field[16:26, 14:24, :]
    expected = np.broadcast_to(np.abs(z) - 3, middle.shape)
    near = np.abs(expected) < 1.5
    np.testing.assert_allclose(middle[near], expected[near], atol=0.2)


def test_the_nearest_surface_owns() -> None:
    field = GRID.empty_field()
    owner = np.zeros(GRID.shape, dtype=np.uint8)
    paint_owned(GRID, field, owner, balls_of(controls("-6 0 0 8")), 3)
    paint_owned(GRID, field, owner, balls_of(controls("6 0 0 4")), 7)
    first = _capsule_distance((-6, 0, 0), (-6, 0, 0), 8)
    second = _capsule_distance((6, 0, 0), (6, 0, 0), 4)
    decided = (np.abs(first - second) > 1e-3) & (np.minimum(first, second) < REACH_MM - 1e-3)
    np.testing.assert_array_equal(owner[decided], np.where(first < second, 3, 7)[decided])


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        controls("0 0 0 1 | 1 0 0 1\n0 0 5 1")
