"""Laws of an exposure: what noise, scatter, blur and presentation may and may not do."""

import json
from dataclasses import asdict
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from scipy import stats

from mskdex.phantom.exposure import Exposure
from mskdex.phantom.exposure import blurred
from mskdex.phantom.exposure import expose
from mskdex.phantom.exposure import sample_exposure

QUIET = Exposure(scatter_to_primary=0.0, quanta_per_mm2=1e12, blur_mm=0.0, bits=16)
WIDE = replace(QUIET, window_low_percentile=0, window_high_percentile=100)


@pytest.fixture
def attenuation() -> np.ndarray:
    """A body of 20 cm with two bones, between strips of open beam."""
    rows, columns = np.mgrid[:144, :160]
    body = 4.6 * np.sqrt(np.clip(1 - ((columns - 80) / 65) ** 2, 0, None))
    bones = sum(1.2 * np.exp(-(((columns - c) / 9) ** 2 + ((rows - 70) / 25) ** 2)) for c in (50, 110))
    return (body + np.where(body > 0, bones, 0)).astype(np.float32)


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_the_same_exposure_and_seed_give_the_same_bytes(attenuation: np.ndarray) -> None:
    exposure = sample_exposure(_rng())
    first, second = (expose(attenuation, 3.0, exposure, _rng()) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_an_exposure_survives_json() -> None:
    for seed in range(50):
        exposure = sample_exposure(np.random.default_rng(seed))
        assert Exposure(**json.loads(json.dumps(asdict(exposure)))) == exposure


@pytest.mark.parametrize("seed", range(40))
def test_every_exposure_is_a_picture(attenuation: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    exposure = sample_exposure(rng)
    image = expose(attenuation, 3.0, exposure, rng)
    assert image.dtype == np.float32
    assert image.shape == attenuation.shape
    assert image.min() >= 0
    assert image.max() <= 1
    levels = np.unique(np.round(image * (2**exposure.bits - 1), 2))
    assert (levels == np.round(levels)).all()
    body = image[attenuation > 1]
    assert np.percentile(body, 95) - np.percentile(body, 5) > 0.05
    # Whatever the processing, bones stay brighter than the thigh beside them.
    assert image[60:80, 48:53].mean() > image[10:30, 48:53].mean()


def test_presentation_alone_keeps_the_order_of_grey(attenuation: np.ndarray) -> None:
    exposure = replace(WIDE, gamma=0.7, toe_and_shoulder=4.0)
    image = expose(attenuation, 3.0, exposure, _rng())
    body = attenuation > 1
    assert stats.spearmanr(image[body], attenuation[body]).statistic > 0.9999


@pytest.mark.parametrize("middle", [0.3, 0.5, 0.7])
def test_automatic_presentation_gives_the_median_of_the_body_the_grey_asked_for(
    attenuation: np.ndarray, middle: float
) -> None:
    image = expose(attenuation, 3.0, replace(WIDE, middle=middle, gamma=5.0), _rng())
    assert np.median(image[attenuation > 1]) == pytest.approx(middle, abs=1e-3)


def test_few_exposures_cut_off_more_than_a_twentieth_of_the_body(attenuation: np.ndarray) -> None:
    body, shares = attenuation > 1, []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        image = expose(attenuation, 3.0, sample_exposure(rng), rng)[body]
        shares.append(np.mean((image <= 0.005) | (image >= 0.995)))
    assert np.mean(np.array(shares) > 0.05) < 0.25


def test_a_straight_window_is_linear_in_attenuation(attenuation: np.ndarray) -> None:
    image = expose(attenuation, 3.0, WIDE, _rng())
    body = attenuation > 1
    low, high = attenuation[body].min(), attenuation[body].max()
    np.testing.assert_allclose(image[body], (attenuation[body] - low) / (high - low), atol=1e-4)


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
def test_noise_follows_the_quanta_in_a_pixel(spacing_mm: float) -> None:
    flat = np.full((200, 200), 4.0, np.float32)
    flat[:, 120:] = 4.0 + np.log(4)  # a quarter of the fluence
    flat[0, :2] = 2.0, 8.0  # the window's ends, so that a grey level is 6 in attenuation
    image = expose(flat, spacing_mm, replace(WIDE, quanta_per_mm2=10_000), _rng())
    thin, thick = 6 * image[1:, :120].std(), 6 * image[1:, 120:].std()
    expected = 1 / np.sqrt(10_000 * spacing_mm**2)
    assert thin == pytest.approx(expected, rel=0.06)
    assert thick == pytest.approx(2 * expected, rel=0.06)


def test_scatter_flattens_contrast_most_where_the_body_is_thick(attenuation: np.ndarray) -> None:
    thick = attenuation + np.where(attenuation > 0, np.float32(2), 0)

    def bone_contrast(a: np.ndarray, scatter: float) -> float:
        image = expose(a, 3.0, replace(WIDE, scatter_to_primary=scatter), _rng())
        body = a > 1
        return float((image[70, 50] - image[20, 50]) / (np.median(image[body]) - image[body].min()))

    assert bone_contrast(attenuation, 0.5) < bone_contrast(attenuation, 0.0)
    assert bone_contrast(attenuation, 2.0) < bone_contrast(attenuation, 0.5)
    assert bone_contrast(thick, 2.0) > 0


def test_the_heel_effect_tilts_the_picture() -> None:
    flat = np.full((144, 160), 4.0, np.float32)
    image = expose(flat, 3.0, replace(WIDE, heel_along_rows=0.2), _rng())
    assert image[0].mean() > image[-1].mean()  # fewer photons above: denser
    np.testing.assert_allclose(image, np.broadcast_to(image[:, :1], image.shape), atol=2e-3)


def test_outside_the_field_is_the_border_and_does_not_set_the_window(attenuation: np.ndarray) -> None:
    field = np.zeros(attenuation.shape, bool)
    field[30:120, 40:130] = True
    spoiled = np.where(field, attenuation, np.float32(15))
    image = expose(attenuation, 3.0, replace(WIDE, border=1.0), _rng(), field)
    assert (image[~field] == 1).all()
    np.testing.assert_array_equal(image, expose(spoiled, 3.0, replace(WIDE, border=1.0), _rng(), field))


@pytest.mark.parametrize("degenerate", [0.0, 0.5, 30.0])
def test_nothing_to_see_is_still_finite(degenerate: float) -> None:
    flat = np.full((32, 40), degenerate, np.float32)
    assert np.isfinite(expose(flat, 3.0, sample_exposure(_rng()), _rng())).all()
    nowhere = np.zeros(flat.shape, bool)
    assert np.isfinite(expose(flat, 3.0, sample_exposure(_rng()), _rng(), nowhere)).all()


@pytest.mark.parametrize("sd_pixels", [0.5, 2.0, 4.0, 12.0, 40.0])
def test_blur_is_gaussian(sd_pixels: float) -> None:
    image = np.zeros((201, 181), np.float32)
    image[80:130, 60:100] = 1
    expected = ndimage.gaussian_filter(image.astype(float), sd_pixels, mode="constant", truncate=6)
    weight = ndimage.gaussian_filter(np.ones(image.shape), sd_pixels, mode="constant", truncate=6)
    np.testing.assert_allclose(blurred(image, sd_pixels), expected / weight, atol=0.02)


def test_blur_of_nothing_and_by_nothing() -> None:
    flat = np.full((50, 70), 3.0, np.float32)
    np.testing.assert_allclose(blurred(flat, 20.0), flat, rtol=1e-5)
    assert blurred(flat, 0.1) is flat
