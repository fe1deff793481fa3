"""Read a radiograph: the one function through which a picture of a patient enters the program."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mskdex.codes import FlagCode
from mskdex.codes import Refusal
from mskdex.codes import flag
from mskdex.errors import ImageRefused
from mskdex.images.field import Field
from mskdex.images.greyscale import show
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.isolation import DECODER
from mskdex.images.isolation import Decoder
from mskdex.images.polarity import Polarity
from mskdex.images.polarity import bright_is_dense
from mskdex.images.spacing import Spacing
from mskdex.images.spacing import SpacingSource
from mskdex.images.spacing import decide_spacing
from mskdex.result import Flag
from mskdex.types import Image
from mskdex.types import ImageMask

LEAST_FIELD_MM = 120.0
"""No field smaller than this along either side holds even a child's hip."""
LEAST_CONTRAST = 1 / 512
PLAUSIBLE_SDD_MM = (500.0, 3000.0)
PLAUSIBLE_TABLE_MM = (0.0, 150.0)
"""The hips of most patients lie farther from the detector: a distance to them would be no distance to the table."""
_LOW_DEPTH = 8
_LEAST_COLLIMATED = 0.98


@dataclass(frozen=True)
class Radiograph:
    """One radiograph, ready to be brought onto the model's grid.

    Attributes:
        pixels: [row, column], 0..1, bright = dense, as shown by a viewer (modality and window applied).
        field: True inside the exposed, collimated rectangle.
        spacing_mm: Size of the square pixels on the detector plane.
        spacing_source: Where the spacing came from.
        sdd_mm: Source-detector distance, or None if nobody says.
        table_detector_mm: From the table (or bucky wall) that the patient's back touches to the detector, or None.
        flags: What a reader must know before the numbers.
        info: Facts for ``measurements.json``; nothing that identifies a patient, plain JSON values only.
    """

    pixels: Image
    field: ImageMask
    spacing_mm: float
    spacing_source: SpacingSource
    sdd_mm: float | None
    table_detector_mm: float | None
    flags: tuple[Flag, ...]
    info: dict[str, Any]


def read_radiograph(
    path: Path | str,
    *,
    spacing_mm: float | None = None,
    polarity: Polarity | str | None = None,
    sdd_mm: float | None = None,
    table_mm: float | None = None,
    decoder: Decoder = DECODER,
) -> Radiograph:
    """Read a DICOM radiograph (CR, DX, secondary capture), or a PNG, JPEG or TIFF whose pixel size is given.

    Args:
        path: The file. It is opened in a worker process and judged by its content, not its name.
        spacing_mm: Pixel size on the detector plane; overrides the file's.
        polarity: How bone looks as shown, "bright" or "dark"; overrides the file's.
        sdd_mm: Source-detector distance; overrides the file's.
        table_mm: Distance from the table, or whatever the patient's back touches, to the detector; overrides the
            file's.
        decoder: The worker to use; by default one that the whole program shares.

    Raises:
        ImageRefused: With a code of ``codes.Refusal`` and one sentence.
    """
    return interpret(
        decoder.decode(Path(path)),
        spacing_mm=spacing_mm,
        polarity=Polarity(polarity) if polarity is not None else None,
        sdd_mm=sdd_mm,
        table_mm=table_mm,
    )


def interpret(
    decoded: Decoded,
    *,
    spacing_mm: float | None,
    polarity: Polarity | None,
    sdd_mm: float | None,
    table_mm: float | None,
) -> Radiograph:
    """``read_radiograph`` of what the worker has decoded: pure, without files."""
    header = decoded.header
    spacing = decide_spacing(header, spacing_mm)
    shown = show(decoded)
    turned = bright_is_dense(shown, header, polarity)
    pixels, field = turned.pixels, turned.field
    _demand_content(pixels, field, spacing)
    distance_mm, distance_flags = _source_detector_mm(header, sdd_mm)
    flags = (*_header_flags(header), *spacing.flags, *shown.flags, *turned.flags, *distance_flags)
    if field.share < _LEAST_COLLIMATED:
        message = f"borders or collimation take {1 - field.share:.0%} of the image; only the rest was measured"
        flags = (*flags, flag(FlagCode.COLLIMATED, message))
    table_mm = _table_detector_mm(header, distance_mm, table_mm)
    info = _info(header, spacing, field, distance_mm, table_mm)
    return Radiograph(pixels, field.mask, spacing.mm, spacing.source, distance_mm, table_mm, flags, info)


def _demand_content(pixels: Image, field: Field, spacing: Spacing) -> None:
    sides_mm = (field.bottom - field.top) * spacing.mm, (field.right - field.left) * spacing.mm
    if min(sides_mm) < LEAST_FIELD_MM:
        message = f"the exposed field is {sides_mm[0]:.0f} x {sides_mm[1]:.0f} mm, too small to hold a hip"
        raise ImageRefused(Refusal.FIELD_TOO_SMALL, message)
    sample = pixels[field.top : field.bottom : 4, field.left : field.right : 4]
    low, high = np.percentile(sample, [2, 98])
    if high - low < LEAST_CONTRAST:
        raise ImageRefused(Refusal.NO_CONTRAST, "the image is nearly one single grey inside its exposed field")


