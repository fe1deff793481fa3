"""Muscles about the hip: attachments and course in the reference body (left side, mm), after Gray's Anatomy, 41st ed., ch. 80.

Rows run from origin to insertion, columns across the fibres; the fourth number is the radius, half the thickness.
"""

from mskdex.phantom.builtin.medial import sheet
from mskdex.phantom.builtin.muscles import Belly

GLUTEUS_MAXIMUS = Belly(
    # Posterior ilium, sacrum, coccyx and sacrotuberous ligament to the iliotibial tract and the gluteal tuberosity.
    "gluteus_maximus",
    sheet(
        ((68, 68, 124, 4), (54, 86, 98, 5), (38, 92, 72, 6), (26, 94, 46, 6), (16, 88, 16, 7), (14, 80, -14, 6)),
        (
            (96, 70, 100, 9),
            (82, 90, 74, 14),
            (68, 101, 46, 18),
            (54, 105, 16, 20),
            (42, 100, -14, 20),
            (34, 88, -42, 15),
        ),
        (
            (124, 58, 62, 9),
            (116, 80, 36, 14),
            (105, 92, 6, 19),
            (92, 97, -24, 22),
            (78, 94, -54, 22),
            (60, 80, -80, 16),
        ),
        (
            (145, 38, 10, 6),
            (143, 54, -16, 9),
            (138, 64, -42, 13),
            (128, 69, -68, 15),
            (114, 68, -92, 14),
            (98, 60, -110, 10),
        ),
        (
            (152, 20, -30, 3),
            (150, 28, -55, 4),
            (145, 33, -78, 5),
            (138, 33, -102, 6),
            (129, 30, -122, 6),
            (122, 24, -140, 4),
        ),
    ),
    (0, 0, 0.3, 0.8, 1),
)
GLUTEUS_MEDIUS = Belly(
    # Outer face of the wing between the posterior and anterior gluteal lines to the side of the greater trochanter.
    "gluteus_medius",
    sheet(
        ((133, -32, 108, 4), (138, -10, 126, 5), (125, 16, 140, 5), (104, 40, 138, 5), (76, 62, 116, 4)),
        ((139, -28, 84, 11), (138, -2, 92, 13), (130, 24, 96, 14), (112, 46, 94, 14), (90, 60, 88, 10)),
        ((145, -20, 50, 12), (147, 2, 52, 15), (142, 24, 52, 16), (128, 40, 54, 14), (110, 50, 56, 10)),
        ((149, -6, 14, 8), (151, 6, 14, 10), (148, 18, 14, 11), (142, 28, 16, 10), (132, 34, 22, 7)),
        ((148, 0, -22, 4), (149, 8, -20, 4), (147, 16, -14, 4), (144, 23, -10, 4), (139, 28, -2, 4)),
    ),
    (0, 0, 0.2, 0.7, 1),
)
GLUTEUS_MINIMUS = Belly(
    # Wing between the anterior and inferior gluteal lines to the front of the greater trochanter.
    "gluteus_minimus",
    sheet(
        ((124, -30, 92, 4), (116, -4, 98, 5), (104, 18, 92, 5), (88, 36, 76, 4)),
        ((126, -24, 62, 7), (118, 0, 62, 9), (106, 20, 58, 9), (92, 34, 54, 6)),
        ((130, -16, 30, 6), (122, 2, 34, 8), (113, 17, 34, 8), (102, 27, 34, 6)),
        ((144, -8, -14, 4), (143, -4, -8, 4), (140, 0, -4, 4), (137, 5, 0, 4)),
    ),
    (0, 0, 0.3, 1),
)
TENSOR_FASCIAE_LATAE = Belly(
    # Outer lip of the crest behind the anterior superior spine to the iliotibial tract.
    "tensor_fasciae_latae",
    sheet(
        ((126, -50, 92, 4), (134, -34, 104, 4)),
        ((132, -52, 58, 8), (142, -36, 62, 8)),
        ((137, -48, 15, 10), (147, -30, 15, 10)),
        ((142, -42, -35, 9), (149, -22, -35, 8)),
        ((146, -34, -85, 5), (151, -14, -85, 4)),
        ((146, -26, -110, 2.5), (150, -10, -110, 2.5)),
    ),
    (0, 0, 0.4, 0.8, 1, 1),
)
ILIACUS = Belly(
    # Iliac fossa to the lesser trochanter, over the front of the hip joint.
    "iliacus",
    sheet(
        ((121, -38, 106, 4), (121, -8, 130, 4), (105, 18, 137, 4), (80, 38, 128, 4)),
        ((112, -44, 86, 6), (102, -22, 94, 10), (90, 2, 97, 10), (70, 22, 92, 7)),
        ((106, -48, 60, 9), (92, -32, 62, 12), (80, -14, 64, 11), (64, 6, 66, 6)),
        ((99, -50, 30, 10), (89, -44, 30, 11), (77, -33, 34, 8), (66, -20, 40, 5)),
        ((99, -46, 0, 9), (91, -44, 0, 9), (83, -40, 0, 7), (78, -36, 2, 5)),
        ((102, -27, -35, 9), (98, -26, -35, 8), (95, -22, -35, 7), (92, -18, -35, 6)),
        ((104, 8, -66, 6), (102, 10, -68, 6), (100, 12, -70, 6), (98, 14, -72, 6)),
    ),
    (0, 0, 0, 0.1, 0.4, 0.8, 1),
)
PSOAS_MAJOR = Belly(
    # Sides of the lumbar bodies and discs, along the pelvic brim, to the lesser trochanter.
    "psoas_major",
    sheet(
        ((33, -4, 250, 11), (38, 6, 250, 11)),
        ((37, -4, 205, 14), (44, 8, 205, 14)),
        ((42, -6, 165, 17), (50, 8, 165, 16)),
        ((47, -14, 130, 19), (56, -2, 130, 18)),
        ((55, -22, 95, 18), (62, -12, 95, 16)),
        ((64, -32, 60, 15), (68, -26, 60, 13)),
        ((72, -42, 28, 11), (74, -38, 28, 10)),
        ((79, -46, 2, 10), (81, -42, 2, 9)),
        ((86, -28, -32, 8), (88, -22, -32, 7)),
        ((96, 14, -62, 5), (96, 17, -62, 5)),
    ),
    (0, 0, 0, 0, 0, 0, 0.1, 0.3, 0.8, 1),
)
PIRIFORMIS = Belly(
    # Front of the sacrum through the greater sciatic notch to the tip of the greater trochanter.
    "piriformis",
    sheet(
        ((28, 46, 62, 4), (24, 60, 44, 4)),
        ((44, 46, 50, 7), (40, 60, 34, 8)),
        ((62, 50, 36, 8), (60, 56, 24, 8)),
        ((90, 44, 22, 7), (88, 47, 14, 7)),
        ((118, 33, 10, 5), (118, 34, 6, 5)),
        ((133, 24, 2, 3), (133, 25, 0, 3)),
    ),
    (0, 0, 0, 0.3, 0.9, 1),
)
OBTURATOR_INTERNUS = Belly(
    # Inner face of the obturator membrane, round the lesser sciatic notch, with the gemelli to the trochanteric fossa.
    "obturator_internus",
    sheet(
        ((32, -36, -10, 4), (26, -28, -28, 4), (36, 0, -46, 4)),
        ((49, -14, 4, 5.5), (43, -10, -18, 7), (47, 8, -38, 5)),
        ((52, 10, 6, 6), (50, 13, -14, 8), (50, 18, -34, 6)),
        ((54, 38, -4, 7), (52, 42, -16, 8), (53, 40, -28, 7)),
        ((76, 45, -4, 6), (76, 45, -12, 7), (76, 44, -20, 6)),
        ((106, 36, -6, 5), (106, 36, -10, 5), (106, 35, -14, 5)),
        ((126, 25, -8, 3), (126, 25, -10, 3), (126, 25, -12, 3)),
    ),
    (0, 0, 0, 0, 0.2, 0.8, 1),
)
OBTURATOR_EXTERNUS = Belly(
    # Outer face of the obturator membrane, below and behind the neck, to the trochanteric fossa.
    "obturator_externus",
    sheet(
        ((34, -44, -16, 4), (28, -32, -38, 5), (42, -2, -54, 5)),
        ((52, -32, -14, 8), (48, -20, -32, 10), (54, 2, -44, 8)),
        ((70, -14, -28, 8), (68, -8, -36, 9), (70, 2, -44, 7)),
        ((90, 10, -32, 7), (89, 12, -36, 7), (88, 14, -40, 6)),
        ((110, 26, -24, 5), (109, 27, -27, 5), (108, 28, -30, 4)),
        ((124, 24, -18, 3), (124, 24, -19, 3), (124, 25, -20, 3)),
    ),
    (0, 0, 0.1, 0.5, 0.9, 1),
)
QUADRATUS_FEMORIS = Belly(
    # Lateral border of the ischial tuberosity to the intertrochanteric crest.
    "quadratus_femoris",
    sheet(
        ((66, 30, -36, 5), (64, 30, -48, 5.5), (60, 28, -62, 5)),
        ((92, 34, -36, 6), (91, 34, -50, 7), (90, 32, -66, 6)),
        ((122, 30, -34, 5), (120, 30, -50, 5), (117, 28, -70, 5)),
    ),
    (0, 0.4, 1),
)
PECTINEUS = Belly(
    # Pecten of the pubis to the line from the lesser trochanter to the linea aspera.
    "pectineus",
    sheet(
        ((30, -56, -6, 4), (46, -50, 6, 4), (60, -44, 14, 4)),
        ((44, -56, -28, 7), (58, -52, -20, 9), (70, -46, -12, 7)),
        ((64, -44, -58, 7), (74, -38, -52, 9), (84, -34, -46, 7)),
        ((98, 0, -88, 4), (102, 3, -82, 5), (104, 6, -76, 4)),
    ),
    (0, 0.05, 0.4, 1),
)
SARTORIUS = Belly(
    # Anterior superior iliac spine, across the thigh, to the inner side of the knee.
    "sartorius",
    sheet(
        ((119, -57, 84, 4), (123, -54, 84, 4)),
        ((111, -66, 45, 6), (122, -61, 45, 6)),
        ((101, -70, -5, 6.5), (115, -66, -5, 6.5)),
        ((84, -68, -65, 6.5), (100, -68, -65, 6.5)),
        ((60, -58, -130, 6.5), (76, -62, -130, 6.5)),
        ((40, -42, -200, 6.5), (54, -50, -200, 6.5)),
        ((28, -24, -260, 6.5), (38, -34, -260, 6.5)),
        ((22, -6, -330, 6.5), (28, -18, -330, 6.5)),
    ),
    (0, 0.1, 0.4, 0.8, 1, 1, 1, 1),
)
RECTUS_FEMORIS = Belly(
    # Anterior inferior iliac spine to the patella, in front of the other heads.
    "rectus_femoris",
    sheet(
        ((95, -42, 40, 4), (98, -42, 40, 4)),
        ((103, -52, 10, 7), (110, -50, 10, 7)),
        ((106, -55, -30, 9), (120, -51, -30, 9)),
        ((102, -55, -80, 11), (122, -50, -80, 11)),
        ((95, -55, -140, 12), (117, -54, -140, 12)),
        ((88, -54, -200, 12), (108, -54, -200, 12)),
        ((83, -52, -260, 11), (101, -53, -260, 11)),
        ((79, -48, -330, 8), (93, -49, -330, 8)),
    ),
    (0, 0.3, 0.7, 1, 1, 1, 1, 1),
)
HIP_BELLIES: tuple[Belly, ...] = (
    GLUTEUS_MAXIMUS,
    GLUTEUS_MEDIUS,
    GLUTEUS_MINIMUS,
    TENSOR_FASCIAE_LATAE,
    ILIACUS,
    PSOAS_MAJOR,
    PIRIFORMIS,
    OBTURATOR_INTERNUS,
    OBTURATOR_EXTERNUS,
    QUADRATUS_FEMORIS,
    PECTINEUS,
    SARTORIUS,
    RECTUS_FEMORIS,
)
