"""What surrounds the picture: the collimated field and the side marker; and the calls that take a whole radiograph."""

from dataclasses import dataclass

import numpy as np

from mskdex.phantom.exposure import PLAIN_EXPOSURE
from mskdex.phantom.exposure import Exposure
from mskdex.phantom.exposure import expose
from mskdex.phantom.exposure import sample_exposure
from mskdex.phantom.shield import Shield
from mskdex.phantom.shield import sample_shield
from mskdex.phantom.shield import shielded
from mskdex.types import Image
from mskdex.types import ImageMask

_GLYPHS = {
    "R": ("####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"),
    "L": ("#....", "#....", "#....", "#....", "#....", "#....", "#####"),
}
_MARKER_MM = (12.0, 30.0)


@dataclass(frozen=True)
class TakenRadiograph:
    """``pixels`` 0..1, bright is dense; ``field`` is what the collimator let through; ``shield`` lay on the patient."""

    pixels: Image
    field: ImageMask
    exposure: Exposure
    shield: Shield | None = None


def take_radiograph(
    attenuation: Image, spacing_mm: float, rng: np.random.Generator, exposure: Exposure | None = None
) -> TakenRadiograph:
    """Expose ``attenuation`` with a random field and, on some, a side marker or a gonad shield.

    ``exposure`` is the one whose ``beam`` made ``attenuation``. Without it one is drawn, whose voltage and filtration
    mean nothing: those of the attenuation stay.
    """
    # A generator of its own: radiographs without a shield are what they were before there were shields.
    shield = sample_shield(rng.spawn(1)[0])
    exposure = sample_exposure(rng) if exposure is None else exposure
    field = draw_collimation(rng, attenuation.shape, spacing_mm)
    seen = attenuation if shield is None else shielded(attenuation, spacing_mm, shield)
    pixels = expose(seen, spacing_mm, exposure, rng, field)
    return TakenRadiograph(draw_marker(rng, pixels, field, spacing_mm), field, exposure, shield)


def take_plain_radiograph(attenuation: Image, spacing_mm: float, rng: np.random.Generator) -> TakenRadiograph:
    """The attenuation itself, from the thinnest of the body (black) to the densest (white), with nothing about it."""
    field = np.ones(attenuation.shape, bool)
    return TakenRadiograph(expose(attenuation, spacing_mm, PLAIN_EXPOSURE, rng, field), field, PLAIN_EXPOSURE)


def draw_collimation(rng: np.random.Generator, shape: tuple[int, ...], spacing_mm: float) -> ImageMask:
    """The field [rows, columns]: a rectangle, now and then turned a little; two in three cover nearly everything."""
    rows, columns = shape
    height_mm, width_mm = rows * spacing_mm, columns * spacing_mm
    if rng.random() < 0.65:
        margins_mm = np.maximum(rng.normal(0, 6, 4), 0)
    else:
        margins_mm = np.abs(rng.normal(0, 0.09, 4)) * (height_mm, height_mm, width_mm, width_mm)
    top, bottom, left, right = np.minimum(margins_mm, 0.22 * min(height_mm, width_mm))
    angle = np.deg2rad(rng.normal(0, 1.2)) if rng.random() < 0.25 else 0.0
    v = (np.arange(rows) + 0.5)[:, None] * spacing_mm - height_mm / 2
    u = (np.arange(columns) + 0.5)[None] * spacing_mm - width_mm / 2
    along, across = np.cos(angle) * v + np.sin(angle) * u, np.cos(angle) * u - np.sin(angle) * v
    inside_rows = (along > top - height_mm / 2) & (along < height_mm / 2 - bottom)
    inside_columns = (across > left - width_mm / 2) & (across < width_mm / 2 - right)
    field = inside_rows & inside_columns
    # A beam wider than the detector is the rule: no turned corner is missing where no margin was drawn.
    return field if max(top, bottom, left, right) > 0 else np.ones(shape, bool)


def draw_marker(rng: np.random.Generator, pixels: Image, field: ImageMask, spacing_mm: float) -> Image:
    """Put a lead letter into half the fields: R on the image's left or L on its right, as AP radiographs hang."""
    if rng.random() < 0.5 or not field.any():
        return pixels
    letter = "R" if rng.random() < 0.6 else "L"
    glyph = np.array([[mark == "#" for mark in line] for line in _GLYPHS[letter]])
    height = round(float(rng.uniform(*_MARKER_MM)) / spacing_mm)
    stretched = _enlarged(glyph, max(height, len(glyph)))
    rows, columns = np.flatnonzero(field.any(1)), np.flatnonzero(field.any(0))
    free_rows, free_columns = len(rows) - stretched.shape[0], len(columns) // 5 - stretched.shape[1]
    if free_rows <= 0 or free_columns <= 0:
        return pixels
    row = rows[0] + rng.integers(free_rows)
    inset = int(rng.integers(free_columns))
    column = columns[0] + inset if letter == "R" else columns[-1] + 1 - inset - stretched.shape[1]
    marked = pixels.copy()
    place = (slice(row, row + stretched.shape[0]), slice(column, column + stretched.shape[1]))
    inside = stretched & field[place]
    marked[place][inside] = np.float32(rng.uniform(0.85, 1.0))
    return marked


def _enlarged(glyph: ImageMask, height: int) -> ImageMask:
    width = max(glyph.shape[1], round(height * glyph.shape[1] / glyph.shape[0]))
    rows = np.arange(height) * glyph.shape[0] // height
    columns = np.arange(width) * glyph.shape[1] // width
    return np.asarray(glyph[np.ix_(rows, columns)])
