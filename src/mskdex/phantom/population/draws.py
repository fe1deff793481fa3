"""Random numbers with bounded tails: no impossible person comes out, and every draw costs one uniform number."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.special import ndtr
from scipy.special import ndtri

TAIL_SD = 3.0
"""Every normal deviate of the population is cut at so many standard deviations (0.27 % of a normal's mass)."""

_LOW, _HIGH = float(ndtr(-TAIL_SD)), float(ndtr(TAIL_SD))
_DENSITY_AT_CUT = float(np.exp(-(TAIL_SD**2) / 2) / np.sqrt(2 * np.pi))
_CUT_SD = float(np.sqrt(1 - 2 * TAIL_SD * _DENSITY_AT_CUT / (_HIGH - _LOW)))


def deviates(rng: np.random.Generator, count: int) -> Float64[np.ndarray, " draws"]:
    """Deviates with mean 0 and SD 1: a normal cut at ``TAIL_SD`` and stretched (1.4 %) to unit variance."""
    return np.asarray(ndtri(_LOW + (_HIGH - _LOW) * rng.random(count)) / _CUT_SD)


@dataclass(frozen=True)
class Bounded:
    """A normal distribution cut to ``[low, high]``."""

    mean: float
    sd: float
    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        below, above = ndtr((self.low - self.mean) / self.sd), ndtr((self.high - self.mean) / self.sd)
        value = self.mean + self.sd * float(ndtri(below + (above - below) * rng.random()))
        return min(max(value, self.low), self.high)
