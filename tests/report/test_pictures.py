"""Pictures: the radiograph inside its field only, layers where the maps lie."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.images.grid import Placement
from mskdex.report.pictures import draw


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_nothing_outside_the_field_is_shown(drawn: Any) -> None:
    pixels, field = drawn.pixels.copy(), np.zeros(drawn.pixels.shape, bool)
    field[20:220, 30:250] = True
    field[20:60, 30:70] = False
    pixels[~field] = 5.0
    pictures = draw(pixels, field, Placement(2.0, (0.0, 0.0), 128, 144), drawn.thickness_cm)
    assert (pictures.height, pictures.width) == (200, 220)
    assert pictures.radiograph is not None
    shown = np.asarray(opened(pictures.radiograph))
    assert shown.shape == (200, 220)
    assert shown[:36, :36].max() < 12, "what lies in the shut corner is black"
    assert (pictures.layer_box.x, pictures.layer_box.y) == (-30, -20)
    assert (pictures.layer_box.width, pictures.layer_box.height) == (288, 256)


def test_large_images_are_made_small(drawn: Any) -> None:
    pixels = np.kron(drawn.pixels, np.ones((8, 8), np.float32))
    pictures = draw(pixels, np.ones(pixels.shape, bool), Placement(16.0, (0.0, 0.0), 128, 144), drawn.thickness_cm)
    assert max(pictures.width, pictures.height) == 1000
    assert pictures.radiograph is not None
    assert len(pictures.radiograph) < 300_000


def test_a_layer_is_its_colour_where_its_structure_is(drawn: Any) -> None:
    pictures = draw(
        drawn.pixels, np.ones(drawn.pixels.shape, bool), Placement(2.0, (0.0, 0.0), 128, 144), drawn.thickness_cm
    )
    layer = np.asarray(opened(pictures.layers["gluteus_medius"]).convert("RGBA"))
    both = drawn.thickness_cm[[LABEL_BY_NAME[f"gluteus_medius_{side}"].channel for side in ("right", "left")]].sum(0)
    row, column = np.unravel_index(both.argmax(), both.shape)
    assert tuple(layer[3 * row + 1, 3 * column + 1, :3]) == (0xE6, 0x7E, 0x22)
    assert layer[3 * row + 1, 3 * column + 1, 3] > 200
    assert layer[0, 0, 3] == 0


def test_without_the_radiograph_none_is_encoded(drawn: Any) -> None:
    field = np.ones(drawn.pixels.shape, bool)
    pictures = draw(
        drawn.pixels, field, Placement(2.0, (0.0, 0.0), 128, 144), drawn.thickness_cm, with_radiograph=False
    )
    assert pictures.radiograph is None
    assert len(pictures.layers) == 21
