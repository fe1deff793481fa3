"""How wide an honest interval is, and how far from its training a model still knows what it sees: pure functions."""

from typing import Any

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import PELVIS_PARTS
from mskdex.anatomy import PELVIS_QUANTITIES
from mskdex.anatomy import Label
from mskdex.anatomy import Quantity
from mskdex.model.card import Interval
from mskdex.model.card import TrainingRange
from mskdex.physics import MUSCLE_DENSITY
from mskdex.training.scores import Sums

Values = Float64[ndarray, " subjects"]

REPORTED_SHARE = 0.5
"""Factors are fitted, and intervals calibrated, on structures of which at least this share lies in view."""

FLOOR = 0.1
"""cm3 and g below which a sum's logarithm says nothing more."""

OUTER_PERCENTILES = (0.5, 99.5)
SHRINKAGE = 0.05
"""Towards a diagonal covariance: more labels than a few hundred patients can tell apart."""


def two_sided(predicted: Values, true: Values, level: float) -> tuple[float, float] | None:
    """Split-conformal quantiles of ``true / predicted``, one for each side (Lei et al., JASA 2018, 113:1094).

    The ratio is skewed, so one width for both sides would miss more truths above than below. The ratio of a new,
    exchangeable patient is below the ``floor((n + 1) (1 - level) / 2)``-th of n sorted ones with a chance of at most
    ``(1 - level) / 2``, and above the ``ceil((n + 1) (1 + level) / 2)``-th with no greater one, whatever the errors'
    distribution. Patients of one template are more alike than a patient of a new one is, so of a virtual cohort that
    is nearly so (docs/training.md).

    Returns:
        Factors of the prediction, at most 1 and at least 1: an interval holds the reading that it is of. None where n
        is too small for that level.
    """
    if np.any(predicted <= 0):
        return None
    ratios = np.sort(true / predicted)
    tail = (len(ratios) + 1) * (1 - level) / 2
    lower, upper = int(np.floor(tail + 1e-9)), int(np.ceil(len(ratios) + 1 - tail - 1e-9))
    if lower < 1 or upper > len(ratios):
        return None
    return min(float(ratios[lower - 1]), 1.0), max(float(ratios[upper - 1]), 1.0)


def coverage(predicted: Values, true: Values, low: float, high: float) -> float | None:
    """The share of patients whose truth lies between ``predicted * low`` and ``predicted * high``."""
    if len(true) == 0:
        return None
    return float(np.mean((predicted * low <= true) & (true <= predicted * high)))


def intervals(calibration: Sums, test: Sums, level: float) -> dict[str, dict[Quantity, Interval]]:
    """For each label and quantity: the interval from calibration patients, its coverage on test patients."""
    table: dict[str, dict[Quantity, Interval]] = {}
    for label in MEASURED_LABELS:
        for quantity in label.structure.quantities:
            predicted, true = _values(calibration, label, quantity)
            factors = two_sided(predicted, true, level)
            if factors is not None:
                low, high = factors
                reached = coverage(*_values(test, label, quantity), low, high)
                entry = Interval(level=level, low=low, high=high, calibrated_on=len(true), coverage=reached)
                table.setdefault(label.name, {})[quantity] = entry
    return table


def pelvis_intervals(calibration: Sums, test: Sums, level: float) -> dict[Quantity, Interval]:
    """The same of the pelvis, which errs less than its parts would if they all erred together."""
    table = {}
    for quantity in PELVIS_QUANTITIES:
        predicted, true = _pelvis_values(calibration, quantity)
        factors = two_sided(predicted, true, level)
        if factors is not None:
            low, high = factors
            reached = coverage(*_pelvis_values(test, quantity), low, high)
            table[quantity] = Interval(level=level, low=low, high=high, calibrated_on=len(true), coverage=reached)
    return table


