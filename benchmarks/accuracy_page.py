"""Write docs/accuracy.md from what accuracy.py, repeatability.py, bounds.py, cross_source.py, anthropometry.py and
cues.py left in benchmarks/results.

Command: python benchmarks/accuracy_page.py
"""

import json
from pathlib import Path
from typing import Any

from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.checkpoint import shipped_model
from results import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"

CLEAR = ", clear radiographs"
SUMMARY = {
    "mean_pcc": "muscles, PCC (volume and lean mass)",
    "mean_pcc_interval_95": "... 95 % interval",
    "mean_pcc_over_r1": "... above the control's (95 % interval)",
    "mean_icc": "muscles, ICC(A,1)",
    "mean_mae_percent": "muscles, MAE %",
    "mean_bias_percent": "muscles, bias % (limits of agreement)",
    "mean_partial_pcc": "muscles, partial PCC given the control, within sex",
    "mean_partial_pcc_interval_95": "... 95 % interval",
    "mean_asymmetry_pcc": "muscles, PCC of log(right/left) volume",
    "mean_lean_fraction_pcc": "muscles, PCC of the lean fraction",
    "mean_map_pixel_correlation": "muscles, pixel correlation of the maps",
    "bone_mass_pcc": "bones, PCC of mass",
    "bone_mass_pcc_interval_95": "... 95 % interval",
    "bone_mass_pcc_over_r1": "... above the control's (95 % interval)",
    "bone_mass_icc": "bones, ICC(A,1) of mass",
    "bone_mass_mae_percent": "bones, MAE % of mass",
    "bone_mass_bias_percent": "bones, bias % of mass (limits of agreement)",
    "bone_mass_partial_pcc": "bones, partial PCC of mass given the control, within sex",
    "bone_mass_partial_pcc_interval_95": "... 95 % interval",
}
PER_STRUCTURE = (
    "volume_pcc",
    "volume_icc",
    "volume_mae_percent",
    "volume_bias_percent",
    "volume_partial_pcc",
    "lean_fraction_pcc",
)
BIAS = "_bias_percent"

HEAD = """# How well the shipped model does

On **virtual patients** that it has never seen and whose anatomy (template) it has never seen either. These
figures say how well the method works where the truth is known. They are not clinical accuracy.

Row **U** is the shipped model: trained pixel by pixel on virtual patients in the radiograph's own pose. It reads the
image alone. In rows with the **person known** it is told sex, age, height and weight besides (`mskdex predict
--subjects`); in rows with the **setup known**, how far the X-ray source and the table were from the detector (from the
file, or `--sdd-mm` and `--table-mm`), by which it knows the magnification better: in one picture a large body near the
detector looks like a small one far from it.

**R0** and **R1** are controls without a network: a regression on the body's and the pelvis' size, and on those with
sex, age, height and weight. **R1, setup known** is given the two distances too. A correlation that a control reaches as
well is no merit of the image; the *partial* PCC is what the model knows beyond its control, which is R1, or, where the
setup is known, R1, setup known: what is left of the logarithms of both sides is correlated, since of the volumes
themselves a curve would be left that all who know the sizes share. *Bias* is the mean of read less true, with Bland and
Altman's limits of agreement (two standard deviations of a patient's difference), in percent of the mean truth, as the
MAE is. Means are over the muscles that lie wholly in view, and over the bones; intervals are of a bootstrap over
templates. **Clear radiographs** are those of which at most a twentieth of the body is all black or
all white: some simulated exposures are worse than a hospital would keep.

Figures of different phantoms (the version of how virtual patients are made) are not comparable: before phantom 3 posing
changed the volumes of muscles, and how a patient lies shows in the bones, which flattered models; before phantom 6
exposures were harsher than a hospital's, which did the opposite; up to phantom 7 a cohort's held-out persons could be
trained on in other bodies, if cohorts of one seed had different numbers of patients per template.

"""

REPEATED = """
## The same patient again

Four radiographs of each patient, in other poses, from other distances, exposed otherwise. The truth is the same, so a
perfect reader would read four times the same. Root mean square over patients of the coefficient of variation, %, mean
over structures that all four show whole, beside how far patients differ, without which it says nothing.

"""

BOUNDS = """
## What is in the picture

Instead of a network that has to find it out, a regression is told what is true of the same patients' pictures: the area
that each structure covers and how it lies (*outlines*), the mean noise-free attenuation there (*attenuation*: contrast
curve, scatter and noise undone), sex, age, height and weight (*person*), and how far source and table were from the
detector (*setup*). It shows how far outlines and greys go, and so what is left for depth, which one radiograph does not
show. It is no bound in the strict sense.

"""

