"""Write docs/accuracy.md from what accuracy.py, response.py, repeatability.py, bounds.py, cross_source.py,
anthropometry.py and cues.py left in benchmarks/results.

Command: python benchmarks/accuracy_page.py
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from accuracy_words import BOUNDS
from accuracy_words import CROSS
from accuracy_words import CUES
from accuracy_words import HEAD
from accuracy_words import QUANTITIES
from accuracy_words import REPEATED
from accuracy_words import RESPONSE
from accuracy_words import prior
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.checkpoint import shipped_model
from mskdex.model.told import Knowing
from results import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"

CLEAR = ", clear radiographs"
SUMMARY = {
    "mean_pcc": "muscles, PCC (volume and lean mass)",
    "mean_pcc_interval_95": "... 95 % interval",
    "mean_pcc_over_r1": "... above the control's (95 % interval)",
    "mean_icc": "muscles, ICC(A,1)",
    "mean_icc_interval_95": "... 95 % interval",
    "mean_mae_percent": "muscles, MAE %",
    "mean_mae_percent_interval_95": "... 95 % interval",
    "mean_bias_percent": "muscles, bias % (limits of agreement)",
    "mean_partial_pcc": "muscles, partial PCC given the control, within sex",
    "mean_partial_pcc_interval_95": "... 95 % interval",
    "mean_asymmetry_pcc": "muscles, PCC of log(right/left) volume",
    "mean_map_pixel_correlation": "muscles, pixel correlation of the maps",
}
for _quantity, _words in QUANTITIES.items():
    SUMMARY |= {
        f"mean_{_quantity}_pcc": f"{_words}, PCC",
        f"mean_{_quantity}_icc": f"{_words}, ICC(A,1)",
        f"mean_{_quantity}_mae_percent": f"{_words}, MAE %",
        f"mean_{_quantity}_bias_percent": f"{_words}, bias % (limits of agreement)",
        f"mean_{_quantity}_partial_pcc": f"{_words}, partial PCC given the control, within sex",
        f"mean_{_quantity}_partial_pcc_interval_95": "... 95 % interval",
    }
SUMMARY |= {
    "bone_mass_pcc": "bones, PCC of mass",
    "bone_mass_pcc_interval_95": "... 95 % interval",
    "bone_mass_pcc_over_r1": "... above the control's (95 % interval)",
    "bone_mass_icc": "bones, ICC(A,1) of mass",
    "bone_mass_mae_percent": "bones, MAE % of mass",
    "bone_mass_bias_percent": "bones, bias % of mass (limits of agreement)",
    "bone_mass_partial_pcc": "bones, partial PCC of mass given the control, within sex",
    "bone_mass_partial_pcc_interval_95": "... 95 % interval",
    "bone_map_pixel_correlation": "bones, pixel correlation of the maps",
}
FIGURES = ("pcc", "icc", "mae_percent", "bias_percent", "partial_pcc")
PER_STRUCTURE = {
    **{f"volume_{figure}": f"volume {figure.replace('_', ' ')}" for figure in FIGURES},
    **{f"mass_{figure}": f"mass {figure.replace('_', ' ')}" for figure in FIGURES},
    "lean_fraction_pcc": "lean fraction pcc",
    "lean_fraction_partial_pcc": "lean fraction partial pcc",
    "map_pixel_correlation": "pixel correlation",
}
"""Mass is the lean mass of muscles and the mass of bones."""
BIAS = "_bias_percent"


def main() -> None:
    record = json.loads((RESULTS / "accuracy.json").read_text())
    rows = record["rows"]
    parts = [HEAD, _trained(Card.read(shipped_model() / CARD)), _misled(record), _made(record)]
    for anatomy in sorted({row["anatomy"] for row in rows}):
        mine = {row["row"]: row for row in rows if row["anatomy"] == anatomy}
        parts += [
            f"\n## Anatomy: {anatomy} ({mine['U']['subjects']} test patients)\n",
            *prior(mine),
            _summary({row: figures for row, figures in mine.items() if CLEAR not in row}),
            _structures(mine["U"]),
            _clear({row: figures for row, figures in mine.items() if CLEAR in row}),
        ]
    followed = json.loads((RESULTS / "response.json").read_text())
    parts += [RESPONSE, _made(followed), _followed(followed["rows"])]
    repeated = json.loads((RESULTS / "repeatability.json").read_text())
    parts += [REPEATED, _made(repeated), _repeated(repeated)]
    bounds = json.loads((RESULTS / "bounds.json").read_text())
    parts += [BOUNDS, _made(bounds), _bounds(bounds["rows"])]
    cross = json.loads((RESULTS / "cross_source.json").read_text())
    people = json.loads((RESULTS / "anthropometry.json").read_text())["rows"]
    parts += [CROSS, _thighs(people), _made(cross), _cross(cross["rows"])]
    cues = json.loads((RESULTS / "cues.json").read_text())
    parts += [CUES, _made(cues), _cues(cues["rows"])]
    PAGE.write_text("\n".join(parts))


def _trained(card: Card) -> str:
    """How the shipped model came about, from its card."""
    patients = {key.removeprefix("train/"): n for key, n in card.cohort["subjects"].items() if key.startswith("train/")}
    of = " and ".join(f"{count} of {source}" for source, count in sorted(patients.items()))
    phantoms = ", ".join(map(str, sorted({made["phantom"] for made in card.cohort["provenance"]})))
    began = card.training["start_sha256"]
    took = f"{card.training['steps_done']} steps of {card.training['batch']} patients, of {of} (phantom {phantoms})"
    if began is None:
        return f"The shipped model ({card.sha256[:12]}) was trained for {took}.\n"
    named = card.training.get("mean_of_sha256", [])
    mean = f" Its weights are the mean of {_models(named)}." if named else ""
    last = f"its last run, of row {card.training['row']}, took {took}"
    return f"The shipped model ({card.sha256[:12]}) began with an earlier one; {last}.{mean}\n"


def _models(named: list[str]) -> str:
    """ "2 models', one of which counts 2-fold"."""
    often = [times for times in Counter(named).values() if times > 1]
    counted = "".join(f", one of which counts {times}-fold" for times in often)
    return f"{len(set(named))} models'{counted}"


def _misled(record: dict[str, Any]) -> str:
    """What wrong distances do."""
    by = record["volume_percent_if_told_20_mm_more"]
    changes = [
        f"that the {name} is 20 mm farther from the detector than it is, by {by[f'muscles_{key}']:+.1f} % in the "
        f"median of muscles and {by[f'bones_{key}']:+.1f} % in that of bones"
        for name, key in (("table", "table_detector_mm"), ("source", "sdd_mm"))
    ]
    return f"What it is told it believes. Volumes change if it is told {'; '.join(changes)}.\n"


def _thighs(rows: list[dict[str, Any]]) -> str:
    """Areas of thigh muscles at two heights below the hips, of women and men of either source."""
    names = [name for name in rows[0] if name.endswith("_mm_cm2")]
    lines = [
        "| | " + " | ".join(f"{row['anatomy']}, {row['sex']}" for row in rows) + " |",
        "|---|" + "---|" * len(rows),
    ]
    for name in names:
        muscle, below = name.removesuffix("_cm2").split("_at_")
        told = f"{muscle}, {below} below the hips".replace("_", " ")
        lines.append(f"| {told} | " + " | ".join(f"{row[name][0]:.1f}" for row in rows) + " |")
    return "\n".join(lines) + "\n"


def _repeated(record: dict[str, Any]) -> str:
    """A line for each anatomy and quantity: from the image alone, told the setup, and between patients."""
    anatomies = record["anatomies"] if "anatomies" in record else {record["cohort"].split()[1]: record}
    lines = ["| anatomy | | from the image alone | setup known | between patients |", "|---" * 5 + "|"]
    for anatomy, ways in anatomies.items():
        for quantity, alone in ways["image"].items():
            means = alone["mean"], ways["setup"][quantity]["mean"]
            read = " | ".join(_cv(mean) for mean in means)
            between = means[0]["between_patients_percent"]
            lines.append(f"| {anatomy} | {quantity.replace('_', ' ')} | {read} | {between:.0f} |")
    return "\n".join(lines) + "\n"


def _cv(mean: dict[str, Any]) -> str:
    interval = mean.get("rms_cv_percent_95")
    return f"{mean['rms_cv_percent']:.1f}" + (f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else "")


def _made(record: dict[str, Any]) -> str:
    phantoms = [cohort["phantom"] for cohort in record["cohorts"]] if "cohorts" in record else [record["phantom"]]
    phantom = ", ".join(sorted({str(each) for each in phantoms}))
    return f"{record['cohort']}; phantom {phantom}; `{record['command']}`; {record['date']}; {record['hardware']}.\n"


def _clear(rows: dict[str, Any]) -> str:
    if not rows:
        return ""
    count = next(iter(rows.values()))["subjects"]
    named = {row.replace(CLEAR, ""): figures for row, figures in rows.items()}
    return f"The {count} clear radiographs among them:\n\n{_summary(named)}"


def _bounds(rows: list[dict[str, Any]]) -> str:
    by_knowing: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        by_knowing.setdefault(row["knowing"], {})[row["anatomy"]] = row
    anatomies = sorted({row["anatomy"] for row in rows})
    figures = {
        "mean_pcc": "muscles, PCC",
        "mean_partial_pcc": "muscles, partial PCC",
        "mean_lean_fraction_pcc": "lean fraction, PCC",
        "mean_lean_fraction_partial_pcc": "lean fraction, partial PCC",
        "bone_mass_pcc": "bones, PCC",
        "bone_mass_partial_pcc": "bones, partial PCC",
    }
    titles = [f"{anatomy}: {what}" for anatomy in anatomies for what in figures.values()]
    lines = ["| knowing | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for knowing, found in by_knowing.items():
        cells = [_shown(found[anatomy].get(figure)) for anatomy in anatomies for figure in figures]
        lines.append(f"| {knowing} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cross(rows: list[dict[str, Any]]) -> str:
    columns = ("mean_pcc", "mean_pcc_drop", "bone_mass_pcc", "bone_mass_pcc_drop")
    ways = {"alone": "", "person_known": ", person known", "all_known": ", person and setup known"}
    titles = [f"{what}{told}" for told in ways.values() for what in ("muscles, PCC", "drop", "bones, PCC", "drop")]
    lines = ["| trained on | tested on | " + " | ".join(titles) + " |", "|---" * (len(titles) + 2) + "|"]
    for row in rows:
        cells = [_shown(row[way].get(key)) for way in ways for key in columns]
        lines.append(f"| {row['trained_on']} | {row['tested_on']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _followed(rows: list[dict[str, Any]]) -> str:
    """A line for each change; columns by anatomy and what the model is told."""
    ways = sorted({(row["anatomy"], row["told"]) for row in rows})
    cells = {(row["change"], row["anatomy"], row["told"]): row for row in rows}
    titles = [f"{anatomy}, {Knowing(told).words}" for anatomy, told in ways]
    lines = [f"| what wastes | {' | '.join(titles)} |", "|---" * (len(ways) + 1) + "|"]
    for change in dict.fromkeys(row["change"] for row in rows):
        each = [cells[change, *way] for way in ways]
        lines.append(f"| {change} | {' | '.join(map(_response, each))} |")
    return "\n".join(lines) + "\n"


def _response(row: dict[str, Any]) -> str:
    """The muscles' own, with its interval; after it that of the others."""
    low, high = row["response_95"]
    others = f"; others {row['others']:z.2f}" if "others" in row else ""
    return f"{row['response']:z.2f} ({low:z.2f} to {high:z.2f}){others}"


