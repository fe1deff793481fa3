"""Fat between muscles: what fills the planes along which a surgeon parts them."""

import numpy as np

from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.person import MuscleVector

THICKNESS_MM = 1.2
"""Of the layer between two touching muscles of a person whose muscles hold ``FAT_SHARE`` of fat: our estimate."""

CM2_PER_MM = 6.0
"""Fat between the muscles of a slice of a thigh, over that layer's thickness: about 40 cm of such planes hold 4 cm2,
the corners where three muscles meet, vessels and nerves the rest. So it has 7 cm2 in the young, 11 at 75 to 80 years.
Published: fat between the muscles of the mid-thigh, median 23.7 cm2 (men) and 21.3 cm2 (women) at 74-85 years, probably
of both thighs (Farsijani 2019, Health ABC, abstract)."""

FAT_SHARE = 0.065
"""Mean fat of the muscles of a lean young person (``lean``)."""

SPREAD = Bounded(0.0, 0.33, -0.9, 0.9)
"""Of log thickness between people: 20.3 of 61.1 cm3/m in women without arthritis of the knee (Maly 2013)."""


def sample_intermuscular_fat_mm(rng: np.random.Generator, lean_fraction: MuscleVector) -> float:
    """Fat between muscles goes with fat inside them, by its square root (ours): the one grows as the other does."""
    inside = float(np.mean(1 - lean_fraction))
    return THICKNESS_MM * float(np.sqrt(inside / FAT_SHARE)) * float(np.exp(SPREAD.draw(rng)))


def between_muscles_cm2(intermuscular_fat_mm: float) -> float:
    """Fat between the muscles of a slice of one thigh."""
    return CM2_PER_MM * intermuscular_fat_mm
