"""FAULTS 29-31: where the pixel size comes from, and when there is none."""

import math
from dataclasses import replace

import pytest

from mskdex.errors import ImageRefused
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.spacing import SpacingSource
from mskdex.images.spacing import decide_spacing

BARE = Header(Kind.CR, 2688, 2688, 12)


def codes(header: Header, user_mm: float | None = None) -> set[str]:
    return {flag.code for flag in decide_spacing(header, user_mm).flags}


def refused(header: Header, user_mm: float | None = None) -> str:
    with pytest.raises(ImageRefused) as error:
        decide_spacing(header, user_mm)
    assert "--spacing-mm" in error.value.message or "resample" in error.value.message
    return str(error.value.code)


def test_the_detector_plane_comes_first() -> None:
    header = replace(BARE, imager_pixel_spacing=(0.16, 0.16), pixel_spacing=(0.14, 0.14), calibration_type="GEOMETRY")
    spacing = decide_spacing(header)
    assert (spacing.mm, spacing.source, spacing.flags) == (0.16, SpacingSource.IMAGER_PIXEL_SPACING, ())


def test_equal_spacings_agree() -> None:
    assert not codes(replace(BARE, imager_pixel_spacing=(0.16, 0.16), pixel_spacing=(0.16, 0.16)))


def test_a_magnification_explains_a_difference() -> None:
    header = replace(BARE, imager_pixel_spacing=(0.16, 0.16), pixel_spacing=(0.14, 0.14))
    assert codes(header) == {"spacing_contradiction"}
    assert not codes(replace(header, magnification=0.16 / 0.14))


def test_pixel_spacing_alone() -> None:
    header = replace(BARE, pixel_spacing=(0.2, 0.2))
    assert decide_spacing(header).source is SpacingSource.PIXEL_SPACING
    assert codes(header) == {"spacing_unconfirmed"}


@pytest.mark.parametrize("calibration", ["GEOMETRY", "FIDUCIAL"])
def test_calibrated_spacing_is_brought_to_the_detector(calibration: str) -> None:
    header = replace(BARE, pixel_spacing=(0.2, 0.2), calibration_type=calibration)
    assert codes(header) == {"spacing_patient_plane"}
    spacing = decide_spacing(replace(header, magnification=1.15))
    assert spacing.mm == pytest.approx(0.23)
    assert spacing.source is SpacingSource.PIXEL_SPACING_AND_MAGNIFICATION
    assert {flag.code for flag in spacing.flags} == {"spacing_patient_plane"}


def test_a_magnification_of_one_is_a_filler() -> None:
    header = replace(BARE, pixel_spacing=(0.2, 0.2), calibration_type="GEOMETRY", magnification=1.0)
    spacing = decide_spacing(header)
    assert (spacing.mm, spacing.source) == (0.2, SpacingSource.PIXEL_SPACING)
    assert decide_spacing(replace(header, magnification=1.03)).mm == pytest.approx(0.206)


def test_a_spacing_at_the_patient_says_what_it_does_to_figures() -> None:
    (flag,) = decide_spacing(replace(BARE, pixel_spacing=(0.2, 0.2), calibration_type="GEOMETRY")).flags
    assert "lengths may read 10 to 20 % small, and volumes and masses up to 27 to 49 %" in flag.message


@pytest.mark.parametrize("name", ["imager_pixel_spacing", "pixel_spacing", "scanned_pixel_spacing"])
def test_one_number_does_not_make_oblong_pixels_square(name: str) -> None:
    assert refused(replace(BARE, **{name: (0.16, 0.2)}), 0.16) == "spacing_not_square"
    # Nonsense in the file is what the option is there for.
    assert decide_spacing(replace(BARE, **{name: (math.nan, 0.2)}), 0.16).mm == 0.16


def test_scanned_film() -> None:
    header = replace(BARE, scanned_pixel_spacing=(0.171, 0.171))
    assert decide_spacing(header).source is SpacingSource.SCANNED_PIXEL_SPACING
    assert codes(header) == {"spacing_scanned"}


def test_what_the_user_says_counts() -> None:
    spacing = decide_spacing(replace(BARE, imager_pixel_spacing=(0.16, 0.16)), 0.2)
    assert (spacing.mm, spacing.source) == (0.2, SpacingSource.USER)
    assert {flag.code for flag in spacing.flags} == {"spacing_contradiction"}
    assert not codes(BARE, 0.2)


def test_nothing_known_is_refused() -> None:
    assert refused(BARE) == "spacing_missing"


@pytest.mark.parametrize("mm", [0.0, -0.16, math.nan, math.inf, 0.049, 2.01, 160.0])
def test_implausible_is_refused(mm: float) -> None:
    for name in ("imager_pixel_spacing", "pixel_spacing", "scanned_pixel_spacing"):
        assert refused(replace(BARE, **{name: (mm, mm)})) == "spacing_implausible"
    assert refused(BARE, mm) == "spacing_implausible"


def test_half_a_spacing_is_refused() -> None:
    assert refused(replace(BARE, imager_pixel_spacing=(0.16,))) == "spacing_implausible"


def test_oblong_pixels_are_refused_and_nearly_square_ones_keep_their_area() -> None:
    assert refused(replace(BARE, imager_pixel_spacing=(0.16, 0.2))) == "spacing_not_square"
    assert refused(replace(BARE, pixel_aspect_ratio=(1.0, 2.0)), 0.2) == "spacing_not_square"
    nearly = decide_spacing(replace(BARE, imager_pixel_spacing=(0.2, 0.2002)))
    assert nearly.mm**2 == pytest.approx(0.2 * 0.2002)


@pytest.mark.parametrize(("mm", "coarse"), [(0.05, False), (0.5, False), (0.51, True), (2.0, True)])
def test_coarse_pixels_are_flagged(mm: float, coarse: bool) -> None:
    assert ("coarse" in codes(BARE, mm)) is coarse
