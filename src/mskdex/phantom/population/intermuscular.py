"""Fat between muscles: what fills the planes along which a surgeon parts them."""

import numpy as np

from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.person import MuscleVector

THICKNESS_MM = 1.2
"""Of the layer between two touching muscles of a person whose muscles hold ``FAT_SHARE`` of fat: an estimate of ours.
About 40 cm of such planes in a slice of a thigh then hold some 5 cm2 in the young and 8 cm2 at 75 years; the rest of
what is published lies inside our groups of muscles. Published: fat between the muscles of the mid-thigh, median 23.7
cm2 (men) and 21.3 cm2 (women) at 74-85 years, probably of both thighs (Farsijani 2019, Health ABC, abstract)."""

FAT_SHARE = 0.065
"""Mean fat of the muscles of a lean young person (``lean``)."""

SPREAD = Bounded(0.0, 0.33, -0.9, 0.9)
"""Of log thickness between people: 20.3 of 61.1 cm3/m in women without arthritis of the knee (Maly 2013)."""


def sample_intermuscular_fat_mm(rng: np.random.Generator, lean_fraction: MuscleVector) -> float:
    """Fat between muscles goes with fat inside them, by its square root (ours): the one grows as the other does."""
    inside = float(np.mean(1 - lean_fraction))
    return THICKNESS_MM * float(np.sqrt(inside / FAT_SHARE)) * float(np.exp(SPREAD.draw(rng)))
