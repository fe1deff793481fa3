"""What crosses from the decode worker: pixels as stored, and an allow-list of facts. No names, dates, ids or free text.

Text of the file never crosses: words are matched against the enums below, numbers that do not parse are NaN.
"""

import json
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

OLDEST_TOLD_YEARS = 90
"""As in de-identified files: a greater age says too much of who somebody is."""


class Kind(StrEnum):
    """What sort of file it is; for DICOM, by its SOP class."""

    CR = "CR"
    DX_PRESENTATION = "DX for presentation"
    DX_PROCESSING = "DX for processing"
    SECONDARY_CAPTURE = "secondary capture"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"


class Photometric(StrEnum):
    MONOCHROME1 = "MONOCHROME1"
    MONOCHROME2 = "MONOCHROME2"


@dataclass(frozen=True)
class Lut:
    """A lookup table as DICOM stores it (PS3.3 C.11.1 and C.11.2): input ``first`` becomes ``values[0]``."""

    first: int
    bits: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """The facts of one image file. Sizes in pixels, distances in mm, spacings (row, column) in mm; NaN: not a number.

    ``depth`` is the number of bits that a stored value can use; ``None`` means that the file does not say.
    """

    kind: Kind
    rows: int
    columns: int
    depth: int
    signed: bool = False
    photometric: Photometric = Photometric.MONOCHROME2
    transfer_syntax: str | None = None
    sha256: str = ""
    lossy: bool = False
    lossy_ratio: float | None = None
    padded: bool = False
    colour_is_grey: bool = False
    rescale: tuple[float, float] | None = None
    modality_lut: Lut | None = None
    voi_lut: Lut | None = None
    windows: tuple[tuple[float, float], ...] = ()
    voi_function: str = "LINEAR"
    presentation_lut_shape: str | None = None
    intensity_relationship: str | None = None
    intensity_sign: int | None = None
    imager_pixel_spacing: tuple[float, ...] | None = None
    pixel_spacing: tuple[float, ...] | None = None
    scanned_pixel_spacing: tuple[float, ...] | None = None
    pixel_aspect_ratio: tuple[float, ...] | None = None
    calibration_type: str | None = None
    magnification: float | None = None
    source_detector_mm: float | None = None
    source_patient_mm: float | None = None
    shutter: tuple[int, int, int, int] | None = None
    """A rectangular shutter's upper, lower, left and right edge (PS3.3 C.7.6.11), unchecked."""
    body_part: str | None = None
    view: str | None = None
    laterality: str | None = None
    orientation: str | None = None
    burned_in: bool = False
    """Whether the file says that text, which may identify the patient, is part of the picture."""
    kvp: float | None = None
    age_years: int | None = None
    sex: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Header":
        values: dict[str, Any] = {name: _frozen(value) for name, value in json.loads(text).items()}
        for name in ("modality_lut", "voi_lut"):
            values[name] = Lut(**dict(values[name])) if values[name] is not None else None
        header = cls(**values)
        return replace(header, kind=Kind(header.kind), photometric=Photometric(header.photometric))


@dataclass(frozen=True)
class Decoded:
    """An image as its file stores it: uint8, uint16 or int16 [row, column], junk bits removed, polarity untouched."""

    header: Header
    stored: NDArray[np.integer[Any]]


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return value
