"""Write docs/ablation.md from benchmarks/results/ablation.json, with a plot and a picture made from the runs.

Command: python benchmarks/ablation_page.py COHORT RUNS
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from ablation import KNOWN
from accuracy_cases import groups
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.cohort import Split
from mskdex.model.card import CARD
from mskdex.model.checkpoint import load_model
from mskdex.training.controls import CONTROLS
from mskdex.training.controls import R1_SETUP
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
    "mean_pcc_over_C_95": "PCC over C, 95 %",
    "mean_partial_pcc": "partial PCC given the control",
    "mean_icc": "ICC(A,1)",
    "mean_mae_percent": "MAE %",
    "mean_bias_percent": "bias %",
    "mean_asymmetry_pcc": "PCC of log(right/left)",
    "mean_lean_fraction_pcc": "PCC of lean fraction",
    "mean_map_pixel_correlation": "pixel correlation",
    "bone_mass_pcc": "bone mass, PCC",
}
SHOWN = ("gluteus_medius_right", "gluteus_maximus_left", "iliacus_right", "femur_left")
PLOTTED = "gluteus_medius_right"
ALONE = "\n## The image alone\n"
TOLD = "\n## Person and setup known\n"
LEAST_GAP = 0.02
"""A smaller gap is none that could be closed."""
IN_A_LINE = 7
Figures = dict[str, Any]
"""A row of the table."""


HEAD = """# What each idea is worth

Rows on one cohort of **virtual patients**: all trained on the same training patients, all scored on the same held-out
ones. Rows A to D see what a hospital has: a stored radiograph, the CT of the same patient in another pose, its sums,
and the CT registered to the radiograph by its bones, of which rows C and D see the bones, the rows named "carried" the
muscles too, as the bones carry them along. Row U-stored sees pixel-wise pairs in the radiograph's own pose, which only
virtual patients have, of the same stored radiographs; row U-exposed sees them exposed anew at each step; row U sees
every body deformed besides. R0 and R1 are controls without a network; R1 knows sex, age, height and weight, "R1, setup
known" also how far source and table were from the detector. Every network may be told both, and was trained now with
and now without: one table has what each reads in the image alone, one what it reads told all. In every row Muon moves
the generator's filters (docs/training.md). The rows themselves are in `training/rows.py`. *Partial PCC*: of logarithms,
beside R1, or, where the setup is known, beside R1 that knows it too. *Gap closed*: what a row adds to the control that
knows as much (R0 of the image alone), as a share of what U-stored adds. These figures are not clinical accuracy.

One seed, and the folds and steps of the command below: rows whose intervals overlap may change places in longer runs.
"""
PICTURES = """
## Pictures

Truth and reading of one muscle by row, and what is off against the mean of both:

![Scatter and Bland-Altman plots by row](ablation-agreement.png)

Thickness maps of one held-out patient: the truth, then each row's.

![Maps of one patient by row](ablation-maps.png)

## What was seen

Seen in runs of 2000 steps on two cores. Row A learns nothing of use in so few. Rows that begin at random without
pixel-wise partners of muscles (B, C, D-leanhead) learn sums, since the CT's own are given (OWIS), and hardly any shape:
discriminators tell made maps from real ones within a few hundred steps and say little more that helps. A PCC without
pixel correlation is such a sum. Two things that a hospital can have give the shapes: pretraining on pairs of another
anatomy, and muscles of its own CTs carried along with the registered bones. The latter come as near as the truth in the
radiograph's own pose would (D-carried beside U-stored), and both together as near as row U, which sees the truth and
endless exposures.

Virtual patients are kind to D-carried: they too move by a blend of pelvis and thighs, though by another one, and their
CTs and segmentations are perfect. How much of it a hospital keeps, only a hospital can tell. The cohort of this table
was made at commit 98aa684; since then the distances from bones by which muscles are carried are free of an offset of
one voxel, and nothing that swings far is cut off. Rows that the command does not name were not trained for this table.
START is a model of row U, half as wide, of 2000 steps on 800 patients of the atlas, as `cross_source.py` asks for.
"""
STRUCTURES = """## Per structure

PCC of volume, then of lean mass (bones: of mass), means of both sides:
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
    rows = record["rows"]
    _demand_known(rows)
    made = (record["cohort"], f"`{record['command']}`", f"seed {record['seed']}", record["date"], record["hardware"])
    told = f"{'; '.join(made)}; commit {record['commit']}."
    return "\n".join([HEAD, told, "", *_summaries(rows), PICTURES, STRUCTURES, *_per_structure(rows), ""])


def _demand_known(rows: list[Figures]) -> None:
    """A row told what the page knows nothing of would pass for one that reads the image alone."""
    strange = [row["row"] for row in rows if str(row["row"]).removesuffix(KNOWN) not in (*Row, *CONTROLS)]
    if strange:
        raise SystemExit(f"the page knows no {'; '.join(strange)}: score the runs anew with benchmarks/ablation.py")


