"""The figures of a row of the table, per structure and in the mean, for the accuracy benchmarks."""

from collections.abc import Callable
from collections.abc import Iterable

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
from mskdex.evaluation.agreement import icc_of_pair
from mskdex.evaluation.agreement import mean_absolute_percentage_error
from mskdex.evaluation.agreement import pearson
from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import partial_correlation
from mskdex.physics import MUSCLE_DENSITY

RESAMPLES = 200


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
        figures[f"{name}_pcc"] = float(pearson(a, b))
        figures[f"{name}_icc"] = float(icc_of_pair(a, b))
        figures[f"{name}_mae_percent"] = float(mean_absolute_percentage_error(a, b))
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
        figures["lean_fraction_pcc"] = float(pearson(lean, true_lean))
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
    partial = PARTIAL if _has_maps(group.rows[row]) else {}
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES):
        some = group.of(resampled(group, rng))
        of_reading = [figure(some.rows[row]) for figure in HEADLINES.values()]
        drawn.append([*of_reading, *(figure(some, row) for figure in partial.values())])
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0).round(3)
    names = (*HEADLINES, *partial)
    return {f"{name}_interval_95": [float(low[k]), float(high[k])] for k, name in enumerate(names)}


def gain(before: Group, after: Group, row: str, figure: Callable[[Read], float]) -> list[float]:
    """By how much a figure is higher of one reading than of another of the same patients, with its 95 % interval."""
    rng = np.random.default_rng(0)

    def over(chosen: np.ndarray) -> float:
        return figure(after.of(chosen).rows[row]) - figure(before.of(chosen).rows[row])

    low, high = np.percentile([over(resampled(before, rng)) for _ in range(RESAMPLES)], [2.5, 97.5])
    return [round(float(each), 4) for each in (over(np.arange(len(before))), low, high)]


def resampled(group: Group, rng: np.random.Generator) -> np.ndarray:
    """Numbers of the patients of as many templates, drawn anew: patients of one are alike."""
    members = [np.flatnonzero(group.template == one) for one in np.unique(group.template)]
    return np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])


def mean_pcc(read: Read, labels: Iterable[Label], *, both: bool) -> float:
    """Mean over labels of the PCC of mass, or of ``both`` volume and mass."""
    sums, usable = read.sums, read.usable
    tables = [(sums.mass, sums.true_mass), *([(sums.volume, sums.true_volume)] if both else [])]
    channels = [label.channel for label in labels]
    return float(
        np.mean([pearson(a[usable[:, c], c], b[usable[:, c], c]) for a, b in tables for c in channels], dtype=float)
    )


HEADLINES: dict[str, Callable[[Read], float]] = {
    "mean_pcc": lambda read: mean_pcc(read, WHOLE, both=True),
    "bone_mass_pcc": lambda read: mean_pcc(read, BONE_LABELS, both=False),
}


def mean_partial_pcc(group: Group, row: str, labels: Iterable[Label], *, both: bool) -> float:
    """The same of the partial PCC given the row's control, within each sex."""
    read = group.rows[row]
    sums = read.sums
    tables = [(sums.mass, sums.true_mass), *([(sums.volume, sums.true_volume)] if both else [])]
    found = []
    for c in (label.channel for label in labels):
        rows = read.usable[:, c]
        found += [_partial(group, row, rows, a[rows, c], b[rows, c]) for a, b in tables]
    return float(np.nanmean(found))


PARTIAL: dict[str, Callable[[Group, str], float]] = {
    "mean_partial_pcc": lambda group, row: mean_partial_pcc(group, row, WHOLE, both=True),
    "bone_mass_partial_pcc": lambda group, row: mean_partial_pcc(group, row, BONE_LABELS, both=False),
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
        "bone_mass_partial_pcc": mean(BONE_LABELS, "bone_mass_partial_pcc"),
        "bone_map_pixel_correlation": mean(BONE_LABELS, "map_pixel_correlation"),
    }
    return {name: value for name, value in {**muscles, **bones}.items() if np.isfinite(value)}
