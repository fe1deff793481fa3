"""The allow-list of DICOM facts, each parsed strictly into plain values. Runs in the decode worker only.

What does not parse becomes NaN or None; the file's own text never leaves this module.
"""

import math
from datetime import date
from typing import Any

import numpy as np
from pydicom import Dataset

from mskdex.images.header import OLDEST_TOLD_YEARS
from mskdex.images.header import Lut

REQUIRED = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "PixelRepresentation")
_NUMBERS = {
    "magnification": "EstimatedRadiographicMagnificationFactor",
    "source_detector_mm": "DistanceSourceToDetector",
    "source_patient_mm": "DistanceSourceToPatient",
    "kvp": "KVP",
}
_SPACINGS = {
    "imager_pixel_spacing": "ImagerPixelSpacing",
    "pixel_spacing": "PixelSpacing",
    "scanned_pixel_spacing": "NominalScannedPixelSpacing",
    "pixel_aspect_ratio": "PixelAspectRatio",
}
_WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "presentation_lut_shape": ("PresentationLUTShape", {"IDENTITY": "IDENTITY", "INVERSE": "INVERSE"}),
    "intensity_relationship": ("PixelIntensityRelationship", {"LIN": "LIN", "LOG": "LOG", "DISP": "DISP"}),
    "calibration_type": ("PixelSpacingCalibrationType", {"GEOMETRY": "GEOMETRY", "FIDUCIAL": "FIDUCIAL"}),
    "sex": ("PatientSex", {"F": "female", "M": "male"}),
}
_VIEWS = ("AP", "PA", "LL", "RL", "RLD", "LLD", "RLO", "LLO")
_LATERALITIES = {"L": "left", "R": "right", "B": "both", "U": "unpaired"}
_BODY_PARTS = {
    **dict.fromkeys(("PELVIS", "BECKEN", "BASSIN", "PELVI", "BEKKEN"), "pelvis"),
    **dict.fromkeys(("HIP", "HIPS", "HUEFTE", "HUFTE", "HANCHE", "CADERA", "ANCA", "HEUP"), "hip"),
}
_OLDEST_YEARS = 115
_SHUTTER_EDGES = (
    "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge",
    "ShutterLeftVerticalEdge",
    "ShutterRightVerticalEdge",
)

TAGS = (
    *REQUIRED,
    *_NUMBERS.values(),
    *_SPACINGS.values(),
    *(keyword for keyword, _ in _WORDS.values()),
    *("ShutterShape", *_SHUTTER_EDGES),
    *("SOPClassUID", "HighBit", "NumberOfFrames", "PlanarConfiguration", "PhotometricInterpretation", "PixelData"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "VOILUTSequence", "VOILUTFunction"),
    *("WindowCenter", "WindowWidth", "PixelIntensityRelationshipSign"),
    *("LossyImageCompression", "LossyImageCompressionRatio"),
    *("BodyPartExamined", "ViewPosition", "ImageLaterality", "Laterality", "PatientOrientation", "BurnedInAnnotation"),
    *("PatientAge", "PatientBirthDate", "StudyDate", "AcquisitionDate"),
)


def gather(dataset: Dataset, *, lossy_syntax: bool) -> dict[str, Any]:
    """The fields of ``Header`` that DICOM attributes tell."""
    facts: dict[str, Any] = {field: _first(numbers(dataset, keyword)) for field, keyword in _NUMBERS.items()}
    facts |= {field: numbers(dataset, keyword) for field, keyword in _SPACINGS.items()}
    facts |= {field: words.get(_word(dataset, keyword)) for field, (keyword, words) in _WORDS.items()}
    ratios = numbers(dataset, "LossyImageCompressionRatio")
    stated = _word(dataset, "LossyImageCompression")
    return facts | {
        "lossy": stated == "01" or (lossy_syntax and stated != "00"),
        "lossy_ratio": ratios[-1] if ratios and math.isfinite(ratios[-1]) else None,
        "rescale": _rescale(dataset),
        "modality_lut": _lut(dataset, "ModalityLUTSequence"),
        "voi_lut": _lut(dataset, "VOILUTSequence"),
        "windows": _windows(dataset),
        "voi_function": _voi_function(dataset),
        "intensity_sign": whole(dataset, "PixelIntensityRelationshipSign"),
        "shutter": _shutter(dataset),
        "body_part": _body_part(dataset),
        "view": _view(dataset),
        "laterality": _laterality(dataset),
        "orientation": _orientation(dataset),
        "burned_in": _word(dataset, "BurnedInAnnotation") == "YES",
        "age_years": _age_years(dataset),
    }


def whole(dataset: Dataset, keyword: str) -> int | None:
    """A whole number, or None if it is absent or not one."""
    value = _first(numbers(dataset, keyword))
    return int(value) if value is not None and math.isfinite(value) and value == int(value) else None


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...] | None:
    """All values of an attribute as floats, NaN for what is no number; None if absent or empty."""
    values = _values(dataset, keyword)
    return tuple(_number(value) for value in values) if values else None


def _values(dataset: Dataset, keyword: str) -> list[Any]:
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, ArithmeticError, OverflowError):
        return [math.nan]
    if value is None or value == "":
        return []
    return list(value) if hasattr(value, "__iter__") and not isinstance(value, str | bytes) else [value]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError):
        return math.nan


