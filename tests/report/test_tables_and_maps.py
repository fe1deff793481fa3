"""Tables and maps are read back as they were written."""

import csv
from pathlib import Path

import numpy as np

from mskdex.anatomy import LABELS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.evaluation.measurements import Target
from mskdex.evaluation.measurements import measured_in
from mskdex.evaluation.measurements import read_measurements
from mskdex.files import replacing
from mskdex.images.grid import Placement
from mskdex.report.maps import write_maps
from mskdex.report.tables import COLUMNS
from mskdex.report.tables import Table
from mskdex.report.tables import rows_of
from mskdex.result import CaseResult
from mskdex.result import Flag
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status

CASE_FLAGS = (Flag("view_differs", "the file names the view PA"), Flag("unlike_training", "unlike"))


def test_rows_have_the_columns_of_the_contract(tmp_path: Path) -> None:
    measured = Measurement("femur", Side.LEFT, Quantity.VOLUME, "cm3", 1.5, 1.0, 2.0, 0.9, flags=("a", "b"))
    missing = Measurement("femur", Side.RIGHT, Quantity.VOLUME, "cm3", None, reason="out_of_view")
    result = CaseResult(
        "=1+1", ModelId("m", "1", "0"), {}, None, None, Status.MEASURED_WITH_FLAGS, CASE_FLAGS, (measured, missing)
    )
    with replacing(tmp_path / "m.csv") as file:
        Table(file, COLUMNS).add(rows_of(result))
    with (tmp_path / "m.csv").open(newline="") as text:
        first, second = csv.DictReader(text)
    assert tuple(first) == (
        "case", "structure", "side", "quantity", "value", "unit", "lower", "upper", "level", "reason", "flags",
        "case_flags",
    )  # fmt: skip
    assert (first["value"], first["unit"], first["level"], first["flags"]) == ("1.5", "cm3", "0.9", "a;b")
    assert first["case_flags"] == second["case_flags"] == "view_differs;unlike_training"
    assert (second["value"], second["reason"]) == ("", "out_of_view")
    assert first["case"] == "'=1+1", "a spreadsheet must not run a case's name"
    femur = Target("femur", Side.LEFT, Quantity.VOLUME)
    read = read_measurements(tmp_path / "m.csv")
    assert measured_in(read) == {femur: {"'=1+1": 1.5}, femur._replace(side=Side.RIGHT): {}}


def test_maps_are_read_by_numpy_alone_and_repeat_to_the_byte(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    thickness = rng.uniform(size=(42, 8, 9)).astype(np.float32)
    mass, field = thickness[:41] / 2, np.ones((8, 9), bool)
    for name in ("a.npz", "b.npz"):
        write_maps(tmp_path / name, thickness, mass, field, 6.0, Placement(20.0, (-3.5, 40.0), 16, 18))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as maps:
        assert len(maps.files) == 42 + 41 + 4
        assert float(maps["spacing_mm"]) == 6.0
        assert float(maps["scale"]) == 40.0, "two pixels of the grid to one of the maps"
        assert maps["corner"].tolist() == [-3.5, 40.0]
        for label in LABELS:
            np.testing.assert_array_equal(maps[f"{label.name}.thickness_cm"], thickness[label.channel])
        assert maps["sacrum.mass_g_per_cm2"].dtype == np.float32
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
