"""Laws of the network's input."""

import numpy as np
import pytest

from mskdex.errors import ImageRefused
from mskdex.images.normalise import HIGH_PERCENTILE
from mskdex.images.normalise import LIMIT
from mskdex.images.normalise import LOW_PERCENTILE
from mskdex.images.normalise import network_input


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(3).normal(0.4, 0.1, (144, 160)).astype(np.float32)


@pytest.fixture
def field() -> np.ndarray:
    field = np.zeros((144, 160), bool)
    field[10:130, 20:155] = True
    return field


def test_percentiles_become_minus_one_and_one(pixels: np.ndarray, field: np.ndarray) -> None:
    channels = network_input(pixels, field)
    low, high = np.percentile(channels[0][field], [LOW_PERCENTILE, HIGH_PERCENTILE])
    assert (low, high) == pytest.approx((-1, 1), abs=1e-5)
    np.testing.assert_array_equal(channels[1], field)
    assert not channels[0][~field].any()
    assert np.abs(channels[0]).max() <= LIMIT


@pytest.mark.parametrize(("gain", "offset"), [(0.01, 0.0), (4095.0, 12.0), (3.0, -5.0)])
def test_brightness_and_gain_do_not_matter(pixels: np.ndarray, field: np.ndarray, gain: float, offset: float) -> None:
    one, two = network_input(pixels, field), network_input(pixels * np.float32(gain) + np.float32(offset), field)
    np.testing.assert_allclose(one, two, atol=1e-4)


def test_a_blown_out_marker_does_not_move_the_anatomy(pixels: np.ndarray, field: np.ndarray) -> None:
    marked = pixels.copy()
    marked[12:20, 25:33] = 50.0
    change = np.abs(network_input(marked, field) - network_input(pixels, field))
    change[0, 12:20, 25:33] = 0
    assert change.max() < 0.06


def test_outside_the_field_anything_may_be(pixels: np.ndarray, field: np.ndarray) -> None:
    dirty = np.where(field, pixels, np.nan).astype(np.float32)
    np.testing.assert_array_equal(network_input(dirty, field), network_input(pixels, field))


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_one_single_grey_is_refused(field: np.ndarray, value: float) -> None:
    with pytest.raises(ImageRefused) as refused:
        network_input(np.full(field.shape, value, np.float32), field)
    assert refused.value.code == "no_contrast"


def test_an_empty_field_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ImageRefused):
        network_input(pixels, np.zeros(pixels.shape, bool))