CROSS = """
## Trained on one anatomy, tested on another

Row U again, models of one size and length: trained on built-in patients alone, on patients of the atlas alone, on both.
The drop is what a model loses against the one trained on the tested anatomy itself, with its 95 % interval. They have
half the shipped model's channels and were trained for a fraction of its time, so what counts is how they differ. Told
the person they lose less, so part of what the image alone loses is how the other source shows sex, age, height and
weight. The sources share no persons.

With phantom 8 0.19 and 0.23 were lost; with phantom 9, whose pubic arches, sacra and fat agree by sex, 0.16 and 0.15;
with phantom 10, whose depths of the trunk, inlets and thickness of muscles at the hip agree too, 0.18 and 0.10; with
phantom 11, whose thighs agree, 0.17 and 0.11; with phantom 12, whose muscles grow in proportion to their thickness,
0.15 and 0.12. In phantom 13 all muscles reach their volumes and bodies have no step where thighs part: both models read
their own source a little better than before, if other patients may be compared, and the other no better: 0.18 and 0.14
were lost. Since then Muon moves the filters ([training.md](training.md)), and models may be told the setup. In as many
steps they learn more of their own source (0.78 instead of 0.73 on the atlas, 0.75 instead of 0.69 on the built-in
anatomy), and little or nothing more of the other (0.58 instead of 0.55; 0.54 instead of 0.56). So to learn more does
not close the gap: much of what is learnt beyond size and sex is a source's own. Told person and setup, models lose 0.11
and 0.08. Mean areas, cm2 (`anthropometry.py`):

"""

CUES = """
## What it takes the sexes' difference from

The mean woman and the mean man with skeleton, muscles and fat exchanged one by one, all deformed, posed and exposed
alike, the person not told. Only other muscles make other volumes; what a model says when the skeleton alone changes is
what it has learnt of who has such a skeleton. Natural logarithms of muscle volume, man over woman, and standard errors
over pairs of bodies.

"""


def main() -> None:
    record = json.loads((RESULTS / "accuracy.json").read_text())
    rows = record["rows"]
    parts = [HEAD, _trained(Card.read(shipped_model() / CARD)), _misled(record), _made(record)]
    for anatomy in sorted({row["anatomy"] for row in rows}):
        mine = {row["row"]: row for row in rows if row["anatomy"] == anatomy}
        parts += [
            f"\n## Anatomy: {anatomy} ({mine['U']['subjects']} test patients)\n",
            _summary({row: figures for row, figures in mine.items() if CLEAR not in row}),
            _structures(mine["U"]),
            _clear({row: figures for row, figures in mine.items() if CLEAR in row}),
        ]
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
    after = named.count(named[-1]) if named else 0
    shares = f"{len(named) - after} to {after}"
    mean = f" Its weights are a mean, {shares}, of those before and after that run." if named else ""
    return f"The shipped model ({card.sha256[:12]}) began with an earlier one; its last run took {took}.{mean}\n"


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
    """A line for each quantity: from the image alone, told the setup, and between patients."""
    lines = ["| | from the image alone | setup known | between patients |", "|---|---|---|---|"]
    for quantity, alone in record["image"].items():
        means = alone["mean"], record["setup"][quantity]["mean"]
        read = " | ".join(f"{mean['rms_cv_percent']:.1f}" for mean in means)
        name = quantity.replace("_", " ")
        lines.append(f"| {name} | {read} | {means[0]['between_patients_percent']:.0f} |")
    return "\n".join(lines) + "\n"


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
        "bone_mass_pcc": "bones, PCC",
        "bone_mass_partial_pcc": "bones, partial PCC",
    }
    titles = [f"{anatomy}: {what}" for anatomy in anatomies for what in figures.values()]
    lines = ["| knowing | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for knowing, found in by_knowing.items():
        cells = [_shown(found[anatomy][figure]) for anatomy in anatomies for figure in figures]
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
    lines = ["| structure | " + " | ".join(name.replace("_", " ") for name in PER_STRUCTURE)]
    lines[0] += " | mass PCC | mass bias percent |"
    lines.append("|---" * (len(PER_STRUCTURE) + 3) + "|")
    for name, figures in row["per_structure"].items():
        mass = "lean_mass" if "lean_mass_pcc" in figures else "bone_mass"
        cells = [_cell(figures, key) for key in (*PER_STRUCTURE, f"{mass}_pcc", f"{mass}{BIAS}")]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


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
