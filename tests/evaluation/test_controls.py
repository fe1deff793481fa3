"""Controls: regression on sizes, and what is left of a correlation without them."""

import numpy as np
import pytest
from scipy import stats

from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import fit_log_linear
from mskdex.evaluation.controls import partial_correlation


def test_a_power_law_is_found_exactly() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.uniform(1, 3, size=(50, 2))
    volumes = 4 * sizes[:, :1] ** 1.5 * sizes[:, 1:] ** [[-0.5, 2.0]]
    model = fit_log_linear(np.log(sizes[:30]), volumes[:30])
    np.testing.assert_allclose(model.predict(np.log(sizes[30:])), volumes[30:], rtol=1e-9)


def test_coefficients_are_scipys() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=80)
    y = np.exp(1 + 0.7 * x + rng.normal(size=80) / 3)
    expected = stats.linregress(x, np.log(y))
    fitted = fit_log_linear(x[:, None], y)
    np.testing.assert_allclose(fitted.coefficients, [expected.intercept, expected.slope])
    # Smearing keeps the mean: exp alone would come out low by half the residual variance.
    assert fitted.predict(x[:, None]).mean() == pytest.approx(y.mean(), rel=0.02)


def test_zero_volumes_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        fit_log_linear(np.ones((3, 1)), np.array([1.0, 0.0, 2.0]))


def test_partial_correlation_is_the_textbook_formula() -> None:
    rng = np.random.default_rng(2)
    size, x, y = rng.normal(size=(3, 200))
    x, y = x + 2 * size, y + 3 * size + 0.5 * x
    r = np.corrcoef([x, y, size])
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert partial_correlation(np.exp(x), np.exp(y), size[:, None]) == pytest.approx(expected)


def test_a_controls_own_prediction_is_left_with_nothing_however_curved() -> None:
    rng = np.random.default_rng(0)
    sex = np.repeat([0, 1], 200)
    size = rng.normal(size=(400, 2))
    known = np.column_stack([size, sex])
    truth = np.exp(size @ [0.8, 0.6] + 0.3 * sex + 0.1 * rng.normal(size=400))
    control = fit_log_linear(known[::2], truth[::2]).predict(known)
    assert partial_correlation(control, truth, size, sex) == 0
    assert abs(partial_correlation(control * np.exp(0.05 * rng.normal(size=400)), truth, size, sex)) < 0.1


def test_who_has_no_volume_is_left_out_of_the_partial_correlation() -> None:
    rng = np.random.default_rng(5)
    size, more = rng.normal(size=(2, 50))
    truth = np.exp(size + more)
    measured = np.exp(size + more + 0.1 * rng.normal(size=50))
    wanted = partial_correlation(measured[5:], truth[5:], size[5:, None])
    measured[:5] = 0
    assert partial_correlation(measured, truth, size[:, None]) == pytest.approx(wanted)


def test_what_does_not_vary_has_no_partial_correlation() -> None:
    rng = np.random.default_rng(6)
    size = rng.normal(size=(50, 1))
    assert np.isnan(partial_correlation(np.ones(50), np.exp(rng.normal(size=50)), size))
    assert np.isnan(partial_correlation(np.exp(rng.normal(size=50)), np.exp(size[:, 0]), size))
    assert np.isnan(partial_correlation(np.zeros(50), np.exp(size[:, 0]), size))


def test_a_network_that_knows_only_size_is_left_with_nothing() -> None:
    rng = np.random.default_rng(3)
    sex = np.repeat([0, 1], 300)
    size = rng.normal(size=600) + sex
    truth = (1 + sex) * size + rng.normal(size=600)
    measured = (2 - sex) * size + 0.1 * rng.normal(size=600)
    assert np.corrcoef(measured, truth)[0, 1] > 0.4
    assert abs(partial_correlation(np.exp(measured), np.exp(truth), size[:, None], sex)) < 0.12


def test_too_few_subjects_leave_no_partial_correlation() -> None:
    values = np.arange(1.0, 5.0)
    assert np.isnan(partial_correlation(values, values, np.ones((4, 2))))


def test_asymmetry_forgets_size() -> None:
    rng = np.random.default_rng(4)
    size = rng.lognormal(size=100)
    ratio = rng.lognormal(sigma=0.1, size=100)
    truth = (size * ratio, size)
    assert asymmetry_correlation((ratio, np.ones(100)), truth) == pytest.approx(1)
    assert abs(asymmetry_correlation((size * rng.lognormal(sigma=0.1, size=100), size), truth)) < 0.3
