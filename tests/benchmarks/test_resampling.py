"""A patient who counts twice counts as two."""

from collections.abc import Callable

import numpy as np
import pytest

import resampling
from mskdex.evaluation import agreement
from mskdex.evaluation import controls

TEMPLATES = np.repeat([f"blob-{number:02d}" for number in range(20)], 5)


@pytest.fixture
def patients() -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
    """Readings, truths, what a control is given, and sex, of patients drawn by their numbers."""
    rng = np.random.default_rng(0)
    given, sex = rng.normal(size=(100, 3)), np.tile([0.0, 1.0], 50)
    truth = np.exp(given @ [0.3, 0.2, 0.1] + 0.2 * sex + 0.2 * rng.normal(size=100))
    read = truth * np.exp(0.2 * rng.normal(size=100))
    read[7] = 0.0  # not found
    return lambda numbers: tuple(each[numbers] for each in (read, truth, given, sex))


def test_statistics_are_those_of_patients_drawn_again(patients: Callable[[np.ndarray], tuple[np.ndarray, ...]]) -> None:
    times = resampling.resamples(TEMPLATES)[:30]
    everybody = patients(np.arange(100))
    drawn = [patients(np.repeat(np.arange(100), one.astype(int))) for one in times]
    np.testing.assert_allclose(
        resampling.pearson(*everybody[:2], times), [agreement.pearson(*one[:2]) for one in drawn], rtol=1e-9
    )
    np.testing.assert_allclose(
        resampling.partial_correlation(*everybody, times),
        [controls.partial_correlation(*one) for one in drawn],
        rtol=1e-6,
    )
    for ours, theirs in (
        (resampling.icc, agreement.icc_of_pair),
        (resampling.mae_percent, agreement.mean_absolute_percentage_error),
    ):
        np.testing.assert_allclose(ours(*everybody[:2], times), [theirs(*one[:2]) for one in drawn], rtol=1e-9)
    once = resampling.once(TEMPLATES)
    assert resampling.partial_correlation(*everybody, once)[0] == pytest.approx(
        controls.partial_correlation(*everybody)
    )


def test_templates_are_drawn_with_all_their_patients() -> None:
    times = resampling.resamples(TEMPLATES)
    assert times.shape == (resampling.RESAMPLES, 100)
    assert (times.sum(axis=1) == 100).all()
    assert (times.reshape(-1, 20, 5) == times[:, ::5, None]).all()
    assert times.mean() == pytest.approx(1)
    np.testing.assert_allclose(times.mean(axis=0), 1, atol=0.1)


def test_too_few_patients_of_a_sex_leave_no_partial_correlation(
    patients: Callable[[np.ndarray], tuple[np.ndarray, ...]],
) -> None:
    read, truth, given, sex = patients(np.arange(100))
    times = np.ones((2, 100))
    times[0, sex == 1] = 0
    times[0, np.flatnonzero(sex == 1)[:5]] = 1
    few, enough = resampling.partial_correlation(read, truth, given, sex, times)
    assert np.isnan(few)
    assert np.isfinite(enough)
