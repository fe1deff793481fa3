"""What keeps a correlation honest: rows R0 and R1, and what is left of a correlation without them.

Body size alone predicts muscle volume well. A network earns its keep only by what it says beyond that.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float64
from jaxtyping import Shaped
from numpy import ndarray

from mskdex.evaluation.agreement import pearson

Predictors = Float64[ndarray, "subjects predictors"]
Values = Float64[ndarray, "subjects *quantities"]
Groups = Shaped[ndarray, " subjects"]

_ROUNDING = 1e-12
_NOTHING_LEFT = 1e-9
"""Of a standard deviation: less of it is rounding."""


@dataclass(frozen=True)
class LogLinear:
    """log(value) = b0 + b . predictors, with Duan's smearing for the way back (JASA 1983;78:605)."""

    coefficients: Float64[ndarray, "terms ..."]
    smearing: Float64[ndarray, "..."]

    def predict(self, predictors: Predictors) -> Values:
        """Values for other subjects, in the unit that was fitted."""
        values: Values = np.exp(_with_intercept(predictors) @ self.coefficients) * self.smearing
        return values


def fit_log_linear(predictors: Predictors, values: Values) -> LogLinear:
    """Least squares of log(values), which must be positive, on predictors as given (take the log of sizes first).

    R0: log of the sizes read off the radiograph. R1: those and sex (0/1), age, log height, log weight. Fit on
    training subjects, predict the held-out ones.
    """
    if np.any(values <= 0):
        raise ValueError("a log-linear regression needs positive values")
    design, target = _with_intercept(predictors), np.log(values)
    coefficients = np.linalg.lstsq(design, target, rcond=None)[0]
    return LogLinear(coefficients, np.exp(target - design @ coefficients).mean(axis=0))


def partial_correlation(
    measured: Float64[ndarray, " subjects"],
    truth: Float64[ndarray, " subjects"],
    given: Predictors,
    group: Groups | None = None,
) -> float:
    """PCC of what is left of the logarithms of both sides after ``given`` is regressed out within each group (sex),
    residuals pooled.

    Logarithms, because a volume goes with a power of sizes: of the volumes themselves a curve would be left on both
    sides, alike in any reading that knows the sizes, and pass for more than these. Subjects of whom either side is not
    positive are left out, and so are groups of too few subjects to fit (``in_large_groups``).

    Args:
        measured, truth: In any unit.
        given: Take the logarithms of sizes first, as for ``fit_log_linear``.
        group: Within each of which it is regressed out.

    Returns:
        0 of a measurement of which nothing is left: it knows ``given`` alone. NaN where nobody is left, either side
        does not vary, or nothing is left of the truth.
    """
    group = np.zeros(measured.size) if group is None else group
    positive = (measured > 0) & (truth > 0)
    sides, given, group = np.log(np.stack([measured, truth])[:, positive]), given[positive], group[positive]
    chosen = in_large_groups(given, group)
    sides, given, group = sides[:, chosen], given[chosen], group[chosen]
    left = np.empty_like(sides)
    for one in np.unique(group):
        members = group == one
        left[:, members] = _residuals(sides[:, members], given[members])
    if not chosen.any() or np.any(np.ptp(sides, axis=1) <= _ROUNDING):
        return float("nan")
    nothing = left.std(axis=1) <= _NOTHING_LEFT * sides.std(axis=1)
    if nothing.any():
        return float("nan") if nothing[1] else 0.0
    return float(pearson(left[0], left[1]))


def in_large_groups(given: Predictors, group: Groups) -> Bool[ndarray, " subjects"]:
    """Who is of a group with subjects enough to fit ``given`` within it."""
    chosen = np.zeros(group.size, bool)
    for one in np.unique(group):
        members = group == one
        chosen[members] = members.sum() > given.shape[1] + 2
    return chosen


def asymmetry_correlation(
    measured: tuple[Float64[ndarray, " subjects"], Float64[ndarray, " subjects"]],
    truth: tuple[Float64[ndarray, " subjects"], Float64[ndarray, " subjects"]],
) -> float:
    """PCC of log(right/left), each side given as (right, left): body size cancels out of it altogether."""
    sides = np.stack([*measured, *truth])
    positive = np.all(sides > 0, axis=0)
    if positive.sum() < 3:
        return float("nan")
    right, left, true_right, true_left = np.log(sides[:, positive])
    return float(pearson(right - left, true_right - true_left))


def _with_intercept(predictors: Predictors) -> Float64[ndarray, "subjects terms"]:
    return np.column_stack([np.ones(len(predictors)), predictors])


def _residuals(rows: Float64[ndarray, "rows subjects"], given: Predictors) -> Float64[ndarray, "rows subjects"]:
    # Standardised columns: a weight in kg beside a fraction must not decide what lstsq thinks is rank.
    scale = given.std(axis=0)
    design = _with_intercept((given - given.mean(axis=0)) / np.where(scale > 0, scale, 1.0))
    residuals: Float64[ndarray, "rows subjects"] = rows - (design @ np.linalg.lstsq(design, rows.T, rcond=None)[0]).T
    return residuals
