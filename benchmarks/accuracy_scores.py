"""The figures of a row of the table, per structure and in the mean, for the accuracy benchmarks."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from accuracy_cases import WHOLE
from accuracy_cases import Group
from accuracy_cases import Read
from accuracy_cases import beside_sex
from accuracy_cases import control_of
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import Side
from mskdex.anatomy import opposite
from mskdex.evaluation import agreement
from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import partial_correlation
from mskdex.physics import MUSCLE_DENSITY
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


def score(group: Group, row: str) -> dict[str, dict[str, float]]:
    """The figures of each structure."""
    read = group.rows[row]
    per_structure = {}
    for label in (*WHOLE, *BONE_LABELS):
        figures = {**_agreement(group, row, label), **_beside(read, label)}
        per_structure[label.name] = {name: round(value, 4) for name, value in figures.items()}
    return per_structure


def _agreement(group: Group, row: str, label: Label) -> dict[str, float]:
    """Of volume and mass of one structure."""
    read = group.rows[row]
    sums, c, rows = read.sums, label.channel, read.usable[:, label.channel]
    second = "lean_mass" if label in WHOLE else "bone_mass"
    figures: dict[str, float] = {"subjects": float(rows.sum())}
    tables = (("volume", sums.volume, sums.true_volume), (second, sums.mass, sums.true_mass))
    for name, predicted, true in tables:
        a, b = predicted[rows, c], true[rows, c]
        figures[f"{name}_pcc"] = float(agreement.pearson(a, b))
        figures[f"{name}_icc"] = float(agreement.icc_of_pair(a, b))
        figures[f"{name}_mae_percent"] = float(agreement.mean_absolute_percentage_error(a, b))
        figures |= {f"{name}_{figure}": float(100 * of(a, b) / b.mean()) for figure, of in LIMITS.items()}
        if _has_maps(read):
            figures[f"{name}_partial_pcc"] = _partial(group, row, rows, a, b)
    return figures


def _partial(group: Group, row: str, chosen: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> float:
    """PCC of what the row's control leaves unexplained within each sex, of the patients where ``chosen`` is True."""
    given, sex = beside_sex(group, control_of(row)), group.person[:, 0]
    return partial_correlation(predicted, true, given[chosen], sex[chosen])


def _beside(read: Read, label: Label) -> dict[str, float]:
    """What keeps a PCC honest: lean fraction, asymmetry, pixels."""
    sums, c, rows = read.sums, label.channel, read.usable[:, label.channel]
    figures: dict[str, float] = {}
    if label in WHOLE:
        lean, true_lean = (
            mass[rows, c] / (MUSCLE_DENSITY * volume[rows, c])
            for mass, volume in ((sums.mass, sums.volume), (sums.true_mass, sums.true_volume))
        )
        figures["lean_fraction_pcc"] = float(agreement.pearson(lean, true_lean))
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
    drawn = {name: figure(read, times) for name, figure in HEADLINES.items()}
    if _has_maps(read):
        drawn |= {name: figure(group, row, times) for name, figure in PARTIAL.items()}
    ends = {name: np.nanpercentile(values, [2.5, 97.5]).round(3) for name, values in drawn.items()}
    return {f"{name}_interval_95": [float(each) for each in found] for name, found in ends.items()}


def gain(before: Group, after: Group, row: str, figure: "Figure") -> list[float]:
    """By how much a figure is higher of one reading than of another of the same patients, with its 95 % interval."""

    def over(times: np.ndarray) -> np.ndarray:
        return figure(after.rows[row], times) - figure(before.rows[row], times)

    low, high = np.percentile(over(resamples(before.template)), [2.5, 97.5])
    return [round(float(each), 4) for each in (over(once(before.template))[0], low, high)]


def mean_pcc(read: Read, times: np.ndarray, labels: Iterable[Label], *, both: bool) -> np.ndarray:
    """[resamples] mean over labels of the PCC of mass, or of ``both`` volume and mass."""
    return np.mean([pearson(a, b, times[:, rows]) for rows, a, b in _pairs(read, labels, both=both)], axis=0)


