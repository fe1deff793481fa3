"""A simple look for metal: implants are the brightest thing in a radiograph, even in grey, and sharply bounded."""

import numpy as np

from mskdex.anatomy import Side
from mskdex.types import Image
from mskdex.types import ImageMask

SMALLEST_CM2 = 4.0
"""Less than this is a marker, a clip or a button."""

EXCESS = 0.35
"""How much brighter than the 90th percentile metal is, in units of the distance from the 10th to the 90th."""

EDGE = 0.5
"""Share of the excess that is lost within two pixels across the boundary of metal; bone fades more slowly."""


def metal_sides(pixels: Image, field: ImageMask, spacing_mm: float) -> frozenset[Side]:
    """The image halves with a suspicion of metal, named for the patient in AP display (patient's right at image left).

    Args:
        pixels: Radiograph on the model's grid, bright = dense, before any clipping.
        field: True where the detector was exposed.
        spacing_mm: Pixel size of the grid.
    """
    low, high = np.percentile(pixels[field], [10, 90])
    span = high - low
    if span <= 0:
        return frozenset()
    bright = field & (pixels > high + EXCESS * span)
    steep = _drop(pixels, field) > EDGE * EXCESS * span
    middle = pixels.shape[1] // 2
    sides = {}
    for side, half in ((Side.RIGHT, np.s_[:, :middle]), (Side.LEFT, np.s_[:, middle:])):
        area_cm2 = bright[half].sum() * (spacing_mm / 10) ** 2
        rim = bright[half] & steep[half]
        # Half the metal's rim must be steep; an implant of n pixels has a rim of at least 2 sqrt(pi n).
        sides[side] = area_cm2 >= SMALLEST_CM2 and rim.sum() >= np.sqrt(np.pi * bright[half].sum())
    return frozenset(side for side, found in sides.items() if found)


def _drop(pixels: Image, field: ImageMask) -> Image:
    """The largest fall from a pixel to one two pixels away inside the field."""
    drop = np.zeros_like(pixels)
    for axis in (0, 1):
        for shift in (2, -2):
            neighbour, inside = np.roll(pixels, shift, axis), np.roll(field, shift, axis)
            drop = np.maximum(drop, np.where(inside & field, pixels - neighbour, 0))
    return drop
