"""Laws of the model's grid."""

import numpy as np
import pytest

from mskdex.images.grid import ModelGrid
from mskdex.images.grid import to_grid
from mskdex.images.grid import to_image


def blobs(rows: int, columns: int, spacing_mm: float) -> np.ndarray:
    """A smooth scene sampled by exact area averages would be slow; this one is smooth at any of the spacings used."""
    y = (np.arange(rows) - (rows - 1) / 2)[:, None] * spacing_mm
    x = (np.arange(columns) - (columns - 1) / 2)[None, :] * spacing_mm
    return (np.exp(-((x - 40) ** 2 + (y + 25) ** 2) / 1800) + 0.5 * np.cos(x / 30) * np.cos(y / 45)).astype(np.float32)


def full(image: np.ndarray) -> np.ndarray:
    return np.ones(image.shape, bool)


@pytest.mark.parametrize("spacing_mm", [0.7, 0.9, 2.0, 4.0])
def test_splitting_every_pixel_in_four_changes_nothing(spacing_mm: float) -> None:
    coarse = blobs(301, 260, spacing_mm)
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1)
    one, two = to_grid(coarse, full(coarse), spacing_mm), to_grid(fine, full(fine), spacing_mm / 2)
    np.testing.assert_array_equal(one.field, two.field)
    np.testing.assert_allclose(one.pixels, two.pixels, atol=2e-6)


def test_half_the_pixel_size_of_the_same_scene_gives_the_same_grid() -> None:
    coarse, fine = blobs(640, 700, 0.6), blobs(1280, 1400, 0.3)
    one, two = to_grid(coarse, full(coarse), 0.6), to_grid(fine, full(fine), 0.3)
    np.testing.assert_allclose(one.pixels, two.pixels, atol=1e-4)


def test_sums_are_conserved_where_the_grid_holds_the_whole_image() -> None:
    image = np.random.default_rng(1).random((200, 248)).astype(np.float32)
    grid = ModelGrid(rows=128, columns=144, spacing_mm=3.0)
    on_grid = to_grid(image, full(image), 1.5, grid)
    assert on_grid.pixels.sum() * 3.0**2 == pytest.approx(image.sum() * 1.5**2, rel=1e-4)


def test_pixels_outside_the_field_have_no_influence() -> None:
    image = blobs(400, 500, 0.8)
    field = np.zeros(image.shape, bool)
    field[60:350, 80:470] = True
    dirty = np.where(field, image, np.float32(77))
    one, two = to_grid(image, field, 0.8), to_grid(dirty, field, 0.8)
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert not one.pixels[~one.field].any()


def test_field_is_centred() -> None:
    image = blobs(400, 500, 0.8)
    field = np.zeros(image.shape, bool)
    field[60:350, 80:470] = True
    placement = to_grid(image, field, 0.8).placement
    assert placement.to_image((63.5, 71.5)) == pytest.approx(((60 + 349) / 2, (80 + 469) / 2))
    assert placement.to_grid(placement.to_image((12.0, 99.0))) == pytest.approx((12.0, 99.0))


def test_there_and_back() -> None:
    image = blobs(800, 900, 0.45)
    on_grid = to_grid(image, full(image), 0.45)
    back = to_image(on_grid.pixels, on_grid.placement, 800, 900)
    np.testing.assert_allclose(back[20:-20, 20:-20], image[20:-20, 20:-20], atol=0.01)


def test_a_map_at_stride_two_lies_where_its_pixels_lie() -> None:
    image = blobs(800, 900, 0.45)
    on_grid = to_grid(image, full(image), 0.45)
    half = on_grid.pixels.reshape(64, 2, 72, 2).mean(axis=(1, 3))
    back = to_image(half, on_grid.placement, 800, 900)
    np.testing.assert_allclose(back[20:-20, 20:-20], image[20:-20, 20:-20], atol=0.03)


def test_nothing_is_drawn_beyond_the_grid() -> None:
    image = np.ones((1000, 1200), np.float32)
    on_grid = to_grid(image, full(image), 0.5)
    back = to_image(on_grid.pixels, on_grid.placement, 1000, 1200)
    assert back.sum() * 0.5**2 == pytest.approx(128 * 144 * 3.0**2, rel=1e-3)


def test_an_empty_field_is_an_error() -> None:
    image = blobs(20, 20, 1.0)
    with pytest.raises(ValueError, match="exposed"):
        to_grid(image, np.zeros(image.shape, bool), 1.0)
