"""The door of ``predict``: files and folders in, tables and reports out, every outcome with its exit code."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL import ImageOps

Predict = Callable[..., int]
Table = Callable[[Path], list[dict[str, str]]]


def test_one_radiograph_leaves_everything_that_is_promised(
    predict: Predict, table: Table, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 0
    assert {path.name for path in out.iterdir()} == {"measurements.csv", "index.csv", "run.json", "case-0001"}
    case = out / "case-0001"
    assert {path.name for path in case.iterdir()} == {"measurements.json", "maps.npz", "report.html"}
    found = json.loads((case / "measurements.json").read_text())
    assert (found["schema"], found["case"], found["status"]) == (1, "case-0001", "measured_with_flags")
    assert found["image"]["spacing_mm"] == 1.5
    rows = table(out / "measurements.csv")
    assert len(rows) == len(found["measurements"]) == 36 * 3 + 5 * 2 + 2
    for row, one in zip(rows, found["measurements"], strict=True):
        assert row["structure"] == one["structure"]
        assert row["value"] == ("" if one["value"] is None else str(one["value"]))
    with np.load(case / "maps.npz") as maps:
        total = maps["gluteus_medius_left.thickness_cm"].sum() * (float(maps["spacing_mm"]) / 10) ** 2
    (medius,) = (
        row for row in rows if (row["structure"], row["side"], row["quantity"]) == ("gluteus_medius", "left", "volume")
    )
    assert float(medius["value"]) == pytest.approx(total, abs=0.01)
    codes = ";".join(flag["code"] for flag in found["flags"])
    assert "sides_unconfirmed" in codes
    assert {row["case_flags"] for row in rows} == {table(out / "index.csv")[0]["codes"]} == {codes}
    run = json.loads((out / "run.json").read_text())
    assert run["exit_status"] == 0
    assert run["cases"][0]["sha256"] == found["image"]["sha256"]
    said = capsys.readouterr()
    assert "Gluteus medius" in said.out
    assert "report.html" in said.out


def test_only_the_index_names_a_file(predict: Predict, table: Table, radiograph: Path, out: Path) -> None:
    predict(out, radiograph, "--spacing-mm", "1.5")
    assert table(out / "index.csv")[0]["path"] == str(radiograph)
    for path in out.rglob("*"):
        if path.is_file() and path.name != "index.csv":
            assert b"ward 3" not in path.read_bytes()


def test_the_same_input_gives_the_same_bytes_but_for_run_json(
    predict: Predict, radiograph: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        predict(tmp_path / name, radiograph, "--spacing-mm", "1.5")
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file() and path.name != "run.json":
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_one_bad_file_does_not_stop_the_rest(
    predict: Predict, table: Table, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = radiograph.parent
    (folder / "a.dcm").write_bytes(b"not a radiograph" * 20)
    (folder / ".hidden").write_bytes(b"x")
    (folder / "deep").mkdir()
    (folder / "deep" / "b.png").write_bytes(radiograph.read_bytes())
    (folder / "link.png").symlink_to(radiograph)
    assert predict(out, folder, "--spacing-mm", "1.5") == 3
    index = table(out / "index.csv")
    assert [Path(row["path"]).name for row in index] == ["a.dcm", "ward 3.png", "b.png"]
    assert [row["status"] for row in index] == ["refused", "measured_with_flags", "measured_with_flags"]
    refused = [row for row in table(out / "measurements.csv") if row["case"] == "case-0001"]
    assert {(row["value"], row["reason"]) for row in refused} == {("", "not_dicom")}
    assert "Not measured" in (out / "case-0001" / "report.html").read_text()
    said = capsys.readouterr()
    assert "case-0001  refused (not_dicom)" in said.err
    assert "2 measured (2 with remarks), 1 refused" in said.out
    assert "1 link in the folders was not followed" in said.out


def test_a_link_is_measured_when_it_is_named_and_no_folder_hides_that_it_was_not(
    predict: Predict, table: Table, radiograph: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "one.png").symlink_to(radiograph)
    (folder / "lost.png").symlink_to(folder / "nowhere.png")
    (folder / "all").symlink_to(radiograph.parent, target_is_directory=True)
    assert predict(out, folder, "--spacing-mm", "1.5") == 2
    assert "links are not followed, and there are 3" in capsys.readouterr().err
    assert predict(out, folder / "one.png", "--spacing-mm", "1.5") == 0
    assert predict(out, folder, folder / "all", "--spacing-mm", "1.5") == 0
    assert [Path(row["path"]).name for row in table(out / "index.csv")] == [radiograph.name]
    assert "2 links in the folders were not followed" in capsys.readouterr().out


def test_what_is_ours_is_no_link_that_was_left_out(
    predict: Predict, radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, people = radiograph.parent, radiograph.parent / "people.csv"
    (tmp_path / "people.csv").write_text(
        f"radiograph,sex,age,height_cm,weight_kg\n{radiograph.name},female,60,165,70\n"
    )
    people.symlink_to(tmp_path / "people.csv")
    (tmp_path / "elsewhere").mkdir()
    (folder / "out").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder / "one.png").symlink_to(radiograph)
    words = (folder, (folder / "one.png").absolute(), "--subjects", people, "--spacing-mm", "1.5")
    assert predict(folder / "out", *words) == 0
    assert "followed" not in capsys.readouterr().out


def test_spacing_is_demanded_in_one_sentence(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(out, radiograph) == 4
    assert "--spacing-mm" in capsys.readouterr().err


def test_an_inverted_picture_is_refused_with_its_cure(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Image.open(radiograph) as upright:
        ImageOps.invert(upright).save(radiograph)
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 4
    said = " ".join(capsys.readouterr().err.split())
    assert "refused (wrong_anatomy): this does not look like" in said
    assert "give --polarity dark" in said
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--polarity", "dark") == 0


def test_a_refusal_replaces_an_older_result(predict: Predict, radiograph: Path, out: Path) -> None:
    predict(out, radiograph, "--spacing-mm", "1.5")
    predict(out, radiograph)
    assert not (out / "case-0001" / "maps.npz").exists()
    assert json.loads((out / "case-0001" / "measurements.json").read_text())["status"] == "refused"


def test_a_shorter_run_does_not_leave_an_older_ones_cases_among_its_own(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = radiograph.with_name("again.png")
    again.write_bytes(radiograph.read_bytes())
    assert predict(out, radiograph, again, "--spacing-mm", "1.5") == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 2
    assert "1: case-0002" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--ids", "stem") == 2


def test_the_output_is_not_measured_again(predict: Predict, table: Table, radiograph: Path) -> None:
    out = radiograph.parent / "out"
    for _ in range(2):
        assert predict(out, radiograph.parent, "--spacing-mm", "1.5") == 0
    assert len(table(out / "index.csv")) == 1


def test_cases_may_be_called_by_the_files_name(predict: Predict, radiograph: Path, out: Path) -> None:
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--ids", "stem", "--no-image") == 0
    assert (out / "ward_3" / "report.html").is_file()
    assert "image/jpeg" not in (out / "ward_3" / "report.html").read_text()


def test_names_that_collide_are_a_usage_error(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (radiograph.parent / "WARD-3.png").write_bytes(b"x")
    (radiograph.parent / "ward-3.dcm").write_bytes(b"x")
    assert predict(out, radiograph.parent, "--ids", "stem") == 2
    assert "--ids" in capsys.readouterr().err
    assert not out.exists()


def test_children_in_the_subjects_table_are_refused(
    predict: Predict, table: Table, radiograph: Path, out: Path
) -> None:
    subjects = radiograph.parent.parent / "subjects.csv"
    subjects.write_text("id,sex,age,height_cm,weight_kg\nward 3,female,9,130,30\n")
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--subjects", subjects) == 4
    codes = table(out / "index.csv")[0]["codes"].split(";")
    assert codes[0] == "age_out_of_range"
    assert "sides_unconfirmed" in codes


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("id,sex,age,height_cm,weight_kg\nsomebody,F,50,160,60\n", "no row"),
        ("id,sex,age,height_cm,weight_kg\nward 3,F,old,160,60\n", "line 2"),
    ],
)
def test_a_wrong_subjects_table_is_a_usage_error(
    predict: Predict, radiograph: Path, out: Path, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    subjects = radiograph.parent.parent / "subjects.csv"
    subjects.write_text(content)
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--subjects", subjects) == 2
    assert says in capsys.readouterr().err


def test_what_the_model_was_told_is_kept_with_the_figures(predict: Predict, radiograph: Path, out: Path) -> None:
    subjects = radiograph.parent.parent / "subjects.csv"
    subjects.write_text("id,sex,age,height_cm,weight_kg\nward 3,F,72,158,51\nsomebody else,M,40,,\n")
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--subjects", subjects) == 0
    found = json.loads((out / "case-0001" / "measurements.json").read_text())
    assert found["person"] == {"sex": "female", "age_years": 72.0, "height_cm": 158.0, "weight_kg": 51.0}
    assert "woman, 72 years, 158 cm, 51 kg" in (out / "case-0001" / "report.html").read_text()


def test_the_model_is_told_of_the_setup_where_both_distances_are_known(
    predict: Predict, table: Table, radiograph: Path, out: Path
) -> None:
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--sdd-mm", "1150", "--table-mm", "60") == 0
    found = json.loads((out / "case-0001" / "measurements.json").read_text())
    assert found["setup"] == {"sdd_mm": 1150.0, "table_detector_mm": 60.0}
    assert "source 1150 mm and table 60 mm from the detector" in (out / "case-0001" / "report.html").read_text()
    assert table(out / "index.csv")[0]["setup_told"] == "yes"
    assert predict(out, radiograph, "--spacing-mm", "1.5", "--sdd-mm", "1150") == 0
    assert json.loads((out / "case-0001" / "measurements.json").read_text())["setup"] is None
    assert "magnification is guessed" in (out / "case-0001" / "report.html").read_text()
    assert table(out / "index.csv")[0]["setup_told"] == "no"


def test_a_name_that_is_not_utf_8_stops_nothing(predict: Predict, table: Table, radiograph: Path, out: Path) -> None:
    """Old archives and CDs write Latin-1."""
    strange = os.fsencode(radiograph.parent) + b"/h\xfcfte.png"
    try:
        Path(os.fsdecode(strange)).write_bytes(radiograph.read_bytes())
    except OSError:
        pytest.skip("this file system holds UTF-8 names alone")
    assert predict(out, radiograph.parent, "--spacing-mm", "1.5") == 0
    names = [Path(row["path"]).name for row in table(out / "index.csv")]
    assert names == ["h\\udcfcfte.png", radiograph.name]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="no folder is closed to the system's owner")
def test_a_folder_that_cannot_be_read_is_not_left_out_in_silence(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = radiograph.parent / "closed"
    closed.mkdir(mode=0o000)
    try:
        assert predict(out, radiograph.parent, "--spacing-mm", "1.5") == 2
    finally:
        closed.chmod(0o700)
    assert "closed cannot be read" in capsys.readouterr().err
    assert not out.exists()


def test_of_how_many_setups_the_model_was_told_is_said(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (radiograph.parent / "z.png").write_bytes(radiograph.read_bytes())
    for words, count in (([], 0), (["--sdd-mm", "1150"], 2)):
        assert predict(out, radiograph.parent, "--spacing-mm", "1.5", "--table-mm", "60", *words) == 0
        assert f"for {count} of the radiographs, how far" in capsys.readouterr().out


def test_whom_the_model_was_told_of_is_said_and_the_table_is_no_radiograph(
    predict: Predict, table: Table, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (radiograph.parent / "z.png").write_bytes(radiograph.read_bytes())
    people = radiograph.parent / "people.csv"
    people.write_text(f"radiograph,sex,age,height_cm,weight_kg\n{radiograph.name},female,60,165,70\nx.png,,,,\n")
    assert predict(out, radiograph.parent, "--spacing-mm", "1.5", "--subjects", people) == 0
    assert "told who 1 of the patients are" in capsys.readouterr().out
    assert len(table(out / "index.csv")) == 2
