"""Write docs/ablation.md from benchmarks/results/ablation.json, with plots and a picture made from the runs.

Command: python benchmarks/ablation_page.py COHORT RUNS
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from ablation_pictures import draw
from ablation_scores import KNOWN
from ablation_scores import POOLED
from ablation_words import CARRIED
from ablation_words import HEAD
from ablation_words import PICTURES
from ablation_words import Figures
from ablation_words import seen
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.cohort import Split
from mskdex.model.card import CARD
from mskdex.training.controls import CONTROLS
from mskdex.training.controls import R1_SETUP
from mskdex.training.library import Library
from mskdex.training.rows import Row
from results import RESULTS

DOCS = Path(__file__).parent.parent / "docs"
MUSCLES = {
    "mean_pcc": "muscles, PCC",
    "mean_pcc_interval_95": "95 %",
    "parent": "made from",
    "mean_pcc_over_parent_95": "PCC over that, 95 %",
    "mean_pcc_over_C_95": "PCC over C, 95 %",
    "mean_pcc_over_R1_95": "PCC over R1, 95 %",
    "mean_partial_pcc": "partial PCC given the control",
    "mean_icc": "ICC(A,1)",
    "mean_icc_interval_95": "95 %",
    "mean_mae_percent": "MAE %",
    "mean_mae_percent_interval_95": "95 %",
    "mean_bias_percent": "bias %",
    "mean_asymmetry_pcc": "PCC of log(right/left)",
    "mean_lean_fraction_pcc": "PCC of lean fraction",
    "mean_lean_fraction_partial_pcc": "partial PCC of lean fraction",
    "mean_map_pixel_correlation": "pixel correlation",
}
BONES = {
    "bone_mass_pcc": "bone mass, PCC",
    "bone_mass_pcc_interval_95": "95 %",
    "bone_mass_partial_pcc": "partial PCC given the control",
    "bone_mass_icc": "ICC(A,1)",
    "bone_mass_icc_interval_95": "95 %",
    "bone_mass_mae_percent": "MAE %",
    "bone_mass_mae_percent_interval_95": "95 %",
    "bone_mass_bias_percent": "bias %",
    "bone_map_pixel_correlation": "pixel correlation",
}
ALONE = "\n## The image alone\n"
TOLD = "\n## Person and setup known\n"
LEAST_GAP = 0.02
"""A smaller gap is none that could be closed."""
STRUCTURES = """
## Per structure{told}

PCC of volume, then of lean mass (bones: of mass), means of both sides:
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("runs", type=Path)
    options = parser.parse_args()
    mpl.use("Agg")
    record = json.loads((RESULTS / "ablation.json").read_text())
    page = _page(record)  # which may refuse
    fold = record["rows"][0]["fold"]
    models = {row: options.runs / f"{row}-fold{fold}" / "model" for row in Row}
    models = {row: folder for row, folder in models.items() if (folder / CARD).exists()}
    train, test = (Library((options.cohort,), split, fold=fold) for split in (Split.TRAIN, Split.TEST))
    draw(train, test, models, DOCS)
    (DOCS / "ablation.md").write_text(page)


def _page(record: dict[str, Any]) -> str:
    rows = record["rows"]
    _demand_known(rows)
    chosen = [row for row in rows if row["fold"] == _main_fold(rows)]
    words = [*seen(record, chosen), CARRIED]
    return "\n".join([HEAD, _made(record), "", *_summaries(rows), PICTURES, *words, *_per_structure(chosen), ""])


def _made(record: dict[str, Any]) -> str:
    phantoms = ", ".join(sorted({str(made["phantom"]) for made in record.get("cohorts", [])}))
    phantom = (f"phantom {phantoms}",) if phantoms else ()
    told = (f"`{record['command']}`", f"seed {record['seed']}", record["date"], record["hardware"])
    return f"{'; '.join((record['cohort'], *phantom, *told))}; commit {record['commit']}."


def _main_fold(rows: list[Figures]) -> int | str:
    """All folds together where there are several, else the one."""
    folds = [row["fold"] for row in rows]
    return POOLED if POOLED in folds else folds[0]


def _demand_known(rows: list[Figures]) -> None:
    """A row told what the page knows nothing of would pass for one that reads the image alone."""
    strange = [row["row"] for row in rows if str(row["row"]).removesuffix(KNOWN) not in (*Row, *CONTROLS)]
    if strange:
        raise SystemExit(f"the page knows no {'; '.join(strange)}: score the runs anew with benchmarks/ablation.py")


def _summaries(rows: list[Figures]) -> list[str]:
    """Tables of what each row reads in the image alone, then of the same told all that there is to tell."""
    lines = []
    ways = ((ALONE, False, ("R0", "R1"), "R0", Row.U_STORED), (TOLD, True, ("R1", R1_SETUP), R1_SETUP, Row.U))
    for heading, told, controls, low, high in ways:
        shown = [row for row in rows if row["row"] in controls or (row["row"] not in CONTROLS and _told(row) is told)]
        lines += [heading, *_muscles(shown, low, high), "", *_table(shown, BONES)]
    return lines


def _muscles(rows: list[Figures], low: str, high: Row) -> list[str]:
    how = "image alone" if low == "R0" else "all known"
    gap = {(row["row"], row["fold"]): _cell(_gap_closed(row, rows, low, high)) for row in rows}
    return _table(rows, MUSCLES, f"gap closed from {low.partition(',')[0]} to {high}, {how}", gap)


def _table(
    rows: list[Figures], figures: dict[str, str], last: str = "", cells: dict[tuple[str, int | str], str] | None = None
) -> list[str]:
    """A line for each row; ``last`` heads a column of cells that are no figures of the row alone."""
    heads = ["row", "fold", *figures.values(), *([last] if cells else [])]
    lines = [_line(*heads), "|---" * len(heads) + "|"]
    for row in rows:
        shown = [_cell(row.get(name)) for name in figures]
        more = [cells[row["row"], row["fold"]]] if cells else []
        lines.append(_line(row["row"].removesuffix(KNOWN), str(row["fold"]), *shown, *more))
    return lines


def _told(row: Figures) -> bool:
    return str(row["row"]).endswith(KNOWN)


def _gap_closed(row: Figures, rows: list[Figures], low: str, high: Row) -> float | None:
    """What a row adds to a control, as a share of what a row with pixel-wise pairs adds."""
    pcc = {one["row"].removesuffix(KNOWN): one["mean_pcc"] for one in rows if one["fold"] == row["fold"]}
    best, least = pcc.get(high), pcc.get(low)
    if row["row"] in CONTROLS or best is None or least is None or best - least < LEAST_GAP:
        return None
    return float((row["mean_pcc"] - least) / (best - least))


def _per_structure(rows: list[Figures]) -> list[str]:
    """PCC of volume and of mass, both sides' mean: from the image alone, then told all."""
    lines = []
    for told, words in ((False, ", the image alone"), (True, ", person and setup known")):
        controls = CONTROLS if told else ("R0", "R1")
        shown = [row for row in rows if row["row"] in controls or (row["row"] not in CONTROLS and _told(row) is told)]
        if not shown:
            continue
        names = (row["row"].removesuffix(KNOWN) for row in shown)
        lines += [STRUCTURES.format(told=words), _line("structure", *names), "|---" * (len(shown) + 1) + "|"]
        for structure, sides in _sides(shown[0]["per_structure"]).items():
            lines.append(_line(structure, *(_both_figures(row["per_structure"], sides) for row in shown)))
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


if __name__ == "__main__":
    main()