def _first(values: tuple[float, ...] | None) -> float | None:
    return values[0] if values else None


def _word(dataset: Dataset, keyword: str) -> str:
    values = _values(dataset, keyword)
    return str(values[0]).strip().upper() if values else ""


def _rescale(dataset: Dataset) -> tuple[float, float] | None:
    slope, intercept = _first(numbers(dataset, "RescaleSlope")), _first(numbers(dataset, "RescaleIntercept"))
    if slope is None and intercept is None:
        return None
    return (1.0 if slope is None else slope, 0.0 if intercept is None else intercept)


def _windows(dataset: Dataset) -> tuple[tuple[float, float], ...]:
    centres, widths = numbers(dataset, "WindowCenter") or (), numbers(dataset, "WindowWidth") or ()
    if len(centres) != len(widths):
        return ((math.nan, math.nan),)
    return tuple(zip(centres, widths, strict=True))


def _voi_function(dataset: Dataset) -> str:
    word = _word(dataset, "VOILUTFunction")
    return word if word in {"LINEAR_EXACT", "SIGMOID"} else "LINEAR"


def _lut(dataset: Dataset, keyword: str) -> Lut | None:
    """The first table of a LUT sequence. One that contradicts its descriptor crosses empty, for the parent to judge."""
    sequence = dataset.get(keyword)
    if not sequence:
        return None
    descriptor = numbers(sequence[0], "LUTDescriptor") or ()
    data = sequence[0].get("LUTData")
    if len(descriptor) != 3 or data is None or not all(math.isfinite(value) for value in descriptor):
        return Lut(0, 16, ())
    count, first, bits = int(descriptor[0]) or 65536, int(descriptor[1]), int(descriptor[2])
    values = _table(data, count)
    return Lut(first, bits, values if len(values) == count and 8 <= bits <= 16 else ())


def _table(data: Any, count: int) -> tuple[int, ...]:
    if isinstance(data, bytes):
        width = 2 if len(data) >= 2 * count else 1
        usable = data[: min(count, len(data) // width) * width]
        return tuple(np.frombuffer(usable, f"<u{width}").tolist())
    values = [int(value) & 0xFFFF for value in (data if hasattr(data, "__iter__") else [data])]
    if len(values) < count <= 2 * len(values):  # two 8-bit entries in each word
        values = [byte for value in values for byte in (value & 0xFF, value >> 8)]
    return tuple(values[:count])


def _shutter(dataset: Dataset) -> tuple[int, int, int, int] | None:
    if "RECTANGULAR" not in {str(value).strip().upper() for value in _values(dataset, "ShutterShape")}:
        return None
    top, bottom, left, right = (whole(dataset, keyword) for keyword in _SHUTTER_EDGES)
    if top is None or bottom is None or left is None or right is None:
        return None
    return (top, bottom, left, right)


def _body_part(dataset: Dataset) -> str | None:
    word = _word(dataset, "BodyPartExamined").replace("\u00dc", "UE")
    return _BODY_PARTS.get(word, "other") if word else None


def _view(dataset: Dataset) -> str | None:
    word = _word(dataset, "ViewPosition")
    return (word if word in _VIEWS else "other") if word else None


def _laterality(dataset: Dataset) -> str | None:
    """The image's, or else the series': CR has the latter alone (PS3.3 C.7.3.1 and C.8.11.2)."""
    return _LATERALITIES.get(_word(dataset, "ImageLaterality") or _word(dataset, "Laterality"))


def _orientation(dataset: Dataset) -> str | None:
    words = [str(value).strip().upper() for value in _values(dataset, "PatientOrientation")]
    return "/".join(words) if len(words) == 2 and set("".join(words)) <= set("LRAPHF") else None


def _age_years(dataset: Dataset) -> int | None:
    """The age as stated, or else by the dates: as a whole number, all that is told of either."""
    years = _stated_age(dataset)
    years = _age_by_dates(dataset) if years is None else years
    return None if years is None else min(years, OLDEST_TOLD_YEARS)


def _stated_age(dataset: Dataset) -> int | None:
    word = _word(dataset, "PatientAge")
    if len(word) != 4 or not word[:3].isdigit() or word[3] not in "DWMY":
        return None
    return int(word[:3]) // {"D": 365, "W": 52, "M": 12, "Y": 1}[word[3]]


def _age_by_dates(dataset: Dataset) -> int | None:
    """Whole years from birth to the study, or else to the acquisition; the dates themselves stay here.

    Two equal dates, or more years than anybody has, are what software writes in place of dates that it removed.
    """
    born, taken = _date(dataset, "PatientBirthDate"), _date(dataset, "StudyDate") or _date(dataset, "AcquisitionDate")
    if born is None or taken is None or taken <= born:
        return None
    years = taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))
    return years if years <= _OLDEST_YEARS else None


def _date(dataset: Dataset, keyword: str) -> date | None:
    word = _word(dataset, keyword)
    try:
        return date(int(word[:4]), int(word[4:6]), int(word[6:])) if len(word) == 8 and word.isdigit() else None
    except ValueError:
        return None
