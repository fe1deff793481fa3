"""The door of ``train``, where torchrun opens it several times at once."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
def test_several_processes_are_started_again_by_torchrun_with_the_same_words(
    words: list[str], added: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def instead(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        return subprocess.CompletedProcess(command, 3)

    told = ["train", "cohort", "-o", "run", "--start", "hip", "--processes", "2", *words]
    monkeypatch.setattr(subprocess, "run", instead)
    monkeypatch.setattr(sys, "argv", ["mskdex", *told])
    assert main(told) == 3
    ((_, *launcher), tail) = (started[0][: started[0].index("mskdex")], started[0][started[0].index("mskdex") + 1 :])
    assert "--nproc-per-node=2" in launcher
    assert "--local-addr=127.0.0.1" in launcher
    assert tail == [*told, *added]


def test_one_of_several_processes_starts_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[TrainConfig] = []
    monkeypatch.setattr("mskdex.workflows.train.train", lambda config, **_: trained.append(config))
    for name, value in {"TORCHELASTIC_RUN_ID": "none", "RANK": "1", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert main(["train", "cohort", "-o", str(tmp_path), "--processes", "2"]) == 0
    assert len(trained) == 1
