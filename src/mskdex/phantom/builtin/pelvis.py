"""Hip bone, sacrum and coccyx as medial shapes, in the reference body, left half, mm (see ``frame``)."""

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import controls

HIP_BONE: tuple[Controls, ...] = (
    # Iliac wing: from the arcuate line up to the crest; columns from the anterior border to the posterior one.
    controls(
        """
         91 -27 33 8.0 |  84 -12  33 10.0 |  78  4  35 10.0 | 69 20  40 9.0 | 60 35  47 7.5
        104 -36 58 6.0 |  97 -19  58  7.0 |  88 -2  58  5.5 | 75 18  60 6.0 | 57 44  60 7.5
        117 -46 86 5.0 | 111 -27  88  4.0 | 100 -6  88  2.8 | 80 24  86 4.5 | 49 66  82 8.0
        127 -41 102 5.0 | 126 -22 113 4.0 | 114  4 119  2.8 | 88 36 116 4.2 | 50 74  98 8.0
        124 -49 93 6.0 | 130 -20 124  6.5 | 117 10 143  6.0 | 89 40 142 6.5 | 53 76 106 8.0
        """
    ),
    # Roof of the socket.
    controls(
        """
        106 -14 27 6 | 108   0 29 6 | 102  14 28 6
        100 -20 38 7 |  99  -2 40 8 |  92  14 40 8
        101 -26 56 5 |  95  -8 58 6 |  86   8 58 6
        """
    ),
    # Anterior inferior spine and the notch above it.
    controls("92 -31 26 7\n93 -38 36 6.5\n98 -38 50 5"),
    # Ischium, from the socket down to the tuberosity.
    controls(
        """
        76 12  10 12 | 68 28  14 11
        70 18 -14 11 | 65 28 -12 11
        64 24 -32 11 | 61 31 -32 12
        58 24 -48 11 | 56 31 -48 12
        51 20 -60 10 | 51 27 -58 11
        """
    ),
    # Posterior column, then the ischial spine.
    controls("62 35 46 7.5\n65 33 30 8\n66 31 14 9"),
    controls("64 36 6 7\n57 43 -3 5\n50 48 -9 3.2"),
    # Superior ramus.
    controls("78 -22 12 13\n64 -33 12 10.5\n48 -43 4 8.5\n32 -49 -4 8\n20 -50 -11 8\n11 -48 -16 8"),
    # Body of the pubis: columns from the symphysis outwards.
    controls(
        """
        8.6 -50  -9 6.6 | 18 -52  -8 7 | 26 -54 -6 6
        8.6 -44 -21 6.6 | 18 -46 -22 7 | 27 -46 -20 6
        8.6 -37 -33 6.6 | 15 -37 -36 7 | 20 -36 -36 6
        """
    ),
    # Inferior ramus, flattened.
    controls(
        """
        11 -35 -38 6.0 | 17 -35 -34 6
        20 -24 -48 6.0 | 26 -22 -44 6
        30  -8 -57 6.0 | 36  -5 -53 6
        40   8 -63 6.5 | 44  10 -58 6.5
        49  18 -62 8.0 | 52  20 -58 8
        """
    ),
    # Quadrilateral plate, the inner wall of the socket.
    controls("67 -14 24 7 | 64 8 28 6 | 63 24 26 7\n61 -14 2 5 | 58 6 4 5 | 60 24 4 7"),
)
SACRUM: tuple[Controls, ...] = (
    # Bodies from the promontory to the apex.
    controls("0 17 104 14\n0 24 96 15\n0 40 78 13\n0 56 59 10.5\n0 68 42 8.5\n0 76 26 6.5\n0 78 14 5.5"),
    # Wings, levels S1 to S5; columns from the body to the lateral border, which is the sacroiliac joint down to S3.
    controls(
        """
        10 18 104 13.0 | 28 22 98 12.0 | 44 26 94 10 | 53 30 91 8.0
         9 36  84 12.0 | 25 38 80 11.0 | 40 38 78 10 | 51 36 76 8.0
         8 54  61  9.5 | 18 54 61  8.5 | 30 52 62  8 | 41 50 64 7.0
         7 67  43  7.5 | 15 66 43  7.0 | 23 65 44  6 | 30 63 45 5.0
         5 75  26  6.0 | 10 74 26  5.5 | 15 74 27  5 | 20 73 28 4.5
        """
    ),
    # The dorsal wall of the canal with the median crest.
    controls(
        """
        0 62 106 4.5 | 10 55 110 4.0 | 20 44 114 6.0
        0 77  84 4.5 | 10 70  86 4.0 | 20 60  88 5.0
        0 83  64 4.0 |  8 79  64 3.5 | 16 71  65 4.0
        0 85  46 3.5 |  7 83  46 3.0 | 12 77  46 3.5
        """
    ),
)
SACRAL_HOLLOWS: tuple[Controls, ...] = (
    # The canal, and on the side four pairs of foramina that run from front to back.
    controls("0 44 118 8\n0 56 94 7.5\n0 66 72 5.5\n0 75 50 3.5"),
    controls("21 18 84 6\n22 40 88 5\n22 70 94 4.5"),
    controls("18 38 67 5.5\n18 55 70 4.5\n18 82 76 4"),
    controls("15 54 49 4.5\n15 66 51 4\n15 92 56 3.5"),
    controls("13 64 33 4\n13 72 34 3.5\n13 92 38 3"),
)
COCCYX: tuple[Controls, ...] = (
    # Begins a disc below the sacrum.
    controls("0 78 3 6.5\n0 75 -6 5.5\n0 69 -15 4.6\n0 61 -22 3.6"),
)
