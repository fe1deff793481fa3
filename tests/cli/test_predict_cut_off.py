"""``predict`` interrupted, killed or failing: what was done is kept, and given again it goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Predict = Callable[..., int]
Table = Callable[[Path], list[dict[str, str]]]


def test_an_error_of_ours_refuses_one_case_and_tells_the_shell(
    predict: Predict,
    table: Table,
    radiograph: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("mskdex.workflows.case.infer", fail)
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 70
    said = capsys.readouterr()
    assert "internal_error" in said.err
    assert "secret" not in said.err
    assert table(out / "index.csv")[0]["codes"].split(";")[0] == "internal_error"


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt, 130), (MemoryError, 5)])
def test_a_run_that_is_cut_off_keeps_what_was_done(
    predict: Predict,
    table: Table,
    radiograph: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: type[BaseException],
    status: int,
) -> None:
    from mskdex.workflows import case as workflow

    (radiograph.parent / "z.png").write_bytes(radiograph.read_bytes())
    infer, calls = workflow.infer, []

    def cut_off_the_second_time(*words: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise raised
        return infer(*words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(workflow, "infer", cut_off_the_second_time)
    assert predict(out, radiograph.parent, "--spacing-mm", "1.5") == status
    assert len(table(out / "index.csv")) == 1
    assert json.loads((out / "run.json").read_text())["interrupted"] == (status == 130)


def test_two_runs_do_not_share_a_folder(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mskdex.locks import FolderLock

    out.mkdir()
    lock = FolderLock(out / ".mskdex.lock")
    lock.acquire()
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 6
    assert "another process" in capsys.readouterr().err
    lock.release()


def test_an_interrupt_between_two_cases_keeps_what_was_done(
    model_folder: Path, table: Table, radiograph: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mskdex.workflows import predict as workflow

    (radiograph.parent / "z.png").write_bytes(radiograph.read_bytes())

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    config = workflow.PredictConfig(out, spacing_mm=1.5, model=model_folder, threads=1)
    summary = workflow.predict([radiograph.parent], config, watch=interrupt)
    assert (summary.exit_code, summary.interrupted) == (130, True)
    assert [row["case"] for row in table(out / "index.csv")] == ["case-0001"]
    assert json.loads((out / "run.json").read_text())["exit_status"] == 130


def test_a_terminated_run_keeps_what_was_done_and_a_killed_one_leaves_nothing_behind(
    predict: Predict, radiograph: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mskdex.workflows import case as workflow

    infer = workflow.infer

    def terminate(*words: object, **options: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return infer(*words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(workflow, "infer", terminate)
    out.mkdir()
    (out / ".measurements.csv.k1ll3d.tmp").touch()
    before = signal.getsignal(signal.SIGTERM)
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 130
    assert signal.getsignal(signal.SIGTERM) is before
    left = {path.name for path in out.iterdir() if path.is_file()}
    assert left == {"measurements.csv", "index.csv", "run.json", ".mskdex.journal"}


def test_a_killed_run_given_again_comes_to_what_it_would_have_come_to(
    model_folder: Path, predict: Predict, radiograph: Path, tmp_path: Path
) -> None:
    for name in ("x.png", "y.png", "z.png"):
        (radiograph.parent / name).write_bytes(radiograph.read_bytes())
    words = ["-m", "mskdex", "predict", radiograph.parent, "--spacing-mm", "1.5", "--model", model_folder]
    with subprocess.Popen([sys.executable, *words, "-o", tmp_path / "killed", "--threads", "1"]) as program:
        while not (tmp_path / "killed" / "case-0002" / "measurements.json").exists():
            assert program.poll() is None
            time.sleep(0.01)
        program.kill()
    for name in ("killed", "whole"):
        assert predict(tmp_path / name, radiograph.parent, "--spacing-mm", "1.5") == 0
    for name in ("measurements.csv", "index.csv", "case-0001/maps.npz", "case-0001/report.html"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert json.loads((tmp_path / "killed" / "run.json").read_text())["continued"] >= 1
    killed, whole = ({path.name for path in (tmp_path / name).iterdir()} for name in ("killed", "whole"))
    assert killed == whole


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Has the program end at the case of this number as if it were killed there: nobody tidies up."""
    from mskdex.workflows import case as workflow

    infer = workflow.infer

    def at(number: int) -> None:
        calls: list[int] = []

        def end(*words: object, **options: object) -> object:
            calls.append(1)
            if len(calls) == number:
                raise SystemExit
            return infer(*words, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(workflow, "infer", end)

    return at


def test_results_of_other_files_are_refused_and_left_as_they_are(
    predict: Predict, radiograph: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("x.png", "y.png"):
        (radiograph.parent / name).write_bytes(radiograph.read_bytes() + name.encode())
    assert predict(out, radiograph, radiograph.parent / "x.png", "--spacing-mm", "1.5") == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    capsys.readouterr()
    for others in (("x.png", radiograph.name), (radiograph.name, "y.png"), (radiograph.name, "y.png", "x.png")):
        images = [radiograph.parent / name for name in others]
        assert predict(out, *images, "--spacing-mm", "1.5") == 2
        said = capsys.readouterr().err
        assert "results of other files" in said
        assert said.count("\n") == 1
        assert ".png" not in said
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    more = [radiograph.name, "x.png", "y.png"]
    assert predict(out, *(radiograph.parent / name for name in more), "--spacing-mm", "1.5") == 0


def test_the_same_file_by_another_path_is_no_other_file(
    predict: Predict, radiograph: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(radiograph.parent)
    for path in (radiograph, Path(radiograph.name), Path(radiograph.name)):
        assert predict(out, path, "--spacing-mm", "1.5") == 0


def test_a_file_of_the_same_name_in_another_folder_is_another_file(
    predict: Predict, radiograph: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = radiograph.parent / "next patient" / radiograph.name
    other.parent.mkdir()
    other.write_bytes(radiograph.read_bytes() + b"another")
    for folder, status in ((radiograph.parent, 0), (other.parent, 2)):
        monkeypatch.chdir(folder)
        assert predict(out, Path(radiograph.name), "--spacing-mm", "1.5") == status


def test_an_index_that_is_none_is_not_written_over(predict: Predict, radiograph: Path, out: Path) -> None:
    out.mkdir()
    (out / "index.csv").write_text("name,shelf\nRadiology,3\n")
    assert predict(out, radiograph, "--spacing-mm", "1.5") == 2
    assert "shelf" in (out / "index.csv").read_text()


def test_a_run_with_other_settings_leaves_nothing_old_beside_something_new(
    predict: Predict, radiograph: Path, out: Path, killed: Callable[[int], None]
) -> None:
    for name in ("x.png", "y.png"):
        (radiograph.parent / name).write_bytes(radiograph.read_bytes())
    assert predict(out, radiograph.parent, "--spacing-mm", "1.5") == 0
    killed(2)
    with pytest.raises(SystemExit):
        predict(out, radiograph.parent, "--spacing-mm", "1.6")
    assert not any((out / name).exists() for name in ("index.csv", "measurements.csv", "run.json"))
    assert [path.parent.name for path in out.glob("*/report.html")] == ["case-0001"]


def test_a_run_that_goes_on_keeps_its_tables_until_a_case_in_them_is_measured_anew(
    predict: Predict,
    radiograph: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    killed: Callable[[int], None],
) -> None:
    from mskdex.workflows import case as workflow

    (radiograph.parent / "z.png").write_bytes(radiograph.read_bytes())
    people = radiograph.parent.parent / "people.csv"
    people.write_text(f"radiograph,sex,age,height_cm,weight_kg\n{radiograph.name},F,72,158,51\n")
    words = (radiograph.parent, "--spacing-mm", "1.5", "--subjects", people)
    infer, calls = workflow.infer, []

    def interrupt_the_second_time(*given: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return infer(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(workflow, "infer", interrupt_the_second_time)
    assert predict(out, *words) == 130
    monkeypatch.setattr(workflow, "infer", infer)
    killed(1)
    with pytest.raises(SystemExit):
        predict(out, *words)
    assert (out / "index.csv").exists(), "its one case was taken over"
    people.write_text(people.read_text().replace("158", "168"))
    killed(1)
    with pytest.raises(SystemExit):
        predict(out, *words)
    assert not (out / "index.csv").exists()