def _summaries(rows: list[Figures]) -> list[str]:
    """A table of what each row reads in the image alone, then one of the same told all that there is to tell."""
    lines = []
    for heading, told, controls in ((ALONE, False, ("R0",)), (TOLD, True, ("R1", R1_SETUP))):
        shown = [row for row in rows if row["row"] in controls or (row["row"] not in CONTROLS and _told(row) is told)]
        lines += [heading, *_summary(shown, control=controls[-1])]
    return lines


def _summary(rows: list[Figures], control: str) -> list[str]:
    lines = [_line("row", "fold", *FIGURES.values(), "gap closed"), "|---" * (len(FIGURES) + 3) + "|"]
    for row in rows:
        cells = [_cell(row.get(name)) for name in FIGURES]
        gap = _cell(_gap_closed(row, rows, control))
        lines.append(_line(row["row"].removesuffix(KNOWN), str(row["fold"]), *cells, gap))
    return lines


def _told(row: Figures) -> bool:
    return str(row["row"]).endswith(KNOWN)


def _gap_closed(row: Figures, rows: list[Figures], control: str) -> float | None:
    """What a row adds to the control that knows as much, as a share of what pixel-wise pairs of its pictures add."""
    pcc = {one["row"].removesuffix(KNOWN): one["mean_pcc"] for one in rows if one["fold"] == row["fold"]}
    best = pcc.get(Row.U_STORED)
    if row["row"] in CONTROLS or best is None or best - pcc[control] < LEAST_GAP:
        return None
    return float((row["mean_pcc"] - pcc[control]) / (best - pcc[control]))


def _per_structure(rows: list[Figures]) -> list[str]:
    """PCC of volume and of mass, both sides' mean, of the first fold."""
    rows = [row for row in rows if row["fold"] == rows[0]["fold"] and not _told(row)]
    lines = [_line("structure", *(row["row"] for row in rows)), "|---" * (len(rows) + 1) + "|"]
    for structure, names in _sides(rows[0]["per_structure"]).items():
        lines.append(_line(structure, *(_both_figures(row["per_structure"], names) for row in rows)))
    return lines


def _sides(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(LABEL_BY_NAME[name].structure.display_name, []).append(name)
    return found


def _both_figures(per_structure: dict[str, dict[str, float]], names: list[str]) -> str:
    mass = "lean_mass_pcc" if "lean_mass_pcc" in per_structure[names[0]] else "bone_mass_pcc"
    return ", ".join(f"{np.mean([per_structure[name][each] for name in names]):.2f}" for each in ("volume_pcc", mass))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return " to ".join(f"{each:.3f}" for each in value) if isinstance(value, list) else f"{value:.3f}"


def _draw_agreement(test: Library, models: dict[Row, Path]) -> None:
    from matplotlib import pyplot as plt

    channel = LABEL_BY_NAME[PLOTTED].channel
    lines, columns = -(-len(models) // IN_A_LINE), min(IN_A_LINE, len(models))
    size = (2.4 * columns, 4.6 * lines)
    figure, axes = plt.subplots(2 * lines, columns, figsize=size, squeeze=False, layout="constrained")
    for number, (row, folder) in enumerate(models.items()):
        line, column = divmod(number, columns)
        scatter, bland_altman = axes[2 * line, column], axes[2 * line + 1, column]
        [group] = groups(test, load_model(folder)).values()
        read = group.rows["U"]
        usable = read.usable[:, channel]
        true, found = read.sums.true_volume[usable, channel], read.sums.volume[usable, channel]
        difference = found - true
        scatter.plot([true.min(), true.max()], [true.min(), true.max()], "--", color="grey", linewidth=1)
        scatter.scatter(true, found, s=8, linewidths=0)
        scatter.set_title(_in_lines(row), fontsize=9)
        scatter.set_xlabel("truth, cm3")
        bland_altman.scatter((true + found) / 2, difference, s=8, linewidths=0)
        for level in (-2, 0, 2):  # Bland & Altman 1986, as ``evaluation.agreement``
            bland_altman.axhline(difference.mean() + level * difference.std(ddof=1), color="grey", linewidth=1)
        bland_altman.set(xlabel="mean, cm3")
        if column == 0:
            scatter.set_ylabel("read, cm3")
            bland_altman.set_ylabel("read - truth, cm3")
    for unused in axes.reshape(lines, 2, columns)[-1, :, len(models) - (lines - 1) * columns :].flat:
        unused.set_axis_off()
    figure.savefig(DOCS / "ablation-agreement.png", dpi=80)


def _in_lines(row: str) -> str:
    return row.replace("+", "\n+")


def _draw_maps(test: Library, models: dict[Row, Path]) -> None:
    from matplotlib import pyplot as plt

    patient = next(iter(test))
    example = stored_example(patient.subject, patient.arrays)
    read = {
        row: load_model(folder).run(example.radiograph[None], example.told[None])[0][0]
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
        line[0].set_ylabel(_in_lines(name), fontsize=7)
    figure.savefig(DOCS / "ablation-maps.png", dpi=80)


if __name__ == "__main__":
    main()
