"""One named decoder for each transfer syntax. Runs in the decode worker only.

Letting a library try every codec it finds means that the laxest one wins, and cut files decode to garbage; so each
syntax has exactly one decoder here, a strict one, and what a stream declares is compared with the header first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import Any
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images.codestream import Codestream
from mskdex.images.codestream import describe_jpeg
from mskdex.images.codestream import describe_jpeg2000

Stored = NDArray[np.integer[Any]]
Order = Literal["<", ">"]

_GDCM_HINT = "install its decoder with: pip install python-gdcm, or with the extra: pip install 'mskdex[jpeg-lossless]'"
_GDCM_SYNTAX = {0xC1: "1.2.840.10008.1.2.4.51", 0xC3: "1.2.840.10008.1.2.4.57"}


@dataclass(frozen=True)
class Expected:
    """What the DICOM header says the pixels are."""

    rows: int
    columns: int
    components: int
    bits_allocated: int
    bits_stored: int
    signed: bool

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(f"<{'i' if self.signed else 'u'}{self.bits_allocated // 8}")

    @property
    def shape(self) -> tuple[int, ...]:
        size = (self.rows, self.columns)
        return size if self.components == 1 else (*size, self.components)


def decode_compressed(transfer_syntax: str, data: bytes, expected: Expected) -> Stored:
    """Decode one frame with the decoder named for its transfer syntax.

    Returns:
        [row, column] (or [row, column, component]) in ``expected.dtype``.

    Raises:
        ImageRefused: ``inconsistent_size``, ``truncated``, ``decoder_failed``, ``unsupported_transfer_syntax``.
    """
    pixels = DECODERS[transfer_syntax](data, expected)
    if pixels.shape != expected.shape:
        raise ImageRefused(
            Refusal.INCONSISTENT_SIZE, f"decoded to {pixels.shape} pixels, the header says {expected.shape}"
        )
    return pixels.astype(expected.dtype, copy=False)


def _decode_rle(data: bytes, expected: Expected) -> Stored:
    from rle.utils import decode_pixel_data

    segments = int.from_bytes(data[:4], "little")
    wanted = expected.components * expected.bits_allocated // 8
    if segments != wanted:
        raise ImageRefused(Refusal.INCONSISTENT_SIZE, f"run-length segments: found {segments}, expected {wanted}")
    if expected.components != 1:
        raise ImageRefused(Refusal.COLOUR, "run-length encoded colour images are not read")
    decoded = decode_pixel_data(
        data, version=2, rows=expected.rows, columns=expected.columns, bits_allocated=expected.bits_allocated
    )
    return np.frombuffer(decoded, expected.dtype).reshape(expected.rows, expected.columns)


def _decode_jpeg_ls(data: bytes, expected: Expected) -> Stored:
    from jpeg_ls import decode_buffer

    stream = describe_jpeg(data)
    _compare(stream, expected)
    if stream.process != 0xF7:
        raise ImageRefused(Refusal.DECODER_FAILED, "the transfer syntax says JPEG-LS, the stream is another JPEG")
    decoded, _ = decode_buffer(data)
    dtype = np.dtype("u1" if stream.bits <= 8 else "<u2")
    return _as_signed(np.frombuffer(decoded, dtype).reshape(expected.rows, expected.columns), stream.bits, expected)


def _decode_jpeg2000(data: bytes, expected: Expected) -> Stored:
    from openjpeg.utils import decode

    stream = describe_jpeg2000(data)
    _compare(stream, expected)
    pixels: Stored = decode(BytesIO(data), j2k_format=0)
    return pixels if stream.signed else _as_signed(pixels, stream.bits, expected)


def _decode_jpeg(data: bytes, expected: Expected) -> Stored:
    stream = describe_jpeg(data)
    if stream.process not in {0xC0, 0xC1, 0xC2} or stream.bits != 8:
        return _decode_with_gdcm(data, expected)
    from PIL import Image

    _compare(stream, expected)
    with Image.open(BytesIO(data), formats=["JPEG"]) as picture:
        return np.asarray(picture)


def _decode_with_gdcm(data: bytes, expected: Expected) -> Stored:
    if find_spec("gdcm") is None:
        message = f"this kind of JPEG (lossless or 12 bit) needs a package that is not installed; {_GDCM_HINT}"
        raise ImageRefused(Refusal.UNSUPPORTED_TRANSFER_SYNTAX, message)
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    stream = describe_jpeg(data)
    _compare(stream, expected)
    syntax = _GDCM_SYNTAX.get(stream.process or 0)
    if syntax is None:
        raise ImageRefused(Refusal.UNSUPPORTED_TRANSFER_SYNTAX, "this process of JPEG is not read")
    options: dict[str, Any] = {
        "rows": expected.rows,
        "columns": expected.columns,
        "number_of_frames": 1,
        "samples_per_pixel": expected.components,
        "planar_configuration": 0,
        "photometric_interpretation": "MONOCHROME2" if expected.components == 1 else "RGB",
        "bits_allocated": expected.bits_allocated,
        "bits_stored": expected.bits_stored,
        "pixel_representation": int(expected.signed),
        "pixel_keyword": "PixelData",
        "transfer_syntax_uid": UID(syntax),
    }
    encapsulated = encapsulate([data], has_bot=False)
    decoded, _ = get_decoder(UID(syntax)).as_array(encapsulated, raw=True, decoding_plugin="gdcm", **options)
    return np.asarray(decoded)


def _as_signed(pixels: Stored, bits: int, expected: Expected) -> Stored:
    """Streams without a sign carry two's complement numbers as unsigned; give them their sign back."""
    if not expected.signed:
        return pixels
    shift = 16 - bits
    return (pixels.astype(np.uint16) << shift).astype(np.int16) >> shift


