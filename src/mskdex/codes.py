"""Why a radiograph or a figure is refused, and what a reader must know about one that is not: every code, in one place.

docs/flags.md shows these tables; a test holds the two together. The codes of ``StudyError`` are others.
"""

from enum import StrEnum

from mskdex.result import Flag


class _Code(StrEnum):
    """A code, and what it means in one sentence."""

    meaning: str

    # The default is never used; without it a look-up by code would look to type checkers like half a definition.
    def __new__(cls, code: str, meaning: str = "") -> "_Code":
        one = str.__new__(cls, code)
        one._value_ = code
        one.meaning = meaning
        return one


class Refusal(_Code):
    """Codes of ``ImageRefused``; every figure of such a case is empty, with the code as its reason."""

    UNREADABLE = "unreadable", "there is no such file, or it cannot be opened"
    EMPTY_FILE = "empty_file", "the file holds nothing"
    TOO_LARGE = "too_large", "the file, or decoding it, is larger than any radiograph"
    NOT_DICOM = "not_dicom", "neither DICOM nor PNG, JPEG or TIFF"
    NOT_AN_IMAGE = "not_an_image", "DICOM, but no radiograph (CR, DX or secondary capture)"
    TRUNCATED = "truncated", "the file is cut short"
    MALFORMED = "malformed", "the file is nested deeper than any radiograph"
    UNSUPPORTED_TRANSFER_SYNTAX = (
        "unsupported_transfer_syntax",
        "a compression that is not read, or whose decoder is missing",
    )
    UNSUPPORTED_PIXELS = "unsupported_pixels", "pixels of a kind that is not read"
    PIXEL_DATA_SHORT = "pixel_data_short", "fewer pixels than the header announces"
    INCONSISTENT_SIZE = "inconsistent_size", "header and compressed image state different sizes"
    DECODER_FAILED = "decoder_failed", "the image could not be decoded"
    MULTI_FRAME = "multi_frame", "several frames or pages"
    COLOUR = "colour", "a coloured picture"
    BAD_GREYSCALE = "bad_greyscale", "the header's rescale, window or lookup table makes no sense"
    POLARITY_UNCLEAR = "polarity_unclear", "the file contradicts itself on whether bone is bright; give --polarity"
    NO_CONTRAST = "no_contrast", "the image is (nearly) one single grey"
    FIELD_TOO_SMALL = "field_too_small", "the image or its exposed field is too small to hold a hip"
    SPACING_MISSING = "spacing_missing", "nobody says how large the pixels are; give --spacing-mm"
    SPACING_IMPLAUSIBLE = "spacing_implausible", "no radiograph has pixels of the size that is stated"
    SPACING_NOT_SQUARE = "spacing_not_square", "the pixels are not square"
    WRONG_ANATOMY = "wrong_anatomy", "this does not look like an AP radiograph of both hips of an adult"
    AGE_OUT_OF_RANGE = "age_out_of_range", "the patient is a child"
    INTERNAL_ERROR = "internal_error", "mskdex failed: a bug of ours, please report it"


