"""What is seen of a run: a plan before hours are spent, pictures, figures with and without TensorBoard."""

import logging
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.errors import ResourceError
from mskdex.report.samples import Sample
from mskdex.training import metrics
from mskdex.training import plan
from mskdex.training.begin import begin
from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.library import Library
from mskdex.training.loop import train
from mskdex.training.plan import MEASURED
from mskdex.training.plan import WARMING_UP
from mskdex.training.plan import Pace
from mskdex.training.plan import describe
from mskdex.training.plan import duration
from mskdex.training.rows import Row
from mskdex.training.samples import SAMPLE_BYTES

STEPS = WARMING_UP + MEASURED + 2


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> Path:  # type: ignore[no-untyped-def]
    counts = {Split.TRAIN: 5, Split.VALIDATION: 3, Split.TEST: 2}
    folder: Path = blob_cohort(tmp_path_factory.mktemp("cohort"), counts)
    return folder


@pytest.fixture(scope="module")
def hospital_cohort(tmp_path_factory: pytest.TempPathFactory, cohort: Path, as_in_hospital) -> Path:  # type: ignore[no-untyped-def]
    folder: Path = tmp_path_factory.mktemp("hospital") / "cohort"
    source = Cohort.open(cohort)
    with CohortWriter(folder, provenance={}) as writer:
        for subject in source.subjects:
            writer.add(subject, as_in_hospital(source.read(subject)))
    return folder


@pytest.fixture
def config(cohort: Path, tmp_path: Path) -> TrainConfig:
    return TrainConfig(
        (cohort,),
        tmp_path / "run",
        steps=STEPS,
        batch=2,
        width=0.1,
        precision=Precision.FLOAT32,
        accelerator=Accelerator.CPU,
        threads=1,
        log_every=7,
        validate_every=7,
        checkpoint_every=7,
    )


def test_the_plan_is_said_once_and_pictures_are_kept(config: TrainConfig, caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[int, int]] = []
    with caplog.at_level(logging.INFO, "mskdex"):
        train(config, lambda done, total: told.append((done, total)))
    assert told == [(step, STEPS) for step in range(1, STEPS + 1)]
    (said,) = (record.getMessage() for record in caplog.records if record.getMessage().startswith("plan"))
    for words in (
        "row U, 32-true",
        "train 5 (atlas 2, builtin 3); validation 3 (atlas 1, builtin 2); test 2 (atlas 1, builtin 1)",
        f"{STEPS} steps of 2 patients, 7.0 passes",
        "s per step",
        "per pass of 2 steps",
        "left, until about",
        "MB for checkpoints, pictures and the model",
    ):
        assert words in said
    assert sorted(path.name for path in (config.run / "samples").iterdir()) == [
        "step-00000007.png", "step-00000014.png"]  # fmt: skip