def _compare(stream: Codestream, expected: Expected) -> None:
    found = (stream.rows, stream.columns, stream.components)
    wanted = (expected.rows, expected.columns, expected.components)
    if found != wanted or stream.bits > expected.bits_allocated:
        raise ImageRefused(
            Refusal.INCONSISTENT_SIZE,
            f"the compressed image says rows, columns, components {found} at {stream.bits} bits; "
            f"the header says {wanted} at {expected.bits_allocated}",
        )


DECODERS: dict[str, Callable[[bytes, Expected], Stored]] = {
    "1.2.840.10008.1.2.5": _decode_rle,
    "1.2.840.10008.1.2.4.50": _decode_jpeg,
    "1.2.840.10008.1.2.4.51": _decode_jpeg,
    "1.2.840.10008.1.2.4.57": _decode_with_gdcm,
    "1.2.840.10008.1.2.4.70": _decode_with_gdcm,
    "1.2.840.10008.1.2.4.80": _decode_jpeg_ls,
    "1.2.840.10008.1.2.4.81": _decode_jpeg_ls,
    "1.2.840.10008.1.2.4.90": _decode_jpeg2000,
    "1.2.840.10008.1.2.4.91": _decode_jpeg2000,
    "1.2.840.10008.1.2.4.201": _decode_jpeg2000,
    "1.2.840.10008.1.2.4.202": _decode_jpeg2000,
    "1.2.840.10008.1.2.4.203": _decode_jpeg2000,
}
"""Compressed transfer syntaxes that are read, each with its one decoder."""

NATIVE: dict[str, Order] = {
    "1.2.840.10008.1.2": "<",
    "1.2.840.10008.1.2.1": "<",
    "1.2.840.10008.1.2.2": ">",
}
"""Uncompressed transfer syntaxes and their byte order. Deflated files are refused: their header is the bomb."""

LOSSY = {
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.203",
}
"""Syntaxes that may lose information; JPEG 2000 (.91, .203) may also be lossless and says so elsewhere."""
