"""Trunk wall, back muscles, pelvic floor and the cavity they enclose, in the reference body, left half, mm."""

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import controls

ABDOMINAL_WALL: tuple[Controls, ...] = (
    # Levels downwards; columns from the white line round the flank to the back, the iliac crest, the inguinal ligament.
    controls(
        """
        8 -118 310 5 | 34 -116 310 5 | 68 -106 310 5 | 112 -78 310 7 | 134 -30 310 8 | 122  20 310 7 |  88  44 310 6
        8 -118 200 5 | 34 -116 200 5 | 68 -106 200 5 | 112 -78 200 7 | 132 -30 200 8 | 122  18 200 7 |  90  42 200 6
        8 -116 160 5 | 34 -114 160 5 | 68 -105 160 5 | 112 -79 160 7 | 131 -34 160 8 | 122   6 160 6 |  96  34 154 5
        8 -111 120 5 | 32 -109 120 5 | 64 -101 118 5 | 104 -81 116 6 | 126 -56 114 5 | 131 -34 122 4 | 129 -14 134 4
        8 -102  80 5 | 29 -100  80 5 | 54  -93  78 4 |  82 -82  76 4 | 104 -70  80 4 | 114 -62  88 3 | 120 -56  94 3
        7  -88  40 5 | 22  -87  40 5 | 38  -82  38 4 |  56 -74  40 3 |  72 -68  48 3 |  86 -64  58 3 |  96 -60  68 3
        6  -66   2 4 | 14  -66   2 4 | 20  -64   1 3 |  26 -62   2 2 |  32 -62   4 2 |  38 -62   8 2 |  44 -62  12 2
        """
    ),
)
BACK_MUSCLES: tuple[Controls, ...] = (
    # Erector spinae and multifidus; then quadratus lumborum.
    controls(
        """
        16 56 310 12 | 34 58 310 16 | 54 54 310 12
        16 60 200 12 | 34 62 200 16 | 54 58 200 12
        16 66 150 12 | 34 68 150 15 | 50 66 150 10
        14 78 112 10 | 28 80 116 11 | 42 80 118  6
        10 90  72  7 | 18 88  74  7 | 28 84  76  5
         6 93  44  3 | 10 92  44  3 | 14 90  46  3
        """
    ),
    controls(
        """
        56 22 310 9 | 66 26 310 9
        64 28 200 9 | 80 32 200 9
        72 34 152 7 | 88 34 152 6
        """
    ),
)
PELVIC_FLOOR: tuple[Controls, ...] = (
    # The levator: from the pubis, the obturator fascia and the ischial spine down and inwards to the midline.
    controls(
        """
        12 -30 -18 2.5 | 38 0  -6 2.5 | 43 34  -4 3.0 | 30 54  -6 2.5
        10 -26 -26 2.5 | 30 2 -20 2.5 | 33 34 -16 3.0 | 20 58 -12 2.5
         8 -20 -34 3.0 | 18 2 -34 3.0 | 18 30 -30 3.5 |  8 58 -22 2.5
         7 -14 -42 3.0 | 12 2 -44 3.0 | 10 26 -42 4.0 |  4 50 -32 2.5
        """
    ),
)
VISCERA: tuple[Controls, ...] = (
    controls(
        """
        0 -62 310 48 | 60 -46 310 54
        0 -64 200 46 | 60 -46 200 52
        0 -64 160 44 | 60 -50 160 48
        0 -58 120 44 | 54 -56 120 40
        0 -46  84 44 | 36 -48  84 40
        0 -26  52 46 | 20 -26  52 42
        0  -2  20 46 |  6  -2  20 40
        0   2  -4 30 |  4   2  -4 28
        0   6 -24 13 |  2   6 -24 13
        """
    ),
)
PERINEAL_FAT: tuple[Controls, ...] = (
    # What fills the pubic arch and the ischioanal fossae.
    controls(
        """
        0 -40 -52 14 | 10 -36 -52 12
        0   0 -54 20 | 16   2 -52 18
        0  35 -46 26 | 20  36 -46 24
        0  66 -24 22 |  8  66 -24 22
        """
    ),
)
DISCS: tuple[Controls, ...] = (
    controls("0 2 112 9 | 16 4 112 7\n0 14 114 9 | 16 14 114 7"),
    controls("0 -7 148 8 | 17 -5 148 7\n0 5 148 8 | 16 4 148 7"),
    controls("0 -11 186 8 | 17 -9 186 7\n0 1 186 8 | 16 0 186 7"),
    controls("0 -9 224 8 | 17 -7 224 7\n0 3 224 8 | 16 2 224 7"),
    controls("0 -3 262 8 | 17 -1 262 7\n0 9 262 8 | 16 8 262 7"),
)
