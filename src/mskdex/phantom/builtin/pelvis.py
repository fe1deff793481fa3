"""Hip bone, sacrum and coccyx as medial shapes, in the reference body, left half, mm (see ``frame``)."""

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import controls

HIP_BONE: tuple[Controls, ...] = (
    # Iliac wing: from the arcuate line up to the crest; columns from the anterior border to the posterior one.
    controls(
        """
         91 -25  34 9 |  87 -11  34 11.5 |  84  4  35 11.0 | 77 17  38  9.5 | 71 28  43 7.5 | 65 36 48 6.5
        104 -37  58 6 |  98 -20  58 5.5 |  89 -3  58 5.0 | 76 13  60 6.0 | 65 28  60 8.0 | 56 47 60 6.5
        117 -47  86 5 | 113 -27  88 3.6 | 105 -6  88 2.6 | 88 15  87 3.5 | 67 34  84 7.0 | 50 60 82 7.0
        127 -41 102 5 | 127 -23 112 3.8 | 119  2 119 2.6 | 101 26 121 3.0 | 74 45 110 5.5 | 50 68 96 6.5
        124 -49  93 6 | 130 -20 122 6.5 | 122  7 138 6.0 | 100 31 147 6.0 | 75 55 134 6.5 | 54 75 106 7.0
        """
    ),
    # Roof of the socket.
    controls(
        """
         96 -15 28 6 |  97   0 29 6 |  94  14 28 6
         97 -20 38 5 |  98  -2 40 5 |  92  14 40 5
        103 -27 56 4 |  96 -10 58 4 |  88   8 58 4
        """
    ),
    # Anterior inferior spine and the notch above it.
    controls("91 -29 24 7\n94 -35 35 6\n99 -36 50 5"),
    # Ischium, from the socket down to the tuberosity.
    controls(
        """
        76 12  10 12 | 68 28  14 12
        70 18 -12 12 | 63 28 -12 12
        63 24 -30 12 | 58 31 -30 13
        57 24 -46 12 | 54 32 -46 13
        51 20 -60 10 | 50 28 -59 11
        """
    ),
    # Posterior column and wall of the socket, then the ischial spine.
    controls(
        """
        68 35  46  6.5 | 75 30  38 8
        69 34  32  7.0 | 79 31  26 7
        66 32  14  9.0 | 83 32   8 6
        65 31  -8 11.0 | 80 31 -10 6
        61 31 -26 12.0 | 70 29 -24 7
        """
    ),
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
        11 -36 -37 6.0 | 17 -35 -33 6
        20 -23 -46 5.5 | 25 -22 -41 6
        29 -10 -53 5.5 | 34  -8 -48 6
        39   5 -60 5.5 | 44   8 -53 7
        49  18 -63 7.0 | 53  20 -56 9
        """
    ),
    # Quadrilateral plate, the inner wall of the socket.
    controls("68 -14 24 6.5 | 67 8 29 5.5 | 67 24 27 6.5\n61 -14 2 5 | 58 6 4 5 | 60 24 4 7"),
)
SACRUM: tuple[Controls, ...] = (
    # Bodies from the promontory to the apex.
    controls("0 17 107 11\n0 25 98 11.5\n0 42 79 9\n0 59 60 6.5\n0 71 41 5.1\n0 76 22 4.3\n0 76 6 4.2"),
    # Wings, levels S1 to S5; columns from the body to the lateral border, which is the sacroiliac joint down to S3.
    controls(
        """
        10 18 107 9.0 | 27 21 102 8.2 | 44 24 96 7.3 | 57 27 91 6.5
         9 37  85 7.8 | 23 36  82 7.2 | 39 33 80 7.0 | 53 31 78 6.6
         8 56  61 5.7 | 18 53  61 5.3 | 32 47 62 5.6 | 45 41 65 6.2
         7 69  40 4.6 | 15 67  40 4.3 | 26 63 42 4.4 | 37 57 44 4.5
         5 75  17 4.2 | 11 74  17 4.0 | 19 72 20 4.0 | 27 69 23 4.0
        """
    ),
    # What is behind the joint: the tuberosity of the sacrum.
    controls("28 40 96 6.4 | 45 41 91 7\n27 50 80 6.4 | 42 48 77 7\n22 58 66 5.5 | 38 53 65 6"),
    # The dorsal wall of the canal with the median crest.
    controls(
        """
        0 62 106 4.1 | 10 56 110 4.1 | 22 42 112 6.4
        0 76 84 4.1 | 10 69 86 4.1 | 24 56 88 5.5
        0 82 64 3.7 |  8 77 64 4.1 | 20 66 65 5.1
        0 84 46 3.2 |  7 81 46 3.7 | 16 72 46 4.6
        """
    ),
)
SACRAL_HOLLOWS: tuple[Controls, ...] = (
    # The canal, and on the side four pairs of foramina that run from front to back.
    controls("0 44 118 8\n0 56 94 7.5\n0 66 72 5.5\n0 75 50 3.5"),
    controls("21 16 84 5\n22 40 88 4\n22 76 94 4"),
    controls("18 38 67 4.5\n18 55 70 3.8\n18 82 76 3.6"),
    controls("15 54 49 4\n15 66 51 3.4\n15 92 56 3"),
    controls("13 64 33 2.8\n13 72 34 2.6\n13 92 38 2.6"),
)
COCCYX: tuple[Controls, ...] = (
    # Begins a disc below the sacrum.
    controls(
        "0 76 -4 6 | 7 75 -3 5\n0 73 -12 5.2 | 4 72 -12 4.5\n0 67 -20 4.6 | 2 67 -20 4.2\n0 60 -26 3.6 | 1 60 -26 3.6"
    ),
)