def _source_detector_mm(header: Header, user_mm: float | None) -> tuple[float | None, tuple[Flag, ...]]:
    low, high = PLAUSIBLE_SDD_MM
    stated = user_mm if user_mm is not None else header.source_detector_mm
    if stated is not None and math.isfinite(stated) and low <= stated <= high:
        return stated, ()
    message = (
        "the distance from source to detector is not known: whether magnification is like the training's cannot be said"
    )
    return None, (flag(FlagCode.SDD_MISSING, message),)


def _table_detector_mm(header: Header, sdd_mm: float | None, user_mm: float | None) -> float | None:
    """What somebody says, or what PS3.3 table C.8-72 lets DX files say: how far the source is from the table, on the
    patient's side of it.

    Elsewhere the same attribute means the distance to the patient, or to the middle of the field. Of a file whose other
    distance is wrong, or is overridden, neither is believed.
    """
    low, high = PLAUSIBLE_TABLE_MM
    if user_mm is not None:
        return user_mm if low <= user_mm <= high else None
    if header.kind not in (Kind.DX_PRESENTATION, Kind.DX_PROCESSING) or header.source_patient_mm is None:
        return None
    if sdd_mm is None or sdd_mm != header.source_detector_mm:
        return None
    between_mm = round(sdd_mm - header.source_patient_mm, 1)
    return between_mm if low < between_mm <= high else None  # 0: one distance written twice


def _header_flags(header: Header) -> tuple[Flag, ...]:
    """Flags that follow from single facts of the header."""
    ratio = f" about {header.lossy_ratio:.0f} to 1" if header.lossy_ratio else ""
    facts = (
        (header.lossy, FlagCode.LOSSY, f"the image was compressed with loss{ratio}"),
        (header.depth <= _LOW_DEPTH, FlagCode.LOW_DEPTH, f"the image has only {2**header.depth} greys"),
        (header.signed, FlagCode.SIGNED_PIXELS, "pixels are signed, which is unusual for a radiograph"),
        (header.padded, FlagCode.PADDED_PIXEL_DATA, "surplus bytes after the pixels were ignored"),
        (header.colour_is_grey, FlagCode.COLOUR_IS_GREY, "a colour picture whose channels are all equal"),
        (
            header.kind is Kind.SECONDARY_CAPTURE,
            FlagCode.SECONDARY_CAPTURE,
            "a secondary capture, perhaps a screenshot: its greys may have been changed",
        ),
        (
            header.body_part == "other",
            FlagCode.BODY_PART_DIFFERS,
            "the file names another body part than hip or pelvis",
        ),
        (
            header.view not in (None, "AP") or _from_elsewhere(header),
            FlagCode.VIEW_DIFFERS,
            _other_view(header),
        ),
        (
            header.orientation not in (None, "L/F") and not _from_elsewhere(header),
            FlagCode.ORIENTATION_DIFFERS,
            "the file says that the image is turned or mirrored; left and right may be exchanged",
        ),
        (
            header.orientation is None,
            FlagCode.SIDES_UNCONFIRMED,
            "the file does not say which way it hangs; the patient's right was taken to be at the left of the image",
        ),
        (
            header.laterality in ("left", "right"),
            FlagCode.ONE_SIDE,
            f"the file says that it shows the {header.laterality} side; the model knows radiographs of both hips",
        ),
        (
            header.burned_in,
            FlagCode.BURNED_IN,
            "the file says that text is burnt into the image; the report shows the image unless --no-image is given",
        ),
    )
    return tuple(flag(code, message) for holds, code, message in facts if holds)


def _from_elsewhere(header: Header) -> bool:
    """Whether rows or columns run between front and back (PS3.3 C.7.6.1.1.1): no frontal view, however it is turned."""
    return any(direction.startswith(("A", "P")) for direction in (header.orientation or "").split("/"))


def _other_view(header: Header) -> str:
    if header.view in (None, "AP"):
        return "the file says that the image is seen from the side, or along the body; expected AP"
    return f"the file names {'another view' if header.view == 'other' else f'the view {header.view}'}, expected AP"


def _info(
    header: Header, spacing: Spacing, field: Field, sdd_mm: float | None, table_mm: float | None
) -> dict[str, Any]:
    return {
        "kind": header.kind.value,
        "rows": header.rows,
        "columns": header.columns,
        "bits": header.depth,
        "spacing_mm": spacing.mm,
        "spacing_source": spacing.source.value,
        "sdd_mm": sdd_mm,
        "table_detector_mm": table_mm,
        "source_patient_mm": _finite(header.source_patient_mm),
        "magnification": _finite(header.magnification),
        "pixel_spacing_mm": [_finite(value) for value in header.pixel_spacing or ()] or None,
        "field": field.edges,
        "photometric": header.photometric.value,
        "transfer_syntax": header.transfer_syntax,
        "kvp": _finite(header.kvp),
        "body_part": header.body_part,
        "view": header.view,
        "laterality": header.laterality,
        "age_years": header.age_years,
        "sex": header.sex,
        "sha256": header.sha256,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