def mean_partial_pcc(group: Group, row: str, times: np.ndarray, labels: Iterable[Label], *, both: bool) -> np.ndarray:
    """[resamples] the same of the partial PCC given the row's control, within each sex."""
    given, sex = beside_sex(group, control_of(row)), group.person[:, 0]
    found = [
        resampled_partial(a, b, given[rows], sex[rows], times[:, rows])
        for rows, a, b in _pairs(group.rows[row], labels, both=both)
    ]
    known = np.isfinite(found)
    total = np.where(known, found, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def _pairs(read: Read, labels: Iterable[Label], *, both: bool) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Which patients count, and what was read and is true of them: of mass, or of ``both`` volume and mass."""
    sums, usable = read.sums, read.usable
    tables = [(sums.mass, sums.true_mass), *([(sums.volume, sums.true_volume)] if both else [])]
    for c in (label.channel for label in labels):
        rows = usable[:, c]
        yield from ((rows, a[rows, c], b[rows, c]) for a, b in tables)


Figure = Callable[[Read, np.ndarray], np.ndarray]
"""A mean of a reading, of patients who count so often [resamples, patients]."""

HEADLINES: dict[str, Figure] = {
    "mean_pcc": lambda read, times: mean_pcc(read, times, WHOLE, both=True),
    "bone_mass_pcc": lambda read, times: mean_pcc(read, times, BONE_LABELS, both=False),
}
PARTIAL: dict[str, Callable[[Group, str, np.ndarray], np.ndarray]] = {
    "mean_partial_pcc": lambda group, row, times: mean_partial_pcc(group, row, times, WHOLE, both=True),
    "bone_mass_partial_pcc": lambda group, row, times: mean_partial_pcc(group, row, times, BONE_LABELS, both=False),
}


def summary(per_structure: dict[str, dict[str, float]]) -> dict[str, float]:
    """Means over the muscles wholly in view, and over the bones."""

    def mean(labels: Iterable[Label], *names: str) -> float:
        figures = [per_structure[label.name] for label in labels]
        values = [each[name] for each in figures for name in names if name in each]
        return round(float(np.nanmean(values)), 4) if values else float("nan")

    muscles = {
        "mean_pcc": mean(WHOLE, "volume_pcc", "lean_mass_pcc"),
        "mean_volume_pcc": mean(WHOLE, "volume_pcc"),
        "mean_lean_mass_pcc": mean(WHOLE, "lean_mass_pcc"),
        "mean_icc": mean(WHOLE, "volume_icc", "lean_mass_icc"),
        "mean_mae_percent": mean(WHOLE, "volume_mae_percent", "lean_mass_mae_percent"),
        **{f"mean_{figure}": mean(WHOLE, f"volume_{figure}", f"lean_mass_{figure}") for figure in LIMITS},
        "mean_partial_pcc": mean(WHOLE, "volume_partial_pcc", "lean_mass_partial_pcc"),
        "mean_asymmetry_pcc": mean(WHOLE, "asymmetry_pcc"),
        "mean_lean_fraction_pcc": mean(WHOLE, "lean_fraction_pcc"),
        "mean_map_pixel_correlation": mean(WHOLE, "map_pixel_correlation"),
    }
    bones = {
        "bone_mass_pcc": mean(BONE_LABELS, "bone_mass_pcc"),
        "bone_volume_pcc": mean(BONE_LABELS, "volume_pcc"),
        "bone_mass_icc": mean(BONE_LABELS, "bone_mass_icc"),
        "bone_mass_mae_percent": mean(BONE_LABELS, "bone_mass_mae_percent"),
        **{f"bone_mass_{figure}": mean(BONE_LABELS, f"bone_mass_{figure}") for figure in LIMITS},
        "bone_mass_partial_pcc": mean(BONE_LABELS, "bone_mass_partial_pcc"),
        "bone_map_pixel_correlation": mean(BONE_LABELS, "map_pixel_correlation"),
    }
    return {name: value for name, value in {**muscles, **bones}.items() if np.isfinite(value)}
