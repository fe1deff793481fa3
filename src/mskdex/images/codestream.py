"""What a compressed image says of itself, read before any decoder sees it: size, depth, and whether it is whole.

The JPEG family: ISO/IEC 10918-1 annex B and 14495-1 annex C; JPEG 2000: ISO/IEC 15444-1 annex A.
"""

import struct
from dataclasses import dataclass

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused

_JPEG_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}
_ALONE = {0x01, *range(0xD0, 0xD9)}
_END = b"\xff\xd9"


@dataclass(frozen=True)
class Codestream:
    """Size and depth that a codestream declares; ``process`` is the low byte of a JPEG's frame marker."""

    rows: int
    columns: int
    components: int
    bits: int
    signed: bool = False
    process: int | None = None


def describe_jpeg(data: bytes) -> Codestream:
    """Read the frame header of a JPEG or JPEG-LS stream, and demand its end marker.

    Raises:
        ImageRefused: ``decoder_failed`` if it is no such stream, ``truncated`` if its end is missing.
    """
    if data[:2] != b"\xff\xd8":
        raise _broken("JPEG")
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _ALONE:
            position += 2
        elif marker in _JPEG_FRAMES:
            if position + 10 > len(data):
                break
            bits, rows, columns, components = struct.unpack_from(">BHHB", data, position + 4)
            _demand_end(data)
            return Codestream(rows, columns, components, bits, process=marker)
        else:
            position += 2 + struct.unpack_from(">H", data, position + 2)[0]
    raise _broken("JPEG")


def describe_jpeg2000(data: bytes) -> Codestream:
    """Read the SIZ segment of a JPEG 2000 codestream (no JP2 container, PS3.5 A.4.4), and demand its end marker.

    Raises:
        ImageRefused: As ``describe_jpeg``.
    """
    if data[:4] != b"\xff\x4f\xff\x51" or len(data) < 45:
        raise _broken("JPEG 2000")
    right, bottom, left, top = struct.unpack_from(">4I", data, 8)
    components, depth = struct.unpack_from(">H", data, 40)[0], data[42]
    steps = data[43 : 43 + 2]
    if steps != b"\x01\x01" or right <= left or bottom <= top:
        raise _broken("JPEG 2000")
    _demand_end(data)
    return Codestream(bottom - top, right - left, components, (depth & 0x7F) + 1, signed=bool(depth & 0x80))


def _demand_end(data: bytes) -> None:
    # Fragments are padded to even length, with zeros or, against the standard, with ones; some archives pad more.
    if not data[-64:].rstrip(b"\x00\xff").endswith(_END):
        raise ImageRefused(Refusal.TRUNCATED, "the compressed image has no end marker; the file was cut short")


def _broken(name: str) -> ImageRefused:
    return ImageRefused(Refusal.DECODER_FAILED, f"the compressed image does not begin as a {name} stream should")