def training_range(reference: Sums, held_out: Sums, level: float = 0.99) -> TrainingRange:
    """What predictions look like on patients that training saw, and how far held-out patients stray from them.

    Args:
        reference: Predictions on training patients.
        held_out: Predictions on other patients of the same kind; they set the threshold.
        level: So many new patients of that kind lie within the threshold (conformal, as above).
    """
    volume, mass = _logarithm(reference.volume), _logarithm(reference.mass)
    low, high = (np.percentile(volume, q, axis=0) for q in OUTER_PERCENTILES)
    mass_low, mass_high = (np.percentile(mass, q, axis=0) for q in OUTER_PERCENTILES)
    mean = volume.mean(0)
    precision = _precision(volume)
    distances = np.sort(mahalanobis(_logarithm(held_out.volume), mean, precision))
    rank = min(int(np.ceil((len(distances) + 1) * level)), len(distances))
    return TrainingRange(
        floor=FLOOR,
        log_volume_low=_rounded(low),
        log_volume_high=_rounded(high),
        log_mass_low=_rounded(mass_low),
        log_mass_high=_rounded(mass_high),
        mean=_rounded(mean),
        precision=_rounded(precision),
        distance_threshold=float(distances[rank - 1]),
        subjects=len(reference),
    )


def mahalanobis(
    points: Float64[ndarray, "subjects measured"],
    mean: Float64[ndarray, " measured"],
    precision: Float64[ndarray, "measured measured"],
) -> Values:
    """Each point's distance from the mean, in standard deviations of its direction."""
    away = points - mean
    distance: Values = np.sqrt(np.einsum("ni,ij,nj->n", away, precision, away))
    return distance


def countable(sums: Sums) -> Bool[ndarray, "subjects measured"]:
    """Whether a patient's truth is known of a structure, and enough of it in view."""
    return sums.known & (sums.share >= REPORTED_SHARE) & (sums.true_volume > FLOOR)


def _values(sums: Sums, label: Label, quantity: Quantity) -> tuple[Values, Values]:
    """Predicted and true values of the patients of whom enough of the structure is in view."""
    c = label.channel
    rows = countable(sums)[:, c]
    volume, true_volume = sums.volume[rows, c], sums.true_volume[rows, c]
    mass, true_mass = sums.mass[rows, c], sums.true_mass[rows, c]
    if quantity is Quantity.VOLUME:
        return volume, true_volume
    if quantity is Quantity.LEAN_FRACTION:
        lean = mass / np.maximum(MUSCLE_DENSITY * volume, 1e-9)
        return lean, true_mass / (MUSCLE_DENSITY * true_volume)
    return mass, true_mass


def _pelvis_values(sums: Sums, quantity: Quantity) -> tuple[Values, Values]:
    """Of the patients of whom enough of every part is in view."""
    parts = [LABEL_BY_NAME[name].channel for name in PELVIS_PARTS]
    rows = countable(sums)[:, parts].all(axis=1)
    volumes = quantity is Quantity.VOLUME
    read, true = (sums.volume, sums.true_volume) if volumes else (sums.mass, sums.true_mass)
    return read[rows][:, parts].sum(axis=1), true[rows][:, parts].sum(axis=1)


def _rounded(values: ndarray) -> Any:
    """As nested lists with five decimals: a card is also read by people."""
    return np.round(values, 5).tolist()


def _logarithm(sums: Float64[ndarray, "subjects measured"]) -> Float64[ndarray, "subjects measured"]:
    logarithm: Float64[ndarray, "subjects measured"] = np.log(np.maximum(sums, FLOOR))
    return logarithm


def _precision(points: Float64[ndarray, "subjects measured"]) -> Float64[ndarray, "measured measured"]:
    covariance = np.cov(points, rowvar=False)
    diagonal = np.diag(np.maximum(np.diag(covariance), 1e-6))
    inverse: Float64[ndarray, "measured measured"] = np.linalg.inv((1 - SHRINKAGE) * covariance + SHRINKAGE * diagonal)
    return inverse
