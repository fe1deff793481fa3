"""A scanner adds noise of the strength asked for, and nothing else."""

import numpy as np
import pytest

from mskdex.phantom.ct import HIGHEST_HU
from mskdex.phantom.ct import LOWEST_HU
from mskdex.phantom.ct import scan
from mskdex.phantom.patient import Patient


def block(hu: int) -> Patient:
    shape = (40, 40, 20)
    even = np.full(shape, hu, np.int16)
    return Patient(np.ones(shape, np.uint8), even, even, np.eye(4), np.zeros((2, 3)))


@pytest.mark.parametrize("noise_sd_hu", [5.0, 20.0])
def test_noise_is_as_strong_as_asked_and_has_no_bias(noise_sd_hu: float) -> None:
    found = scan(block(50), np.random.default_rng(0), noise_sd_hu=noise_sd_hu).astype(np.float64)
    assert found.std() == pytest.approx(noise_sd_hu, rel=0.02)
    assert found.mean() == pytest.approx(50, abs=0.06 * noise_sd_hu)
    neighbours = np.corrcoef(found[:-1].ravel(), found[1:].ravel())[0, 1]
    slices = np.corrcoef(found[:, :, :-1].ravel(), found[:, :, 1:].ravel())[0, 1]
    assert neighbours > 0.3 > 0.05 > abs(slices)


def test_values_stay_those_of_a_scanner() -> None:
    assert scan(block(-1024), np.random.default_rng(0), noise_sd_hu=50.0).min() == LOWEST_HU
    assert scan(block(3071), np.random.default_rng(0), noise_sd_hu=50.0).max() == HIGHEST_HU
