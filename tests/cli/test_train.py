"""The door of ``train``, where torchrun opens it several times at once."""

import logging
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
