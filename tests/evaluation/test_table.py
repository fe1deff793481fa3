"""Tables: two CSVs in, the paper's table out."""

import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.errors import UsageError
from mskdex.evaluation.measurements import Target
from mskdex.evaluation.measurements import read_measurements
from mskdex.evaluation.measurements import read_subjects
from mskdex.evaluation.plots import plot_agreement
from mskdex.evaluation.table import Given
from mskdex.evaluation.table import compare

HEADER = "case,structure,side,quantity,value,unit\n"
MEDIUS = Target("gluteus_medius", Side.LEFT, Quantity.VOLUME)


def write(path: Path, *lines: str) -> Path:
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return path


def rows(structure: str, side: str, quantity: str, unit: str, values: np.ndarray) -> list[str]:
    return [f"p{n},{structure},{side},{quantity},{value},{unit}" for n, value in enumerate(values)]


def test_a_perfect_prediction_scores_one(tmp_path: Path) -> None:
    truth = np.linspace(200, 400, 12)
    lines = rows(*MEDIUS, "cm3", truth) + rows("gluteus_medius", "right", "volume", "cm3", truth**1.01)
    table = read_measurements(write(tmp_path / "truth.csv", *lines))
    result = compare(table, table, resamples=50)
    assert [row.target.side for row in result.rows] == ["right", "left"]
    assert result.summary["mean_pcc"] == pytest.approx(1)
    assert result.summary["mean_icc"] == pytest.approx(1)
    assert result.summary["mean_asymmetry_pcc"] == pytest.approx(1)
    assert result.summary["cases"] == 12
    assert math.isnan(result.summary["mean_bone_mass_pcc"])


def test_what_was_not_measured_is_counted_and_not_scored(tmp_path: Path) -> None:
    truth = read_measurements(write(tmp_path / "t.csv", *rows(*MEDIUS, "cm3", np.arange(1.0, 9.0))))
    lines = rows(*MEDIUS, "cm3", np.arange(1.0, 9.0))
    lines[3] = f"p3,{','.join(MEDIUS)},,cm3"
    row = compare(read_measurements(write(tmp_path / "m.csv", *lines)), truth, resamples=20).rows[0]
    assert row.not_measured == 1
    assert "p3" not in row.cases


def test_cases_of_one_table_alone_are_counted_apart(tmp_path: Path) -> None:
    truth = read_measurements(write(tmp_path / "t.csv", *rows(*MEDIUS, "cm3", np.arange(1.0, 9.0))))
    lines = rows(*MEDIUS, "cm3", np.arange(1.0, 7.0))
    lines[3] = f"p3,{','.join(MEDIUS)},,cm3"
    lines += [f"q{number},{','.join(MEDIUS)},{value},cm3" for number, value in enumerate(("5", "", "7"))]
    result = compare(read_measurements(write(tmp_path / "m.csv", *lines)), truth, resamples=20)
    assert (result.not_in_predictions, result.not_in_truth, result.rows[0].not_measured) == (2, 3, 1)


