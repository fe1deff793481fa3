"""Fat between muscles: what fills the planes along which a surgeon parts them."""

import numpy as np

from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.person import MuscleVector

THICKNESS_MM = 0.9
"""Of the layer between two touching muscles of a person whose muscles hold ``FAT_SHARE`` of fat: an estimate of ours.
About 40 cm of such planes in a slice of the thigh then hold 4 cm2 in the young and 6 cm2 in the old, out of some 130
cm2 of muscle. All fat in and between the muscles of the thigh is 5-9 % of their volume at 21 years and 10-14 % at 71
(Yoshiko 2018, MRI)."""

FAT_SHARE = 0.065
"""Mean fat of the muscles of a lean young person (``lean``)."""

SPREAD = Bounded(0.0, 0.3, -0.8, 0.8)
"""Of log thickness between people of like muscles: an estimate of ours."""


def sample_intermuscular_fat_mm(rng: np.random.Generator, lean_fraction: MuscleVector) -> float:
    """Fat between muscles goes with fat inside them, by its square root (ours): the one grows as the other does."""
    inside = float(np.mean(1 - lean_fraction))
    return THICKNESS_MM * float(np.sqrt(inside / FAT_SHARE)) * float(np.exp(SPREAD.draw(rng)))
