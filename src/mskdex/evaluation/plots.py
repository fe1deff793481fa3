"""Scatter and Bland-Altman plots. matplotlib is imported on the first plot, so that nobody else waits for it."""

from pathlib import Path
from typing import Any

import numpy as np

from mskdex.anatomy import BY_NAME
from mskdex.anatomy import Side
from mskdex.evaluation.measurements import Target
from mskdex.evaluation.table import Row
from mskdex.evaluation.table import unit

_DOTS = {Side.RIGHT: "#2f6f9f", Side.LEFT: "#c8642d", Side.MIDLINE: "#5b5b66"}
_LINE = "#8a8a94"


def title(target: Target) -> str:
    """For people: "Gluteus medius, lean mass"."""
    structure = BY_NAME.get(target.structure)
    name = structure.display_name if structure else target.structure.capitalize()
    return f"{name}, {target.quantity.replace('_', ' ')}"


def plot_agreement(rows: list[Row], path: Path) -> None:
    """Scatter and Bland-Altman of one structure and quantity, sides in two colours; the suffix decides the format."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 4.0), layout="constrained")
    scatter, difference = figure.subplots(1, 2)
    _scatter(scatter, rows)
    _bland_altman(difference, rows)
    figure.suptitle(title(rows[0].target), fontsize=12, fontweight="bold")
    figure.savefig(path, dpi=130, metadata={"Date": None} if path.suffix == ".svg" else None)


def _scatter(axes: Any, rows: list[Row]) -> None:
    values = np.concatenate([np.concatenate([row.truth, row.measured]) for row in rows])
    low, high = values.min(), values.max()
    margin = 0.05 * (high - low or 1.0)
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, color=_LINE, linewidth=1, linestyle="--", zorder=0)
    for row in rows:
        pcc = row.statistics["pcc"]
        label = f"{row.target.side}: r = {pcc.value:.2f} ({pcc.lower:.2f} to {pcc.upper:.2f})"
        axes.scatter(row.truth, row.measured, s=14, alpha=0.7, linewidths=0, color=_DOTS[row.target.side], label=label)
    axes.set(xlim=ends, ylim=ends, aspect="equal", xlabel=f"Truth ({unit(rows[0])})", ylabel="From the radiograph")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _quiet(axes)


def _bland_altman(axes: Any, rows: list[Row]) -> None:
    """Bias and limits of agreement of each side by itself, in its colour, as ``agreement.csv`` has them."""
    right = max(float(((row.measured + row.truth) / 2).max()) for row in rows)
    left = min(float(((row.measured + row.truth) / 2).min()) for row in rows)
    for number, row in enumerate(rows):
        colour = _DOTS[row.target.side]
        mean, difference = (row.measured + row.truth) / 2, row.measured - row.truth
        axes.scatter(mean, difference, s=14, alpha=0.7, linewidths=0, color=colour)
        # The first side's figures stand at the right end, the second's at the left: levels may lie close together.
        place, side = ((right, "right"), (left, "left"))[number % 2]
        for name, style in (("bias", "-"), ("limit_below", "--"), ("limit_above", "--")):
            level = row.statistics[name].value
            axes.axhline(level, color=colour, linewidth=1, linestyle=style, zorder=0)
            axes.annotate(f"{level:+.3g}", (place, level), ha=side, va="bottom", fontsize=8, color=colour)
    axes.set(xlabel=f"Mean of both ({unit(rows[0])})", ylabel="From the radiograph - truth")
    _quiet(axes)


def _quiet(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
