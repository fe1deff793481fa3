"""Muscles of the thigh: attachments and course in the reference body, left side, mm.

After Gray's Anatomy, 41st ed., ch. 80 to 82. A line runs across the muscle, lines follow one another towards the knee
(see ``muscles.belly``). The radius is half the thickness.
"""

from mskdex.phantom.builtin.muscles import Belly
from mskdex.phantom.builtin.muscles import belly

THIGH_BELLIES: tuple[Belly, ...] = (
    # With the intermedius: from the front of the shaft round its outer side to the lateral lip of the linea aspera.
    belly(
        "vastus_lateralis",
        """
        1.0 : 122 -14  -38  2 | 132 -14  -36  2 | 144  -6  -34  2 | 149   6  -34  2 | 146  22  -42  2
        1.0 : 106 -18  -80  4 | 121 -23  -80  6 | 139 -18  -80  8 | 147   6  -80  8 | 138  23  -80  5
        1.0 :  95 -26 -130  7 | 112 -30 -130 11 | 137 -25 -130 16 | 152   3 -130 16 | 132  28 -130 11
        1.0 :  87 -30 -200 10 | 104 -35 -200 15 | 129 -28 -200 20 | 145   0 -200 21 | 126  28 -200 15
        1.0 :  82 -32 -260 10 |  98 -36 -260 15 | 120 -29 -260 20 | 135  -2 -260 20 | 118  25 -260 14
        1.0 :  78 -30 -330  8 |  92 -32 -330 10 | 106 -27 -330 14 | 118  -4 -330 14 | 106  18 -330  7
        """,
    ),
    # Intertrochanteric and spiral lines and the medial lip, swelling towards the knee.
    belly(
        "vastus_medialis",
        """
        1.0 : 104  -8  -66  3 | 100  -2  -70  3 |  98   6  -74  3
        1.0 :  88 -24 -130  8 |  86 -10 -130  8 |  91   4 -130  5
        1.0 :  71 -37 -200 13 |  70 -20 -200 12 |  80   0 -200  7
        1.0 :  60 -40 -260 14 |  59 -21 -260 15 |  71   0 -260  9
        1.0 :  54 -32 -330 14 |  51 -14 -330 16 |  62   4 -330  9
        """,
    ),
    # Adductor longus: body of the pubis to the middle of the linea aspera.
    belly(
        "adductors",
        """
        0.0 :  18 -58  -14 3.5 |  20 -57  -14 3.5
        0.1 :  27 -60  -45  5 |  37 -59  -42  5
        0.6 :  38 -56  -85  9 |  54 -54  -80  9
        1.0 :  50 -44 -130 13 |  68 -42 -125 13
        1.0 :  60 -26 -185 12 |  77 -18 -175  9
        1.0 :  68  -8 -240  8 |  82   4 -230  5
        """,
    ),
    # Adductor brevis: inferior ramus of the pubis to the upper linea aspera, behind pectineus and longus.
    belly(
        "adductors",
        """
        0.0 :  18 -42  -40 4 |  24 -33  -46  4
        0.2 :  38 -42  -68  8 |  47 -31  -65  8
        0.7 :  62 -24 -105 11 |  74 -16  -92  9
        1.0 :  90   4 -150 7 | 100   8 -105  6
        """,
    ),
    # Adductor magnus: ischiopubic ramus and tuberosity to the whole linea aspera and the adductor tubercle.
    belly(
        "adductors",
        """
        0.0 :  30  -6  -66  5 |  42   8  -74  6 |  52  20  -74  6
        0.5 :  37 -12 -100 12 |  60   6  -98 14 |  88  18  -92  8
        1.0 :  38  -4 -135 17 |  62   7 -135 20 |  90  15 -135 12
        1.0 :  37   5 -200 20 |  58   8 -200 21 |  82  13 -200 15
        1.0 :  38  10 -260 17 |  55  12 -260 17 |  75  15 -260 11
        1.0 :  38  12 -330  8 |  50  14 -330  9 |  64  16 -330  6
        """,
    ),
    # Edge of the symphysis and inferior ramus straight down the inner side of the thigh.
    belly(
        "gracilis",
        """
        0.0 :  10 -44  -42 2.5 |  15 -30  -50 2.5
        0.3 :  16 -42  -75 4.0 |  18 -24  -78 4.0
        0.8 :  18 -34 -130 5.0 |  18 -14 -130 5.0
        1.0 :  18 -22 -200 5.5 |  18  -4 -200 5.5
        1.0 :  20  -6 -260 5.2 |  20   8 -260 5.2
        1.0 :  20   6 -330 4.5 |  20  16 -330 4.5
        """,
    ),
    # Ischial tuberosity to the knee: semimembranosus, semitendinosus, long head of biceps, from inside outwards.
    belly(
        "hamstrings",
        """
        0.0 :  50  42  -58  5 |  54  44  -56  5 |  60  42  -56  5
        0.5 :  50  48  -95 10 |  62  56  -95 12 |  78  54  -95 11
        1.0 :  42  45 -135 14 |  64  59 -135 17 |  94  52 -135 16
        1.0 :  36  42 -200 17 |  60  60 -200 18 |  94  53 -200 18
        1.0 :  34  40 -260 18 |  58  58 -260 17 |  91  51 -260 19
        1.0 :  34  36 -330 17 |  54  50 -330 14 |  82  48 -330 18
        """,
    ),
    # Short head of biceps: lateral lip of the linea aspera.
    belly(
        "hamstrings",
        """
        1.0 : 108  24 -165  5
        1.0 : 104  28 -200  9
        1.0 : 100  30 -260 10
        1.0 :  96  32 -330 10
        """,
    ),
)
