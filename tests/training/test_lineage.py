"""Rows that must not have learnt from their own anatomy ask whose it was, as far back as weights go."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mskdex.cohort import Split
from mskdex.errors import ModelError
from mskdex.errors import UsageError
from mskdex.training.config import TrainConfig
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import finish
from mskdex.training.lineage import demand_other_anatomy
from mskdex.training.lineage import known_sources
from mskdex.training.lineage import sources_of
from mskdex.training.loop import train
from mskdex.training.settings import keep_settings

LeaveCard = Callable[..., Path]


def _library(*sources: str) -> Any:
    return [SimpleNamespace(subject=SimpleNamespace(source=source)) for source in sources]


def _begun(start: Path, run: Path) -> dict[str, Any]:
    """What a run that begins with some weights says of itself."""
    start.write_bytes(b"weights")
    run.mkdir()
    keep_settings(TrainConfig((Path("cohort"),), run, start=start), processes=1)
    settings: dict[str, Any] = json.loads((run / "config.json").read_text())
    return settings


def test_weights_are_refused_that_learnt_from_the_same_anatomy(tmp_path: Path, leave_card: LeaveCard) -> None:
    start = leave_card(tmp_path, {"train/atlas": 5, "test/builtin": 2})
    demand_other_anatomy(start, _library("builtin", "ct"))
    with pytest.raises(UsageError, match="'atlas'"):
        demand_other_anatomy(start, _library("atlas", "builtin"))


def test_weights_pass_on_what_they_began_with(tmp_path: Path, leave_card: LeaveCard) -> None:
    first = leave_card(tmp_path / "first", {"train/atlas": 5})
    second = leave_card(tmp_path / "second", {"train/ct": 5}, _begun(first, tmp_path / "second-run"))
    third = leave_card(tmp_path / "third", {"train/builtin": 5}, _begun(second, tmp_path / "third-run"))
    assert sources_of(third) == ["atlas", "builtin", "ct"]
    with pytest.raises(UsageError, match="'atlas'"):
        demand_other_anatomy(third, _library("atlas"))


def test_a_finished_run_tells_of_its_own_patients_and_of_what_it_began_with(
    tmp_path: Path,
    blob_cohort,  # type: ignore[no-untyped-def]
    leave_card: LeaveCard,
) -> None:
    cohort = blob_cohort(tmp_path / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 2, Split.TEST: 2})
    config = TrainConfig((cohort,), tmp_path / "run", steps=1, batch=2, width=0.1, threads=1, samples=False)
    first = replace(config, run=tmp_path / "first")
    start = leave_card(train(first), {"train/elsewhere": 2})
    run = train(replace(config, start=start))
    finish(FinishConfig(run, (cohort,), run / "model", threads=1))
    assert sources_of(run / "generator.safetensors") == ["atlas", "builtin", "elsewhere"]


def test_weights_that_began_with_unknown_ones_are_refused(tmp_path: Path, leave_card: LeaveCard) -> None:
    settings = _begun(tmp_path / "stray.safetensors", tmp_path / "run")
    assert settings["start_sources"] is None
    start = leave_card(tmp_path, {"train/ct": 5}, settings)
    with pytest.raises(ModelError, match="does not tell whose anatomy"):
        demand_other_anatomy(start, _library("atlas"))
    assert known_sources(start) is None


def test_weights_without_a_card_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no model/card\.json lies beside generator\.safetensors"):
        demand_other_anatomy(tmp_path / "generator.safetensors", _library("atlas"))


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"subjects"', '"patients"'),
        lambda text: text.replace('"schema": 1', '"schema": 9'),
    ],
)
def test_a_damaged_card_is_said_to_be_so(spoilt: Callable[[str], str], tmp_path: Path, leave_card: LeaveCard) -> None:
    start = leave_card(tmp_path, {"train/ct": 5})
    card = tmp_path / "model" / "card.json"
    card.write_text(spoilt(card.read_text()))
    with pytest.raises(ModelError, match=r"card\.json") as error:
        demand_other_anatomy(start, _library("atlas"))
    assert "\n" not in str(error.value)
