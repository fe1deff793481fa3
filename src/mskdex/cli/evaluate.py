"""``mskdex evaluate``."""

import math
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated

from cyclopts import Parameter
from cyclopts import validators

from mskdex.anatomy import UNITS
from mskdex.cli.console import OUT

if TYPE_CHECKING:
    from rich.table import Table

    from mskdex.evaluation.measurements import Target
    from mskdex.evaluation.table import Agreement

_SUMMARY = {
    "cases": "cases",
    "mean_pcc": "mean PCC, muscles wholly in view",
    "mean_icc": "mean ICC(A,1)",
    "mean_mae_percent": "mean absolute error, %",
    "mean_partial_pcc": "mean partial PCC within sex, given sizes",
    "mean_lean_fraction_pcc": "mean PCC of the lean fraction",
    "mean_asymmetry_pcc": "mean PCC of log(right/left)",
    "mean_bone_mass_pcc": "mean PCC of bone mass",
    "pelvis_bone_mass_pcc": "PCC of the pelvis' bone mass",
}


def evaluate(
    predictions: Path,
    truth: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    subjects: Path | None = None,
    resamples: Annotated[int, Parameter(validator=validators.Number(gte=100))] = 1000,
    plots: Annotated[bool, Parameter(negative="--no-plots")] = True,
) -> int:
    """Compare predictions with the truth: correlation, agreement, error and limits, with 95 % bootstrap intervals.

    Parameters
    ----------
    predictions
        A measurements.csv, or the folder that predict wrote.
    truth
        A CSV with the columns case, structure, side, quantity, value, unit.
    output
        Folder for agreement.csv, agreement.json and plots.
    subjects
        CSV with case, sex, and age, height_cm, weight_kg: adds the partial PCC of logarithms within sex, given those.
    resamples
        Of the bootstrap.
    plots
        Draw a scatter and a Bland-Altman plot of every structure and quantity; --no-plots leaves them out.
    """
    from mskdex.workflows.evaluate import EvaluateConfig
    from mskdex.workflows.evaluate import evaluate as run

    result = run(EvaluateConfig(predictions, truth, output, subjects, resamples, plots))
    OUT.print(_table(result))
    for name, value in result.summary.items():
        if math.isfinite(value):
            OUT.print(f"{_SUMMARY[name]}: {value:.0f}" if name == "cases" else f"{_SUMMARY[name]}: {value:.3f}")
    OUT.print(f"cases not in the predictions: {result.not_in_predictions}; not in the truth: {result.not_in_truth}")
    left_out = max(row.partial_left_out for row in result.rows)
    if subjects is not None and left_out:
        OUT.print(
            f"the partial PCC leaves out up to {left_out} cases: a size or the sex is unknown, or too few share it"
        )
    return 0


def _table(result: "Agreement") -> "Table":
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in ("n", "PCC", "ICC(A,1)", "MAE %", "bias", "partial"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        of, unit = row.statistics, UNITS[row.target.quantity].removeprefix("1")
        table.add_row(
            _name(row.target),
            str(len(row.cases)),
            _figure(of["pcc"].value),
            _figure(of["icc"].value),
            f"{of['mae_percent'].value:.1f}",
            f"{of['bias'].value:+.3g} {unit}",
            _figure(row.partial_pcc),
        )
    return table


def _name(target: "Target") -> str:
    side = "" if target.side == "midline" else f" {target.side[0].upper()}"
    return f"{target.structure.replace('_', ' ')}{side}, {target.quantity.replace('_', ' ')}"


def _figure(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "-"
