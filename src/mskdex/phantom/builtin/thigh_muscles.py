"""Muscles of the thigh: attachments and course in the reference body (left side, mm), after Gray's Anatomy, 41st ed., ch. 80-82.

Rows run from the hip towards the knee, columns across; the fourth number is the radius, half the thickness.
"""

from mskdex.phantom.builtin.medial import curve
from mskdex.phantom.builtin.medial import sheet
from mskdex.phantom.builtin.muscles import Belly

VASTUS_LATERALIS = Belly(
    # With the intermedius: from the front of the shaft round its outer side to the lateral lip of the linea aspera.
    "vastus_lateralis",
    sheet(
        ((122, -14, -34, 3), (132, -14, -32, 4), (144, -6, -30, 4), (149, 6, -28, 4), (144, 24, -38, 3)),
        ((106, -14, -80, 4), (120, -16, -80, 8), (138, -14, -80, 12), (148, 6, -80, 12), (136, 24, -80, 6)),
        ((98, -22, -130, 6), (112, -26, -130, 9), (132, -22, -130, 15), (143, 2, -130, 16), (126, 22, -130, 9)),
        ((90, -26, -200, 7), (104, -30, -200, 10), (124, -25, -200, 15), (136, 0, -200, 17), (119, 23, -200, 9)),
        ((84, -28, -260, 7), (98, -31, -260, 10), (116, -26, -260, 15), (128, -2, -260, 16), (112, 20, -260, 8)),
        ((78, -28, -330, 7), (92, -30, -330, 9), (106, -26, -330, 12), (116, -4, -330, 13), (106, 16, -330, 6)),
    ),
    (1, 1, 1, 1, 1, 1),
)
VASTUS_MEDIALIS = Belly(
    # Intertrochanteric and spiral lines and the medial lip, swelling towards the knee.
    "vastus_medialis",
    sheet(
        ((104, -8, -66, 3), (100, -2, -70, 3), (98, 6, -74, 3)),
        ((92, -22, -130, 7), (88, -10, -130, 8), (91, 4, -130, 4)),
        ((75, -32, -200, 11), (72, -18, -200, 11), (80, 0, -200, 6)),
        ((64, -34, -260, 13), (62, -18, -260, 14), (72, 0, -260, 8)),
        ((58, -28, -330, 14), (54, -12, -330, 16), (64, 4, -330, 9)),
    ),
    (1, 1, 1, 1, 1),
)
ADDUCTOR_LONGUS = Belly(
    # Body of the pubis to the middle of the linea aspera.
    "adductors",
    sheet(
        ((18, -57, -14, 3.5), (20, -56, -14, 3.5)),
        ((27, -58, -45, 7), (36, -57, -42, 7)),
        ((38, -52, -85, 10), (52, -50, -80, 10)),
        ((54, -38, -130, 11), (68, -36, -125, 10)),
        ((66, -22, -185, 9), (80, -14, -175, 7)),
        ((74, -6, -240, 6), (86, 4, -230, 4)),
    ),
    (0, 0.1, 0.6, 1, 1, 1),
)
ADDUCTOR_BREVIS = Belly(
    # Inferior ramus of the pubis to the upper linea aspera, behind pectineus and longus.
    "adductors",
    sheet(
        ((18, -42, -38, 4), (24, -34, -42, 4)),
        ((38, -40, -66, 9), (46, -30, -62, 9)),
        ((64, -22, -100, 11), (74, -14, -88, 9)),
        ((92, 4, -140, 5), (100, 8, -105, 5)),
    ),
    (0, 0.2, 0.7, 1),
)
ADDUCTOR_MAGNUS = Belly(
    # Ischiopubic ramus and tuberosity to the whole linea aspera and the adductor tubercle.
    "adductors",
    sheet(
        ((32, -4, -64, 5), (42, 8, -72, 6), (52, 20, -72, 6)),
        ((40, -10, -98, 12), (60, 6, -96, 14), (88, 16, -92, 8)),
        ((42, -2, -135, 15), (64, 6, -135, 17), (90, 13, -135, 10)),
        ((42, 6, -200, 14), (60, 8, -200, 16), (82, 12, -200, 10)),
        ((42, 10, -260, 11), (56, 12, -260, 12), (74, 14, -260, 8)),
        ((40, 12, -330, 7), (50, 14, -330, 8), (64, 16, -330, 5)),
    ),
    (0, 0.5, 1, 1, 1, 1),
)
GRACILIS = Belly(
    # Edge of the symphysis and inferior ramus straight down the inner side of the thigh.
    "gracilis",
    sheet(
        ((9, -44, -40, 3), (14, -30, -46, 3)),
        ((16, -44, -75, 5.5), (20, -24, -78, 5.5)),
        ((19, -36, -130, 6.5), (21, -14, -130, 6.5)),
        ((20, -22, -200, 7), (21, 0, -200, 7)),
        ((23, -6, -260, 6.5), (23, 10, -260, 6.5)),
        ((23, 6, -330, 5), (23, 16, -330, 5)),
    ),
    (0, 0.3, 0.8, 1, 1, 1),
)
HAMSTRINGS = Belly(
    # Ischial tuberosity to the knee: semimembranosus, semitendinosus, long head of biceps, from inside outwards.
    "hamstrings",
    sheet(
        ((52, 38, -56, 5), (54, 40, -54, 5), (58, 38, -54, 5)),
        ((54, 42, -95, 8), (62, 50, -95, 10), (74, 50, -95, 9)),
        ((48, 40, -135, 11), (66, 52, -135, 15), (88, 47, -135, 15)),
        ((42, 38, -200, 15), (62, 54, -200, 15), (88, 48, -200, 17)),
        ((40, 36, -260, 17), (60, 52, -260, 15), (84, 46, -260, 18)),
        ((38, 34, -330, 17), (56, 48, -330, 13), (82, 44, -330, 17)),
    ),
    (0, 0.5, 1, 1, 1, 1),
)
BICEPS_SHORT_HEAD = Belly(
    "hamstrings",
    curve((108, 22, -165, 4), (103, 26, -200, 8), (98, 28, -260, 9), (94, 30, -330, 9)),
    (1, 1, 1, 1),
)
THIGH_BELLIES: tuple[Belly, ...] = (
    VASTUS_LATERALIS,
    VASTUS_MEDIALIS,
    ADDUCTOR_LONGUS,
    ADDUCTOR_BREVIS,
    ADDUCTOR_MAGNUS,
    GRACILIS,
    HAMSTRINGS,
    BICEPS_SHORT_HEAD,
)
