"""Pictures for the page: the radiograph inside its field, and one transparent layer per structure that lies on it.

Everything is placed in the units of the shown radiograph's pixels, so a layer is stored at the map's own resolution.
"""

import base64
import io
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from PIL import Image as Pillow

from mskdex.anatomy import BONES
from mskdex.anatomy import LABELS
from mskdex.anatomy import MUSCLES
from mskdex.images.grid import Placement
from mskdex.types import Image
from mskdex.types import ImageMask
from mskdex.types import MapStack

LONGEST_PIXELS = 1000
JPEG_QUALITY = 80
LAYER_UPSAMPLING = 3
FAINTEST = 0.05
"""Thickness below this share of a structure's thickest is left clear: what a blurred edge of a map amounts to."""

_OPACITY = (0.3, 0.9)
"""At the edge and where the structure is thickest: the shape is seen at once, and then where its bulk is."""
_EDGE = 0.05
_ALPHA_STEP = 4


@dataclass(frozen=True)
class Box:
    """A rectangle in the shown picture's pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Pictures:
    """What the page shows.

    Attributes:
        width, height: Of the shown radiograph in its own pixels.
        radiograph: A JPEG as data URI, or None where the reader asked for none.
        layers: Structure name -> PNG as data URI: its colour, as opaque as the structure is thick.
        layer_box: Where every layer lies.
    """

    width: int
    height: int
    radiograph: str | None
    layers: dict[str, str]
    layer_box: Box


def draw(
    pixels: Image, field: ImageMask, placement: Placement, thickness_cm: MapStack, *, with_radiograph: bool = True
) -> Pictures:
    """Draw a radiograph and its maps.

    Args:
        pixels: The radiograph, bright = dense, 0..1.
        field: Its collimated field; nothing beyond it is shown, whatever is burnt in there.
        placement: How the maps lie on it.
        thickness_cm: [42, row, column].
        with_radiograph: False leaves the radiograph out and keeps the layers.
    """
    rows, columns = np.flatnonzero(field.any(axis=1)), np.flatnonzero(field.any(axis=0))
    top, left, bottom, right = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    scale = min(1.0, LONGEST_PIXELS / max(bottom - top, right - left))
    height, width = round((bottom - top) * scale), round((right - left) * scale)
    shown = None
    if with_radiograph:
        inside = np.s_[top:bottom, left:right]
        shown = _jpeg(_grey(pixels[inside], field[inside]), width, height)
    box = Box(
        x=(placement.corner[1] - left) * scale,
        y=(placement.corner[0] - top) * scale,
        width=placement.columns * placement.scale * scale,
        height=placement.rows * placement.scale * scale,
    )
    return Pictures(width, height, shown, _layers(thickness_cm), box)


def _grey(pixels: Image, field: ImageMask) -> ndarray:
    low, high = np.percentile(pixels[field][::7], [0.5, 99.7])
    levels = np.clip((pixels - low) * (255 / max(high - low, 1e-6)), 0, 255)
    grey: ndarray = np.where(field, levels, 0).astype(np.uint8)
    return grey


def _jpeg(grey: ndarray, width: int, height: int) -> str:
    file = io.BytesIO()
    # Whole-number box averaging first: the rest of the way is cheap, and fine noise does not alias.
    picture = Pillow.fromarray(grey)
    picture = picture.reduce(max(1, min(grey.shape[0] // height, grey.shape[1] // width)))
    picture.resize((width, height), Pillow.Resampling.BILINEAR).save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return _data_uri(file, "image/jpeg")


def _layers(thickness_cm: MapStack) -> dict[str, str]:
    layers = {}
    # Bones lie beneath: the radiograph shows them anyway, and they would veil the muscles.
    for structure in (*BONES, *MUSCLES):
        channels = [label.channel for label in LABELS if label.structure is structure]
        layers[structure.name] = _layer(thickness_cm[channels].sum(axis=0), structure.colour)
    return layers


def _layer(thickness: Float32[ndarray, "rows columns"], colour: str) -> str:
    """A palette PNG: one colour, its opacity growing with thickness."""
    rows, columns = thickness.shape
    size = (columns * LAYER_UPSAMPLING, rows * LAYER_UPSAMPLING)
    smooth = np.asarray(Pillow.fromarray(thickness.astype(np.float32)).resize(size, Pillow.Resampling.BICUBIC))
    thickest = float(thickness.max())
    share = np.clip(smooth / thickest, 0, 1) if thickest > 0 else np.zeros_like(smooth)
    edge = np.clip((share - FAINTEST) / _EDGE, 0, 1)
    opacity = edge * (_OPACITY[0] + (_OPACITY[1] - _OPACITY[0]) * share)
    # Few steps of opacity: invisible, and they compress to a third.
    indices = (opacity * (255 / _ALPHA_STEP)).round().astype(np.uint8)
    picture = _palette_image(indices, colour)
    file = io.BytesIO()
    transparency = bytes(min(index * _ALPHA_STEP, 255) for index in range(256))
    picture.save(file, "PNG", transparency=transparency, optimize=True)
    return _data_uri(file, "image/png")


def _palette_image(indices: ndarray, colour: str) -> Pillow.Image:
    picture = Pillow.new("P", (indices.shape[1], indices.shape[0]))
    picture.frombytes(np.ascontiguousarray(indices).tobytes())
    picture.putpalette(bytes.fromhex(colour.removeprefix("#")) * 256)
    return picture


def _data_uri(file: io.BytesIO, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(file.getvalue()).decode()}"
