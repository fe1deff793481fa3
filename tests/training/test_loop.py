"""A run repeats itself, survives being killed, and stops before it spoils its weights."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.errors import CohortError
from mskdex.errors import ModelError
from mskdex.errors import TrainingDivergedError
from mskdex.errors import UsageError
from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import finish
from mskdex.training.loop import train
from mskdex.training.objective import Paired
from mskdex.training.settings import CONFIG
from mskdex.training.settings import keep_settings
from mskdex.training.step import learning_rate


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> Path:  # type: ignore[no-untyped-def]
    folder: Path = blob_cohort(tmp_path_factory.mktemp("cohort"), {Split.TRAIN: 6, Split.VALIDATION: 4})
    return folder


def _config(cohort: Path, run: Path) -> TrainConfig:
    return TrainConfig(
        (cohort,),
        run,
        steps=6,
        batch=2,
        warmup_steps=2,
        width=0.2,
        precision=Precision.FLOAT32,
        accelerator=Accelerator.CPU,
        threads=1,
        log_every=2,
        validate_every=3,
        checkpoint_every=2,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, cohort: Path) -> Path:
    return train(_config(cohort, tmp_path_factory.mktemp("runs") / "whole"))


def test_what_a_run_leaves(finished: Path) -> None:
    assert sorted(path.name for path in finished.iterdir()) == [
        "checkpoints", "config.json", "generator.safetensors", "metrics.csv", "samples", "tensorboard"]  # fmt: skip
    assert [path.name for path in sorted((finished / "checkpoints").iterdir())] == [
        "step-00000004.pt", "step-00000006.pt"]  # fmt: skip
    lines = (finished / "metrics.csv").read_text().splitlines()
    assert lines[0] == "step,group,figure,value"
    groups = {line.split(",")[1] for line in lines[1:]}
    sources = ("all", "atlas", "builtin")
    validations = {f"{name}/{source}" for name in ("validation", "validation-person_and_setup") for source in sources}
    assert groups == {"train"} | validations


def test_a_run_told_other_facts_is_not_continued(tmp_path: Path, cohort: Path, finished: Path) -> None:
    older = shutil.copytree(finished, tmp_path / "older")
    settings = json.loads((older / CONFIG).read_text())
    (older / CONFIG).write_text(json.dumps({**settings, "facts_told": settings["facts_told"][:4]}))
    with pytest.raises(UsageError, match="begun with another facts_told"):
        train(_config(cohort, older))


def test_the_events_hold_the_same_figures(finished: Path) -> None:
    events = EventAccumulator(str(finished / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [2, 4, 6]
    logged = [line for line in (finished / "metrics.csv").read_text().splitlines() if line.startswith("6,train,loss")]
    assert events.Scalars("train/loss")[-1].value == pytest.approx(float(logged[0].split(",")[-1]), rel=1e-4)


def test_a_run_repeated_gives_the_same_bytes(tmp_path: Path, cohort: Path, finished: Path) -> None:
    again = train(_config(cohort, tmp_path / "again"))
    for name in ("generator.safetensors", "metrics.csv"):
        assert (again / name).read_bytes() == (finished / name).read_bytes()


@pytest.mark.parametrize("log_every", [2, 3])
def test_a_killed_run_resumed_equals_the_uninterrupted_one(
    log_every: int, tmp_path: Path, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, config = (replace(_config(cohort, tmp_path / name), log_every=log_every) for name in ("whole", "killed"))
    train(whole)
    real = Paired.losses
    calls: list[int] = []

    def dying(*arguments):  # type: ignore[no-untyped-def]
        calls.append(1)
        if len(calls) == 6:  # in step 6: a checkpoint is at 4, and logging every third step, a line is at 3
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(Paired, "losses", dying)
    with pytest.raises(KeyboardInterrupt):
        train(config)
    monkeypatch.undo()
    (config.run / "checkpoints" / ".step-00000006.pt.k1ll3d.tmp").write_bytes(b"half")
    train(config)
    for name in ("generator.safetensors", "metrics.csv"):
        assert (config.run / name).read_bytes() == (whole.run / name).read_bytes()


def test_training_that_diverges_keeps_its_last_good_weights(
    tmp_path: Path, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Paired.losses
    calls: list[int] = []

    def exploding(*arguments):  # type: ignore[no-untyped-def]
        calls.append(1)
        return real(*arguments) * (float("nan") if len(calls) == 4 else 1.0)

    monkeypatch.setattr(Paired, "losses", exploding)
    config = _config(cohort, tmp_path / "run")
    with pytest.raises(TrainingDivergedError, match=r"step 4 \(patients train-.*step-00000002\.pt, is kept"):
        train(config)
    (kept,) = (config.run / "checkpoints").iterdir()
    state = torch.load(kept, weights_only=True)
    assert state["step"] == 2
    assert all(torch.isfinite(value).all() for value in state["network"].values())
    assert not (config.run / "run.lock").exists()


def test_other_settings_do_not_continue_a_run(finished: Path, cohort: Path) -> None:
    with pytest.raises(UsageError, match="another batch, seed"):
        train(replace(_config(cohort, finished), batch=3, seed=9))


def test_a_run_that_goes_on_in_other_processes_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = _config(tmp_path / "cohort", tmp_path)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step-00000002.pt").touch()
    for processes in (2, 2, 1):
        assert caplog.messages == []
        keep_settings(config, processes)
    assert caplog.messages == ["begun with processes: 2; goes on with processes: 1"]
    assert json.loads((tmp_path / "config.json").read_text())["processes"] == 2


def test_a_damaged_checkpoint_is_named(tmp_path: Path, cohort: Path) -> None:
    config = _config(cohort, tmp_path)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step-00000002.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match="step-00000002"):
        train(config)


def test_a_model_without_intervals_is_never_left_behind(tmp_path: Path, finished: Path, cohort: Path) -> None:
    with pytest.raises(CohortError, match="'test'"):
        finish(FinishConfig(finished, (cohort,), tmp_path, threads=1))
    assert [path.name for path in tmp_path.iterdir()] == ["weights.onnx"]


def test_the_clock_may_end_a_run(tmp_path: Path, cohort: Path) -> None:
    run = train(replace(_config(cohort, tmp_path / "run"), minutes=0.01, steps=10**9))
    assert (run / "generator.safetensors").exists()


def test_learning_rate_rises_and_falls() -> None:
    config = TrainConfig((Path("c"),), Path("r"), learning_rate=1.0, warmup_steps=10, steps=100)
    rates = [learning_rate(config, step, step / 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert int(np.argmax(rates)) == 9
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert learning_rate(config, 100, 1.0) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("field", "value"),
    [("steps", 0), ("batch", -1), ("minutes", 0.0), ("ema_decay", 1.0), ("muon", -1.0), ("cohorts", ())],
)
def test_impossible_settings_are_refused(field: str, value: object) -> None:
    with pytest.raises(UsageError, match=field.rstrip("s")):
        replace(TrainConfig((Path("c"),), Path("r")), **{field: value})  # type: ignore[arg-type]


def test_patients_with_implants_train_too(tmp_path: Path, cohort: Path) -> None:
    source = Cohort.open(cohort)
    with CohortWriter(tmp_path / "cohort", provenance={}) as writer:
        for subject in source.subjects:
            writer.add(replace(subject, metal=True, unmeasured=("femur_left",)), source.read(subject))
    train(replace(_config(tmp_path / "cohort", tmp_path / "run"), steps=2))
