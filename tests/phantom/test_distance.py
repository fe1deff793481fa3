"""Law: up to its reach a signed distance is the Euclidean one, whatever the mask and the voxels' edges."""

import numpy as np
import pytest
from scipy import ndimage

from mskdex.phantom.distance import signed_distance

SPACING = np.array([2.5, 1.7, 3.1])


def blobs(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((31, 24, 40))
    return np.asarray(ndimage.gaussian_filter(noise, 3) > 0.02)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("reach_mm", [9.0, 500.0])
def test_it_is_scipys_distance_up_to_the_reach(seed: int, reach_mm: float) -> None:
    mask = blobs(seed)
    outside, inside = (ndimage.distance_transform_edt(each, SPACING) for each in (~mask, mask))
    half = SPACING.mean() / 2
    expected = np.where(mask, half - np.minimum(inside, reach_mm), np.minimum(outside, reach_mm) - half)
    np.testing.assert_allclose(signed_distance(mask, SPACING, reach_mm), expected, atol=1e-4)


@pytest.mark.parametrize("full", [False, True])
def test_a_mask_without_a_border_is_at_its_reach_everywhere(full: bool) -> None:
    mask = np.full((5, 6, 7), full)
    half = np.float32(SPACING.mean() / 2)
    expected = half - 20 if full else 20 - half
    np.testing.assert_allclose(signed_distance(mask, SPACING, 20.0), expected, rtol=1e-6)
