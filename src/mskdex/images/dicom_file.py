"""Read one DICOM radiograph: stored pixels and the allow-list of facts. Runs in the decode worker only."""

import warnings
from io import BytesIO

import numpy as np
from pydicom import Dataset
from pydicom import config
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.filereader import read_partial

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images import dicom_facts
from mskdex.images.codecs import DECODERS
from mskdex.images.codecs import LOSSY
from mskdex.images.codecs import NATIVE
from mskdex.images.codecs import Expected
from mskdex.images.codecs import Order
from mskdex.images.codecs import Stored
from mskdex.images.codecs import decode_compressed
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.header import Photometric
from mskdex.images.pixels import check_size
from mskdex.images.pixels import grey_of_colour
from mskdex.images.pixels import unpack_bits

SOP_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.1": Kind.CR,
    "1.2.840.10008.5.1.4.1.1.1.1": Kind.DX_PRESENTATION,
    "1.2.840.10008.5.1.4.1.1.1.1.1": Kind.DX_PROCESSING,
    "1.2.840.10008.5.1.4.1.1.7": Kind.SECONDARY_CAPTURE,
    "1.2.840.10008.5.1.4.1.1.7.2": Kind.SECONDARY_CAPTURE,
    "1.2.840.10008.5.1.4.1.1.7.3": Kind.SECONDARY_CAPTURE,
}
_COLOURS = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"}


def read_dicom(data: bytes, sha256: str) -> Decoded:
    """Check and decode a DICOM file.

    Raises:
        ImageRefused: With the reason; any other exception of a parser is the caller's to catch.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config.settings.reading_validation_mode = config.IGNORE
        syntax = _transfer_syntax(data)
        dataset = dcmread(BytesIO(data), specific_tags=list(dicom_facts.TAGS))
        kind = _kind(dataset)
        expected = _expected(dataset)
        stored, padded = _stored(dataset, syntax, expected)
        colour = expected.components > 1
        if colour:
            stored = grey_of_colour(stored)
        header = Header(
            kind=kind,
            rows=expected.rows,
            columns=expected.columns,
            depth=expected.bits_stored,
            signed=expected.signed,
            photometric=Photometric(dataset.PhotometricInterpretation) if not colour else Photometric.MONOCHROME2,
            transfer_syntax=syntax,
            sha256=sha256,
            padded=padded,
            colour_is_grey=colour,
            **dicom_facts.gather(dataset, lossy_syntax=syntax in LOSSY),
        )
    return Decoded(header, stored)


def _transfer_syntax(data: bytes) -> str:
    """The transfer syntax from the file's meta group alone; a deflated body is never touched."""
    meta = read_partial(BytesIO(data), stop_when=lambda tag, vr, length: True).file_meta
    syntax = str(meta.get("TransferSyntaxUID", ""))
    if not syntax:
        raise ImageRefused(Refusal.TRUNCATED, "the file ends inside its header: it names no transfer syntax")
    if syntax not in NATIVE and syntax not in DECODERS:
        name = syntax if syntax.replace(".", "").isdigit() and len(syntax) <= 64 else "not a valid UID"
        message = f"transfer syntax {name} is not read; export the image uncompressed (Explicit VR Little Endian)"
        raise ImageRefused(Refusal.UNSUPPORTED_TRANSFER_SYNTAX, message)
    return syntax


def _kind(dataset: Dataset) -> Kind:
    announced = str(dataset.file_meta.get("MediaStorageSOPClassUID", ""))
    sop_class = str(dataset.get("SOPClassUID", ""))
    if sop_class not in SOP_CLASSES and (announced in SOP_CLASSES or not (sop_class or announced)):
        raise ImageRefused(Refusal.TRUNCATED, "the file does not say what it holds; it is cut short or damaged")
    if sop_class not in SOP_CLASSES:
        message = "this DICOM object is not a radiograph; expected CR, DX or secondary capture"
        raise ImageRefused(Refusal.NOT_AN_IMAGE, message)
    return SOP_CLASSES[sop_class]