def test_means_are_over_muscles_wholly_in_view(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(100, 200, 30)
    lines = rows(*MEDIUS, "cm3", truth) + rows("gracilis", "left", "volume", "cm3", truth)
    noise = rows(*MEDIUS, "cm3", truth) + rows("gracilis", "left", "volume", "cm3", rng.uniform(100, 200, 30))
    result = compare(
        read_measurements(write(tmp_path / "m.csv", *noise)),
        read_measurements(write(tmp_path / "t.csv", *lines)),
        resamples=20,
    )
    assert len(result.rows) == 2
    assert result.summary["mean_pcc"] == pytest.approx(1)


def test_pelvis_is_both_hip_bones_and_the_sacrum(tmp_path: Path) -> None:
    lines = [
        "p0,hip_bone,right,bone_mass,200,g",
        "p0,hip_bone,left,bone_mass,210,g",
        "p0,sacrum,midline,bone_mass,150,g",
        "p1,hip_bone,right,bone_mass,200,g",
    ]
    table = read_measurements(write(tmp_path / "m.csv", *lines))
    assert table[Target("pelvis", Side.MIDLINE, Quantity.BONE_MASS)] == {"p0": 560.0}


def test_partial_correlation_needs_the_subjects(tmp_path: Path) -> None:
    truth = np.linspace(200, 400, 12)
    table = read_measurements(write(tmp_path / "truth.csv", *rows(*MEDIUS, "cm3", truth)))
    rng = np.random.default_rng(0)
    given = Given({f"p{n}": rng.normal(size=2) for n in range(12)}, {f"p{n}": "female" for n in range(12)})
    assert math.isnan(compare(table, table, resamples=10).rows[0].partial_pcc)
    assert compare(table, table, given, resamples=10).rows[0].partial_pcc == pytest.approx(1)


def test_a_sex_of_too_few_is_left_out_and_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(200, 400, 12)
    table = read_measurements(write(tmp_path / "truth.csv", *rows(*MEDIUS, "cm3", truth)))
    sexes = {f"p{n}": "male" if n < 2 else "female" for n in range(12)}
    row = compare(table, table, Given({f"p{n}": rng.normal(size=2) for n in range(11)}, sexes), resamples=10).rows[0]
    assert (row.partial_pcc, row.partial_left_out) == (pytest.approx(1), 3)


@pytest.mark.parametrize("column", range(1, 6))
def test_no_message_repeats_a_cell(tmp_path: Path, column: int) -> None:
    cells = ["p0", *MEDIUS, "1", "cm3"]
    cells[column] = "Jane Doe"
    with pytest.raises(UsageError, match=f"m.csv, line 2: {HEADER.split(',')[column].strip()} ") as caught:
        read_measurements(write(tmp_path / "m.csv", ",".join(cells)))
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("p0,gluteus_medius,left,volume,1,ml", "unit of volume is cm3"),
        ("p0,left_foot,left,volume,1,cm3", "structure is one of"),
        ("p0,gluteus_medius,sinister,volume,1,cm3", "line 2: side is one of right, left, midline"),
        ("p0,gluteus_medius,left,volume,big,cm3", "line 2: value is a number"),
    ],
)
def test_a_table_that_is_not_one_is_refused_by_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_measurements(write(tmp_path / "m.csv", line))


def test_duplicates_and_missing_columns_are_refused(tmp_path: Path) -> None:
    line = "p0,gluteus_medius,left,volume,1,cm3"
    with pytest.raises(UsageError, match="second row"):
        read_measurements(write(tmp_path / "m.csv", line, line))
    with pytest.raises(UsageError, match="second row"):
        read_measurements(write(tmp_path / "m.csv", line.replace(",1,", ",,"), line))
    (tmp_path / "n.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="no column case"):
        read_measurements(tmp_path / "n.csv")
    with pytest.raises(UsageError, match="no column case or id"):
        read_subjects(tmp_path / "n.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_measurements(tmp_path / "absent.csv")


def test_plots_are_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = read_measurements(write(tmp_path / "t.csv", *rows(*MEDIUS, "cm3", rng.uniform(100, 200, 30))))
    row = compare(table, table, resamples=10).rows[0]
    plot_agreement([row], tmp_path / "plot.svg")
    assert "Gluteus medius, volume" in (tmp_path / "plot.svg").read_text()


def test_a_subject_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("case,sex,age\np1,f,50\np1,m,50\n")
    with pytest.raises(UsageError, match="line 3: a second row"):
        read_subjects(tmp_path / "s.csv")


def test_a_plots_lines_are_those_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, measured = [], []
    for side, offset in (("left", 20.0), ("right", -5.0)):
        true = rng.uniform(100, 200, 20)
        truth += rows("gluteus_medius", side, "volume", "cm3", true)
        measured += rows("gluteus_medius", side, "volume", "cm3", true + offset + rng.normal(size=20))
    tables = [read_measurements(write(tmp_path / f"{n}.csv", *lines)) for n, lines in enumerate((measured, truth))]
    both = list(compare(*tables, resamples=20).rows)
    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    plot_agreement(both, tmp_path / "plot.svg")
    levels = [float(line.get_ydata()[0]) for line in drawn[0].axes[1].lines]
    names = ("bias", "limit_below", "limit_above")
    assert levels == pytest.approx([row.statistics[name].value for row in both for name in names])
