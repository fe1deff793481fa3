"""The table as in the paper: per structure, side and quantity how far measurement and truth agree."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from jaxtyping import Shaped
from numpy import ndarray

from mskdex.anatomy import BONES
from mskdex.anatomy import BY_NAME
from mskdex.anatomy import MUSCLES
from mskdex.anatomy import PELVIS
from mskdex.anatomy import UNITS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.anatomy import View
from mskdex.evaluation import agreement
from mskdex.evaluation.agreement import Estimate
from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import in_large_groups
from mskdex.evaluation.controls import partial_correlation
from mskdex.evaluation.measurements import Table
from mskdex.evaluation.measurements import Target
from mskdex.evaluation.measurements import cases_in
from mskdex.evaluation.measurements import measured_in

FEWEST_CASES = 3
STATISTICS: dict[str, agreement.Statistic] = {
    "pcc": agreement.pearson,
    "icc": agreement.icc_of_pair,
    "mae": agreement.mean_absolute_error,
    "mae_percent": agreement.mean_absolute_percentage_error,
    "bias": agreement.bias,
    "limit_below": agreement.limit_below,
    "limit_above": agreement.limit_above,
}
WHOLE_MUSCLES = tuple(muscle.name for muscle in MUSCLES if muscle.view is View.WHOLE)


@dataclass(frozen=True)
class Given:
    """What the partial correlation holds constant: row R1's predictors per case, and the sex within which it does."""

    predictors: dict[str, Float64[ndarray, " predictors"]]
    sex: dict[str, str]


@dataclass(frozen=True)
class Row:
    """One line of the table, with the paired values that it was computed from.

    ``not_measured`` counts cases of the truth that the predictions name without a value. ``partial_left_out`` counts
    those of ``cases`` that the partial correlation is not of: sex or a size is unknown, or their sex has too few.
    """

    target: Target
    cases: tuple[str, ...]
    measured: Float64[ndarray, " subjects"]
    truth: Float64[ndarray, " subjects"]
    not_measured: int
    statistics: dict[str, Estimate]
    partial_pcc: float
    partial_left_out: int

    @property
    def view(self) -> View:
        structure = BY_NAME.get(self.target.structure)
        return structure.view if structure else View.WHOLE


@dataclass(frozen=True)
class Agreement:
    """The whole comparison: a row per structure, side and quantity, and the means that a paper quotes.

    Attributes:
        not_in_predictions: Cases of the truth that the predictions never name.
        not_in_truth: The other way round.
    """

    rows: tuple[Row, ...]
    summary: dict[str, float]
    not_in_predictions: int
    not_in_truth: int


def compare(measured: Table, truth: Table, given: Given | None = None, *, resamples: int = 1000) -> Agreement:
    """Compare case by case. Cases without a measurement are counted, not scored; so look at the counts too."""
    predicted, true = cases_in(measured), cases_in(truth)
    measured, truth = measured_in(measured), measured_in(truth)
    rows = tuple(
        _row(target, measured[target], truth[target], given, predicted, resamples)
        for target in sorted(truth, key=_display_order)
        if target in measured and len(set(measured[target]) & set(truth[target])) >= FEWEST_CASES
    )
    return Agreement(rows, _summary(rows, measured, truth), len(true - predicted), len(predicted - true))


def _row(
    target: Target,
    measured: dict[str, float],
    truth: dict[str, float],
    given: Given | None,
    predicted: set[str],
    n: int,
) -> Row:
    cases = tuple(sorted(set(measured) & set(truth)))
    x = np.array([measured[case] for case in cases])
    y = np.array([truth[case] for case in cases])
    statistics = agreement.bootstrap(STATISTICS, x, y, resamples=n)
    not_measured = len(set(truth) & predicted) - len(cases)
    return Row(target, cases, x, y, not_measured, statistics, *_partial(cases, x, y, given))


def _partial(
    cases: tuple[str, ...], x: Float64[ndarray, " n"], y: Float64[ndarray, " n"], given: Given | None
) -> tuple[float, int]:
    """The correlation, and how many of the cases it is not of."""
    known = [index for index, case in enumerate(cases) if given and case in given.predictors and case in given.sex]
    if given is None or len(known) < FEWEST_CASES:
        return math.nan, len(cases)
    predictors = np.array([given.predictors[cases[index]] for index in known])
    sex: Shaped[ndarray, " n"] = np.array([given.sex[cases[index]] for index in known])
    left_out = len(cases) - int(in_large_groups(predictors, sex).sum())
    return partial_correlation(x[known], y[known], predictors, sex), left_out


def _summary(rows: tuple[Row, ...], measured: Table, truth: Table) -> dict[str, float]:
    """Means over the muscles wholly in view, left and right apart, volume and lean mass equally; bones apart."""
    muscles = [row for row in rows if row.target.structure in WHOLE_MUSCLES]
    sized = [row for row in muscles if row.target.quantity in (Quantity.VOLUME, Quantity.LEAN_MASS)]
    fractions = [row for row in muscles if row.target.quantity is Quantity.LEAN_FRACTION]
    bones = [
        row
        for row in rows
        if row.target.structure in {bone.name for bone in BONES} and row.target.quantity is Quantity.BONE_MASS
    ]
    pelvis = [row for row in rows if row.target.structure == PELVIS and row.target.quantity is Quantity.BONE_MASS]
    return {
        "cases": float(len({case for row in rows for case in row.cases})),
        "mean_pcc": _mean(row.statistics["pcc"].value for row in sized),
        "mean_icc": _mean(row.statistics["icc"].value for row in sized),
        "mean_mae_percent": _mean(row.statistics["mae_percent"].value for row in sized),
        "mean_partial_pcc": _mean(row.partial_pcc for row in sized),
        "mean_lean_fraction_pcc": _mean(row.statistics["pcc"].value for row in fractions),
        "mean_asymmetry_pcc": _mean(asymmetry_pccs(measured, truth).values()),
        "mean_bone_mass_pcc": _mean(row.statistics["pcc"].value for row in bones),
        "pelvis_bone_mass_pcc": _mean(row.statistics["pcc"].value for row in pelvis),
    }


def asymmetry_pccs(measured: Table, truth: Table) -> dict[tuple[str, Quantity], float]:
    """PCC of log(right/left) for each muscle wholly in view, volume and lean mass."""
    correlations = {}
    for name in WHOLE_MUSCLES:
        for quantity in (Quantity.VOLUME, Quantity.LEAN_MASS):
            sides = [
                table.get(Target(name, side, quantity), {})
                for table in (measured, truth)
                for side in (Side.RIGHT, Side.LEFT)
            ]
            cases = sorted(set(sides[0]).intersection(*sides[1:]))
            if len(cases) < FEWEST_CASES:
                continue
            right, left, true_right, true_left = (np.array([side[case] for case in cases]) for side in sides)
            correlations[name, quantity] = asymmetry_correlation((right, left), (true_right, true_left))
    return correlations


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _display_order(target: Target) -> tuple[int, int, int]:
    names = [*BY_NAME, PELVIS]
    return names.index(target.structure), list(Quantity).index(target.quantity), list(Side).index(target.side)


def unit(row: Row) -> str:
    """The unit of a row's MAE, bias and limits."""
    return UNITS[row.target.quantity]
