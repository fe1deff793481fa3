"""Fibres: turns are rotations, a belly's run along it, a fan's down to its tendon; streaks of fat lie along them."""

import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.fibres import fibre_turns
from mskdex.phantom.tissue import GRAIN
from mskdex.phantom.tissue import STREAKS
from mskdex.phantom.tissue import texture_banks

PIRIFORMIS, MEDIUS = LABEL_BY_NAME["piriformis_left"].value, LABEL_BY_NAME["gluteus_medius_left"].value


def _parts() -> np.ndarray:
    parts = np.zeros((60, 60, 60), np.uint8)
    i, j, k = np.indices(parts.shape)
    parts[(np.abs(i - j) < 4) & (np.abs(k - 10) < 3)] = PIRIFORMIS  # a bar along i = j
    parts[(k > 20) & (np.abs(i - 30) < k - 18) & (np.abs(j - 30) < 3)] = MEDIUS  # a triangle that stands on its tip
    return parts


def test_every_turn_is_a_rotation() -> None:
    turns = fibre_turns(_parts(), np.ones(3))
    np.testing.assert_allclose(turns @ turns.swapaxes(1, 2), np.broadcast_to(np.eye(3), turns.shape), atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-6)


def test_a_belly_runs_along_its_length_and_a_fan_to_its_tip() -> None:
    turns = fibre_turns(_parts(), np.ones(3))
    assert abs(turns[PIRIFORMIS, 2] @ np.array([1, 1, 0]) / np.sqrt(2)) > 0.99
    assert turns[MEDIUS, 2] @ np.array([0, 0, -1]) > 0.99


def test_spacing_decides_what_is_long() -> None:
    parts = np.zeros((20, 20, 20), np.uint8)
    parts[5:15, 8:12, 4:16] = PIRIFORMIS
    assert abs(fibre_turns(parts, np.array([3.0, 1.0, 1.0]))[PIRIFORMIS, 2, 0]) > 0.99
    assert abs(fibre_turns(parts, np.ones(3))[PIRIFORMIS, 2, 2]) > 0.99


def _alike(bank: np.ndarray, axis: int, steps: int) -> float:
    values = bank.astype(np.float32)
    return float(np.corrcoef(values.ravel(), np.roll(values, steps, axis).ravel())[0, 1])


def test_streaks_are_longer_along_the_grain_than_across_it() -> None:
    streaks = texture_banks()[STREAKS]
    assert _alike(streaks, 2, 10) > 0.3 > 0.1 > abs(_alike(streaks, 0, 10))


def test_what_has_no_fibres_has_no_direction() -> None:
    grain = texture_banks()[GRAIN]
    near = [_alike(grain, axis, 3) for axis in range(3)]
    assert max(near) - min(near) < 0.02
    assert near[0] > 0.1
