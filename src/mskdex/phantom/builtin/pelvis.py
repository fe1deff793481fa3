"""Hip bone, sacrum and coccyx as medial shapes (left half, reference man; see ``frame``)."""

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import curve
from mskdex.phantom.builtin.medial import sheet

ILIAC_WING = sheet(
    # From the arcuate line up to the crest; columns from the anterior border to the posterior one.
    ((91, -27, 33, 8), (84, -12, 33, 10), (78, 4, 35, 10), (69, 20, 40, 9), (60, 35, 47, 7.5)),
    ((104, -36, 58, 6), (97, -19, 58, 7), (88, -2, 58, 5.5), (75, 18, 60, 6), (57, 44, 60, 7.5)),
    ((117, -46, 86, 5), (111, -27, 88, 4), (100, -6, 88, 2.8), (80, 24, 86, 4.5), (49, 66, 82, 8)),
    ((127, -41, 102, 5), (126, -22, 113, 4), (114, 4, 119, 2.8), (88, 36, 116, 4.2), (50, 74, 98, 8)),
    ((124, -49, 93, 6), (130, -20, 124, 6.5), (117, 10, 143, 6), (89, 40, 142, 6.5), (53, 76, 106, 8)),
)
ANTERIOR_SPINES = curve((92, -31, 26, 7), (93, -37, 36, 6), (97, -37, 48, 5))
ISCHIUM = sheet(
    # From the acetabulum down to the tuberosity; columns front to back.
    ((76, 12, 8, 11), (66, 30, 18, 9)),
    ((70, 16, -16, 10), (64, 28, -10, 9)),
    ((62, 18, -36, 9), (59, 30, -36, 9)),
    ((54, 18, -52, 8.5), (54, 31, -52, 9.5)),
    ((49, 18, -64, 7.5), (50, 28, -62, 8.5)),
)
POSTERIOR_COLUMN = curve((62, 35, 46, 7.5), (65, 33, 30, 8), (66, 31, 14, 9))
ISCHIAL_SPINE = curve((62, 36, 6, 6), (55, 43, -3, 4.5), (48, 48, -9, 2.8))
SUPERIOR_RAMUS = curve(
    (78, -22, 12, 13), (64, -33, 12, 9.5), (48, -43, 3, 7.5), (32, -50, -5, 7), (20, -51, -11, 7), (11, -49, -16, 7.5)
)
PUBIC_BODY = sheet(
    ((8.2, -50, -9, 6.2), (24, -52, -8, 6)),
    ((8.2, -44, -21, 6.2), (19, -46, -22, 6)),
    ((8.2, -36, -34, 6), (15, -36, -35, 6)),
)
INFERIOR_RAMUS = curve(
    (11, -33, -37, 5.8), (21, -21, -48, 5.5), (31, -6, -57, 5.5), (40, 9, -63, 6.5), (48, 19, -63, 8)
)
QUADRILATERAL_PLATE = sheet(
    ((67, -14, 24, 7), (64, 8, 28, 6), (63, 24, 26, 7)), ((61, -14, 2, 4.5), (58, 6, 4, 4.5), (60, 24, 4, 7))
)
HIP_BONE: tuple[Controls, ...] = (
    ILIAC_WING,
    ANTERIOR_SPINES,
    ISCHIUM,
    POSTERIOR_COLUMN,
    ISCHIAL_SPINE,
    SUPERIOR_RAMUS,
    PUBIC_BODY,
    INFERIOR_RAMUS,
    QUADRILATERAL_PLATE,
)

SACRAL_BODIES = curve(
    (0, 17, 104, 14),
    (0, 24, 96, 15),
    (0, 40, 78, 13),
    (0, 56, 59, 10.5),
    (0, 68, 42, 8.5),
    (0, 76, 26, 6.5),
    (0, 78, 14, 5),
)
SACRAL_WINGS = sheet(
    # Levels S1 to S5; columns from the body to the lateral border, which is the sacroiliac joint down to S3.
    ((10, 18, 104, 13), (28, 22, 98, 12), (44, 26, 94, 10), (53, 30, 91, 8)),
    ((9, 36, 84, 12), (25, 38, 80, 11), (40, 38, 78, 10), (51, 36, 76, 8)),
    ((8, 54, 61, 9.5), (18, 54, 61, 8.5), (30, 52, 62, 8), (41, 50, 64, 7)),
    ((7, 67, 43, 7.5), (15, 66, 43, 7), (23, 65, 44, 6), (30, 63, 45, 5)),
    ((5, 75, 26, 6), (10, 74, 26, 5.5), (15, 74, 27, 5), (20, 73, 28, 4.5)),
)
SACRAL_ARCH = sheet(
    # The dorsal wall of the canal with the median crest.
    ((0, 62, 106, 4.5), (10, 55, 110, 4), (20, 44, 114, 6)),
    ((0, 77, 84, 4.5), (10, 70, 86, 4), (20, 60, 88, 5)),
    ((0, 83, 64, 4), (8, 79, 64, 3.5), (16, 71, 65, 4)),
    ((0, 85, 46, 3.5), (7, 83, 46, 3), (12, 77, 46, 3.5)),
)
SACRUM: tuple[Controls, ...] = (SACRAL_BODIES, SACRAL_WINGS, SACRAL_ARCH)
SACRAL_HOLLOWS: tuple[Controls, ...] = (
    # The canal and, on the side, four pairs of foramina that run from front to back.
    curve((0, 44, 118, 8), (0, 56, 94, 7.5), (0, 66, 72, 5.5), (0, 75, 50, 3.5)),
    curve((20, 18, 84, 4.2), (20, 40, 90, 3.6), (21, 70, 96, 3.6)),
    curve((17, 38, 67, 4), (17, 55, 71, 3.4), (17, 82, 78, 3.4)),
    curve((14, 54, 49, 3.5), (14, 66, 52, 3), (14, 92, 58, 3)),
    curve((12, 64, 33, 3), (12, 72, 35, 2.6), (12, 92, 40, 2.6)),
)
COCCYX: tuple[Controls, ...] = (curve((0, 77, 5, 5.5), (0, 74, -4, 4.5), (0, 68, -14, 3.8), (0, 60, -22, 2.8)),)
"""Its first vertebra ends a disc below the sacrum."""
