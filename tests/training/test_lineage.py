"""Rows that must not have learnt from their own anatomy ask whose it was, as far back as models go."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from mskdex.anatomy import LABELS
from mskdex.anatomy import Quantity
from mskdex.cohort import Split
from mskdex.errors import ModelError
from mskdex.errors import UsageError
from mskdex.images.grid import to_grid
from mskdex.images.normalise import network_input
from mskdex.images.radiograph import read_radiograph
from mskdex.model.card import CARD
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.checkpoint import load_model
from mskdex.model.checkpoint import shipped_model
from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.model.head import Head
from mskdex.model.person import PersonFacts
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.training.begin import begin
from mskdex.training.config import TrainConfig
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import exported
from mskdex.training.finish import finish
from mskdex.training.finish import rebuilt
from mskdex.training.library import Library
from mskdex.training.lineage import demand_other_anatomy
from mskdex.training.lineage import known_sources
from mskdex.training.lineage import model_of
from mskdex.training.lineage import sources_of
from mskdex.training.lineage import weights_of
from mskdex.training.loop import train
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Pairs
from mskdex.training.rows import Row
from mskdex.training.settings import keep_settings
from mskdex.workflows.examples import example_radiograph

LeaveModel = Callable[..., Path]


def _library(*sources: str) -> Any:
    return [SimpleNamespace(subject=SimpleNamespace(source=source)) for source in sources]


def _card(folder: Path) -> Card:
    return Card.read(folder / CARD)


def _begun(start: Path, run: Path) -> dict[str, Any]:
    """What a run that begins with some model says of itself."""
    run.mkdir()
    keep_settings(TrainConfig((Path("cohort"),), run, start=start), processes=1)
    settings: dict[str, Any] = json.loads((run / "config.json").read_text())
    return settings


def test_a_model_is_refused_that_learnt_from_the_same_anatomy(tmp_path: Path, leave_model: LeaveModel) -> None:
    card = _card(leave_model(tmp_path, {"train/atlas": 5, "test/builtin": 2}))
    demand_other_anatomy(card, _library("builtin", "ct"))
    with pytest.raises(UsageError, match="'atlas'"):
        demand_other_anatomy(card, _library("atlas", "builtin"))


def test_models_pass_on_what_they_began_with(tmp_path: Path, leave_model: LeaveModel) -> None:
    first = leave_model(tmp_path / "first", {"train/atlas": 5})
    second = leave_model(tmp_path / "second", {"train/ct": 5}, _begun(first, tmp_path / "second-run"))
    third = leave_model(tmp_path / "third", {"train/builtin": 5}, _begun(second, tmp_path / "third-run"))
    assert sources_of(_card(third)) == ["atlas", "builtin", "ct"]
    with pytest.raises(UsageError, match="'atlas'"):
        demand_other_anatomy(_card(third), _library("atlas"))


def test_a_hospital_may_go_on_from_its_own_model(tmp_path: Path, leave_model: LeaveModel) -> None:
    first = leave_model(tmp_path / "first", {"train/atlas": 5}, {"row": "U"})
    own = leave_model(tmp_path / "own", {"train/ct": 5}, {**_begun(first, tmp_path / "own-run"), "row": "D-carried"})
    demand_other_anatomy(_card(own), _library("ct"))
    with pytest.raises(UsageError, match="'atlas'"):
        demand_other_anatomy(_card(own), _library("atlas"))


def test_a_mean_of_models_has_learnt_from_all_of_theirs(tmp_path: Path, leave_model: LeaveModel) -> None:
    said = {"row": "U", "start_sha256": None, "start_sources": ["atlas", "builtin"]}
    assert sources_of(_card(leave_model(tmp_path / "mean", {"train/builtin": 5}, said))) == ["atlas", "builtin"]


def test_no_row_that_sees_what_a_hospital_has_begins_with_its_own_patients_truth(
    tmp_path: Path,
    blob_cohort,  # type: ignore[no-untyped-def]
    leave_model: LeaveModel,
) -> None:
    cohort = blob_cohort(tmp_path / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 2, Split.TEST: 2})
    library = Library((cohort,), Split.TRAIN)
    config = TrainConfig((cohort,), tmp_path / "run", steps=1, batch=2, width=0.1, threads=1, samples=False)
    weights, _ = exported(train(config))
    taught = {f"train/{patient.subject.source}": 2 for patient in library}
    start = leave_model(tmp_path / "model", taught, {"row": "U"}, weights=weights)
    rows = [row for row, recipe in RECIPES.items() if recipe.pairs is not Pairs.TRUTH]
    assert {Row.A, Row.C, Row.D_LEANHEAD, Row.D_CARRIED, Row.D_CARRIED_PRETRAINED} <= set(rows)
    for row in rows:
        with pytest.raises(UsageError, match="whose anatomy this row's cohort shares"):
            begin(replace(config, row=row, start=start), library, torch.device("cpu"))
    begin(replace(config, start=start), library, torch.device("cpu"))


def test_a_finished_run_tells_of_its_own_patients_and_of_what_it_began_with(
    tmp_path: Path,
    blob_cohort,  # type: ignore[no-untyped-def]
    leave_model: LeaveModel,
) -> None:
    cohort = blob_cohort(tmp_path / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 2, Split.TEST: 2})
    config = TrainConfig((cohort,), tmp_path / "run", steps=1, batch=2, width=0.1, threads=1, samples=False)
    weights, _ = exported(train(replace(config, run=tmp_path / "first")))
    start = leave_model(tmp_path / "model", {"train/elsewhere": 2}, weights=weights)
    run = train(replace(config, start=start))
    finish(FinishConfig(run, (cohort,), run / "model", threads=1))
    assert sources_of(_card(model_of(run))) == ["atlas", "builtin", "elsewhere"]


def test_a_card_speaks_of_no_way_of_telling_that_its_patients_did_not_allow(
    tmp_path: Path,
    blob_cohort,  # type: ignore[no-untyped-def]
) -> None:
    cohort = blob_cohort(tmp_path / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 2, Split.TEST: 2})
    journal = cohort / "subjects.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    of_test = [line for line in lines if line["split"] == "test"]
    of_test[0]["camera"] = {}
    for line in lines:
        line["camera"] = {**line["camera"], **({"table_detector_mm": None} if line["split"] == "train" else {})}
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = train(TrainConfig((cohort,), tmp_path / "run", steps=1, batch=2, width=0.1, threads=1, samples=False))
    finish(FinishConfig(run, (cohort,), run / "model", threads=1))
    card = _card(model_of(run))
    assert set(card.readings) == {Knowing.IMAGE, Knowing.PERSON}
    assert card.sdd_mm is not None
    assert card.table_detector_mm is None


def test_a_model_that_began_with_an_unknown_one_is_refused(tmp_path: Path, leave_model: LeaveModel) -> None:
    stray = leave_model(tmp_path / "stray", None)
    settings = _begun(stray, tmp_path / "run")
    assert settings["start_sources"] is None
    card = _card(leave_model(tmp_path / "next", {"train/ct": 5}, settings))
    with pytest.raises(ModelError, match="does not tell whose anatomy"):
        demand_other_anatomy(card, _library("atlas"))
    assert known_sources(card) is None


def test_a_model_is_found_by_its_folder_its_run_or_its_name(tmp_path: Path, leave_model: LeaveModel) -> None:
    model = leave_model(tmp_path / "run" / "model", {})
    assert model_of(model) == model_of(tmp_path / "run") == model
    assert model_of(Path("hip")) == shipped_model()
    with pytest.raises(UsageError, match="holds no finished model"):
        model_of(tmp_path)


def test_training_can_go_on_from_the_shipped_model() -> None:
    card, state = weights_of(Path("hip"))
    ones = [1.0] * len(LABELS)
    network = Generator(Bounds(ones, ones[:-1], ones[:-1]), Widths().scaled(card.training["width"]))
    network.load_state_dict(state)  # strict: every tensor is there
    assert sources_of(card) == ["atlas", "builtin"]


def test_the_shipped_model_answers_as_its_weights_do_in_todays_network() -> None:
    """Else whoever goes on from it would begin elsewhere."""
    card, state = weights_of(shipped_model())
    network = rebuilt(state, card.training["width"], Head.LEAN).eval()
    taken = read_radiograph(example_radiograph())
    on_grid = to_grid(taken.pixels, taken.field, taken.spacing_mm)
    images = np.stack([network_input(on_grid.pixels, on_grid.field)] * 2)
    told = np.stack([Told().vector(), Told(PersonFacts("female", 60.0, 165.0, 70.0)).vector()])
    with torch.no_grad():
        ours, _ = network(torch.from_numpy(images), torch.from_numpy(told))
    model = load_model()
    model.card = card.model_copy(update={"input": card.input.model_copy(update={"mirrored_average": False})})
    theirs, _ = model.run(images, told)
    factors = [card.factors.get(label.structure.name, {}).get(Quantity.VOLUME, 1.0) for label in LABELS]
    expected = ours.numpy() * np.reshape(factors, (1, -1, 1, 1))
    np.testing.assert_allclose(theirs.sum((2, 3)), expected.sum((2, 3)), rtol=1e-3)


def test_weights_under_another_models_card_are_refused(tmp_path: Path, leave_model: LeaveModel) -> None:
    model = leave_model(tmp_path, {})
    (model / WEIGHTS).write_bytes(b"others")
    with pytest.raises(ModelError, match="not the file that its card describes"):
        weights_of(model)


def test_what_is_no_network_is_refused(tmp_path: Path, leave_model: LeaveModel) -> None:
    with pytest.raises(ModelError, match="not a network"):
        weights_of(leave_model(tmp_path, {}))


def test_a_damaged_card_is_said_to_be_so(tmp_path: Path, leave_model: LeaveModel) -> None:
    card = leave_model(tmp_path, {"train/ct": 5}) / CARD
    card.write_text(card.read_text()[:200])
    with pytest.raises(ModelError, match=r"card\.json") as error:
        weights_of(tmp_path)
    assert "\n" not in str(error.value)
