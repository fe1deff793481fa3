"""Fields, markers and whole radiographs."""

import numpy as np
import pytest

from mskdex.phantom.radiograph import draw_collimation
from mskdex.phantom.radiograph import draw_marker
from mskdex.phantom.radiograph import take_plain_radiograph
from mskdex.phantom.radiograph import take_radiograph

SHAPE = (144, 160)
SPACING_MM = 3.0


def test_most_fields_cover_nearly_everything_and_all_keep_the_middle() -> None:
    fields = [draw_collimation(np.random.default_rng(seed), SHAPE, SPACING_MM) for seed in range(300)]
    covered = np.array([field.mean() for field in fields])
    assert (covered > 0.9).mean() > 0.55
    assert (covered < 0.8).mean() > 0.05
    assert covered.min() > 0.3
    assert all(field[50:94, 55:105].all() for field in fields)


def test_fields_have_the_same_millimetres_at_any_pixel_size() -> None:
    for seed in range(20):
        coarse = draw_collimation(np.random.default_rng(seed), SHAPE, SPACING_MM)
        fine = draw_collimation(np.random.default_rng(seed), (288, 320), SPACING_MM / 2)
        assert (fine[::2, ::2] != coarse).mean() < 0.03


def test_markers_are_bright_inside_the_field_and_on_some() -> None:
    field = np.zeros(SHAPE, bool)
    field[20:130, 10:150] = True
    dark = np.zeros(SHAPE, np.float32)
    marked = [draw_marker(np.random.default_rng(seed), dark, field, SPACING_MM) for seed in range(100)]
    some = [image for image in marked if image.any()]
    assert 30 < len(some) < 70
    for image in some:
        assert image[image > 0].min() >= 0.85
        assert not image[~field].any()
        columns = np.flatnonzero(image.any(0))
        assert columns.max() < 50 or columns.min() > 110
    assert not dark.any()


@pytest.mark.parametrize("letter_column", [0, -1])
def test_a_marker_has_no_room_in_a_sliver(letter_column: int) -> None:
    field = np.zeros(SHAPE, bool)
    field[:, letter_column] = True
    dark = np.zeros(SHAPE, np.float32)
    for seed in range(5):
        assert not draw_marker(np.random.default_rng(seed), dark, field, SPACING_MM).any()


def test_a_whole_radiograph_repeats_and_varies() -> None:
    columns = np.linspace(-1, 1, SHAPE[1], dtype=np.float32)
    attenuation = np.broadcast_to(5 * np.sqrt(1 - columns**2), SHAPE).astype(np.float32)
    first, again, other = (take_radiograph(attenuation, SPACING_MM, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert first.exposure == again.exposure != other.exposure
    assert first.field.shape == first.pixels.shape == SHAPE
    np.testing.assert_array_equal(first.pixels[~first.field], first.exposure.border)


def test_a_plain_radiograph_is_linear_in_attenuation() -> None:
    rows = np.linspace(1.5, 6, SHAPE[0], dtype=np.float32)[:, None]
    attenuation = rows + np.linspace(0, 1, SHAPE[1], dtype=np.float32)
    taken = take_plain_radiograph(attenuation, SPACING_MM, np.random.default_rng(0))
    np.testing.assert_allclose(taken.pixels, (attenuation - 1.5) / 5.5, atol=1e-3)
    assert taken.field.all()
    assert taken.shield is None
