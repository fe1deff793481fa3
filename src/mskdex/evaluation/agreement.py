"""How well a measured quantity agrees with the truth: correlation, agreement, error, limits, with intervals.

Every statistic runs over the last axis, so that one call serves one sample or a whole stack of bootstrap resamples.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

Sample = Float64[ndarray, "... subjects"]
Scores = Float64[ndarray, "..."]
Statistic = Callable[[Sample, Sample], Scores]

RESAMPLES = 1000
LEVEL = 0.95
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A statistic with its interval; NaN where the sample does not determine it."""

    value: float
    lower: float
    upper: float


def pearson(x: Sample, y: Sample) -> Scores:
    """Pearson's correlation (PCC); NaN where either side is constant."""
    dx = x - x.mean(axis=-1, keepdims=True)
    dy = y - y.mean(axis=-1, keepdims=True)
    scale = np.sqrt((dx**2).sum(axis=-1) * (dy**2).sum(axis=-1))
    floor = _ROUNDING * x.shape[-1] * np.abs(x).max(axis=-1) * np.abs(y).max(axis=-1)
    covariance = (dx * dy).sum(axis=-1)
    return np.where(scale > floor, covariance / np.where(scale > floor, scale, 1.0), np.nan)


@dataclass(frozen=True)
class _MeanSquares:
    """Two-way analysis of variance without replication: subjects, raters, error."""

    subjects: Scores
    raters: Scores
    error: Scores
    n: int
    k: int


def _mean_squares(ratings: Float64[ndarray, "... subjects raters"]) -> _MeanSquares:
    n, k = ratings.shape[-2:]
    grand = ratings.mean(axis=(-2, -1))
    by_subject = ratings.mean(axis=-1) - grand[..., None]
    by_rater = ratings.mean(axis=-2) - grand[..., None]
    rest = ratings - grand[..., None, None] - by_subject[..., :, None] - by_rater[..., None, :]
    return _MeanSquares(
        subjects=k * (by_subject**2).sum(axis=-1) / (n - 1),
        raters=n * (by_rater**2).sum(axis=-1) / (k - 1),
        error=(rest**2).sum(axis=(-2, -1)) / ((n - 1) * (k - 1)),
        n=n,
        k=k,
    )


def icc(ratings: Float64[ndarray, "... subjects raters"]) -> Scores:
    """ICC(A,1): two-way random, absolute agreement, single rating; NaN where nothing varies.

    Shrout & Fleiss 1979 call it ICC(2,1); McGraw & Wong 1996, table 4, ICC(A,1).
    """
    ms = _mean_squares(ratings)
    total = ms.subjects + (ms.k - 1) * ms.error + ms.k / ms.n * (ms.raters - ms.error)
    varies = np.abs(total) > _ROUNDING**2
    return np.where(varies, (ms.subjects - ms.error) / np.where(varies, total, 1.0), np.nan)


def icc_of_pair(measured: Sample, truth: Sample) -> Scores:
    """ICC(A,1) of a measurement against the truth: two raters."""
    return icc(np.stack([measured, truth], axis=-1))


def mean_absolute_error(measured: Sample, truth: Sample) -> Scores:
    """MAE in the unit of the quantity."""
    error: Scores = np.abs(measured - truth).mean(axis=-1)
    return error


def mean_absolute_percentage_error(measured: Sample, truth: Sample) -> Scores:
    """MAE in percent of the mean truth, so that one tiny structure does not decide it."""
    mean = np.abs(truth.mean(axis=-1))
    return 100 * mean_absolute_error(measured, truth) / np.where(mean > 0, mean, np.nan)


def bias(measured: Sample, truth: Sample) -> Scores:
    """Mean of measured minus truth (Bland & Altman 1986)."""
    mean: Scores = (measured - truth).mean(axis=-1)
    return mean


def _limit(sign: float) -> Statistic:
    def limit(measured: Sample, truth: Sample) -> Scores:
        difference = measured - truth
        level: Scores = difference.mean(axis=-1) + sign * 2 * difference.std(axis=-1, ddof=1)
        return level

    return limit


limit_below = _limit(-1.0)
"""Lower limit of agreement: bias - 2 SD, as Bland & Altman 1986 have it."""

limit_above = _limit(+1.0)
"""Upper limit of agreement: bias + 2 SD."""


def bootstrap(
    statistics: dict[str, Statistic],
    measured: Sample,
    truth: Sample,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Every statistic with its percentile interval (level 0.95) over the same resampled subjects."""
    n = measured.shape[-1]
    drawn = np.random.default_rng(seed).integers(0, n, size=(resamples, n))
    return {
        name: _percentile_estimate(float(statistic(measured, truth)), statistic(measured[drawn], truth[drawn]))
        for name, statistic in statistics.items()
    }


def _percentile_estimate(value: float, resampled: Scores) -> Estimate:
    defined = resampled[np.isfinite(resampled)]
    # Where most resamples leave the statistic undefined, an interval of the rest would be a lie.
    if not np.isfinite(value) or defined.size < resampled.size / 2:
        return Estimate(value, float("nan"), float("nan"))
    lower, upper = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(lower), float(upper))
