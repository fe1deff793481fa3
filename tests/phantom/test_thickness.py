"""Local thickness against bodies whose thickness is known, and growth that keeps a muscle's shape."""

import numpy as np
import pytest

from mskdex.phantom.distance import signed_distance
from mskdex.phantom.thickness import local_radius
from mskdex.phantom.thickness import relative_thickness

SPACING = np.array([1.0, 1.5, 1.0])


def grid(shape: tuple[int, int, int]) -> np.ndarray:
    """mm from the middle, [3, i, j, k]."""
    centre = (np.array(shape) - 1) / 2
    return (np.indices(shape) - centre[:, None, None, None]) * SPACING[:, None, None, None]


@pytest.mark.parametrize("radius", [5.0, 9.0, 14.0])
def test_a_ball_is_as_thick_as_it_is_everywhere(radius: float) -> None:
    ball = np.linalg.norm(grid((41, 31, 41)), axis=0) < radius
    found = local_radius(signed_distance(ball, SPACING, 40.0), SPACING)
    np.testing.assert_allclose(found[ball], radius, atol=0.8)
    assert found[~ball].max() == 0


def test_a_slab_is_half_as_thick_as_it_is_high_however_wide() -> None:
    x, y, z = grid((61, 41, 40))
    slab = (np.abs(z) < 4) & (np.abs(x) < 28) & (np.abs(y) < 28)
    found = local_radius(signed_distance(slab, SPACING, 40.0), SPACING)
    inner = slab & (np.abs(x) < 22) & (np.abs(y) < 22)
    np.testing.assert_allclose(found[inner], 4, atol=0.7)


def cone() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A cone 12 mm in radius at one end, 4 at the other, 100 mm long; its radius at every place; its axis' height."""
    x, y, z = grid((51, 35, 140))
    radius = 8 + 4 * z / 50
    return (np.hypot(x, y) < radius) & (np.abs(z) < 50), radius, z


def test_thickness_follows_a_cone_on_its_surface_and_about_it() -> None:
    body, radius, z = cone()
    signed = signed_distance(body, SPACING, 20.0)
    found = relative_thickness(signed, SPACING)
    middle = np.abs(z) < 35
    for near in ((np.abs(signed) < 1), (signed > 4) & (signed < 10)):
        expected = radius / radius[(np.abs(signed) < 1)].mean()
        assert np.abs(found / expected - 1)[near & middle].max() < 0.15


@pytest.mark.parametrize("growth", [-0.4, 0.4])
def test_a_surface_moved_in_proportion_scales_every_section_alike(growth: float) -> None:
    body, _, _ = cone()
    signed = signed_distance(body, SPACING, 20.0)
    thickness = relative_thickness(signed, SPACING)
    proportional, parallel = signed < growth * 8 * thickness, signed < growth * 8
    sections = [slice(45, 50), slice(90, 95)]
    shares = [
        [np.count_nonzero(moved[:, :, s]) / np.count_nonzero(body[:, :, s]) for s in sections]
        for moved in (proportional, parallel)
    ]
    assert shares[0][0] / shares[0][1] == pytest.approx(1, abs=0.15)
    assert abs(np.log(shares[1][0] / shares[1][1])) > 0.2


def test_what_is_too_far_away_says_one() -> None:
    body = np.linalg.norm(grid((121, 21, 21)), axis=0) < 5
    found = relative_thickness(signed_distance(body, SPACING, 20.0), SPACING)
    np.testing.assert_array_equal(found[[0, -1]], 1)
