"""Scores say what they say they say."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.cohort import Split
from mskdex.model.told import Knowing
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums
from mskdex.training.scores import score
from mskdex.training.scores import told_of


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> Library:  # type: ignore[no-untyped-def]
    return Library([blob_cohort(tmp_path_factory.mktemp("cohort"), {Split.TEST: 6})], Split.TEST)


def test_sums_of_the_truth_are_the_truth(library: Library) -> None:
    patients = list(library)
    window = (slice(None), slice(4, 68), slice(4, 76))
    truth = iter([(p.arrays.thickness_cm[window], p.arrays.mass_g_per_cm2[window]) for p in patients])

    def oracle(batch: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chosen = [next(truth) for _ in batch]
        return np.stack([t for t, _ in chosen]), np.stack([m for _, m in chosen])

    sums = predict_sums(patients, oracle, batch=4)
    np.testing.assert_allclose(sums.volume, sums.true_volume, rtol=1e-3)
    np.testing.assert_allclose(sums.mass, sums.true_mass, rtol=1e-3)
    whole = np.stack([patient.arrays.whole_volume_cm3 for patient in patients])
    np.testing.assert_allclose(sums.true_volume, whole * sums.share, rtol=5e-3)
    figures = score(sums)
    assert set(figures) == {"all", "atlas", "builtin"}
    assert figures["all"]["muscle_pcc"] == pytest.approx(1, abs=1e-3)
    assert figures["all"]["muscle_volume_mae"] < 1e-2


@pytest.mark.parametrize(("unknown", "left"), [(0, 20), (2, 18), (3, 0), (20, 0)])
def test_what_is_not_known_of_nearly_all_is_told_of_nobody(library: Library, unknown: int, left: int) -> None:
    (first, *_) = library
    stranger = Patient(replace(first.subject, camera={}), first.arrays)
    patients = [stranger] * unknown + [first] * (20 - unknown)
    for knowing in (Knowing.SETUP, Knowing.BOTH):
        assert len(told_of(patients, knowing)) == left
    for knowing in (Knowing.IMAGE, Knowing.PERSON):
        assert len(told_of(patients, knowing)) == 20


def test_a_network_that_knows_only_volume_has_no_lean_fraction() -> None:
    rng = np.random.default_rng(0)
    true = rng.uniform(50, 500, (60, 41))
    lean = rng.uniform(0.6, 1.0, (60, 41))
    everywhere = np.ones((60, 41))
    blind = Sums(true, 0.8 * true * rng.normal(1, 1e-3, true.shape), true, true * lean, everywhere, everywhere > 0,
                 *[("blob",) * 60] * 2)  # fmt: skip
    figures = score(blind)["all"]
    assert figures["muscle_lean_mass_pcc"] > 0.9
    assert abs(figures["muscle_lean_fraction_pcc"]) < 0.2


def test_what_is_cut_or_unknown_is_not_scored() -> None:
    rng = np.random.default_rng(0)
    true = rng.uniform(50, 500, (40, 41))
    wrong = true.copy()
    known, share = np.ones((40, 41), bool), np.ones((40, 41))
    wrong[:10], known[:10] = 1e6, False
    wrong[10:20], share[10:20] = 1e6, 0.5
    figures = score(Sums(wrong, wrong, true, true, share, known, *[("blob",) * 40] * 2))["all"]
    assert figures["muscle_volume_pcc"] == pytest.approx(1)
    assert figures["bone_mass_mae"] == pytest.approx(0)
