"""The measures of a picture's look, on pictures whose look is known."""

import numpy as np
import pytest
from scipy import ndimage

from mskdex.evaluation.appearance import band_rms
from mskdex.evaluation.appearance import edge_strengths
from mskdex.evaluation.appearance import local_spread
from mskdex.evaluation.appearance import noise_level
from mskdex.evaluation.appearance import normalised
from mskdex.evaluation.appearance import spectral_exponent

SIDE = 256
EVERYWHERE = np.ones((SIDE, SIDE), bool)


def _power_law(exponent: float, seed: int = 0) -> np.ndarray:
    cycles = np.fft.fftfreq(SIDE, 1 / SIDE)
    radius = np.maximum(np.hypot(cycles[:, None], cycles), 1)
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((SIDE, SIDE)))
    return np.fft.ifft2(white * radius ** (-exponent / 2)).real.astype(np.float32)


@pytest.mark.parametrize("exponent", [0.0, 2.0, 3.0])
def test_the_exponent_of_known_noise(exponent: float) -> None:
    assert spectral_exponent(_power_law(exponent), 8, 100) == pytest.approx(exponent, abs=0.15)


def test_the_exponent_along_lines() -> None:
    white = _power_law(0.0)
    assert spectral_exponent(white, 8, 100, axis=1) == pytest.approx(0, abs=0.15)
    step = np.repeat((np.arange(SIDE) > 101)[None].astype(np.float32), SIDE, axis=0)
    assert spectral_exponent(step, 8, 60, axis=1) == pytest.approx(2, abs=0.15)


def test_a_wave_has_its_spread_in_its_band_alone() -> None:
    wave = np.repeat(3 * np.sin(np.arange(SIDE) * 2 * np.pi * 40 / SIDE)[None], 5, axis=0).astype(np.float32)
    assert band_rms(wave, 35, 45, axis=1) == pytest.approx(3 / np.sqrt(2), rel=0.01)
    assert band_rms(wave, 45, 100, axis=1) < 0.01
    assert band_rms(wave, 1, 100, axis=0) < 1e-6


def test_greys_do_not_change_the_exponent() -> None:
    image = _power_law(2.5)
    assert spectral_exponent(3 * image + 7, 8, 100) == pytest.approx(spectral_exponent(image, 8, 100), abs=1e-4)


@pytest.mark.parametrize("band", [(0, 20), (20, 20), (20, 129)])
def test_an_impossible_band_is_refused(band: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="rising"):
        spectral_exponent(_power_law(0), *band)


@pytest.mark.parametrize("sd", [0.01, 0.1])
def test_noise_is_read_on_a_slope_and_beside_a_step(sd: float) -> None:
    v, u = np.mgrid[:SIDE, :SIDE] / SIDE
    image = v + 2 * u + 5 * (u > 0.5) + sd * np.random.default_rng(1).standard_normal((SIDE, SIDE))
    assert noise_level(image.astype(np.float32), EVERYWHERE) == pytest.approx(0.84 * sd, rel=0.05)


def test_noise_outside_is_not_read() -> None:
    image = np.random.default_rng(1).standard_normal((SIDE, SIDE)).astype(np.float32)
    inside = np.zeros_like(EVERYWHERE)
    inside[64:, 64:] = True
    image[~inside] = 0
    assert noise_level(image, inside) == pytest.approx(0.84, rel=0.1)
    assert np.isnan(noise_level(image, ~EVERYWHERE))


def test_edges_are_relative_to_the_spread_of_greys_about_them() -> None:
    image = _power_law(2.0)
    strengths = edge_strengths(image, EVERYWHERE, 8)
    np.testing.assert_allclose(edge_strengths(10 * image - 3, EVERYWHERE, 8), strengths, rtol=1e-2)
    blurred = ndimage.gaussian_filter(image, 3)
    assert np.median(edge_strengths(blurred, EVERYWHERE, 8)) < 0.7 * np.median(strengths)


def test_local_spread_of_a_ramp_and_beside_nothing() -> None:
    ramp = np.repeat(np.arange(SIDE, dtype=np.float32)[None], SIDE, axis=0)
    assert local_spread(ramp, EVERYWHERE, 8)[128, 128] == pytest.approx(8, rel=0.02)
    flat = np.where(ramp > 128, np.float32(50), np.float32(2))
    left = ramp <= 128
    spread = local_spread(flat, left, 8)
    assert np.nanmax(spread) < 1e-3
    assert np.isnan(spread[~left]).all()


def test_normalised_ignores_a_marker_and_survives_nothing() -> None:
    image = np.linspace(10, 20, SIDE**2, dtype=np.float32).reshape(SIDE, SIDE)
    marked = image.copy()
    marked[0, :8] = 1000
    np.testing.assert_allclose(normalised(marked, EVERYWHERE)[1:], normalised(image, EVERYWHERE)[1:], atol=0.01)
    assert not normalised(np.full_like(image, 3), EVERYWHERE).any()