def test_a_continued_run_says_its_plan_and_draws_its_pictures_again(
    config: TrainConfig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mskdex.training.watch.WARMING_UP", 1)
    monkeypatch.setattr("mskdex.training.watch.MEASURED", 1)
    train(config)
    last = config.run / "samples" / "step-00000014.png"
    drawn = last.read_bytes()
    last.unlink()
    (config.run / "checkpoints" / "step-00000014.pt").unlink()
    with caplog.at_level(logging.INFO, "mskdex"):
        train(config)
    assert last.read_bytes() == drawn
    said = [record.getMessage() for record in caplog.records]
    assert "continuing after step 7" in said
    assert sum(line.startswith("plan") for line in said) == 1


def test_who_wants_no_picture_of_a_patient_gets_none(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Sample] = []

    def instead(sample: Sample) -> bytes:
        drawn.append(sample)
        return b"picture"

    monkeypatch.setattr("mskdex.training.samples.draw_sample", instead)
    train(replace(config, steps=8, samples=False))
    assert not (config.run / "samples").exists()
    assert drawn == []
    (config.run / "checkpoints" / "step-00000008.pt").unlink()
    (config.run / "checkpoints" / "step-00000007.pt").unlink()
    train(replace(config, steps=8))  # a run may change its mind when it goes on
    assert [path.name for path in (config.run / "samples").iterdir()] == ["step-00000007.png"]
    (title,) = (sample.title for sample in drawn)
    assert "step 7" in title
    ids = [subject.id for cohort in config.cohorts for subject in Cohort.open(cohort).subjects]
    assert not any(name in title for name in ids)


def test_a_full_disk_is_said_before_the_first_step(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(ResourceError, match=r"take \d+ MB, and where run lies 0 MB are free"):
        train(config)
    assert not (config.run / "checkpoints").exists()
    assert not (config.run / "run.lock").exists()


def test_the_disk_that_is_planned_is_what_is_taken(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[int] = []
    real = plan.disk_bytes
    monkeypatch.setattr(plan, "disk_bytes", lambda *known: planned.append(real(*known)) or planned[-1])
    train(config)
    taken = sum(path.stat().st_size for path in config.run.rglob("*") if path.is_file())
    assert 0.5 * planned[0] < taken < planned[0]


@pytest.mark.parametrize(("row", "networks"), [(Row.U, 1), (Row.B, 2), (Row.A, 4)])
def test_a_checkpoint_takes_what_is_planned_for_it(
    row: Row, networks: int, config: TrainConfig, hospital_cohort: Path
) -> None:
    config = replace(config, cohorts=(hospital_cohort,), row=row)
    config.run.mkdir()
    training = begin(config, Library(config.cohorts, Split.TRAIN), torch.device("cpu"))
    for optimizer in training.optimizers:
        for parameter in (each for group in optimizer.param_groups for each in group["params"]):
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
    size = training.save(config.run / "checkpoints").stat().st_size
    assert 0 <= size - training.checkpoint_bytes < 400_000  # names of tensors
    said = describe(config, torch.device("cpu"), training, Pace(1.0, 12, 12.0), processes=2)
    assert said.splitlines()[1].count("+") == networks - 1
    assert "2 processes, each with 1 of the 2 patients" in said


def test_the_clock_tells_about_how_many_steps_there_will_be(config: TrainConfig) -> None:
    config = replace(config, minutes=10.0)
    config.run.mkdir()
    training = begin(config, Library(config.cohorts, Split.TRAIN), torch.device("cpu"))
    said = describe(config, torch.device("cpu"), training, Pace(s_per_step=0.5, steps_done=100, elapsed_s=60.0))
    assert f"{100 + 9 * 60 * 2} steps" in said
    assert "9 min left" in said


def test_the_pictures_that_will_be_drawn_are_planned_for(config: TrainConfig) -> None:
    config.run.mkdir()
    training = begin(config, Library(config.cohorts, Split.TRAIN), torch.device("cpu"))
    pace = Pace(s_per_step=0.5, steps_done=100, elapsed_s=60.0)

    def pictures(pace: Pace | None, **settings: Any) -> float:
        drawn = plan.disk_bytes(replace(config, **settings), training, pace)
        return (drawn - plan.disk_bytes(replace(config, samples=False), training, pace)) / SAMPLE_BYTES

    assert pictures(None) == STEPS // 7
    assert pictures(pace, minutes=10.0) == (100 + 9 * 60 * 2) // 7
    assert pictures(None, minutes=10.0) == 0
    assert pictures(pace, minutes=10.0, samples=False) == 0
    many = describe(replace(config, validate_every=1, minutes=1000.0), torch.device("cpu"), training, pace)
    assert re.search(r"disk +18\.0 GB for", many)


def test_without_tensorboard_the_table_holds_all(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(metrics, "find_spec", lambda _: None)
    with caplog.at_level(logging.INFO, "mskdex"):
        train(replace(config, steps=7))
    assert sum("no TensorBoard events" in record.getMessage() for record in caplog.records) == 1
    assert not (config.run / "tensorboard").exists()
    assert re.search(r"^7,train,loss,", (config.run / "metrics.csv").read_text(), re.M)


@pytest.mark.parametrize(
    ("seconds", "said"), [(1.24, "1.2 s"), (40, "40 s"), (140, "140 s"), (170, "3 min"), (7500, "2 h 5 min")]
)
def test_durations_are_for_people(seconds: float, said: str) -> None:
    assert duration(seconds) == said