class FlagCode(_Code):
    """Codes of the flags of a case that is measured all the same."""

    LOSSY = "lossy", "the image was compressed with loss"
    LOW_DEPTH = "low_depth", "256 greys or fewer"
    SIGNED_PIXELS = "signed_pixels", "pixels are signed, which is unusual"
    PADDED_PIXEL_DATA = "padded_pixel_data", "surplus bytes after the pixels were ignored"
    COLOUR_IS_GREY = "colour_is_grey", "a colour picture whose channels are all equal"
    SECONDARY_CAPTURE = "secondary_capture", "perhaps a screenshot, with changed greys"
    PRESENTATION_INTENT = "presentation_intent", "the image is meant for processing, not for viewing"
    WINDOW_IGNORED = "window_ignored", "the header's window made no sense and was left out"
    POLARITY_CONTRADICTION = (
        "polarity_contradiction",
        "the file contradicts itself on whether bone is bright; the picture decided",
    )
    POLARITY_DOUBTFUL = "polarity_doubtful", "the image looks inverted; if it is, give --polarity"
    COLLIMATED = "collimated", "borders or collimation take part of the image; only the rest was measured"
    FIELD_CROPPED = "field_cropped", "the exposed field is larger than what the model sees; the edges were left out"
    COARSE = "coarse", "pixels are coarse for a radiograph"
    SPACING_PATIENT_PLANE = "spacing_patient_plane", "the pixel spacing was calibrated at the patient, not the detector"
    SPACING_UNCONFIRMED = "spacing_unconfirmed", "the pixel spacing has no stated plane; it was taken as the detector's"
    SPACING_SCANNED = "spacing_scanned", "scanned film; the pixel size is the scanner's nominal one"
    SPACING_CONTRADICTION = "spacing_contradiction", "two different pixel spacings are stated"
    SDD_MISSING = "sdd_missing", "nobody says how far the source was from the detector"
    BODY_PART_DIFFERS = "body_part_differs", "the file names another body part than hip or pelvis"
    VIEW_DIFFERS = "view_differs", "the file names another view than AP, or one from the side"
    ORIENTATION_DIFFERS = (
        "orientation_differs",
        "the file says that the image is turned or mirrored: right and left may be exchanged",
    )
    SIDES_UNCONFIRMED = (
        "sides_unconfirmed",
        "the file does not say which way it hangs; right was taken to be at image left",
    )
    ONE_SIDE = "one_side", "the file says that it shows one side; the model knows radiographs of both hips"
    BURNED_IN = "burned_in", "text, which may identify the patient, is part of the picture"
    UNLIKE_TRAINING = (
        "unlike_training",
        "the sizes, taken together, are unlike those of the training; intervals may not hold",
    )
    PARTS_DO_NOT_ADD_UP = "parts_do_not_add_up", "the parts found do not add up well to the radiograph"
    METAL = "metal", "there is metal in a hip: its bones are not measured, muscles behind it badly"
    SHIELD = "shield", "something that lets no rays through lies over the midline, such as a gonad shield"
    PERSON_DIFFERS_FROM_FILE = (
        "person_differs_from_file",
        "table and file disagree on the patient; the model was told nothing of the patient",
    )
    PERSON_UNLIKE_TRAINING = (
        "person_unlike_training",
        "no patient of the training was like this one; the model was told nothing of the patient",
    )
    PERSON_NOT_CALIBRATED = (
        "person_not_calibrated",
        "the model has no intervals for patients of whom it is told; it was told nothing of the patient",
    )
    SETUP_OF_UNKNOWN_SCALE = (
        "setup_of_unknown_scale",
        "pixels may not have the size stated at the detector; the model was told of no distance",
    )
    DISTANCE_UNLIKE_TRAINING = (
        "distance_unlike_training",
        "source and detector were apart as never in the training; the model was told of no distance",
    )
    TABLE_UNLIKE_TRAINING = (
        "table_unlike_training",
        "table and detector were apart as never in the training; the model was told of no distance",
    )


class Missing(_Code):
    """Reasons why a figure of a measured case is empty."""

    OUT_OF_VIEW = "out_of_view", "the structure runs on beyond the radiograph"
    NOT_FOUND = "not_found", "the model does not see the structure"
    METAL = "metal", "there is metal in the hip, and the rest of its bones is no figure that anybody asked for"


class Remark(_Code):
    """Flags of one figure."""

    WITHIN_VIEW = "within_view", "the figure is of the part that is seen"
    OUTSIDE_TRAINING_RANGE = "outside_training_range", "no patient of the training had such a volume or mass"
    METAL = "metal", "there is metal on this side"
    NOT_CALIBRATED = "not_calibrated", "no calibrated interval: its ends are those of its parts added up"


def flag(code: FlagCode, message: str) -> Flag:
    """What a reader must know of this case."""
    return Flag(str(code), message)
