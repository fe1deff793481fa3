"""Write docs/accuracy.md from benchmarks/results/accuracy.json.

Command: python benchmarks/accuracy_page.py
"""

import json
from pathlib import Path
from typing import Any

from results import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"

SUMMARY = {
    "mean_pcc": "muscles, PCC (volume and lean mass)",
    "mean_icc": "muscles, ICC(A,1)",
    "mean_mae_percent": "muscles, MAE %",
    "mean_partial_pcc": "muscles, partial PCC given R1 within sex",
    "mean_asymmetry_pcc": "muscles, PCC of log(right/left) volume",
    "mean_lean_fraction_pcc": "muscles, PCC of the lean fraction",
    "mean_map_pixel_correlation": "muscles, pixel correlation of the maps",
    "bone_mass_pcc": "bones, PCC of mass",
    "bone_mass_icc": "bones, ICC(A,1) of mass",
    "bone_mass_mae_percent": "bones, MAE % of mass",
    "bone_mass_partial_pcc": "bones, partial PCC of mass given R1 within sex",
}
PER_STRUCTURE = ("volume_pcc", "volume_icc", "volume_mae_percent", "volume_partial_pcc", "lean_fraction_pcc")

HEAD = """# How well the shipped model does

On **virtual patients** that it has never seen and whose anatomy (template) it has never seen either. These
figures say how well the method works where the truth is known. They are not clinical accuracy.

Row **U** is the shipped model: trained pixel by pixel on virtual patients in the radiograph's own pose. It reads the
image alone; in **U, person known** it is told sex, age, height and weight besides (`mskdex predict --subjects`).
**R0** and **R1** are controls without a network: a regression on the body's and the pelvis' size, and on
those with sex, age, height and weight (METHOD 5). A correlation that R1 reaches as well is no merit of the
image; the *partial* PCC is what the model knows beyond R1. Means are over the muscles that lie wholly in
view, and over the bones. **Clear radiographs** are those of which at most a twentieth of the body is all black or all
white: many simulated exposures are worse than a hospital would keep.

"""


def main() -> None:
    record = json.loads((RESULTS / "accuracy.json").read_text())
    rows = record["rows"]
    parts = [HEAD, f"{record['cohort']}; `{record['command']}`; {record['date']}; {record['hardware']}.\n"]
    for anatomy in sorted({row["anatomy"] for row in rows}):
        mine = {row["row"]: row for row in rows if row["anatomy"] == anatomy}
        parts += [
            f"\n## Anatomy: {anatomy} ({mine['U']['subjects']} test patients)\n",
            _summary(mine),
            _structures(mine["U"]),
        ]
    PAGE.write_text("\n".join(parts))


def _summary(rows: dict[str, Any]) -> str:
    lines = ["| | " + " | ".join(rows) + " |", "|---" * (len(rows) + 1) + "|"]
    for key, words in SUMMARY.items():
        lines.append(f"| {words} | " + " | ".join(_shown(row.get(key)) for row in rows.values()) + " |")
    return "\n".join(lines) + "\n"


def _structures(row: dict[str, Any]) -> str:
    lines = ["| structure | " + " | ".join(name.replace("_", " ") for name in PER_STRUCTURE) + " | mass PCC |"]
    lines.append("|---" * (len(PER_STRUCTURE) + 2) + "|")
    for name, figures in row["per_structure"].items():
        mass = figures.get("lean_mass_pcc", figures.get("bone_mass_pcc"))
        cells = [_shown(figures.get(key)) for key in PER_STRUCTURE] + [_shown(mass)]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _shown(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.1f}" if abs(value) >= 2 else f"{value:.3f}"


if __name__ == "__main__":
    main()
