"""Which way round: the one place that decides whether dense tissue is bright in an image as shown.

MONOCHROME1 is turned over when the image is shown. PresentationLUTShape says the same thing once more (DX: IDENTITY
with MONOCHROME2, INVERSE with MONOCHROME1, PS3.3 C.8.11.3) and is never applied on top. PixelIntensityRelationshipSign
says how stored values follow the beam's intensity, so it can contradict; contradictions are decided by the picture.
"""

from dataclasses import dataclass
from dataclasses import replace
from enum import StrEnum

import numpy as np

from mskdex.codes import FlagCode
from mskdex.codes import Refusal
from mskdex.codes import flag
from mskdex.errors import ImageRefused
from mskdex.images.field import Field
from mskdex.images.field import detect_field
from mskdex.images.greyscale import Shown
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.header import Photometric
from mskdex.result import Flag
from mskdex.types import Image

_LEAST_DIFFERENCE = 0.2


class Polarity(StrEnum):
    """How bone looks when the image is shown by a viewer."""

    BRIGHT = "bright"
    DARK = "dark"


@dataclass(frozen=True)
class Turned:
    """The image with dense tissue bright, its exposed field, and what a reader should know."""

    pixels: Image
    field: Field
    flags: tuple[Flag, ...] = ()


def bright_is_dense(shown: Shown, header: Header, polarity: Polarity | None) -> Turned:
    """Turn the image so that dense tissue is bright.

    Args:
        shown: The image as a viewer shows it.
        header: What the file says.
        polarity: What the user says; it overrides everything.

    Raises:
        ImageRefused: ``polarity_unclear`` if the file contradicts itself and the picture does not tell.
    """
    if polarity is not None:
        return _turn(shown, header, polarity)
    by_sign = _by_sign(shown, header)
    if header.kind is Kind.DX_PROCESSING and by_sign is not None:
        return _doubt(shown, header, by_sign)
    if by_sign is Polarity.DARK or _shape_contradicts(header):
        return _settle(shown, header)
    return _doubt(shown, header, Polarity.BRIGHT)


def _turn(shown: Shown, header: Header, polarity: Polarity) -> Turned:
    pixels = shown.pixels if polarity is Polarity.BRIGHT else 1 - shown.pixels
    return Turned(pixels, detect_field(pixels, shutter=header.shutter))


def _doubt(shown: Shown, header: Header, polarity: Polarity) -> Turned:
    """Turn as the file says, and say so if the picture looks otherwise."""
    turned = _turn(shown, header, polarity)
    if look(turned.pixels, turned.field) is not Polarity.DARK:
        return turned
    other = Polarity.DARK if polarity is Polarity.BRIGHT else Polarity.BRIGHT
    message = f"the image looks inverted: its middle is less dense than its sides; if it is, give --polarity {other}"
    return replace(turned, flags=(flag(FlagCode.POLARITY_DOUBTFUL, message),))


def _settle(shown: Shown, header: Header) -> Turned:
    """Try both ways: the right one makes dense tissue bright, the other one does not."""
    both = {polarity: _turn(shown, header, polarity) for polarity in Polarity}
    right = [polarity for polarity, turned in both.items() if look(turned.pixels, turned.field) is Polarity.BRIGHT]
    if len(right) != 1:
        message = "the file contradicts itself on whether bone is bright; say which with --polarity bright or dark"
        raise ImageRefused(Refusal.POLARITY_UNCLEAR, message)
    message = f"the file contradicts itself on whether bone is bright; by the picture bone is {right[0]} as shown"
    return replace(both[right[0]], flags=(flag(FlagCode.POLARITY_CONTRADICTION, message),))


def _by_sign(shown: Shown, header: Header) -> Polarity | None:
    """What the sign claims: +1 when stored values rise with the beam's intensity, that is where the body is thin."""
    if header.intensity_sign not in (1, -1):
        return None
    return Polarity.DARK if (header.intensity_sign == 1) == shown.rises else Polarity.BRIGHT


def _shape_contradicts(header: Header) -> bool:
    expected = "INVERSE" if header.photometric is Photometric.MONOCHROME1 else "IDENTITY"
    return header.presentation_lut_shape not in (None, expected)


def look(pixels: Image, field: Field) -> Polarity | None:
    """How dense tissue looks, from the picture: a body is thick in the middle and ends, or thins out, at the sides.

    Compares the medians of the middle third and of the outer tenths of the field, over its middle half of rows.
    """
    step = max(1, min(field.bottom - field.top, field.right - field.left) // 128)
    inside = pixels[field.top : field.bottom : step, field.left : field.right : step]
    height, width = inside.shape
    band = inside[height // 4 : height - height // 4]
    side = max(1, width // 10)
    sides = np.median(np.concatenate([band[:, :side], band[:, -side:]], axis=1))
    middle = np.median(band[:, width // 3 : width - width // 3])
    low, high = np.percentile(inside, [2, 98])
    difference = (middle - sides) / max(high - low, 1e-6)
    if abs(difference) < _LEAST_DIFFERENCE:
        return None
    return Polarity.BRIGHT if difference > 0 else Polarity.DARK