def _expected(dataset: Dataset) -> Expected:
    numbers = {name: dicom_facts.whole(dataset, name) for name in dicom_facts.REQUIRED}
    if any(value is None for value in numbers.values()) or "PixelData" not in dataset:
        missing = sorted(name for name, value in numbers.items() if value is None)
        wanted = ", ".join(missing) or "PixelData"
        raise ImageRefused(Refusal.TRUNCATED, f"the file is cut short or incomplete: it has no valid {wanted}")
    rows, columns, components, allocated, stored, signed = (numbers[name] or 0 for name in dicom_facts.REQUIRED)
    frames = dicom_facts.whole(dataset, "NumberOfFrames") or 1
    if frames != 1:
        raise ImageRefused(Refusal.MULTI_FRAME, f"found {frames} frames, expected one radiograph; export one frame")
    check_size(rows, columns)
    photometric = str(dataset.get("PhotometricInterpretation", ""))
    grey = components == 1 and photometric in set(Photometric)
    if not grey and not (components == 3 and photometric in _COLOURS and allocated == 8):
        raise ImageRefused(Refusal.COLOUR, "found a colour or palette image, expected MONOCHROME1 or MONOCHROME2")
    if allocated not in (8, 16) or not 1 < stored <= allocated or signed not in (0, 1):
        message = f"found {stored} bits stored in {allocated}, expected 2 to 16 bits in 8 or 16"
        raise ImageRefused(Refusal.UNSUPPORTED_PIXELS, message)
    return Expected(rows, columns, components, allocated, stored, bool(signed))


def _stored(dataset: Dataset, syntax: str, expected: Expected) -> tuple[Stored, bool]:
    high_bit = dicom_facts.whole(dataset, "HighBit")
    high_bit = expected.bits_stored - 1 if high_bit is None else high_bit
    if not expected.bits_stored - 1 <= high_bit < expected.bits_allocated:
        message = f"the highest bit {high_bit} does not fit {expected.bits_stored} bits stored"
        raise ImageRefused(Refusal.UNSUPPORTED_PIXELS, message)
    if syntax in NATIVE:
        element = dataset["PixelData"]
        swap_bytes = NATIVE[syntax] == ">" and element.VR == "OW" and expected.bits_allocated == 8
        planar = expected.components == 3 and dicom_facts.whole(dataset, "PlanarConfiguration") == 1
        pixels, padded = _native(element.value, expected, NATIVE[syntax], swap_bytes, planar)
    else:
        frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
        pixels, padded = decode_compressed(syntax, frame, expected), False
    return unpack_bits(pixels, expected.bits_stored, high_bit, expected.signed), padded


def _native(data: bytes, expected: Expected, order: Order, swap_bytes: bool, planar: bool) -> tuple[Stored, bool]:
    wanted = int(np.prod(expected.shape)) * expected.bits_allocated // 8
    surplus = len(data) - wanted
    if surplus < 0:
        message = f"pixel data is cut short: found {len(data)} bytes, expected {wanted}"
        raise ImageRefused(Refusal.PIXEL_DATA_SHORT, message)
    if surplus > max(1, wanted // expected.rows):
        message = f"found {len(data)} bytes of pixels, expected {wanted} for {expected.rows} x {expected.columns}"
        raise ImageRefused(Refusal.INCONSISTENT_SIZE, message)
    if swap_bytes:
        data = np.frombuffer(data[: len(data) // 2 * 2], "<u2").byteswap().tobytes() + data[len(data) // 2 * 2 :]
    pixels = np.frombuffer(data, expected.dtype.newbyteorder(order), count=int(np.prod(expected.shape)))
    if planar:
        pixels = pixels.reshape(expected.components, expected.rows, expected.columns).transpose(1, 2, 0)
    return pixels.reshape(expected.shape).astype(expected.dtype, copy=False), surplus > 1
