"""Figures of a row: each quantity by itself, and what a control leaves of it."""

from collections.abc import Callable

import pytest

from accuracy_cases import Group
from accuracy_cases import demand_stored_split
from accuracy_cases import with_controls
from accuracy_scores import intervals
from accuracy_scores import intervals_of_structures
from accuracy_scores import score
from accuracy_scores import summary
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.checkpoint import shipped_model


def test_a_lean_fraction_that_is_prior_has_no_partial_correlation(group: Callable[..., Group]) -> None:
    figures = summary(score(group(), "U"))
    assert figures["mean_lean_fraction_pcc"] == pytest.approx(0.7, abs=0.1)
    assert abs(figures["mean_lean_fraction_partial_pcc"]) < 0.1
    assert figures["mean_volume_partial_pcc"] > 0.8
    assert figures["mean_pcc"] == pytest.approx(
        (figures["mean_volume_pcc"] + figures["mean_lean_mass_pcc"]) / 2, abs=1e-3
    )


def test_every_headline_mean_lies_within_its_interval(group: Callable[..., Group]) -> None:
    one = group()
    figures, found = summary(score(one, "U")), intervals(one, "U")
    names = ("mean_pcc", "mean_icc", "mean_mae_percent", "bone_mass_icc", "mean_lean_fraction_partial_pcc")
    for name in names:
        low, high = found[f"{name}_interval_95"]
        assert low <= round(figures[name], 3) <= high
    assert low < 0 < high


def test_every_structures_correlations_lie_within_their_intervals(group: Callable[..., Group]) -> None:
    one = group()
    figures, found = score(one, "U"), intervals_of_structures(one, "U")
    assert found.keys() == figures.keys()
    for structure, ends in found.items():
        assert "volume_pcc_interval_95" in ends
        for name, (low, high) in ends.items():
            assert low < figures[structure][name.removesuffix("_interval_95")] < high


def test_a_control_is_fitted_on_training_patients(group: Callable[..., Group]) -> None:
    train = group(200, 1, rows=("truth",))
    figures = summary(score(with_controls(group(), train, ("R0",)), "R0"))
    assert figures["mean_volume_pcc"] == pytest.approx(0.7, abs=0.1)
    assert "mean_volume_partial_pcc" not in figures


def test_a_model_of_a_fold_is_not_scored_on_the_stored_split() -> None:
    card = Card.read(shipped_model() / CARD)
    demand_stored_split(card)
    card.training["fold"] = 0
    with pytest.raises(SystemExit, match="of fold 0"):
        demand_stored_split(card)
