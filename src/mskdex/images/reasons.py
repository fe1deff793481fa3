"""Why a radiograph is refused, and what a reader must know about one that is not: every code, in one place."""

from enum import StrEnum

from mskdex.result import Flag


class Refusal(StrEnum):
    """Codes of ``ImageRefused``."""

    UNREADABLE = "unreadable"
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    NOT_DICOM = "not_dicom"
    NOT_AN_IMAGE = "not_an_image"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNSUPPORTED_TRANSFER_SYNTAX = "unsupported_transfer_syntax"
    UNSUPPORTED_PIXELS = "unsupported_pixels"
    PIXEL_DATA_SHORT = "pixel_data_short"
    INCONSISTENT_SIZE = "inconsistent_size"
    DECODER_FAILED = "decoder_failed"
    MULTI_FRAME = "multi_frame"
    COLOUR = "colour"
    BAD_GREYSCALE = "bad_greyscale"
    POLARITY_UNCLEAR = "polarity_unclear"
    NO_CONTRAST = "no_contrast"
    FIELD_TOO_SMALL = "field_too_small"
    SPACING_MISSING = "spacing_missing"
    SPACING_IMPLAUSIBLE = "spacing_implausible"
    SPACING_NOT_SQUARE = "spacing_not_square"


class FlagCode(StrEnum):
    """Codes of the flags that reading an image can raise."""

    LOSSY = "lossy"
    LOW_DEPTH = "low_depth"
    SIGNED_PIXELS = "signed_pixels"
    PADDED_PIXEL_DATA = "padded_pixel_data"
    COLOUR_IS_GREY = "colour_is_grey"
    SECONDARY_CAPTURE = "secondary_capture"
    PRESENTATION_INTENT = "presentation_intent"
    WINDOW_IGNORED = "window_ignored"
    POLARITY_CONTRADICTION = "polarity_contradiction"
    POLARITY_DOUBTFUL = "polarity_doubtful"
    COLLIMATED = "collimated"
    COARSE = "coarse"
    SPACING_PATIENT_PLANE = "spacing_patient_plane"
    SPACING_UNCONFIRMED = "spacing_unconfirmed"
    SPACING_SCANNED = "spacing_scanned"
    SPACING_CONTRADICTION = "spacing_contradiction"
    SDD_MISSING = "sdd_missing"
    BODY_PART_DIFFERS = "body_part_differs"
    VIEW_DIFFERS = "view_differs"
    ORIENTATION_DIFFERS = "orientation_differs"
    SIDES_UNCONFIRMED = "sides_unconfirmed"
    ONE_SIDE = "one_side"
    BURNED_IN = "burned_in"


def flag(code: FlagCode, message: str) -> Flag:
    return Flag(code.value, message)
