"""The section of docs/population.md that tells what a cohort's bodies came to."""

from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "population.md"
BEGIN, END = "<!-- realised -->", "<!-- end of realised -->"

SUMMARY = {
    "people": "patients without metal",
    "mean_sd_sampled": "SD of log volume given sex, age, height, weight: drawn",
    "mean_sd_realised": "... and realised",
    "mean_side_sd_sampled": "SD of log(right/left): drawn",
    "mean_side_sd_realised": "... and realised",
    "mean_correlation_sampled": "correlation between muscles of one side: drawn",
    "mean_correlation_realised": "... and realised",
    "mean_side_correlation_sampled": "correlation between the sides of a muscle: drawn",
    "mean_side_correlation_realised": "... and realised",
    "mean_error_mean": "log(realised / drawn volume), mean",
    "mean_error_sd": "... its SD",
    "off_over_half_a_percent": "share of whole muscles that are more than 0.5 % off what was drawn",
    "worst_off_percent": "the worst of them, % off",
}


def write_section(rows: list[dict[str, Any]]) -> None:
    """Put the tables between the page's marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    parts = [BEGIN, _summary(rows), _muscles(rows), _bones(rows), END]
    PAGE.write_text(before + "\n\n".join(parts) + after, encoding="utf-8")


def _summary(rows: list[dict[str, Any]]) -> str:
    lines = [_line(["mean over the whole muscles", *(row["anatomy"] for row in rows)]), _rule(1 + len(rows))]
    for key, words in SUMMARY.items():
        lines.append(_line([words, *(_shown(row[key]) for row in rows)]))
    for key, words in (("lean_fraction_sampled", "lean fraction: drawn"), ("lean_fraction_realised", "... realised")):
        lines.append(_line([words, *(f"{row[key]['mean']:.3f} ± {row[key]['sd']:.3f}" for row in rows)]))
    return "\n".join(lines)


def _muscles(rows: list[dict[str, Any]]) -> str:
    title = "log SD, drawn → realised; (side) SD of log(right/left), drawn → realised"
    lines = [_line(["muscle", *(f"{row['anatomy']}: {title}" for row in rows)]), _rule(1 + len(rows))]
    for index, one in enumerate(rows[0]["per_muscle"]):
        name = one["muscle"].replace("_", " ") + ("" if one["whole_in_view"] else " (cut by the view)")
        lines.append(_line([name, *(_spreads(row["per_muscle"][index]) for row in rows)]))
    return "\n".join(lines)


def _spreads(one: dict[str, Any]) -> str:
    whole = f"{one['sd_sampled']:.3f} → {one['sd_realised']:.3f}"
    return f"{whole} ({one['side_sd_sampled']:.3f} → {one['side_sd_realised']:.3f})"


def _bones(rows: list[dict[str, Any]]) -> str:
    sources = [f"{row['anatomy']}, g (g/cm3)" for row in rows]
    lines = [_line(["bone, one side", "ICRP 110, g (g/cm3)", *sources]), _rule(2 + len(rows))]
    for index, one in enumerate(rows[0]["bones"]):
        density = one["icrp_density_g_per_cm3"]
        reference = f"{one['icrp_mass_g']:.0f}" + (f" ({density:.2f})" if density else "")
        cells = [_bone(row["bones"][index]) for row in rows]
        lines.append(_line([f"{one['bone'].replace('_', ' ')}, {one['sex']}", reference, *cells]))
    return "\n".join(lines)


def _bone(one: dict[str, Any]) -> str:
    return f"{one['mass_g']:.0f} ± {one['mass_sd_g']:.0f} ({one['density_g_per_cm3']:.2f})"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(columns: int) -> str:
    return "|---" * columns + "|"


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
