"""Write docs/ablation.md from benchmarks/results/ablation.json, with a plot and a picture made from the runs.

Command: python benchmarks/ablation_page.py COHORT RUNS
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from accuracy_cases import groups
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.cohort import Split
from mskdex.model.card import CARD
from mskdex.model.checkpoint import load_model
from mskdex.training.examples import stored_example
from mskdex.training.library import Library
from mskdex.training.rows import Row
from results import RESULTS

DOCS = Path(__file__).parent.parent / "docs"
FIGURES = {
    "mean_pcc": "muscles, PCC",
    "mean_pcc_interval_95": "95 %",
    "parent": "made from",
    "mean_pcc_over_parent_95": "PCC over that, 95 %",
    "mean_partial_pcc": "partial PCC given R1",
    "mean_icc": "ICC(A,1)",
    "mean_mae_percent": "MAE %",
    "mean_asymmetry_pcc": "PCC of log(right/left)",
    "mean_lean_fraction_pcc": "PCC of lean fraction",
    "mean_map_pixel_correlation": "pixel correlation",
    "bone_mass_pcc": "bone mass, PCC",
}
SHOWN = ("gluteus_medius_right", "gluteus_maximus_left", "iliacus_right", "femur_left")
PLOTTED = "gluteus_medius_right"


HEAD = """# What each idea is worth

Rows on one cohort of **virtual patients**: all trained on the same training patients, all scored on the same held-out
ones. Rows A to D see what a hospital has: a stored radiograph, the CT of the same patient in another pose, its sums,
registered bones. Row U-stored sees pixel-wise pairs in the radiograph's own pose, which only virtual patients have, of
the same stored radiographs; row U sees such pairs with every body deformed and exposed anew at each step. R0 and R1 are
controls without a network; R1 knows sex, age, height and weight, and so do the rows marked "person known". The rows
themselves are in `training/rows.py`. These figures are not clinical accuracy.
"""
PICTURES = """Truth and reading of one muscle by row, and what is off against the mean of both:

![Scatter and Bland-Altman plots by row](ablation-agreement.png)

Thickness maps of one held-out patient: the truth, then each row's.

![Maps of one patient by row](ablation-maps.png)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("runs", type=Path)
    options = parser.parse_args()
    mpl.use("Agg")
    record = json.loads((RESULTS / "ablation.json").read_text())
    fold = record["rows"][0]["fold"]
    models = {row: options.runs / f"{row}-fold{fold}" / "model" for row in Row}
    models = {row: folder for row, folder in models.items() if (folder / CARD).exists()}
    test = Library((options.cohort,), Split.TEST, fold=fold)
    _draw_agreement(test, models)
    _draw_maps(test, models)
    (DOCS / "ablation.md").write_text(_page(record))


def _page(record: dict[str, Any]) -> str:
    head = "| row | fold | " + " | ".join(FIGURES.values()) + " |"
    lines = [head, "|---" * (len(FIGURES) + 2) + "|"]
    for row in record["rows"]:
        cells = [_cell(row.get(name)) for name in FIGURES]
        lines.append(f"| {row['row']} | {row['fold']} | " + " | ".join(cells) + " |")
    made = (record["cohort"], f"`{record['command']}`", f"seed {record['seed']}", record["date"], record["hardware"])
    return "\n".join([HEAD, f"{'; '.join(made)}; commit {record['commit']}.", "", *lines, "", PICTURES])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return " to ".join(f"{each:.3f}" for each in value) if isinstance(value, list) else f"{value:.3f}"


def _draw_agreement(test: Library, models: dict[Row, Path]) -> None:
    from matplotlib import pyplot as plt

    channel = LABEL_BY_NAME[PLOTTED].channel
    figure, axes = plt.subplots(2, len(models), figsize=(2.6 * len(models), 5.4), squeeze=False, layout="constrained")
    for column, (row, folder) in enumerate(models.items()):
        [group] = groups(test, load_model(folder)).values()
        read = group.rows["U"]
        usable = read.usable[:, channel]
        true, found = read.sums.true_volume[usable, channel], read.sums.volume[usable, channel]
        difference = found - true
        axes[0, column].plot([true.min(), true.max()], [true.min(), true.max()], "--", color="grey", linewidth=1)
        axes[0, column].scatter(true, found, s=8, linewidths=0)
        axes[0, column].set(title=row, xlabel="truth, cm3")
        axes[1, column].scatter((true + found) / 2, difference, s=8, linewidths=0)
        for level in (-2, 0, 2):  # Bland & Altman 1986, as ``evaluation.agreement``
            axes[1, column].axhline(difference.mean() + level * difference.std(ddof=1), color="grey", linewidth=1)
        axes[1, column].set(xlabel="mean, cm3")
    axes[0, 0].set_ylabel("read, cm3")
    axes[1, 0].set_ylabel("read - truth, cm3")
    figure.savefig(DOCS / "ablation-agreement.png", dpi=80)


def _draw_maps(test: Library, models: dict[Row, Path]) -> None:
    from matplotlib import pyplot as plt

    patient = next(iter(test))
    example = stored_example(patient.subject, patient.arrays)
    read = {
        row: load_model(folder).run(example.radiograph[None], example.person[None])[0][0]
        for row, folder in models.items()
    }
    stacks: dict[str, np.ndarray] = {"truth": example.thickness_cm, **{str(row): maps for row, maps in read.items()}}
    size = (1.7 * len(SHOWN), 1.6 * len(stacks))
    figure, axes = plt.subplots(len(stacks), len(SHOWN), figsize=size, squeeze=False, layout="constrained")
    for line, (name, maps) in zip(axes, stacks.items(), strict=True):
        for axis, label in zip(line, (LABEL_BY_NAME[each] for each in SHOWN), strict=True):
            axis.imshow(maps[label.channel], vmin=0, vmax=example.thickness_cm[label.channel].max(), cmap="magma")
            axis.set(xticks=[], yticks=[])
            if name == "truth":
                axis.set_title(label.display_name, fontsize=7)
        line[0].set_ylabel(name, fontsize=7)
    figure.savefig(DOCS / "ablation-maps.png", dpi=80)


if __name__ == "__main__":
    main()
