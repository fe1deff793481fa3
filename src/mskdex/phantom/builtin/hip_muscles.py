"""Muscles about the hip: attachments and course in the reference body, left side, mm.

After Gray's Anatomy, 41st ed., ch. 80. A line runs across the fibres, lines follow one another from origin to insertion
(see ``muscles.belly``). The radius is half the thickness.
"""

from mskdex.phantom.builtin.muscles import Belly
from mskdex.phantom.builtin.muscles import belly

HIP_BELLIES: tuple[Belly, ...] = (
    # Posterior ilium, sacrum, coccyx and sacrotuberous ligament to the iliotibial tract and the gluteal tuberosity.
    belly(
        "gluteus_maximus",
        """
        0.0 :  66  68 122  4 |  52  86  96  4 |  38  92  72  4 |  24  91  46  5 |  15  86  16  6 |  13  80 -14  6
        0.0 :  95  70  98  6 |  82  86  74 10 |  68  94  46 13 |  54  97  16 15 |  42  94 -14 15 |  32  84 -42 11
        0.3 : 124  58  62  7 | 116  76  36 11 | 105  85   6 15 |  92  88 -24 18 |  77  85 -54 18 |  58  74 -80 13
        0.8 : 145  38  10  5 | 142  52 -16  8 | 136  59 -42 11 | 126  62 -68 12 | 113  61 -92 12 |  98  58 -108 9
        1.0 : 152  20 -30  3 | 151  28 -55  4 | 147  33 -78  5 | 140  35 -102 5 | 131  32 -120 5 | 124  26 -138 4
        """,
    ),
    # Outer face of the wing between the posterior and anterior gluteal lines to the side of the greater trochanter.
    belly(
        "gluteus_medius",
        """
        0.0 : 133 -32 108  4 | 138 -10 126  5 | 125  16 140  5 | 104  40 138  5 |  68  66 114  4
        0.0 : 136 -30  84  9 | 133  -4  92 10 | 122  20  96 11 | 101  42  94 11 |  75  59  88 10
        0.2 : 138 -22  50  9 | 138  -2  52 11 | 129  20  52 12 | 112  37  54 12 |  87  50  58 10
        0.7 : 146  -8  14  7 | 148   5  14  9 | 143  17  14 10 | 134  28  16  9 | 121  36  24  7
        1.0 : 148   0 -22  4 | 149   8 -20  4 | 147  16 -14  4 | 144  23 -10  4 | 139  28  -2  4
        """,
    ),
    # Wing between the anterior and inferior gluteal lines to the front of the greater trochanter.
    belly(
        "gluteus_minimus",
        """
        0.0 : 124 -30  92  4 | 113  -3  98  4 | 100  20  92  4 |  84  39  76  4
        0.0 : 116 -24  62  6 | 108  -2  62  8 |  96  18  58  8 |  85  33  54  6
        0.3 : 124 -16  30  6 | 116   2  34  7 | 107  16  34  7 |  97  27  34  6
        1.0 : 144  -8 -14  4 | 143  -4  -8  4 | 140   0  -4  4 | 137   5   0  4
        """,
    ),
    # Outer lip of the crest behind the anterior superior spine to the iliotibial tract.
    belly(
        "tensor_fasciae_latae",
        """
        0.0 : 128 -50  90  3.5 | 135 -36 102  3.5
        0.0 : 133 -52  58  6.5 | 142 -38  62  6.5
        0.4 : 138 -48  15  8.0 | 147 -32  15  8.0
        0.8 : 142 -42 -35  7.0 | 150 -26 -35  6.0
        1.0 : 146 -34 -72  3.0 | 151 -20 -72  3.0
        """,
    ),
    # Iliac fossa to the lesser trochanter, over the front of the hip joint.
    belly(
        "iliacus",
        """
        0.0 : 121 -38 106  4 | 121  -8 130  4 | 105  18 137  4 |  80  38 128  4
        0.0 : 112 -44  86  6 | 102 -22  94  9 |  90   2  97  9 |  70  22  92  6
        0.0 : 106 -48  60  9 |  92 -32  62 11 |  80 -14  64 10 |  64   6  66  5
        0.1 :  95 -50  30  9 |  87 -44  30 11 |  77 -33  34  8 |  66 -20  40  5
        0.4 :  99 -47   0  9 |  91 -46   0  9 |  83 -42   0  7 |  78 -38   2  5
        0.8 : 102 -27 -35  9 |  98 -26 -35  8 |  95 -22 -35  7 |  92 -18 -35  6
        1.0 : 104   8 -66  6 | 102  10 -68  6 | 100  12 -70  6 |  98  14 -72  6
        """,
    ),
    # Sides of the lumbar bodies and discs, along the pelvic brim, to the lesser trochanter.
    belly(
        "psoas_major",
        """
        0.0 :  28   0 290  4 |  32   8 290  4
        0.0 :  32  -4 250  9 |  38   6 250  9
        0.0 :  36  -4 205 12 |  43   8 205 12
        0.0 :  41  -6 165 15 |  48   8 165 14
        0.0 :  46 -14 130 17 |  53  -2 130 16
        0.0 :  54 -22  95 16 |  60 -12  95 14
        0.0 :  63 -32  60 13 |  67 -26  60 12
        0.1 :  71 -42  28 10 |  73 -38  28  9
        0.3 :  78 -47   2  9 |  80 -43   2  8
        0.8 :  86 -28 -32  8 |  88 -22 -32  7
        1.0 :  96  14 -62  5 |  96  17 -62  5
        """,
    ),
    # Front of the sacrum through the greater sciatic notch to the tip of the greater trochanter.
    belly(
        "piriformis",
        """
        0.0 :  28  46  62  4 |  24  60  44  4
        0.0 :  44  46  50  7 |  40  60  34  8
        0.0 :  62  50  36  8 |  60  56  24  8
        0.3 :  90  44  22  7 |  88  47  14  7
        0.9 : 118  33  10  5 | 118  34   6  5
        1.0 : 133  24   2  3 | 133  25   0  3
        """,
    ),
    # Inner face of the obturator membrane, round the lesser sciatic notch, with the gemelli to the trochanteric fossa.
    belly(
        "obturator_internus",
        """
        0.0 :  31 -36 -10 1.5 |  26 -26 -28 1.5 |  36   0 -44 1.5
        0.0 :  54 -14  14 1.8 |  44 -10 -16 2.4 |  44   8 -38 2.0
        0.0 :  56  12  16 2.2 |  50  14 -12 3.0 |  47  20 -36 2.4
        0.0 :  57  38   4 2.8 |  53  44 -12 3.4 |  52  44 -26 3.0
        0.2 :  78  46   0 2.8 |  78  46 -10 3.2 |  78  45 -20 2.8
        0.8 : 106  36  -4 2.8 | 106  36 -10 2.8 | 106  35 -16 2.6
        1.0 : 126  25  -8 2.4 | 126  25 -10 2.4 | 126  25 -12 2.4
        """,
    ),
    # Outer face of the obturator membrane, below and behind the neck, to the trochanteric fossa.
    belly(
        "obturator_externus",
        """
        0.0 :  32 -44 -16 3 |  27 -30 -36 3 |  40  -4 -54 3
        0.0 :  50 -31 -16 6 |  46 -19 -32 7 |  52   1 -46 6
        0.1 :  70 -14 -28 7 |  68  -8 -36 8 |  71   4 -44 6
        0.5 :  90  10 -32 6 |  89  12 -36 6 |  88  14 -40 5
        0.9 : 110  26 -24 4 | 109  27 -27 4 | 108  28 -30 4
        1.0 : 124  24 -18 3 | 124  24 -19 3 | 124  25 -20 3
        """,
    ),
    # Lateral border of the ischial tuberosity to the intertrochanteric crest.
    belly(
        "quadratus_femoris",
        """
        0.0 :  70  32 -34 4.5 |  68  32 -48 5.0 |  64  30 -62 4.5
        0.4 :  94  35 -36 5.5 |  93  35 -50 6.5 |  92  33 -66 5.5
        1.0 : 122  30 -34 4.5 | 120  30 -50 4.5 | 117  28 -70 4.5
        """,
    ),
    # Pecten of the pubis to the line from the lesser trochanter to the linea aspera.
    belly(
        "pectineus",
        """
        0.00 :  30 -57  -4 3 |  46 -51   8 3 |  60 -45  16 3
        0.05 :  44 -56 -28 6 |  58 -52 -20 8 |  70 -46 -12 6
        0.40 :  64 -44 -58 6 |  74 -38 -52 8 |  84 -34 -46 6
        1.00 :  98   0 -88 4 | 102   3 -82 5 | 104   6 -76 4
        """,
    ),
    # Anterior superior iliac spine, across the thigh, to the inner side of the knee.
    belly(
        "sartorius",
        """
        0.0 : 119 -56   84 3.5 | 123 -53   84 3.5
        0.1 : 113 -62   45 4.0 | 124 -57   45 4.5
        0.4 : 102 -66   -5 4.5 | 116 -63   -5 4.5
        0.8 :  83 -66  -65 5.0 |  98 -67  -65 5.0
        1.0 :  60 -61 -130 5.5 |  75 -65 -130 5.5
        1.0 :  39 -46 -200 6.0 |  52 -55 -200 6.0
        1.0 :  26 -26 -260 6.0 |  36 -38 -260 6.0
        1.0 :  20  -6 -330 6.0 |  26 -18 -330 6.0
        """,
    ),
    # Anterior inferior iliac spine to the patella, in front of the other heads.
    belly(
        "rectus_femoris",
        """
        0.0 :  97 -41   40  5 |  99 -39   40 5.0 | 101 -37   40  5
        0.3 : 104 -51   10  6 | 109 -50   10 6.5 | 114 -47   10  6
        0.7 : 107 -54  -30  8 | 114 -53  -30 9.0 | 122 -49  -30  7
        1.0 : 102 -56  -80 10 | 112 -55  -80 12.5 | 123 -50  -80  9
        1.0 :  94 -58 -140 10 | 107 -58 -140 13.5 | 121 -55 -140 10
        1.0 :  87 -59 -200 10 |  99 -59 -200 13.5 | 112 -57 -200 10
        1.0 :  82 -58 -260  9 |  93 -58 -260 12.5 | 104 -56 -260  9
        1.0 :  78 -54 -330 7 |  85 -54 -330 9.0 |  93 -54 -330  6
        """,
    ),
)
