"""Rows A to D train on what a hospital has: nothing else spoils them, and they are resumed like any run."""

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABELS
from mskdex.cohort import Arrays
from mskdex.cohort import Hospital
from mskdex.cohort import Split
from mskdex.errors import CohortError
from mskdex.errors import ModelError
from mskdex.errors import UsageError
from mskdex.model.card import WEIGHTS
from mskdex.model.export import from_onnx
from mskdex.model.told import VECTOR_LENGTH
from mskdex.training.begin import GROWN
from mskdex.training.begin import begin
from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.feed import Origin
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import exported
from mskdex.training.finish import finish
from mskdex.training.finish import rebuilt
from mskdex.training.hospital import HospitalExample
from mskdex.training.hospital import hospital_example
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.library import Position
from mskdex.training.lineage import weights_of
from mskdex.training.loop import train
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Pairs
from mskdex.training.rows import Row
from mskdex.training.state import Norms
from mskdex.training.translation import Players
from mskdex.training.translation import Translated

HOSPITAL_ROWS = [row for row, recipe in RECIPES.items() if recipe.pairs in (None, Pairs.REGISTERED_CT)]


@pytest.fixture(autouse=True)
def _poison_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a cohort refuses what is not a number; here it is what shows that nobody looks."""
    monkeypatch.setattr("mskdex.cohort.record.check", lambda *_: None)


def _config(cohort: Path, run: Path, row: Row = Row.A) -> TrainConfig:
    return TrainConfig(
        (cohort,),
        run,
        row=row,
        steps=3,
        batch=2,
        warmup_steps=1,
        width=0.1,
        precision=Precision.FLOAT32,
        accelerator=Accelerator.CPU,
        threads=1,
        log_every=1,
        validate_every=100,
        checkpoint_every=2,
    )


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory, blob_cohort, leave_model) -> Path:  # type: ignore[no-untyped-def]
    """A model of row U, of another cohort, whose anatomy the card says is another one too."""
    folder = tmp_path_factory.mktemp("paired")
    cohort = blob_cohort(folder / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 1})
    run = train(replace(_config(cohort, folder / "run", Row.U), steps=1))
    weights, _ = exported(run)
    model: Path = leave_model(folder / "model", {"train/elsewhere": 2}, weights=weights)
    return model


@pytest.mark.parametrize("row", HOSPITAL_ROWS)
def test_no_row_reads_the_truth_in_the_radiographs_pose_nor_maps_that_are_another_rows(
    row: Row, tmp_path: Path, poisoned_cohort: Path, paired: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Arrays.as_hospital
    monkeypatch.setattr(Arrays, "as_hospital", lambda arrays: _spoilt(row, whole(arrays)))
    start = paired if RECIPES[row].pretrained else None
    run = train(replace(_config(poisoned_cohort, tmp_path / "run"), row=row, start=start))
    lines = [line.split(",") for line in (run / "metrics.csv").read_text().splitlines()[1:]]
    assert {step for step, *_ in lines} == {"1", "2", "3"}
    assert all(np.isfinite(float(value)) for *_, value in lines)
    assert all(torch.isfinite(tensor).all() for tensor in load_file(run / "generator.safetensors").values())


def _spoilt(row: Row, held: Hospital) -> Hospital:
    """Without the CT in its own pose where pairs are of the registered one, else without the latter's soft tissue."""
    poison = np.float16(np.nan)
    if RECIPES[row].pairs is Pairs.REGISTERED_CT:
        thickness, mass = held.ct_thickness_cm * poison, held.ct_mass_g_per_cm2 * poison
        return replace(held, ct_thickness_cm=thickness, ct_mass_g_per_cm2=mass)
    soft = np.where(np.isin(np.arange(len(LABELS)), [label.channel for label in BONE_LABELS]), 1, poison)
    thickness, mass = held.registered_thickness_cm, held.registered_mass_g_per_cm2
    return replace(
        held,
        registered_thickness_cm=thickness * soft[:, None, None],
        registered_mass_g_per_cm2=mass * soft[: len(mass), None, None],
    )


