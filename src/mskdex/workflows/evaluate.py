"""``evaluate``: two measurement tables in, agreement statistics and plots out."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mskdex.errors import UsageError
from mskdex.evaluation.measurements import read_measurements
from mskdex.evaluation.measurements import read_subjects
from mskdex.evaluation.plots import plot_agreement
from mskdex.evaluation.table import STATISTICS
from mskdex.evaluation.table import Agreement
from mskdex.evaluation.table import Given
from mskdex.evaluation.table import Row
from mskdex.evaluation.table import compare
from mskdex.evaluation.table import unit
from mskdex.files import demand_no_file
from mskdex.files import make_folder
from mskdex.files import replacing
from mskdex.files import write_json
from mskdex.report.tables import Table
from mskdex.workflows.inputs import sha256_of
from mskdex.workflows.persons import read_sex
from mskdex.workflows.run import Run

_SIZES = ("age", "height_cm", "weight_kg")


@dataclass(frozen=True)
class EvaluateConfig:
    """Settings of one ``evaluate``.

    Attributes:
        predictions, truth: Measurement tables; columns as in ``measurements.csv``, truth may have the first six only.
        output: Folder of the results, or None to write nothing.
        subjects: CSV with case (or id), sex, and numbers to hold constant (age, height_cm, weight_kg and any column
            that begins with ``size_``): the partial correlation is of logarithms, within sex, given these.
        resamples: Of the bootstrap.
        plots: Whether to draw.
    """

    predictions: Path
    truth: Path
    output: Path | None = None
    subjects: Path | None = None
    resamples: int = 1000
    plots: bool = True


def evaluate(config: EvaluateConfig) -> Agreement:
    """Compare predictions with the truth, case by case.

    Raises:
        UsageError: a table is not one, the two have fewer than three cases in common, or the output is a file.
    """
    if config.output is not None:
        demand_no_file(config.output)
    run = Run("evaluate", {"resamples": config.resamples, "subjects": config.subjects is not None})
    tables = {"predictions": _table(config.predictions), "truth": _table(config.truth)}
    predictions, truth = (read_measurements(table) for table in tables.values())
    given = _given(config.subjects) if config.subjects else None
    result = compare(predictions, truth, given, resamples=config.resamples)
    if not result.rows:
        raise UsageError(
            "the two tables have no structure and quantity with three cases in common; are the cases called alike?"
        )
    if config.output is not None:
        make_folder(config.output)
        _write(result, config.output)
        if config.plots:
            _plot(result, config.output / "plots")
        run.finish(config.output, 0, inputs={name: sha256_of(table) for name, table in tables.items()})
    return result


def _table(path: Path) -> Path:
    """A table's file, or the one in a folder that ``predict`` wrote."""
    return path / "measurements.csv" if path.is_dir() else path


def _given(path: Path) -> Given:
    """Row R1's predictors: sizes as logarithms, as muscle volume goes with a power of them."""
    subjects = read_subjects(path)
    header = next((subject.cells for subject in subjects.values()), {})
    columns = [name for name in header if name in _SIZES or str(name).startswith("size_")]
    if not columns or "sex" not in header:
        raise UsageError(f"{path.name} needs the column sex and some of {', '.join(_SIZES)}, size_...")
    predictors = {}
    sexes = {case: read_sex((one.cells["sex"] or "").strip(), one.where) for case, one in subjects.items()}
    for case, subject in subjects.items():
        try:
            numbers = {name: float(subject.cells[name] or "nan") for name in columns}
            values = [number if name == "age" else math.log(number) for name, number in numbers.items()]
        except ValueError:
            continue
        if np.isfinite(values).all():  # who lacks a size is left out
            predictors[case] = np.array(values)
    return Given(predictors, {case: sex for case, sex in sexes.items() if sex is not None})


def _write(result: Agreement, folder: Path) -> None:
    columns = ["structure", "side", "quantity", "unit", "view", "cases", "not_measured"]
    for name in STATISTICS:
        columns += [name, f"{name}_lower", f"{name}_upper"]
    with replacing(folder / "agreement.csv") as file:
        table = Table(file, [*columns, "partial_pcc", "partial_left_out"])
        table.add(_cells(row) for row in result.rows)
    rows = [
        {
            "structure": row.target.structure,
            "side": row.target.side,
            "quantity": row.target.quantity,
            "unit": unit(row),
            "view": row.view,
            "cases": len(row.cases),
            "not_measured": row.not_measured,
            "partial_pcc": _number(row.partial_pcc),
            "partial_left_out": row.partial_left_out,
            **{
                name: {"value": _number(one.value), "lower": _number(one.lower), "upper": _number(one.upper)}
                for name, one in row.statistics.items()
            },
        }
        for row in result.rows
    ]
    summary = {name: _number(value) for name, value in result.summary.items()}
    unpaired = {"not_in_predictions": result.not_in_predictions, "not_in_truth": result.not_in_truth}
    write_json(folder / "agreement.json", {"schema": 1, "summary": summary, **unpaired, "rows": rows})


def _cells(row: Row) -> list[object]:
    cells: list[object] = [*row.target, unit(row), row.view, len(row.cases), row.not_measured]
    for name in STATISTICS:
        one = row.statistics[name]
        cells += [_number(one.value), _number(one.lower), _number(one.upper)]
    partial = _number(row.partial_pcc), row.partial_left_out
    return [*(str(cell) if isinstance(cell, str) else cell for cell in cells), *partial]


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _plot(result: Agreement, folder: Path) -> None:
    make_folder(folder)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in result.rows:
        groups.setdefault((row.target.structure, row.target.quantity), []).append(row)
    for (structure, quantity), rows in groups.items():
        plot_agreement(rows, folder / f"{structure}.{quantity}.svg")
