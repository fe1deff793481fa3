"""FAULTS 27: burnt-in borders and collimation are found; bodies are left alone."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mskdex.images.field import Field
from mskdex.images.field import detect_field


def edges(field: Field) -> tuple[int, int, int, int]:
    return field.top, field.bottom, field.left, field.right


def test_a_body_alone_has_no_border(hip: np.ndarray) -> None:
    field = detect_field(hip)
    assert edges(field) == (0, 600, 0, 700)
    assert field.share == 1.0
    assert field.mask.all()


@pytest.mark.parametrize("grey", [0.0, 1.0])
def test_burnt_in_border_above_and_below(hip: np.ndarray, grey: float) -> None:
    image = hip.copy()
    image[:60] = image[-31:] = grey
    field = detect_field(image)
    assert edges(field)[:2] == (pytest.approx(60, abs=4), pytest.approx(569, abs=4))
    assert field.top >= 60
    assert field.bottom <= 569
    assert edges(field)[2:] == (0, 700)


def test_white_border_all_round(hip: np.ndarray) -> None:
    image = np.ones_like(hip)
    image[50:560, 90:640] = hip[50:560, 90:640]
    field = detect_field(image)
    np.testing.assert_allclose(edges(field), (50, 560, 90, 640), atol=4)
    assert not field.mask[:50].any()
    assert not field.mask[:, 640:].any()


def test_soft_shadow_of_the_collimator(hip: np.ndarray) -> None:
    shadow = np.zeros_like(hip)
    shadow[:, :110] = shadow[:, 600:] = 1
    soft = gaussian_filter(shadow, 4)
    noise = np.random.default_rng(1).normal(0, 0.005, hip.shape)
    image = (hip * (1 - soft) + 0.9 * soft + noise).clip(0, 1).astype(np.float32)
    field = detect_field(image)
    np.testing.assert_allclose(edges(field), (0, 600, 110, 600), atol=16)


def test_bones_and_text_make_no_border(hip: np.ndarray) -> None:
    image = hip.copy()
    image[20:50, 30:60] = 1.0
    image[:, 300:306] = 1.0
    assert edges(detect_field(image)) == (0, 600, 0, 700)


def test_a_border_with_text_in_it(hip: np.ndarray) -> None:
    image = hip.copy()
    image[:60] = 0.0
    image[20:40, 100:130:3] = 1.0
    assert detect_field(image).top == pytest.approx(60, abs=4)


def test_one_grey_is_all_field() -> None:
    assert detect_field(np.full((300, 300), 0.5, np.float32)).share == 1.0


def test_a_sensible_shutter_is_obeyed_and_another_ignored(hip: np.ndarray) -> None:
    assert edges(detect_field(hip, shutter=(40, 580, 30, 690))) == (40, 579, 30, 689)
    for nonsense in ((907, 1299, -184, 184), (0, 0, 0, 0), (300, 310, 300, 310)):
        assert edges(detect_field(hip, shutter=nonsense)) == (0, 600, 0, 700)


@pytest.mark.parametrize("degrees", [-1.5, 0.8, 2.0])
@pytest.mark.parametrize("grey", [0.0, 1.0])
def test_a_border_turned_by_a_degree(hip: np.ndarray, degrees: float, grey: float) -> None:
    row, column = np.indices(hip.shape)
    line = 70 + np.tan(np.deg2rad(degrees)) * (column - 350)
    field = detect_field(np.where(row < line, np.float32(grey), hip))
    inside_body = line[0, 150:550]
    assert inside_body.mean() - 2 <= field.top <= inside_body.max() + 8
    assert edges(field)[1:] == (600, 0, 700)


def test_blackened_air_is_left_in_the_field(hip: np.ndarray) -> None:
    """Nothing tells it from a black border; a field that is too wide does no harm, one that cuts a body would."""
    blackened = (np.clip(hip - 0.1, 0, None) / 0.9).astype(np.float32)
    assert edges(detect_field(blackened)) == (0, 600, 0, 700)


def test_black_sides_beside_grey_air(hip: np.ndarray) -> None:
    noise = np.random.default_rng(6).uniform(0.02, 0.08, hip.shape)
    image = np.maximum(hip, noise).astype(np.float32)
    image[:, :50] = image[:, 660:] = 0
    np.testing.assert_allclose(edges(detect_field(image)), (0, 600, 50, 660), atol=4)
