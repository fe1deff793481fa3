"""The size of a pixel on the detector plane: the one module that decides it, and says where it came from.

Every cm3 and every gram scales with its square, so nothing is guessed. PS3.3 10.7.1: ImagerPixelSpacing is measured at
the detector, which is what the projection model needs; PixelSpacing may have been calibrated to the patient's plane.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from mskdex.codes import FlagCode
from mskdex.codes import Refusal
from mskdex.codes import flag
from mskdex.errors import ImageRefused
from mskdex.images.header import Header
from mskdex.result import Flag

LEAST_MM, COARSE_MM, MOST_MM = 0.05, 0.5, 2.0
_SAME = 0.01
_SQUARE = 0.005

LEAST_MAGNIFICATION, MOST_MAGNIFICATION = 1.02, 2.0
"""Hips lie some 10 cm from a detector that is a metre from its source. 1, or nearly 1, is what devices write that do
not know; believed, it would turn a spacing of the patient's plane into one of the detector in words alone."""

PATIENT_PLANE_SMALLER = (0.1, 0.2)
"""By how much, as a share, a length reads small if a pixel's size at the hips is taken for that at the detector: the
hips' distance over the source's, from 115 of 1150 mm to 200 of 1000 mm."""


class SpacingSource(StrEnum):
    """Where the pixel spacing came from."""

    USER = "user"
    IMAGER_PIXEL_SPACING = "ImagerPixelSpacing"
    PIXEL_SPACING = "PixelSpacing"
    PIXEL_SPACING_AND_MAGNIFICATION = "PixelSpacing x EstimatedRadiographicMagnificationFactor"
    SCANNED_PIXEL_SPACING = "NominalScannedPixelSpacing"


@dataclass(frozen=True)
class Spacing:
    """Pixel size on the detector plane, its source, and what a reader should know about it."""

    mm: float
    source: SpacingSource
    flags: tuple[Flag, ...] = ()


def decide_spacing(header: Header, user_mm: float | None = None) -> Spacing:
    """Decide the pixel spacing. What the user says comes first, then the detector, then the patient's plane, then film.

    Raises:
        ImageRefused: ``spacing_missing``, ``spacing_implausible`` or ``spacing_not_square``.
    """
    spacing = _of_user(header, user_mm) if user_mm is not None else _of_file(header)
    if spacing.mm <= COARSE_MM:
        return spacing
    message = f"pixels of {spacing.mm:.3g} mm are coarse for a radiograph"
    return Spacing(spacing.mm, spacing.source, (*spacing.flags, flag(FlagCode.COARSE, message)))


def _of_user(header: Header, user_mm: float) -> Spacing:
    mm = _plausible((user_mm, user_mm), "--spacing-mm")
    _refuse_oblong(header)
    stated = header.imager_pixel_spacing or header.pixel_spacing
    at_all = stated or header.scanned_pixel_spacing
    if at_all is not None and len(at_all) == 2 and all(math.isfinite(value) and value > 0 for value in at_all):
        _demand_square(at_all)  # one number cannot mend it
    if stated is None or all(abs(value - mm) <= _SAME * mm for value in stated):
        return Spacing(mm, SpacingSource.USER)
    message = "the pixel spacing that was given differs from the one in the file; the given one was used"
    return Spacing(mm, SpacingSource.USER, (flag(FlagCode.SPACING_CONTRADICTION, message),))


def _of_file(header: Header) -> Spacing:
    if header.imager_pixel_spacing is not None:
        mm = _plausible(header.imager_pixel_spacing, "ImagerPixelSpacing")
        return Spacing(mm, SpacingSource.IMAGER_PIXEL_SPACING, _compare(header, mm))
    if header.pixel_spacing is not None:
        return _of_pixel_spacing(header, _plausible(header.pixel_spacing, "PixelSpacing"))
    if header.scanned_pixel_spacing is not None:
        mm = _plausible(header.scanned_pixel_spacing, "NominalScannedPixelSpacing")
        message = "the image was scanned from film; its pixel size is the scanner's nominal one"
        return Spacing(mm, SpacingSource.SCANNED_PIXEL_SPACING, (flag(FlagCode.SPACING_SCANNED, message),))
    message = "the file does not say how large its pixels are; give the detector's pixel size with --spacing-mm"
    raise ImageRefused(Refusal.SPACING_MISSING, message)


