"""What a model's readings are multiplied with, so that they are right in the mean: pure functions.

A network that is trained pixel by pixel on absolute differences says the median of what may be at a pixel. Where a
structure may be or not be, or its depth is skewed, medians lie below means, so their sum reads low. One factor per
structure and quantity, the same for left and right and for whatever is told, sets that right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Tissue
from mskdex.training.calibration import countable
from mskdex.training.scores import Sums

FEWEST = 20
"""Patients of each half that must show a structure: of fewer, chance decides as much as the model's bias does."""

_MIRRORED = np.asarray(MIRRORED_CHANNELS)[: len(MEASURED_LABELS)]
_DECIMALS = 4

Ratios = Float64[ndarray, "2 measured"]
"""Of volumes, then of masses."""


@dataclass(frozen=True)
class Factors:
    """Fitted on patients of two halves that share no template.

    Attributes:
        whole: Fitted on all of them; 1 where too few show a structure.
        first, second: Fitted on either half alone.
        in_second: The templates of the second half.
    """

    whole: Ratios
    first: Ratios
    second: Ratios
    in_second: frozenset[str]

    def named(self) -> dict[str, dict[Quantity, float]]:
        """As a card holds them: by structure, then by quantity, without those that are 1."""
        table: dict[str, dict[Quantity, float]] = {}
        for label in MEASURED_LABELS:
            mass = Quantity.LEAN_MASS if label.structure.tissue is Tissue.MUSCLE else Quantity.BONE_MASS
            for quantity, factor in zip((Quantity.VOLUME, mass), self.whole[:, label.channel], strict=True):
                if factor != 1:
                    table.setdefault(label.structure.name, {})[quantity] = float(factor)
        return table

    @property
    def are_one(self) -> bool:
        return bool((self.whole == 1).all())

    def per_channel(self) -> tuple[list[float], list[float]]:
        """Of thickness, by label, and of mass, by measured label; nobody asks how much of a body is the rest of it."""
        volume, mass = self.whole.tolist()
        return [*volume, *[1.0] * (len(LABELS) - len(volume))], mass

    def cross_fitted(self, sums: Sums) -> Sums:
        """Readings of the patients that were fitted on, as they would be with the other half's factors.

        Intervals are calibrated on these: a factor that has seen a patient fits him better than it fits a new one.

        Args:
            sums: As the finished model reads them, factors included.
        """
        second = np.array([template in self.in_second for template in sums.templates])[:, None]
        volume, mass = np.where(second, self.first[:, None], self.second[:, None]) / self.whole[:, None]
        return replace(sums, volume=sums.volume * volume, mass=sums.mass * mass)


def fit_factors(sums: Sums) -> Factors:
    """The ratio of the mean truth to the mean reading of each structure, both sides together.

    Args:
        sums: Of held-out patients, as the network alone reads them, told nothing.
    """
    in_second = second_half(sums.templates)
    second = np.array([template in in_second for template in sums.templates])
    halves = sums.of(~second), sums.of(second)
    enough = np.min([_patients(half) for half in halves], axis=0) >= FEWEST
    whole, first, last = (np.where(enough, _ratios(part), 1.0) for part in (sums, *halves))
    return Factors(whole, first, last, in_second)


def second_half(templates: Iterable[str]) -> frozenset[str]:
    """Every other template by name, so that sources and sexes, which names begin with, are in both halves."""
    return frozenset(sorted(set(templates))[1::2])


def _patients(sums: Sums) -> Float64[ndarray, " measured"]:
    """How many show the structure, on the side that fewer show."""
    count = countable(sums).sum(axis=0)
    fewer: Float64[ndarray, " measured"] = np.minimum(count, count[_MIRRORED]).astype(np.float64)
    return fewer


def _ratios(sums: Sums) -> Ratios:
    rows = countable(sums)
    tables = ((sums.volume, sums.true_volume), (sums.mass, sums.true_mass))
    each = [_both_sides(true, rows) / np.maximum(_both_sides(read, rows), 1e-9) for read, true in tables]
    ratios: Ratios = np.round(each, _DECIMALS)
    return np.where(ratios > 0, ratios, 1.0)


def _both_sides(
    table: Float64[ndarray, "subjects measured"], rows: Bool[ndarray, "subjects measured"]
) -> Float64[ndarray, " measured"]:
    total = np.where(rows, table, 0.0).sum(axis=0)
    both: Float64[ndarray, " measured"] = total + total[_MIRRORED]
    return both
