"""An interval covers what it promises, for whatever errors."""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis as scipy_mahalanobis

from mskdex.anatomy import Quantity
from mskdex.training.calibration import intervals
from mskdex.training.calibration import mahalanobis
from mskdex.training.calibration import training_range
from mskdex.training.calibration import two_sided
from mskdex.training.scores import Sums


def _sums(count: int, seed: int, error: float = 0.1) -> Sums:
    rng = np.random.default_rng(seed)
    true = np.exp(rng.normal(4, 0.3, (count, 1)) + rng.normal(0, 0.1, (count, 41)))
    lean = rng.uniform(0.7, 1.0, (count, 41))

    def noisy(values: np.ndarray) -> np.ndarray:
        return values * np.exp(error * rng.standard_t(3, values.shape))

    known = np.ones((count, 41), bool)
    names = ("blob",) * count
    return Sums(noisy(true), noisy(true * lean), true, true * lean, np.ones((count, 41)), known, names, names)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_new_patients_are_covered(level: float) -> None:
    table = intervals(_sums(200, 0), _sums(1000, 1), level)
    reached = [entry.coverage for quantities in table.values() for entry in quantities.values()]
    assert len(reached) == 36 * 3 + 5 * 2
    assert np.mean(reached) == pytest.approx(level, abs=0.02)
    assert min(reached) > level - 0.15


def test_the_rank_is_the_conformal_one() -> None:
    predicted = np.full(9, 100.0)
    true = predicted + np.arange(1, 10)
    assert two_sided(predicted, true, 0.8) == pytest.approx((1.0, 1.09))
    assert two_sided(1.05 * predicted, true, 0.8) == pytest.approx((1.01 / 1.05, 1.09 / 1.05))
    assert two_sided(1.05 * predicted, true, 0.5) == pytest.approx((1.02 / 1.05, 1.08 / 1.05))


def test_as_many_truths_lie_below_as_above_however_skewed_the_errors() -> None:
    rng = np.random.default_rng(0)
    below, above = [], []
    for _ in range(300):
        predicted, true = np.ones(400), rng.exponential(size=400)
        factors = two_sided(predicted[:99], true[:99], 0.9)
        assert factors is not None
        below.append(np.mean(true[99:] < factors[0]))
        above.append(np.mean(true[99:] > factors[1]))
    assert np.mean(below) == pytest.approx(0.05, abs=0.006)
    assert np.mean(above) == pytest.approx(0.05, abs=0.006)


def test_too_few_patients_promise_nothing() -> None:
    assert two_sided(np.ones(18), np.ones(18), 0.9) is None
    assert two_sided(np.ones(19), np.ones(19), 0.9) == (1.0, 1.0)
    assert two_sided(np.zeros(20), np.ones(20), 0.9) is None
    assert intervals(_sums(5, 0), _sums(5, 1), 0.9) == {}


def test_unknown_and_hidden_structures_calibrate_nothing() -> None:
    sums = _sums(40, 0)
    sums.known[:20, 0] = False
    sums.share[20:30, 0] = 0.2
    entry = intervals(sums, sums, 0.5)["gluteus_maximus_right"][Quantity.VOLUME]
    assert entry.calibrated_on == 10


def test_distance_is_mahalanobis() -> None:
    rng = np.random.default_rng(0)
    points, mean = rng.normal(size=(5, 3)), rng.normal(size=3)
    root = rng.normal(size=(3, 3))
    precision = root @ root.T
    expected = [scipy_mahalanobis(point, mean, precision) for point in points]
    np.testing.assert_allclose(mahalanobis(points, mean, precision), expected)


def test_the_range_holds_its_own_kind_and_nothing_else() -> None:
    rule = training_range(_sums(400, 0), _sums(300, 1), level=0.95)
    new, strange = _sums(300, 2), _sums(300, 3)
    strange.volume[:, ::2] *= 4

    def far(sums: Sums) -> float:
        logs = np.log(np.maximum(sums.volume, rule.floor))
        return float(
            np.mean(mahalanobis(logs, np.array(rule.mean), np.array(rule.precision)) > rule.distance_threshold)
        )

    assert far(new) == pytest.approx(0.05, abs=0.04)
    assert far(strange) > 0.95
    assert np.all(np.array(rule.log_volume_low) < np.array(rule.log_volume_high))
