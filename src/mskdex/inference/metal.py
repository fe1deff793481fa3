"""A look for hip prostheses: large, bright, and sharply bounded nearly all around, which bone never is.

Scored on held-out virtual patients (benchmarks/metal.py): it finds a fifth to a half of the implants (95 % interval),
and sees one in one or two of a hundred hips that have none. What it does not find may be metal all the same.
A gonad shield looks the same and is told by its place.
"""

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import Side
from mskdex.types import Image
from mskdex.types import ImageMask

LEVELS = (0.97, 0.9, 0.8, 0.7)
"""Metal is looked for above these shares of the range of greys: how bright it is shown depends on the window."""

AREA_CM2 = (12.0, 150.0)
"""Of a cup with its stem; less is a marker, more is a badly chosen window."""

EDGE = 0.15
"""All but a fifth of the rim falls by at least this share of the range within two pixels (6 mm)."""

DROP = 0.1
"""The inside is brighter than three quarters of its surroundings by at least this share of the range."""

MIDLINE_MM = 60.0
"""What has its middle nearer to the body's midline is in neither hip: gonad shields lie there, prostheses do not."""

_KNEE = 0.6
"""Greys above are alike in the search for the midline, or metal on one side would draw it there."""

_LEAST_SHARE = 2 / 3
"""Of the field's width that must have a mirror image inside the field."""


def metal_sides(pixels: Image, field: ImageMask, spacing_mm: float) -> frozenset[Side]:
    """The patient's sides on which there is metal (AP display: the patient's right is at image left).

    The midline is one of them: something as opaque as metal lies there, such as a gonad shield, and in no hip.

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
    columns = []
    for level in LEVELS:
        regions, count = ndimage.label(inner & (grey > level))
        for number in range(1, count + 1):
            region = regions == number
            if _is_metal(region, grey, steepness, field, (spacing_mm / 10) ** 2):
                columns.append(float(np.nonzero(region)[1].mean()))
    if not columns:
        return frozenset()
    midline = _midline(grey, field)
    return frozenset(_side((column - midline) * spacing_mm) for column in columns)


def _side(to_image_right_mm: float) -> Side:
    if abs(to_image_right_mm) < MIDLINE_MM:
        return Side.MIDLINE
    return Side.LEFT if to_image_right_mm > 0 else Side.RIGHT


def _midline(grey: Image, field: ImageMask) -> float:
    """The column about which the picture is most like its mirror image: a field need not be about the body's middle."""
    columns = np.flatnonzero(field.any(axis=0))
    first, last = int(columns[0]), int(columns[-1])
    clipped = np.clip(grey, 0, _KNEE)
    leeway = int((last - first) * (1 - _LEAST_SHARE))
    sums = range(first + last - leeway, first + last + leeway + 1)  # of a column's and its mirror image's numbers
    return max(sums, key=lambda total: _likeness(clipped, field, total)) / 2


def _likeness(grey: Image, field: ImageMask, total: int) -> float:
    """Correlation of columns with those whose numbers complete theirs to ``total``; -1 where nothing can be said."""
    width = grey.shape[1]
    columns = np.arange(max(0, total - width + 1), min(width - 1, total) + 1)
    both = field[:, columns] & field[:, total - columns]
    here, there = grey[:, columns][both], grey[:, total - columns][both]
    if here.size < 2 or here.std() == 0:
        return -1.0
    return float(np.corrcoef(here, there)[0, 1])


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