def _partners(row: Row, library: Library, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Whose radiograph is ever shown with whose real maps."""
    pairs: set[tuple[str, str]] = set()
    patients = list(library) * 40
    example = hospital_example(patients[0], patients[0], np.random.default_rng(0))

    def instead(patient: Patient, other: Patient, _: np.random.Generator) -> HospitalExample:
        pairs.add((patient.subject.id, other.subject.id))
        return example

    monkeypatch.setattr("mskdex.training.translation.hospital_example", instead)
    recipe, ones = RECIPES[row], torch.ones(1)
    assert recipe.translation is not None
    objective = Translated(recipe, recipe.translation, Norms(ones, ones), ones, Players(torch.nn.Identity()))
    objective.draw(library, patients, [np.random.default_rng(k) for k in range(len(patients))], Origin(Position()))
    return pairs


def test_real_maps_are_anybody_elses_and_never_the_patients_own(
    poisoned_cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library((poisoned_cohort,), Split.TRAIN)
    assert _partners(Row.C, library, monkeypatch) == set(permutations(library.patients, 2))


def test_real_maps_are_the_patients_own_where_they_are_judged_together_or_there_is_nobody_else(
    poisoned_cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library((poisoned_cohort,), Split.TRAIN)
    own = {(name, name) for name in library.patients}
    assert _partners(Row.D_CONDITIONED, library, monkeypatch) == own
    name = min(library.patients)
    library.patients = {name: library.patients[name]}
    assert _partners(Row.C, library, monkeypatch) == {(name, name)}


@pytest.mark.parametrize("row", [Row.A_OWIS, Row.D_RECOMPOSITION])
def test_a_killed_run_resumed_equals_the_uninterrupted_one(
    row: Row, tmp_path: Path, poisoned_cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(_config(poisoned_cohort, tmp_path / "whole", row))
    real = Translated.discriminators
    calls: list[int] = []

    def dying(*arguments):  # type: ignore[no-untyped-def]
        calls.append(1)
        if len(calls) == 3:  # in step 3, when its generators have moved already
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(Translated, "discriminators", dying)
    killed = _config(poisoned_cohort, tmp_path / "killed", row)
    with pytest.raises(KeyboardInterrupt):
        train(killed)
    monkeypatch.setattr(Translated, "discriminators", real)
    train(killed)
    for name in ("generator.safetensors", "metrics.csv"):
        assert (killed.run / name).read_bytes() == (whole / name).read_bytes()
    states = [torch.load(run / "checkpoints" / "step-00000003.pt", weights_only=True) for run in (whole, killed.run)]
    players = {"maps", "radiographs", "backward"} if row is Row.A_OWIS else {"maps"}
    assert states[0]["rivals"].keys() == players
    for name in players:
        for one, other in zip(*(state["rivals"][name].values() for state in states), strict=True):
            assert torch.equal(one, other)


def test_other_networks_see_maps_on_one_scale_though_the_cohort_has_changed(
    tmp_path: Path, poisoned_cohort: Path
) -> None:
    """A run that re-reads its cohort measures it anew when it goes on."""
    config = _config(poisoned_cohort, tmp_path, Row.A)
    library = Library((poisoned_cohort,), Split.TRAIN)
    training = begin(config, library, torch.device("cpu"))
    assert training.rivals is not None
    kept, scale = training.save(tmp_path / "checkpoints"), training.rivals.scale.clone()
    training.rivals.scale.mul_(2)
    training.load(kept)
    assert torch.equal(training.rivals.scale, scale)


def test_a_plain_head_becomes_a_model(tmp_path: Path, poisoned_cohort: Path) -> None:
    run = train(replace(_config(poisoned_cohort, tmp_path / "run", Row.B), steps=1))
    with pytest.raises(CohortError, match="'test'"):
        finish(FinishConfig(run, (poisoned_cohort,), tmp_path / "model", threads=1))
    assert (tmp_path / "model" / "weights.onnx").exists()


def test_a_row_that_muon_does_not_move_begins_with_the_very_weights_it_is_given(
    tmp_path: Path, poisoned_cohort: Path, paired: Path
) -> None:
    config = replace(_config(poisoned_cohort, tmp_path, Row.D_LEANHEAD), start=paired, muon=0.0)
    training = begin(config, Library((poisoned_cohort,), Split.TRAIN), torch.device("cpu"))
    _, given = weights_of(paired)
    for state in (training.network.state_dict(), training.average.network.state_dict()):
        assert all(torch.equal(state[name], tensor) for name, tensor in given.items())


def test_a_row_that_muon_moves_begins_with_the_same_answers(
    tmp_path: Path, poisoned_cohort: Path, paired: Path
) -> None:
    config = replace(_config(poisoned_cohort, tmp_path), row=Row.D_CARRIED_PRETRAINED, start=paired)
    training = begin(config, Library((poisoned_cohort,), Split.TRAIN), torch.device("cpu"))
    given = rebuilt(weights_of(paired)[1], config.width, config.recipe.head)
    radiograph, told = torch.randn(2, 2, 32, 32), torch.randn(2, VECTOR_LENGTH)
    for ours, theirs in zip(training.network.eval()(radiograph, told), given.eval()(radiograph, told), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-4)
    lengths = [weights.square().mean().sqrt().item() for weights in training.network.filters()]
    assert lengths == pytest.approx([GROWN] * len(lengths))


def test_an_exported_model_holds_what_was_trained_to_the_last_bit(
    tmp_path: Path,
    blob_cohort,  # type: ignore[no-untyped-def]
) -> None:
    cohort = blob_cohort(tmp_path / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 1})
    run = train(_config(cohort, tmp_path / "run", Row.U))
    weights, _ = exported(run)
    trained = load_file(run / "generator.safetensors")
    counters = {name for name in trained if name.endswith("num_batches_tracked")}
    again = from_onnx(weights)
    assert again.keys() == trained.keys() - counters
    assert all(torch.equal(tensor, trained[name]) for name, tensor in again.items())


def test_the_settings_know_the_model_by_its_hash(tmp_path: Path, poisoned_cohort: Path, paired: Path) -> None:
    elsewhere = tmp_path / "moved"
    copytree(paired, elsewhere)
    config = replace(_config(poisoned_cohort, tmp_path / "run", Row.D_LEANHEAD), start=paired, steps=1)
    train(config)
    train(replace(config, start=elsewhere))
    assert len(json.loads((config.run / "config.json").read_text())["start_sha256"]) == 64
    with pytest.raises(UsageError, match="start_sha256"):
        train(replace(config, start=None))


@pytest.mark.parametrize(("row", "width"), [(Row.C, 0.1), (Row.D_LEANHEAD, 0.3)])
def test_weights_of_another_network_are_refused(
    row: Row, width: float, tmp_path: Path, poisoned_cohort: Path, paired: Path
) -> None:
    config = _config(poisoned_cohort, tmp_path, row)
    with pytest.raises(ModelError, match="does not fit"):
        train(replace(config, width=width, start=paired))
    train(replace(config, row=Row.C, steps=1))  # the folder is as good as new


def test_a_cohort_without_ct_maps_is_refused_before_the_first_step(
    tmp_path: Path,
    blob_cohort,  # type: ignore[no-untyped-def]
) -> None:
    cohort = blob_cohort(tmp_path / "cohort", {Split.TRAIN: 2, Split.VALIDATION: 1})
    with pytest.raises(CohortError, match="two-poses"):
        train(_config(cohort, tmp_path / "run", Row.C))


def test_a_pretrained_row_does_not_begin_with_pairs_of_its_own_anatomy(
    tmp_path: Path,
    poisoned_cohort: Path,
    paired: Path,
    leave_model,  # type: ignore[no-untyped-def]
) -> None:
    library = Library((poisoned_cohort,), Split.TRAIN)
    source = min(patient.subject.source for patient in library)
    start = leave_model(tmp_path, {f"train/{source}": 5}, weights=(paired / WEIGHTS).read_bytes())
    config = replace(_config(poisoned_cohort, tmp_path), row=Row.D_PRETRAINED, start=start)
    with pytest.raises(UsageError, match=source):
        begin(config, library, torch.device("cpu"))
