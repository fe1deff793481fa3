"""Files are there whole or not at all; tables and maps are read back as they were written."""

import csv
import json
import math
import stat
from pathlib import Path

import numpy as np
import pytest

from mskdex.anatomy import LABELS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.errors import ResourceError
from mskdex.report.files import make_folder
from mskdex.report.files import replacing
from mskdex.report.files import write_json
from mskdex.report.maps import write_maps
from mskdex.report.tables import COLUMNS
from mskdex.report.tables import Table
from mskdex.report.tables import rows_of
from mskdex.result import CaseResult
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError), replacing(path) as file:  # noqa: PT012
        file.write(b"half")
        raise RuntimeError
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_results_are_readable_by_others(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {})
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) & 0o400
    plain = tmp_path / "plain"
    plain.write_text("")
    assert (tmp_path / "a.json").stat().st_mode == plain.stat().st_mode


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"value": math.nan})


def test_a_folder_that_cannot_be_is_a_resource_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError):
        make_folder(tmp_path / "file" / "folder")
    with pytest.raises(ResourceError):
        write_json(tmp_path / "absent" / "a.json", {})


def test_rows_have_the_columns_of_the_contract(tmp_path: Path) -> None:
    measured = Measurement("femur", Side.LEFT, Quantity.VOLUME, "cm3", 1.5, 1.0, 2.0, 0.9, flags=("a", "b"))
    missing = Measurement("femur", Side.RIGHT, Quantity.VOLUME, "cm3", None, reason="out_of_view")
    result = CaseResult("=1+1", ModelId("m", "1", "0"), {}, None, Status.MEASURED, (), (measured, missing))
    with replacing(tmp_path / "m.csv") as file:
        Table(file, COLUMNS).add(rows_of(result))
    with (tmp_path / "m.csv").open(newline="") as text:
        first, second = csv.DictReader(text)
    assert tuple(first) == (
        "case", "structure", "side", "quantity", "value", "unit", "lower", "upper", "level", "reason", "flags",
    )  # fmt: skip
    assert (first["value"], first["unit"], first["level"], first["flags"]) == ("1.5", "cm3", "0.9", "a;b")
    assert (second["value"], second["reason"]) == ("", "out_of_view")
    assert first["case"] == "'=1+1", "a spreadsheet must not run a case's name"


def test_maps_are_read_by_numpy_alone_and_repeat_to_the_byte(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    thickness = rng.uniform(size=(42, 8, 9)).astype(np.float32)
    mass, field = thickness[:41] / 2, np.ones((8, 9), bool)
    for name in ("a.npz", "b.npz"):
        write_maps(tmp_path / name, thickness, mass, field, 6.0)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as maps:
        assert len(maps.files) == 42 + 41 + 2
        assert float(maps["spacing_mm"]) == 6.0
        for label in LABELS:
            np.testing.assert_array_equal(maps[f"{label.name}.thickness_cm"], thickness[label.channel])
        assert maps["sacrum.mass_g_per_cm2"].dtype == np.float32
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
