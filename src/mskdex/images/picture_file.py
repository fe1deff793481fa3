"""Read a radiograph kept as PNG, JPEG or TIFF. Runs in the decode worker only."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images.codecs import Stored
from mskdex.images.codestream import describe_jpeg
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.header import Photometric
from mskdex.images.pixels import check_size
from mskdex.images.pixels import grey_of_colour

_PHOTOMETRIC_TAG, _EXIF_ORIENTATION = 262, 274
_UPRIGHT = 1


def read_picture(data: bytes, kind: Kind, sha256: str) -> Decoded:
    """Check and decode a picture of one frame, 8 or 16 bit grey (or colour whose channels are all equal).

    Resolutions that such files state are those of a printer, not of a detector: they are not read.
    """
    if kind is Kind.JPEG:
        stream = describe_jpeg(data)
        check_size(stream.rows, stream.columns)
    Image.MAX_IMAGE_PIXELS = None  # the size is checked below, before anything of that size is allocated
    with Image.open(BytesIO(data), formats=[kind.value]) as picture:
        check_size(picture.height, picture.width)
        if getattr(picture, "n_frames", 1) != 1:
            raise ImageRefused(Refusal.MULTI_FRAME, "found several pages or frames, expected one radiograph")
        stored = _grey(picture)
        white_is_zero = kind is Kind.TIFF and _tag(picture, _PHOTOMETRIC_TAG) == 0 and stored.dtype == np.uint16
        turned = picture.getexif().get(_EXIF_ORIENTATION, _UPRIGHT) != _UPRIGHT
        header = Header(
            kind=kind,
            rows=stored.shape[0],
            columns=stored.shape[1],
            depth=stored.dtype.itemsize * 8,
            # Pillow turns 8-bit WhiteIsZero pictures over by itself, 16-bit ones it leaves as they are.
            photometric=Photometric.MONOCHROME1 if white_is_zero else Photometric.MONOCHROME2,
            sha256=sha256,
            lossy=kind is Kind.JPEG,
            colour_is_grey=picture.mode not in {"L", "I;16", "I;16B", "I;16L", "I"},
            orientation="turned" if turned else None,
        )
    return Decoded(header, stored)


def _grey(picture: Image.Image) -> Stored:
    if picture.mode == "L":
        return np.asarray(picture)
    if picture.mode in {"I;16", "I;16B", "I;16L"}:
        return np.asarray(picture).astype("<u2", copy=False)
    if picture.mode == "I":
        wide: np.ndarray[Any, Any] = np.asarray(picture)
        if wide.min() < 0 or wide.max() > 0xFFFF:
            raise ImageRefused(Refusal.UNSUPPORTED_PIXELS, "found more than 16 bits, expected 8 or 16 bit grey")
        return wide.astype(np.uint16)
    if picture.mode in {"RGB", "RGBA", "LA", "P"}:
        colours = np.asarray(picture.convert("RGBA"))
        if (colours[..., 3] != 0xFF).any():
            raise ImageRefused(Refusal.COLOUR, "the picture has transparent pixels; expected a plain grey radiograph")
        return grey_of_colour(colours)
    message = "found black and white, CMYK or floating point pixels, expected 8 or 16 bit grey"
    raise ImageRefused(Refusal.UNSUPPORTED_PIXELS, message)


def _tag(picture: Image.Image, tag: int) -> Any:
    return getattr(picture, "tag_v2", {}).get(tag)