def _of_pixel_spacing(header: Header, mm: float) -> Spacing:
    """PixelSpacing alone: at the patient if it says that it was calibrated, of unknown plane if it does not."""
    if header.calibration_type is None:
        message = "the file gives a pixel spacing without its plane; it was taken as the detector's"
        return Spacing(mm, SpacingSource.PIXEL_SPACING, (flag(FlagCode.SPACING_UNCONFIRMED, message),))
    magnification = header.magnification
    if magnification is not None and LEAST_MAGNIFICATION < magnification <= MOST_MAGNIFICATION:
        message = "the pixel spacing was calibrated at the patient and brought to the detector by the magnification"
        source = SpacingSource.PIXEL_SPACING_AND_MAGNIFICATION
        return Spacing(mm * magnification, source, (flag(FlagCode.SPACING_PATIENT_PLANE, message),))
    return Spacing(mm, SpacingSource.PIXEL_SPACING, (flag(FlagCode.SPACING_PATIENT_PLANE, _too_small()),))


def _too_small() -> str:
    """Volumes and masses go with the third power of lengths, which so says how small they may read. A model that
    has its own notion of how large patients are reads them less small."""
    least, most = PATIENT_PLANE_SMALLER
    lengths = f"lengths may read {100 * least:.0f} to {100 * most:.0f} % small"
    figures = " to ".join(f"{100 * (1 - (1 - share) ** 3):.0f}" for share in (least, most))
    return (
        "the pixel spacing was calibrated at the patient, not the detector: "
        f"{lengths}, and volumes and masses up to {figures} %"
    )


def _compare(header: Header, imager_mm: float) -> tuple[Flag, ...]:
    """ImagerPixelSpacing beside another PixelSpacing: explained by a calibration or a magnification, or flagged."""
    other = header.pixel_spacing
    if other is None or all(abs(value - imager_mm) <= _SAME * imager_mm for value in other):
        return ()
    explained = header.calibration_type is not None or (
        header.magnification is not None
        and all(abs(value * header.magnification - imager_mm) <= _SAME * imager_mm for value in other)
    )
    if explained:
        return ()
    message = "the file gives two different pixel spacings; the detector's was used"
    return (flag(FlagCode.SPACING_CONTRADICTION, message),)


def _plausible(values: tuple[float, ...], name: str) -> float:
    if len(values) != 2 or not all(math.isfinite(value) and LEAST_MM <= value <= MOST_MM for value in values):
        found = " x ".join(f"{value:g}" for value in values[:2])
        message = f"{name} is {found} mm, expected {LEAST_MM} to {MOST_MM}; give the right one with --spacing-mm"
        raise ImageRefused(Refusal.SPACING_IMPLAUSIBLE, message)
    _demand_square(values)
    return math.sqrt(math.prod(values))  # keeps the area, which is what sums scale with


def _demand_square(values: tuple[float, ...]) -> None:
    row_mm, column_mm = values
    if abs(row_mm - column_mm) > _SQUARE * max(row_mm, column_mm):
        message = f"pixels are {row_mm:g} x {column_mm:g} mm, expected square ones; resample the image first"
        raise ImageRefused(Refusal.SPACING_NOT_SQUARE, message)


def _refuse_oblong(header: Header) -> None:
    ratio = header.pixel_aspect_ratio
    if ratio is not None and (len(ratio) != 2 or not abs(ratio[0] - ratio[1]) <= _SQUARE * abs(ratio[0])):
        raise ImageRefused(
            Refusal.SPACING_NOT_SQUARE, "the file says that its pixels are not square; resample it first"
        )
