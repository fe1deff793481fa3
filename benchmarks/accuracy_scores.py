"""The figures of a row of the table, per structure and in the mean, for the accuracy benchmarks.

Of each structure there are its volume, its mass (lean mass of muscles, bone mass) and, of muscles, the lean fraction:
a reader who knows only volume has a good correlation of lean mass, and none of the fraction.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from accuracy_cases import WHOLE
from accuracy_cases import Group
from accuracy_cases import Read
from accuracy_cases import control_of
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import Side
from mskdex.anatomy import opposite
from mskdex.evaluation import agreement
from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import partial_correlation
from mskdex.training.scores import Sums
from mskdex.training.scores import lean_fraction
from resampling import icc
from resampling import mae_percent
from resampling import once
from resampling import partial_correlation as resampled_partial
from resampling import pearson
from resampling import resamples

LIMITS = {
    "bias_percent": agreement.bias,
    "limit_below_percent": agreement.limit_below,
    "limit_above_percent": agreement.limit_above,
}
"""Bland and Altman's mean difference and its limits, here in percent of the mean truth."""
MUSCLE_QUANTITIES = ("volume", "lean_mass", "lean_fraction")
BONE_QUANTITIES = ("volume", "bone_mass")

Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Of what was read and is true [patients], of patients who count so often [resamples, patients]: [resamples]."""
Figure = Callable[[Group, str, np.ndarray], np.ndarray]
"""A mean over structures of a row's reading, of patients who count so often."""


def score(group: Group, row: str) -> dict[str, dict[str, float]]:
    """The figures of each structure."""
    read = group.rows[row]
    per_structure = {}
    for label in (*WHOLE, *BONE_LABELS):
        figures = {**_agreement(group, row, label), **_beside(read, label)}
        per_structure[label.name] = {name: round(value, 4) for name, value in figures.items()}
    return per_structure


def intervals_of_structures(group: Group, row: str) -> dict[str, dict[str, list[float]]]:
    """95 % intervals of each structure's correlations."""
    times, found = resamples(group.template), {}
    for label in (*WHOLE, *BONE_LABELS):
        rows = group.rows[row].usable[:, label.channel]
        pccs = {
            quantity: pearson(predicted[rows], true[rows], times[:, rows])
            for quantity, (predicted, true) in quantities_of(group.rows[row].sums, label).items()
        }
        found[label.name] = {f"{name}_pcc_interval_95": _ends(of) for name, of in pccs.items()}
    return found


def _ends(values: np.ndarray) -> list[float]:
    return [float(end) for end in np.nanpercentile(values, [2.5, 97.5]).round(3)]


def quantities_of(sums: Sums, label: Label) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What was read and is true of all patients, by quantity."""
    c = label.channel
    volume, mass = (sums.volume[:, c], sums.true_volume[:, c]), (sums.mass[:, c], sums.true_mass[:, c])
    if label in BONE_LABELS:
        return {"volume": volume, "bone_mass": mass}
    fractions = tuple(lean_fraction(m, v) for m, v in zip(mass, volume, strict=True))
    return {"volume": volume, "lean_mass": mass, "lean_fraction": (fractions[0], fractions[1])}


def _agreement(group: Group, row: str, label: Label) -> dict[str, float]:
    """Of all quantities of one structure; MAE in percent, and in cm3, g or as a fraction."""
    read = group.rows[row]
    rows = read.usable[:, label.channel]
    figures: dict[str, float] = {"subjects": float(rows.sum())}
    for name, (predicted, true) in quantities_of(read.sums, label).items():
        a, b = predicted[rows], true[rows]
        figures[f"{name}_pcc"] = float(agreement.pearson(a, b))
        figures[f"{name}_icc"] = float(agreement.icc_of_pair(a, b))
        figures[f"{name}_mae"] = float(agreement.mean_absolute_error(a, b))
        figures[f"{name}_mae_percent"] = float(agreement.mean_absolute_percentage_error(a, b))
        figures |= {f"{name}_{figure}": float(100 * of(a, b) / b.mean()) for figure, of in LIMITS.items()}
        if _has_maps(read):
            figures[f"{name}_partial_pcc"] = _partial(group, row, rows, a, b)
    return figures


def _partial(group: Group, row: str, chosen: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> float:
    """PCC of what the row's control leaves unexplained within each sex, of the patients where ``chosen`` is True."""
    given, sex = group.beside_sex(control_of(row)), group.person[:, 0]
    return partial_correlation(predicted, true, given[chosen], sex[chosen])


def _beside(read: Read, label: Label) -> dict[str, float]:
    """What else keeps a PCC honest: asymmetry, pixels."""
    sums, c, rows = read.sums, label.channel, read.usable[:, label.channel]
    figures: dict[str, float] = {}
    if label.side is Side.RIGHT:
        other = opposite(label).channel
        both = rows & read.usable[:, other]
        measured, truth = (table[both][:, [c, other]].T for table in (sums.volume, sums.true_volume))
        figures["asymmetry_pcc"] = asymmetry_correlation((measured[0], measured[1]), (truth[0], truth[1]))
    if _has_maps(read):
        figures["map_pixel_correlation"] = float(np.nanmean(read.pixel_correlation[rows, c]))
    return figures