def _cues(rows: list[dict[str, Any]]) -> str:
    """A line for each anatomy and trait: what the model reads, what is true."""
    read, true = ({row["anatomy"]: row for row in rows if row["quantity"] == what} for what in ("read", "true"))
    lines = ["", "| anatomy | exchanged | read | true |", "|---|---|---|---|"]
    for anatomy in sorted(read):
        for trait in ("skeleton", "muscles", "fat"):
            (value, error), (truth, _) = read[anatomy][trait], true[anatomy][trait]
            lines.append(f"| {anatomy} | {trait} | {value:z.2f} ± {error:.2f} | {truth:z.2f} |")
    return "\n".join([*lines, ""])


def _summary(rows: dict[str, Any]) -> str:
    lines = ["| | " + " | ".join(rows) + " |", "|---" * (len(rows) + 1) + "|"]
    for key, words in SUMMARY.items():
        lines.append(f"| {words} | " + " | ".join(_cell(row, key) for row in rows.values()) + " |")
    return "\n".join(lines) + "\n"


def _structures(row: dict[str, Any]) -> str:
    lines = [f"| structure | {' | '.join(PER_STRUCTURE.values())} |", "|---" * (len(PER_STRUCTURE) + 1) + "|"]
    for name, figures in row["per_structure"].items():
        mass = "lean_mass_" if "lean_mass_pcc" in figures else "bone_mass_"
        keys = [f"{mass}{key.removeprefix('mass_')}" if key.startswith("mass_") else key for key in PER_STRUCTURE]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(_with_interval(figures, key) for key in keys) + " |")
    return "\n".join(lines) + "\n"


def _with_interval(figures: dict[str, Any], key: str) -> str:
    """A cell, and the 95 % interval where there is one."""
    ends = figures.get(f"{key}_interval_95")
    return _cell(figures, key) + (f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else "")


def _cell(figures: dict[str, Any], key: str) -> str:
    """A figure as ``_shown`` shows it; a bias with its limits of agreement."""
    if not key.endswith(BIAS) or key not in figures:
        return _shown(figures.get(key))
    of = key.removesuffix(BIAS)
    below, above = figures[f"{of}_limit_below_percent"], figures[f"{of}_limit_above_percent"]
    return f"{figures[key]:+.1f} ({below:+.0f} to {above:+.0f})"


def _shown(value: float | list[float] | None) -> str:
    """A figure, an interval of two, or a difference with its interval."""
    if isinstance(value, list) and len(value) == 3:
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
    if isinstance(value, list):
        return " to ".join(f"{each:.2f}" for each in value)
    return "" if value is None or value != value else f"{value:.1f}" if abs(value) >= 2 else f"{value:.3f}"


if __name__ == "__main__":
    main()
