"""What can be had without the image stands beside what a model reads, and what a model knows beyond it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mskdex.anatomy import Quantity
from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.model.card import Interval
from mskdex.training.controls import Facts
from mskdex.training.controls import Seen
from mskdex.training.controls import control_scores
from mskdex.training.controls import facts_of
from mskdex.training.controls import partial_scores
from mskdex.training.factors import fit_factors
from mskdex.training.hospital import as_known
from mskdex.training.library import Library
from mskdex.training.readings import HeldOut
from mskdex.training.readings import readings
from mskdex.training.readings import without_interval
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Row
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums


def _seen(count: int, seed: int, noise: float = 0.3, sources: tuple[str, ...] = ("blob",)) -> Seen:
    """Muscles that go with sizes and person, and half as much with nothing that is known; readings that know both."""
    rng = np.random.default_rng(seed)
    facts = Facts(rng.normal(size=(count, 5)), rng.normal(size=(count, 4)), rng.normal(size=(count, 2)))
    facts.person[:, 0] = np.arange(count) % 2
    size = 0.2 * facts.sizes[:, :1] + 0.2 * facts.person[:, 1:2]
    own = 0.14 * rng.normal(size=(count, 41))
    true = np.exp(4 + size + own)
    lean = np.exp(-0.2 - 0.02 * np.abs(rng.normal(size=(count, 41))))
    read = true * np.exp(noise * rng.normal(size=true.shape))
    names = tuple(sources[number * len(sources) // count] for number in range(count))
    mass = read * 0.8 * np.exp(0.02 * rng.normal(size=true.shape))
    sums = Sums(read, mass, true, true * lean, np.ones_like(true), np.ones(true.shape, bool), names, names)
    return Seen(sums, facts)


def test_a_control_reaches_what_sizes_and_person_say() -> None:
    found = control_scores(_seen(300, 0), _seen(200, 1), setup=False)
    assert set(found) == {"R0", "R1"}
    assert set(found["R1"]) == {"all", "blob"}
    assert found["R0"]["all"]["muscle_volume_pcc"] == pytest.approx(0.63, abs=0.08)  # 0.2 / hypot(0.2, 0.2, 0.14)
    assert found["R1"]["all"]["muscle_volume_pcc"] == pytest.approx(0.88, abs=0.05)
    assert not [name for name in found["R1"]["all"] if not name.endswith("_pcc")]


def test_a_model_that_knows_no_more_than_the_control_has_no_partial_correlation() -> None:
    test = _seen(300, 1, noise=0.0)
    own = partial_scores(test, setup=False)["all"]
    assert own["muscle_partial_pcc"] > 0.95
    assert abs(own["muscle_lean_fraction_partial_pcc"]) < 0.1
    size = np.exp(0.2 * test.facts.sizes[:, :1] + 0.2 * test.facts.person[:, 1:2])
    chance = np.exp(0.01 * np.random.default_rng(0).normal(size=test.sums.volume.shape))
    blind = replace(test.sums, volume=size * chance, mass=size * chance)
    figures = partial_scores(Seen(blind, test.facts), setup=False)["all"]
    assert abs(figures["muscle_partial_pcc"]) < 0.05


def test_a_person_nobody_knows_leaves_the_control_of_sizes_alone() -> None:
    strangers = [_seen(100, seed) for seed in (0, 1)]
    strangers = [Seen(one.sums, replace(one.facts, person=np.full((100, 4), np.nan))) for one in strangers]
    assert set(control_scores(*strangers, setup=False)) == {"R0"}
    assert partial_scores(strangers[1], setup=False) == {}


def test_widths_that_no_cohort_holds_are_left_out() -> None:
    train, test = _seen(200, 0), _seen(100, 1)
    for one in (train, test):
        one.facts.sizes[:, 1:4] = np.nan
    assert set(control_scores(train, test, setup=False)) == {"R0", "R1"}
    assert "muscle_partial_pcc" in partial_scores(test, setup=False)["all"]


def test_too_few_patients_of_a_source_have_no_control() -> None:
    train, test = _seen(200, 0, sources=("blob", "rare")), _seen(100, 1, sources=("blob", "rare"))
    few = np.array([source == "blob" or number >= 194 for number, source in enumerate(train.sums.sources)])
    assert set(control_scores(train.of(few), test, setup=False)["R1"]) == {"blob"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> Path:  # type: ignore[no-untyped-def]
    counts = {Split.TRAIN: 40, Split.VALIDATION: 24, Split.TEST: 12}
    return blob_cohort(tmp_path_factory.mktemp("controls") / "cohort", counts)  # type: ignore[no-any-return]


class _Grey:
    """A model whose maps are the radiograph's own greys."""

    def run(self, radiographs: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        grey = np.abs(radiographs[:, :1, ::2, ::2]) + 0.1
        return np.repeat(grey, 42, axis=1), np.repeat(0.9 * grey, 41, axis=1)


def test_a_card_holds_controls_and_the_pelvis(cohort: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = _Grey()
    factors = fit_factors(predict_sums(Library([cohort], Split.VALIDATION), model.run))
    found = readings(HeldOut((cohort,), None, 500, RECIPES[Row.U]), model, factors, 0.9)  # type: ignore[arg-type]
    for reading in found.values():
        assert set(reading.controls) == {"R0", "R1"}
        assert "muscle_volume_pcc" in reading.controls["R1"]["all"]
        assert set(reading.pelvis) == {Quantity.VOLUME, Quantity.BONE_MASS}
    assert "no interval" not in caplog.text


def test_structures_without_an_interval_are_named(
    cohort: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = Cohort.open(cohort)
    with CohortWriter(tmp_path / "cut", provenance={}) as writer:
        for number, subject in enumerate(source.subjects):
            hidden = ("femur_left", "sacrum") if subject.split is Split.VALIDATION and number % 2 else ()
            writer.add(replace(subject, unmeasured=hidden, sha256=None), source.read(subject))
    model = _Grey()
    factors = fit_factors(predict_sums(Library([tmp_path / "cut"], Split.VALIDATION), model.run))
    readings(HeldOut((tmp_path / "cut",), None, 500, RECIPES[Row.U]), model, factors, 0.9)  # type: ignore[arg-type]
    assert "no interval, person known, of femur_left, sacrum, pelvis: too few" in caplog.text


@pytest.mark.parametrize("row", [Row.C, Row.D_CARRIED])
def test_what_a_hospital_lacks_calibrates_no_row_that_does_not_learn_from_it(
    row: Row,
    cohort: Path,
    tmp_path: Path,
    as_in_hospital,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # type: ignore[no-untyped-def]
    for module in ("store", "record"):  # what is not a number shows that nobody looks
        monkeypatch.setattr(f"mskdex.cohort.{module}.check", lambda *_: None)
    source = Cohort.open(cohort)
    with CohortWriter(tmp_path / "cohort", provenance={}) as writer:
        for subject in source.subjects:
            arrays = as_in_hospital(source.read(subject))
            if subject.split is Split.VALIDATION:
                unknown = arrays.thickness_cm * np.float16(np.nan), arrays.mass_g_per_cm2 * np.float16(np.nan)
                arrays = replace(arrays, thickness_cm=unknown[0], mass_g_per_cm2=unknown[1])
            writer.add(replace(subject, sha256=None), arrays)
    model, recipe = _Grey(), RECIPES[row]
    known = predict_sums(as_known(Library([tmp_path / "cohort"], Split.VALIDATION), recipe), model.run)
    assert np.isfinite(known.true_volume).all()
    factors = fit_factors(known)
    found = readings(HeldOut((tmp_path / "cohort",), None, 4, recipe), model, factors, 0.9)  # type: ignore[arg-type]
    assert "no interval" not in caplog.text
    ends = [end for reading in found.values() for one in reading.pelvis.values() for end in (one.low, one.high)]
    assert len(ends) == 4 * len(found)
    assert np.isfinite(ends).all()


def test_an_interval_of_one_quantity_is_not_one_of_all() -> None:
    half = {Quantity.VOLUME: Interval(level=0.9, low=0.9, high=1.1, calibrated_on=20)}
    assert "sacrum" in without_interval({"sacrum": half}, half)


def test_facts_of_a_cohort_are_those_that_it_holds(cohort: Path) -> None:
    first, second, *_ = Library([cohort], Split.TEST)
    stranger = replace(first.subject, person={}, camera={})
    facts = facts_of([first._replace(subject=stranger), second])
    assert np.isfinite(facts.sizes).all()
    assert np.isnan(facts.person[0]).all()
    assert np.isnan(facts.setup[0]).all()
    assert np.isfinite(np.hstack([facts.person[1], facts.setup[1]])).all()
    bare = first._replace(arrays=replace(first.arrays, attenuation=None))
    np.testing.assert_array_equal(np.isnan(facts_of([bare]).sizes), [[True, True, True, False, False]])