def _has_maps(read: Read) -> bool:
    return bool(np.isfinite(read.pixel_correlation).any())


def intervals(group: Group, row: str) -> dict[str, list[float]]:
    """95 % intervals of the headline means and, where there are maps to speak of, of the partial ones."""
    read, times = group.rows[row], resamples(group.template)
    figures = {**HEADLINES, **AGREEMENT, **(PARTIAL if _has_maps(read) else {})}
    return {f"{name}_interval_95": _ends(of(group, row, times)) for name, of in figures.items()}


def gain(before: Group, after: Group, row: str, figure: Figure) -> list[float]:
    """By how much a figure is higher of one reading than of another of the same patients, with its 95 % interval."""

    def over(times: np.ndarray) -> np.ndarray:
        return figure(after, row, times) - figure(before, row, times)

    low, high = np.percentile(over(resamples(before.template)), [2.5, 97.5])
    return [round(float(each), 4) for each in (over(once(before.template))[0], low, high)]


def _mean_of(statistic: Statistic, labels: Iterable[Label], quantities: Iterable[str]) -> Figure:
    """The mean of a statistic over structures and quantities."""
    labels, quantities = tuple(labels), tuple(quantities)

    def mean(group: Group, row: str, times: np.ndarray) -> np.ndarray:
        each = [statistic(a, b, times[:, rows]) for rows, a, b in _pairs(group.rows[row], labels, quantities)]
        return np.mean(each, axis=0)

    return mean


def _mean_partial(labels: Iterable[Label], quantities: Iterable[str]) -> Figure:
    """The same of the partial PCC given the row's control, within each sex."""
    labels, quantities = tuple(labels), tuple(quantities)

    def mean(group: Group, row: str, times: np.ndarray) -> np.ndarray:
        given, sex = group.beside_sex(control_of(row)), group.person[:, 0]
        found = [
            resampled_partial(a, b, given[rows], sex[rows], times[:, rows])
            for rows, a, b in _pairs(group.rows[row], labels, quantities)
        ]
        known = np.isfinite(found)
        total = np.where(known, found, 0.0).sum(axis=0)
        return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)

    return mean


def _pairs(
    read: Read, labels: Iterable[Label], quantities: Iterable[str]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Which patients count, and what was read and is true of them."""
    for label in labels:
        rows, tables = read.usable[:, label.channel], quantities_of(read.sums, label)
        yield from ((rows, *(side[rows] for side in tables[quantity])) for quantity in quantities)


_SIZED = ("volume", "lean_mass")
HEADLINES: dict[str, Figure] = {
    "mean_pcc": _mean_of(pearson, WHOLE, _SIZED),
    "bone_mass_pcc": _mean_of(pearson, BONE_LABELS, ("bone_mass",)),
}
AGREEMENT: dict[str, Figure] = {
    "mean_lean_fraction_pcc": _mean_of(pearson, WHOLE, ("lean_fraction",)),
    "mean_icc": _mean_of(icc, WHOLE, _SIZED),
    "mean_mae_percent": _mean_of(mae_percent, WHOLE, _SIZED),
    "bone_mass_icc": _mean_of(icc, BONE_LABELS, ("bone_mass",)),
    "bone_mass_mae_percent": _mean_of(mae_percent, BONE_LABELS, ("bone_mass",)),
}
PARTIAL: dict[str, Figure] = {
    "mean_partial_pcc": _mean_partial(WHOLE, _SIZED),
    "bone_mass_partial_pcc": _mean_partial(BONE_LABELS, ("bone_mass",)),
    **{f"mean_{quantity}_partial_pcc": _mean_partial(WHOLE, (quantity,)) for quantity in MUSCLE_QUANTITIES},
}


def summary(per_structure: dict[str, dict[str, float]]) -> dict[str, float]:
    """Means over the muscles wholly in view, of volume and lean mass together and of each quantity, and over the
    bones."""

    def mean(labels: Iterable[Label], quantities: Iterable[str], figure: str) -> float:
        names = [f"{quantity}_{figure}" for quantity in quantities]
        figures = [per_structure[label.name] for label in labels]
        values = [each[name] for each in figures for name in names if name in each]
        return round(float(np.nanmean(values)), 4) if values else float("nan")

    figures = ("pcc", "icc", "mae_percent", *LIMITS, "partial_pcc")
    muscles = {f"mean_{figure}": mean(WHOLE, _SIZED, figure) for figure in figures}
    for quantity in MUSCLE_QUANTITIES:
        muscles |= {f"mean_{quantity}_{figure}": mean(WHOLE, [quantity], figure) for figure in figures}
    muscles["mean_asymmetry_pcc"] = mean(WHOLE, ["asymmetry"], "pcc")
    muscles["mean_map_pixel_correlation"] = mean(WHOLE, ["map"], "pixel_correlation")
    bones = {f"bone_mass_{figure}": mean(BONE_LABELS, ["bone_mass"], figure) for figure in figures}
    bones["bone_volume_pcc"] = mean(BONE_LABELS, ["volume"], "pcc")
    bones["bone_map_pixel_correlation"] = mean(BONE_LABELS, ["map"], "pixel_correlation")
    return {name: value for name, value in {**muscles, **bones}.items() if np.isfinite(value)}
