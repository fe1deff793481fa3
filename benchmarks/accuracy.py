"""Score a model on the held-out test patients of virtual cohorts, beside what body size alone gives (rows R0 and R1).

U is the model reading the image alone; "U, person known" is the same model told sex, age, height and weight besides.
R0 regresses each quantity on the logarithms of sizes that a reader with a ruler would get from the radiograph: the
body's width at three heights, the pelvis' width and height (taken from the true bone maps, so the control reads
perfectly). R1 adds sex, age, height and weight. Both are fitted on training patients of the same source. Intervals are
of a bootstrap over templates, whose patients are alike.

Command: python benchmarks/accuracy.py COHORT... [--model FOLDER]
"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from accuracy_cases import WHOLE
from accuracy_cases import Group
from accuracy_cases import Read
from accuracy_cases import groups
from accuracy_cases import with_controls
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import Side
from mskdex.anatomy import opposite
from mskdex.cohort import Split
from mskdex.evaluation.agreement import icc_of_pair
from mskdex.evaluation.agreement import mean_absolute_percentage_error
from mskdex.evaluation.agreement import pearson
from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import partial_correlation
from mskdex.model.checkpoint import load_model
from mskdex.physics import MUSCLE_DENSITY
from mskdex.training.library import Library
from results import write_result

TRAINING_PATIENTS = 1000
RESAMPLES = 200
LEAST_CLEAR = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    model = load_model(options.model)
    test = groups(Library(options.cohorts, Split.TEST), model)
    train = groups(Library(options.cohorts, Split.TRAIN, at_most=TRAINING_PATIENTS), None)
    rows = [row for source in sorted(test) for row in _rows(source, with_controls(test[source], train[source]))]
    cohort = "; ".join(f"{len(test[source])} held-out virtual patients of {source}" for source in sorted(test))
    command = "python benchmarks/accuracy.py COHORT... (cohorts as model's card names them)"
    write_result("accuracy", command, 539, cohort, {"model_sha256": model.card.sha256, "rows": rows})
    for row in rows:
        print({key: value for key, value in row.items() if key != "per_structure"})


def _rows(source: str, test: Group) -> Iterator[dict[str, object]]:
    clear = test.of(test.clear)
    for suffix, group in (("", test), (", clear radiographs", clear)):
        if len(group) < LEAST_CLEAR:
            continue
        for row in group.rows:
            per_structure = _score(group, row)
            intervals = _intervals(group, row)
            summary = {**_summary(per_structure), **intervals}
            name = {"row": row + suffix, "anatomy": source, "subjects": len(group)}
            yield {**name, **summary, "per_structure": per_structure}


def _score(group: Group, row: str) -> dict[str, dict[str, float]]:
    read = group.rows[row]
    per_structure = {}
    for label in (*WHOLE, *BONE_LABELS):
        figures = {**_agreement(group, read, label), **_beside(read, label)}
        per_structure[label.name] = {name: round(value, 4) for name, value in figures.items()}
    return per_structure


def _agreement(group: Group, read: Read, label: Label) -> dict[str, float]:
    """Of volume and mass of one structure."""
    sums, c, rows = read.sums, label.channel, read.usable[:, label.channel]
    sex, given = group.person[rows, 0], np.hstack([group.sizes, group.person[:, 1:]])[rows]
    second = "lean_mass" if label in WHOLE else "bone_mass"
    figures: dict[str, float] = {"subjects": float(rows.sum())}
    tables = (("volume", sums.volume, sums.true_volume), (second, sums.mass, sums.true_mass))
    for name, predicted, true in tables:
        a, b = predicted[rows, c], true[rows, c]
        figures[f"{name}_pcc"] = float(pearson(a, b))
        figures[f"{name}_icc"] = float(icc_of_pair(a, b))
        figures[f"{name}_mae_percent"] = float(mean_absolute_percentage_error(a, b))
        if _has_maps(read):
            figures[f"{name}_partial_pcc"] = partial_correlation(a, b, given, sex)
    return figures


def _beside(read: Read, label: Label) -> dict[str, float]:
    """What keeps a PCC honest (METHOD 6): lean fraction, asymmetry, pixels."""
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


def _intervals(group: Group, row: str) -> dict[str, list[float]]:
    """95 % intervals of the two headline means."""
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(group.template == one) for one in np.unique(group.template)]
    drawn: list[tuple[float, float]] = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        read = group.of(chosen).rows[row]
        drawn.append((_mean_pcc(read, WHOLE, both=True), _mean_pcc(read, BONE_LABELS, both=False)))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0).round(3)
    return {
        "mean_pcc_interval_95": [float(low[0]), float(high[0])],
        "bone_mass_pcc_interval_95": [float(low[1]), float(high[1])],
    }


def _mean_pcc(read: Read, labels: Iterable[Label], *, both: bool) -> float:
    sums, usable = read.sums, read.usable
    tables = [(sums.mass, sums.true_mass), *([(sums.volume, sums.true_volume)] if both else [])]
    channels = [label.channel for label in labels]
    return float(
        np.mean([pearson(a[usable[:, c], c], b[usable[:, c], c]) for a, b in tables for c in channels], dtype=float)
    )


def _summary(per_structure: dict[str, dict[str, float]]) -> dict[str, float]:
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


if __name__ == "__main__":
    main()
