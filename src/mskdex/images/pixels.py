"""Checks and unpacking that every sort of image file shares. Numpy only."""

import numpy as np

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images.codecs import Stored

MAX_PIXELS = 8192 * 8192
MIN_SIDE = 32
MOST_OBLONG = 10
"""Times as long as wide; a whole leg or spine is some four times."""


def check_size(rows: int, columns: int) -> None:
    """Refuse a size before anything of that size is allocated.

    Raises:
        ImageRefused: ``too_large`` or ``field_too_small``.
    """
    if rows * columns > MAX_PIXELS:
        message = f"found {rows} x {columns} pixels, expected at most {MAX_PIXELS} in all"
        raise ImageRefused(Refusal.TOO_LARGE, message)
    if min(rows, columns) < MIN_SIDE:
        message = f"found {rows} x {columns} pixels, expected a radiograph of at least {MIN_SIDE} x {MIN_SIDE}"
        raise ImageRefused(Refusal.FIELD_TOO_SMALL, message)
    if max(rows, columns) > MOST_OBLONG * min(rows, columns):
        message = f"found {rows} x {columns} pixels, a strip too small to hold a hip"
        raise ImageRefused(Refusal.FIELD_TOO_SMALL, message)


def unpack_bits(pixels: Stored, bits_stored: int, high_bit: int, signed: bool) -> Stored:
    """Cut the stored bits out of each pixel: overlays and junk above and below them go, the sign is extended.

    Returns:
        uint8, uint16 or int16 of the same shape.
    """
    width = pixels.dtype.itemsize * 8
    above, below = width - 1 - high_bit, high_bit + 1 - bits_stored
    if above == 0 and below == 0:
        whole = pixels
    else:
        plain = pixels.view(f"u{width // 8}") << above
        whole = plain.view(f"{'i' if signed else 'u'}{width // 8}") >> (above + below)
    return whole.astype(np.int16, copy=False) if signed else whole


def grey_of_colour(pixels: Stored) -> Stored:
    """The one channel of a picture whose colour channels are all equal.

    Raises:
        ImageRefused: ``colour`` if they are not.
    """
    if not (np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2])):
        raise ImageRefused(Refusal.COLOUR, "the picture is coloured; expected a grey radiograph without annotations")
    return np.ascontiguousarray(pixels[..., 0])
