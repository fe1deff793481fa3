"""The other doors, usage errors, and what the program must not import."""

import csv
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mskdex.cli import main
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.presets import PRESETS
from mskdex.phantom.registered import RegistrationError
from mskdex.workflows.simulate import SimulateConfig


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["predikt"], "predict"),
        (["predict", "--modle", "x"], "--model"),
        (["predict", "x.dcm"], "--output"),
        (["predict", "-o", "out"], "no image"),
        (["predict", "absent.dcm", "-o", "out"], "absent.dcm"),
        (["predict", "x", "-o", "out", "--spacing-mm", "-1"], "> 0"),
        (["predict", "x", "-o", "out", "--polarity", "odd"], "bright"),
        (["predict", "-o", "out", "--example", "--sdd-mm", "115"], "500 to 3000"),
        (["predict", "-o", "out", "--example", "--table-mm", "200"], "0 to 150"),
        (["simulate", "-o", "out", "--anatomy", "nowhere"], "builtin"),
        (["simulate", "-o", "out", "--implant-share", "1.5"], "<= 1"),
        (["simulate", "-o", "out", "--condition", "gout"], "hip_osteoarthritis"),
        (["simulate", "-o", "out", "--voxel-mm", "0.2"], ">= 1"),
        (["simulate", "-o", "out", "--voxel-mm", "10"], "<= 5"),
        (["simulate", "-o", "out", "--per-template", "0"], "> 0"),
        (["simulate", "-o", "out", "--preset", "virtualhip"], "virtualhip-539"),
        (["simulate", "-o", "out", "--preset", "virtualhip-539", "--count", "20"], "leave the other settings"),
        (["simulate", "-o", "out", "--preset", "virtualhip-539", "--as", "study"], "for --as cohort"),
        (["simulate", "-o", "out", "--two-poses", "--as", "study"], "for --as cohort"),
        (["simulate", "-o", "out", "--registration-mm", "2"], "for --two-poses"),
        (["simulate", "-o", "out", "--two-poses", "--registration-deg", "-1"], ">= 0"),
        (["train", "-o", "out"], "no cohort"),
        (["train", "x", "-o", "out", "--stepz", "3"], "--steps"),
        (["train", "x", "-o", "out", "--row", "X"], "A+OWIS"),
        (["train", "x", "-o", "out", "--row", "R0"], "benchmarks/accuracy.py"),
        (["train", "x", "-o", "out", "--row", "d-pretrained"], "start"),
        (["evaluate", "a.csv", "b.csv"], "a.csv"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("words", "plan"),
    [
        (["--preset", "virtualhip-539"], PRESETS["virtualhip-539"]),
        (
            ["--two-poses", "--registration-mm", "2", "--registration-deg", "1"],
            VirtualPlan(two_poses=True, registration_error=RegistrationError(2.0, 1.0)),
        ),
        ([], VirtualPlan()),
    ],
)
def test_simulate_is_asked_for_the_patients_that_were_named(
    words: list[str], plan: VirtualPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SimulateConfig] = []

    def instead(config: SimulateConfig, *, watch: object) -> int:
        asked.append(config)
        return config.plan.count

    monkeypatch.setattr("mskdex.workflows.simulate.simulate", instead)
    assert main(["simulate", "-o", str(tmp_path / "cohort"), *words]) == 0
    assert [config.plan for config in asked] == [plan]


