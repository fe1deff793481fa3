"""Readings are right in the mean, intervals know that factors were fitted, and training on begins without them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.anatomy import Quantity
from mskdex.cohort import Split
from mskdex.model.checkpoint import load_model
from mskdex.model.export import from_onnx
from mskdex.training.config import TrainConfig
from mskdex.training.factors import FEWEST
from mskdex.training.factors import Factors
from mskdex.training.factors import fit_factors
from mskdex.training.factors import second_half
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import exported
from mskdex.training.finish import finish
from mskdex.training.library import Library
from mskdex.training.lineage import weights_of
from mskdex.training.loop import train
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums

SACRUM = LABEL_BY_NAME["sacrum"].channel
ORDER = list(MIRRORED_CHANNELS)[:41]


def _sums(count: int, low: float = 0.95, seed: int = 0) -> Sums:
    """Patients of four templates, read low."""
    rng = np.random.default_rng(seed)
    true, lean = rng.lognormal(4, 0.3, (count, 41)), rng.uniform(0.7, 1.0, (count, 41))
    read = low * true * rng.lognormal(-0.02, 0.2, true.shape)
    templates = tuple(f"blob-{'fm'[number % 2]}-{number % 4:03d}" for number in range(count))
    known = np.ones((count, 41), bool)
    return Sums(read, 1.02 * read * lean, true, true * lean, np.ones((count, 41)), known, ("blob",) * count, templates)


def test_factors_set_readings_right_in_the_mean_and_are_those_of_both_sides() -> None:
    sums = _sums(200)
    factors = fit_factors(sums)
    read, true = (table.sum(0) for table in (factors.whole[0] * sums.volume, sums.true_volume))
    np.testing.assert_allclose(read + read[ORDER], true + true[ORDER], rtol=1e-4)
    np.testing.assert_array_equal(factors.whole, factors.whole[:, ORDER])
    assert factors.whole[0].mean() == pytest.approx(1 / 0.95, abs=0.01)
    assert factors.whole[1].mean() == pytest.approx(1 / 0.95 / 1.02, abs=0.01)
    named = factors.named()
    assert named["sacrum"] == {Quantity.VOLUME: factors.whole[0, SACRUM], Quantity.BONE_MASS: factors.whole[1, SACRUM]}
    assert set(named["pectineus"]) == {Quantity.VOLUME, Quantity.LEAN_MASS}


def test_halves_share_no_template_and_have_both_sexes() -> None:
    templates = [f"{source}-{sex}-{number:03d}" for source in ("atlas", "builtin") for sex in "fm" for number in (3, 6)]
    second = second_half(templates * 3)
    assert second == {f"{source}-{sex}-006" for source in ("atlas", "builtin") for sex in "fm"}


def test_of_few_patients_nothing_is_fitted() -> None:
    sums = _sums(2 * FEWEST)
    hidden = sums.known.copy()
    hidden[0, SACRUM] = hidden[1, 0] = False
    factors = fit_factors(replace(sums, known=hidden))
    assert (factors.whole[:, [SACRUM, 0, 1]] == 1).all()
    assert (factors.whole != 1).sum() == 2 * 38
    assert fit_factors(replace(sums, templates=("one",) * len(sums))).are_one


def test_each_half_is_calibrated_with_the_others_factors() -> None:
    sums = _sums(80)
    factors = fit_factors(sums)
    finished = replace(sums, volume=sums.volume * factors.whole[0], mass=sums.mass * factors.whole[1])
    crossed = factors.cross_fitted(finished)
    second = np.array([template in factors.in_second for template in sums.templates])
    assert 0 < second.sum() < 80
    np.testing.assert_allclose(crossed.volume[~second], sums.volume[~second] * factors.second[0])
    np.testing.assert_allclose(crossed.mass[second], sums.mass[second] * factors.first[1])
    assert not np.allclose(factors.first, factors.second, rtol=1e-3)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> tuple[Path, Path]:  # type: ignore[no-untyped-def]
    """A run of one step and its cohort, of whose few validation patients factors are fitted all the same."""
    folder = tmp_path_factory.mktemp("finished")
    cohort = blob_cohort(folder / "cohort", {Split.TRAIN: 4, Split.VALIDATION: 8, Split.TEST: 2})
    run = train(TrainConfig((cohort,), folder / "run", steps=1, batch=2, width=0.1, threads=1, samples=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mskdex.training.factors.FEWEST", 2)
        finish(FinishConfig(run, (cohort,), run / "model", threads=1))
    return run, cohort


def test_the_finished_models_maps_hold_the_factors(finished: tuple[Path, Path]) -> None:
    run, cohort = finished
    model = load_model(run / "model", threads=1)
    sums = predict_sums(Library((cohort,), Split.VALIDATION), model.run)
    read, true = sums.volume.sum(0), sums.true_volume.sum(0)
    np.testing.assert_allclose(read + read[ORDER], true + true[ORDER], rtol=1e-3)
    assert set(model.card.factors["femur"]) == {Quantity.VOLUME, Quantity.BONE_MASS}


def test_training_on_begins_with_the_network_without_its_factors(finished: tuple[Path, Path]) -> None:
    run, _ = finished
    state, trained = weights_of(run)[1], from_onnx(exported(run)[0])
    assert state.keys() == trained.keys()
    assert all((state[name] == trained[name]).all() for name in state)


def test_factors_of_one_change_nothing() -> None:
    ones = np.ones((2, 41))
    factors = Factors(ones, ones, ones, frozenset({"blob-f-000"}))
    assert factors.are_one
    assert factors.named() == {}
    sums = _sums(4)
    np.testing.assert_array_equal(factors.cross_fitted(sums).volume, sums.volume)
