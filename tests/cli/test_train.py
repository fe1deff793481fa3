"""The door of ``train``, where torchrun opens it several times at once."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from torch.distributed.launcher.api import LaunchConfig

from mskdex.cli import main
from mskdex.training.config import TrainConfig

Watch = Callable[[int, int], None]


@pytest.mark.parametrize(("rank", "speaks"), [(None, True), (0, True), (1, False)])
def test_of_several_processes_the_first_alone_shows_bar_and_lines(
    rank: int | None,
    speaks: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    watched: list[Watch | None] = []

    def instead(_: TrainConfig, *, watch: Watch | None = None) -> Path | None:
        watched.append(watch)
        logging.getLogger("mskdex.training").info("step 50")
        return tmp_path / "model" if speaks else None

    monkeypatch.setattr("mskdex.workflows.train.train", instead)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    if rank is not None:
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
        monkeypatch.setenv("RANK", str(rank))
    assert main(["train", "cohort", "-o", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert [watch is not None for watch in watched] == [speaks]
    assert ("step 50" in said.err, "model: " in said.out) == (speaks, speaks)
    assert speaks or said.err == ""


@pytest.mark.parametrize(("words", "added"), [([], ["--threads", "1"]), (["--threads=3"], [])])
def test_several_processes_are_started_again_with_the_same_words(
    words: list[str], added: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[LaunchConfig] = []
    started: list[tuple[str, ...]] = []

    threads: list[str | None] = []

    def instead(config: LaunchConfig, _: str) -> Callable[..., None]:
        configs.append(config)
        threads.append(os.environ.get("OMP_NUM_THREADS"))
        return lambda *command: started.append(command)

    told = ["train", "cohort", "-o", "run", "--start", "hip", "--processes", "2", *words]
    monkeypatch.setattr("torch.distributed.launcher.api.elastic_launch", instead)
    monkeypatch.setattr(sys, "argv", ["mskdex", *told])
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert main(told) == 0
    assert (threads, os.environ.get("OMP_NUM_THREADS")) == (["1"], None)
    assert (configs[0].nproc_per_node, configs[0].local_addr) == (2, "127.0.0.1")
    assert started == [("-m", "mskdex", *told, *added)]


def test_why_several_processes_failed_is_said_as_one_would_say_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mskdex", "train", str(tmp_path / "nosuch"), "-o", str(tmp_path / "run")]
    alone, together = (
        subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        for more in ([], ["--processes", "2"])
    )
    assert together.returncode == alone.returncode == 6
    assert set(together.stderr.splitlines()) == set(alone.stderr.splitlines())
    assert "Traceback" not in together.stderr


def test_one_of_several_processes_starts_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[TrainConfig] = []
    monkeypatch.setattr("mskdex.workflows.train.train", lambda config, **_: trained.append(config))
    for name, value in {"TORCHELASTIC_RUN_ID": "none", "RANK": "1", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert main(["train", "cohort", "-o", str(tmp_path), "--processes", "2"]) == 0
    assert len(trained) == 1


@pytest.mark.parametrize("named", ["auto", "bf16-mixed", "32-true"])
def test_a_precision_is_called_what_plan_and_settings_call_it(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[TrainConfig] = []

    def instead(config: TrainConfig, *, watch: Watch | None = None) -> None:
        taken.append(config)

    monkeypatch.setattr("mskdex.workflows.train.train", instead)
    assert main(["train", "cohort", "-o", str(tmp_path), "--precision", named]) == 0
    assert [str(config.precision) for config in taken] == [named]
    assert main(["train", "cohort", "-o", str(tmp_path), "--precision", "half"]) == 2