@pytest.mark.parametrize("command", ["predict", "simulate", "train", "evaluate", "info", "doctor"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "Usage: mskdex" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'scipy', 'numba', 'onnxruntime', 'matplotlib', 'pydicom', 'PIL'}"
    code = f"import sys; from mskdex.cli import main; main(['--help']); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_predict_imports_neither_torch_nor_plots(model_folder: Path, radiograph: Path, tmp_path: Path) -> None:
    words = ["predict", str(radiograph), "-o", str(tmp_path / "out"), "--model", str(model_folder)]
    words += ["--spacing-mm", "1.5"]
    heavy = "{'torch', 'numba', 'matplotlib', 'spekpy', 'xraydb', 'trimesh', 'nibabel'}"
    code = f"import sys; from mskdex.cli import main; print(main({words!r})); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["0", "set()"]


def test_a_model_that_is_not_what_it_claims(
    model_folder: Path, radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in model_folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes() + b" ")
    words = ["predict", str(radiograph), "-o", str(tmp_path / "out"), "--model", str(broken)]
    assert main(words) == 6
    assert "mskdex: weights.onnx is not the file that its card describes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_model_for_other_inputs(
    model_folder: Path, radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(model_folder, other)
    card = json.loads((other / "card.json").read_text())
    card["input"]["normalisation"]["high_percentile"] = 99.0
    (other / "card.json").write_text(json.dumps(card))
    assert main(["predict", str(radiograph), "-o", str(tmp_path / "out"), "--model", str(other)]) == 6
    assert "prepared otherwise" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_simulate_leaves_its_settings_without_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mskdex.workflows.simulate.make", lambda *_, **__: iter([(0, 1), (1, 1)]))
    assert main(["simulate", "-o", str(tmp_path), "--count", "1", "--anatomy", "atlas:/ward/secret"]) == 0
    text = (tmp_path / "run.json").read_text()
    run = json.loads(text)
    assert (run["command"], run["patients"], run["exit_status"]) == ("simulate", 1, 0)
    assert (run["config"]["anatomy"], run["config"]["count"]) == ("atlas", 1)
    assert "secret" not in text


def test_info_lists_structures_and_the_card(model_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--model", str(model_folder)]) == 0
    said = capsys.readouterr().out
    assert "gluteus_medius" in said
    assert "drawn 1" in said
    whole = json.loads((model_folder / "card.json").read_text())["sha256"]
    assert whole in "".join(said.split())
    assert "thecarddoesnotsay" in "".join(said.split())


def test_info_shows_what_is_reached_without_the_image(
    model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = json.loads((model_folder / "card.json").read_text())
    card["readings"]["image"]["metrics"] = {"all": {"muscle_volume_pcc": 0.82}}
    card["readings"]["image"]["controls"] = {"R1": {"all": {"muscle_volume_pcc": 0.81}}}
    (tmp_path / "card.json").write_text(json.dumps(card))
    assert main(["info", "--model", str(tmp_path)]) == 0
    said = "".join(capsys.readouterr().out.split())
    assert "muscle_volume_pcc0.82(withouttheimage0.81)" in said
    assert "thecarddoesnotsay" not in said


@pytest.mark.parametrize("words", [["info"], ["predict", "hüfte.dcm", "-o", "out"]])
def test_a_terminal_that_knows_ascii_alone_ends_nothing(words: list[str], model_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mskdex", *words, "--model", str(model_folder)]
    encoded = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=encoded, cwd=tmp_path)
    assert (done.returncode, "an error of ours" in done.stderr) == (0 if words == ["info"] else 2, False)
    assert "?" in done.stdout + done.stderr


def test_doctor_finds_the_model_and_says_how_to_get_the_rest(
    model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--model", str(model_folder)]) == 0
    said = capsys.readouterr().out
    assert "predict has all it needs" in said
    assert "python-gdcm" in said
    assert "Extra [train]" in said
    assert main(["doctor", "--model", str(tmp_path)]) == 5
    assert "missing" in capsys.readouterr().out


def test_doctor_names_a_worker_that_does_not_work(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    monkeypatch.setattr(
        "mskdex.images.isolation._start", lambda: subprocess.Popen([sys.executable, "-c", "input()"], **pipes)
    )
    assert main(["doctor", "--model", str(model_folder)]) == 5
    said = capsys.readouterr().out
    assert "Decode worker" in said
    assert "could not be decoded" in " ".join(said.split())


def test_an_error_of_ours_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("mskdex.workflows.info.examine", fail)
    assert main(["doctor"]) == 70
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ZeroDivisionError" in said
    assert "secret" not in said
    with pytest.raises(ZeroDivisionError):
        main(["doctor", "--debug"])


def test_a_full_disk_is_not_our_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/ward/secret")

    monkeypatch.setattr("mskdex.workflows.info.examine", full)
    assert main(["doctor"]) == 5
    said = capsys.readouterr().err
    assert "No space left" in said
    assert "secret" not in said


def measurements(path: Path, values: np.ndarray) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "structure", "side", "quantity", "value", "unit"])
        for number, value in enumerate(values):
            writer.writerow([f"p{number}", "gluteus_medius", "left", "volume", value, "cm3"])
            writer.writerow([f"p{number}", "gluteus_medius", "right", "volume", value * 1.1, "cm3"])
    return path


def test_evaluate_writes_table_and_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(200, 400, 20)
    a = measurements(tmp_path / "a.csv", truth + rng.normal(0, 20, 20))
    b = measurements(tmp_path / "b.csv", truth)
    subjects = tmp_path / "s.csv"
    lines = [f"p{n},{['f', 'male'][n % 2]},{50 + n},{165 + n % 7},{70 + n % 5}" for n in range(20)]
    # Who lacks a size or a sex is left out of the partial correlation; the others keep theirs.
    lines[2], lines[3] = lines[2].replace("f", "Female "), lines[3].replace("male", "M")
    lines[0], lines[1] = "p0,f,nan,165,70", "p1,,51,166,71"
    subjects.write_text("\n".join(["case,sex,age,height_cm,weight_kg", *lines]))
    out = tmp_path / "out"
    words = ["evaluate", str(a), str(b), "-o", str(out), "--subjects", str(subjects), "--resamples", "100"]
    assert main(words) == 0
    found = json.loads((out / "agreement.json").read_text())
    row = found["rows"][0]
    assert (row["structure"], row["side"], row["cases"]) == ("gluteus_medius", "right", 20)
    assert 0.8 < row["pcc"]["lower"] < row["pcc"]["value"] < row["pcc"]["upper"] < 1
    assert row["partial_pcc"] > 0.8
    assert row["partial_left_out"] == 2
    assert (found["not_in_predictions"], found["not_in_truth"]) == (0, 0)
    assert found["summary"]["mean_bone_mass_pcc"] is None
    assert (out / "plots" / "gluteus_medius.volume.svg").is_file()
    with (out / "agreement.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
    said = capsys.readouterr().out
    assert "mean PCC" in said
    assert "cases not in the predictions: 0; not in the truth: 0" in said
    assert "leaves out up to 2 cases" in said


def test_evaluate_reads_sex_as_predict_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = measurements(tmp_path / "a.csv", np.linspace(200.0, 400.0, 5))
    subjects = tmp_path / "s.csv"
    subjects.write_text("case,sex,height_cm\np0,F,160\np1,lady,170\n")
    assert main(["evaluate", str(table), str(table), "--subjects", str(subjects)]) == 2
    said = capsys.readouterr().err
    assert "s.csv, line 3: sex is female or male" in said
    assert "lady" not in said


def test_evaluate_records_the_table_in_the_folder_that_it_was_given(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    table = measurements(folder / "measurements.csv", np.linspace(200.0, 400.0, 5))
    assert main(["evaluate", str(folder), str(table), "-o", str(tmp_path / "out"), "--resamples", "100"]) == 0
    inputs = json.loads((tmp_path / "out" / "run.json").read_text())["inputs"]
    assert inputs["predictions"] == inputs["truth"] == hashlib.sha256(table.read_bytes()).hexdigest()


def test_evaluate_without_common_cases_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = measurements(tmp_path / "a.csv", np.arange(1.0, 3.0))
    assert main(["evaluate", str(a), str(a)]) == 2
    assert "three cases" in capsys.readouterr().err
