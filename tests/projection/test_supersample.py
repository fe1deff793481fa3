"""Redrawn boundaries: what must not change does not, and round bodies get rounder."""

import numpy as np
import pytest

from mskdex.projection.supersample import supersample


def test_factor_one_changes_nothing():
    labels, density = np.ones((2, 3, 4), np.uint8), np.ones((2, 3, 4), np.float32)
    again = supersample(labels, density, 1)
    assert again[0] is labels
    assert again[1] is density


def test_factor_must_be_positive():
    with pytest.raises(ValueError, match="supersample"):
        supersample(np.ones((2, 2, 2), np.uint8), np.ones((2, 2, 2), np.float32), 0)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("thickness", [1, 2, 5])
def test_flat_sheets_stay_as_they_are(axis, thickness):
    labels = np.ones((24, 24, 24), np.uint8)
    sheet = [slice(None)] * 3
    sheet[axis] = slice(9, 9 + thickness)
    labels[tuple(sheet)] = 2
    fine, _ = supersample(labels, np.ones(labels.shape, np.float32), 2)
    np.testing.assert_array_equal(fine, labels.repeat(2, 0).repeat(2, 1).repeat(2, 2))


@pytest.fixture(scope="module")
def ball():
    """A ball of radius 12.3 voxels, well inside its grid, and whether a point is in it."""
    points = np.moveaxis(np.indices((36, 36, 36)), 0, -1) - np.array([17.2, 18.1, 17.7])
    return ((points**2).sum(-1) <= 12.3**2).astype(np.uint8)


def test_a_ball_becomes_rounder_and_keeps_its_volume(ball):
    fine, _ = supersample(ball, np.ones(ball.shape, np.float32), 2)
    points = (np.moveaxis(np.indices((72, 72, 72)), 0, -1) + 0.5) / 2 - 0.5 - np.array([17.2, 18.1, 17.7])
    truth = (points**2).sum(-1) <= 12.3**2
    wrong_before = (ball.repeat(2, 0).repeat(2, 1).repeat(2, 2) != truth).sum()
    assert (fine != truth).sum() < 0.65 * wrong_before
    assert fine.sum() / 8 == pytest.approx(4 / 3 * np.pi * 12.3**3, rel=0.01)


def test_density_goes_with_its_structure(ball):
    """Each structure keeps its own density up to its new boundary."""
    density = np.array([0.3, 1.7], np.float32)[ball]
    labels, fine_density = supersample(ball, density, 2)
    np.testing.assert_allclose(fine_density, np.array([0.3, 1.7])[labels], rtol=1e-5)


def test_slabs_do_not_show():
    """Work is cut along the first axis; the cuts must leave no trace."""
    labels = np.random.default_rng(0).integers(0, 4, (40, 9, 8)).astype(np.uint8)
    density = np.random.default_rng(1).uniform(0, 2, labels.shape).astype(np.float32)
    fine, mass = supersample(labels, density, 2)
    turned, turned_mass = supersample(labels.transpose(2, 1, 0), density.transpose(2, 1, 0), 2)
    assert (fine == turned.transpose(2, 1, 0)).mean() > 0.999  # rounding decides ties
    same = fine == turned.transpose(2, 1, 0)
    np.testing.assert_allclose(mass[same], turned_mass.transpose(2, 1, 0)[same], rtol=1e-4)
