"""Figures of a row: each quantity by itself, and what a control leaves of it."""

import numpy as np
import pytest

from accuracy_cases import Group
from accuracy_cases import Read
from accuracy_cases import with_controls
from accuracy_scores import intervals
from accuracy_scores import score
from accuracy_scores import summary
from mskdex.training.scores import Sums


def group(count: int = 120, seed: int = 0, rows: tuple[str, ...] = ("U",), noise: float = 0.1) -> Group:
    """Patients whose lean fraction goes with age alone, read by models that know volume and age."""
    rng = np.random.default_rng(seed)
    sizes, person = rng.normal(size=(count, 5)), rng.normal(size=(count, 4))
    person[:, 0] = np.arange(count) % 2
    true = np.exp(4 + 0.2 * sizes[:, :1] + 0.2 * rng.normal(size=(count, 41)))
    lean = np.exp(-0.3 + 0.05 * person[:, 1:2] + 0.05 * rng.normal(size=(count, 41)))
    ones = np.ones_like(true)
    reads = {}
    for row in rows:
        volume = true * np.exp(noise * rng.normal(size=true.shape))
        mass = volume * np.exp(-0.3 + 0.05 * person[:, 1:2] + 0.001 * rng.normal(size=true.shape))
        names = ("blob",) * count
        reads[row] = Read(Sums(volume, mass, true, true * lean, ones, ones > 0, names, names), 0.9 * ones)
    template = np.array([f"blob-{number // 4:03d}" for number in range(count)])
    return Group(sizes, person, rng.normal(size=(count, 2)), reads, np.ones(count, bool), template)


def test_a_lean_fraction_that_is_prior_has_no_partial_correlation() -> None:
    figures = summary(score(group(), "U"))
    assert figures["mean_lean_fraction_pcc"] == pytest.approx(0.7, abs=0.1)
    assert abs(figures["mean_lean_fraction_partial_pcc"]) < 0.1
    assert figures["mean_volume_partial_pcc"] > 0.8
    assert figures["mean_pcc"] == pytest.approx(
        (figures["mean_volume_pcc"] + figures["mean_lean_mass_pcc"]) / 2, abs=1e-3
    )


def test_every_headline_mean_lies_within_its_interval() -> None:
    one = group()
    figures, found = summary(score(one, "U")), intervals(one, "U")
    names = ("mean_pcc", "mean_icc", "mean_mae_percent", "bone_mass_icc", "mean_lean_fraction_partial_pcc")
    for name in names:
        low, high = found[f"{name}_interval_95"]
        assert low <= round(figures[name], 3) <= high
    assert low < 0 < high


def test_a_control_is_fitted_on_training_patients() -> None:
    train = group(200, 1, rows=("truth",))
    figures = summary(score(with_controls(group(), train, ("R0",)), "R0"))
    assert figures["mean_volume_pcc"] == pytest.approx(0.7, abs=0.1)
    assert "mean_volume_partial_pcc" not in figures
