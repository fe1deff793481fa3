"""A look for hip prostheses: large, bright, and sharply bounded nearly all around, which bone never is.

Scored on held-out virtual patients (benchmarks/metal.py): it finds about half of the prostheses, and sees one in some
two of a hundred hips that have none. What it does not find may be metal all the same.
"""

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import Side
from mskdex.types import Image
from mskdex.types import ImageMask

LEVELS = (0.97, 0.9, 0.8, 0.7, 0.6)
"""Metal is looked for above these shares of the range of greys: how bright it is shown depends on the window."""

AREA_CM2 = (12.0, 150.0)
"""Of a cup with its stem; less is a marker, more is a badly chosen window."""

EDGE = 0.15
"""All but a fifth of the rim falls by at least this share of the range within two pixels (6 mm)."""

DROP = 0.1
"""The inside is brighter than three quarters of its surroundings by at least this share of the range."""


def metal_sides(pixels: Image, field: ImageMask, spacing_mm: float) -> frozenset[Side]:
    """The patient's sides on which there is metal (AP display: the patient's right is at image left).

    Args:
        pixels: Radiograph on the model's grid, bright = dense.
        field: True where the detector was exposed.
        spacing_mm: Pixel size of the grid; the figures above are for 3 mm.
    """
    from scipy import ndimage

    low, high = np.percentile(pixels[field], [1, 99.9])
    if high <= low:
        return frozenset()
    grey = (pixels - low) / (high - low)
    inner, steepness = ndimage.binary_erosion(field, iterations=2), _steepness(grey)
    middle = np.flatnonzero(field.any(axis=0)).mean()
    sides = set()
    for level in LEVELS:
        regions, count = ndimage.label(inner & (grey > level))
        for number in range(1, count + 1):
            region = regions == number
            if _is_metal(region, grey, steepness, field, (spacing_mm / 10) ** 2):
                sides.add(Side.RIGHT if np.nonzero(region)[1].mean() < middle else Side.LEFT)
    return frozenset(sides)


def _is_metal(region: ImageMask, grey: Image, steepness: Image, field: ImageMask, pixel_area_cm2: float) -> bool:
    from scipy import ndimage

    if not AREA_CM2[0] < region.sum() * pixel_area_cm2 < AREA_CM2[1]:
        return False
    rim = region & ~ndimage.binary_erosion(region)
    if np.quantile(steepness[rim], 0.2) <= EDGE:
        return False
    near = ndimage.binary_dilation(region)
    around = ndimage.binary_dilation(near) & ~near & field
    return bool(around.any() and np.median(grey[region]) - np.percentile(grey[around], 75) > DROP)


def _steepness(grey: Image) -> Float32[ndarray, "rows columns"]:
    """The largest difference to a pixel two steps away."""
    differences = [np.abs(grey - np.roll(grey, shift, axis)) for axis in (0, 1) for shift in (2, -2)]
    steepest: Float32[ndarray, "rows columns"] = np.max(differences, axis=0)
    return steepest
