"""Agreement statistics against published worked examples and scipy."""

import numpy as np
import pytest
from scipy import stats

from mskdex.evaluation import agreement

# Shrout & Fleiss, Psychol Bull 1979;86:420, table 2: six subjects, four judges.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)

# Zaiontz, Real Statistics, "Intraclass correlation": eight wines, four judges; ICC(2,1) 0.728.
WINES = np.array(
    [[1, 1, 3, 6, 6, 7, 8, 9], [2, 3, 8, 4, 5, 5, 7, 9], [0, 3, 1, 3, 5, 6, 7, 9], [1, 2, 4, 3, 6, 2, 9, 8]], float
).T

# Bland & Altman, Lancet 1986;1:307, table 1: peak expiratory flow (l/min), first readings with both meters.
WRIGHT = np.array([494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427], float)
MINI_WRIGHT = np.array([512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451], float)


def test_icc_of_shrout_and_fleiss() -> None:
    assert agreement.icc(SHROUT_FLEISS) == pytest.approx(0.29, abs=0.005)


def test_icc_of_the_wines() -> None:
    assert agreement.icc(WINES) == pytest.approx(0.728, abs=0.0005)


def test_bland_altman_of_bland_and_altman() -> None:
    # Published: mean difference -2.1, limits -79.7 and 75.5 (from an SD rounded to 38.8), r = 0.94.
    assert agreement.bias(WRIGHT, MINI_WRIGHT) == pytest.approx(-2.1, abs=0.05)
    assert agreement.limit_below(WRIGHT, MINI_WRIGHT) == pytest.approx(-79.7, abs=0.15)
    assert agreement.limit_above(WRIGHT, MINI_WRIGHT) == pytest.approx(75.5, abs=0.15)
    assert agreement.pearson(WRIGHT, MINI_WRIGHT) == pytest.approx(0.94, abs=0.005)


def test_pearson_is_scipys() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 5, 40)) + 1000
    expected = [stats.pearsonr(a, b).statistic for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(agreement.pearson(x, y), expected, rtol=1e-9)


def test_absolute_agreement_punishes_an_offset_and_correlation_does_not() -> None:
    truth = np.linspace(100, 300, 30)
    assert agreement.pearson(truth + 80, truth) == pytest.approx(1.0)
    assert agreement.icc_of_pair(truth + 80, truth) < 0.6
    assert agreement.icc_of_pair(truth, truth) == pytest.approx(1.0)


def test_percentage_error_is_of_the_mean_truth() -> None:
    assert agreement.mean_absolute_percentage_error(np.array([11.0, 31.0]), np.array([10.0, 30.0])) == pytest.approx(5)


@pytest.mark.parametrize("statistic", [agreement.pearson, agreement.icc_of_pair])
def test_what_does_not_vary_has_no_correlation(statistic: agreement.Statistic) -> None:
    constant = np.full(10, 0.1)
    assert np.isnan(statistic(constant, constant))


def test_bootstrap_intervals_cover_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    rho, covered, repeats = 0.8, 0, 200
    for seed in range(repeats):
        x, y = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=60).T
        estimate = agreement.bootstrap({"pcc": agreement.pearson}, x, y, resamples=400, seed=seed)["pcc"]
        covered += estimate.lower <= rho <= estimate.upper
    assert 0.88 <= covered / repeats <= 0.99


def test_bootstrap_repeats_with_its_seed() -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 20))
    once, again = (agreement.bootstrap({"bias": agreement.bias}, x, y, seed=3) for _ in range(2))
    assert once == again
