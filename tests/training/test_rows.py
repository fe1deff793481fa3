"""The ablation as a table: each row is another one with one thing changed."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from mskdex.errors import UsageError
from mskdex.training.config import TrainConfig
from mskdex.training.rows import PARENT
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Pairs
from mskdex.training.rows import Row

PAIRED = [Row.U_STORED, Row.U_EXPOSED, Row.U]
CHANGED = {
    Row.A_OWIS: {"owis"},
    Row.B: {"translation.cycle", "translation.cycle_gradient_correlation"},
    Row.C: {"bone", "bone_gradient_correlation"},
    Row.D_UNJUDGED: {"translation.adversarial"},
    Row.D_CONDITIONED: {"translation.conditioned", "translation.feature_matching"},
    Row.D_RECOMPOSITION: {"recomposition"},
    Row.D_LEANHEAD: {"head"},
    Row.D_PRETRAINED: {"pretrained"},
    Row.D_CARRIED: {"pairs"},
    Row.D_CARRIED_PRETRAINED: {"pretrained"},
    Row.D_CARRIED_DEFORMED: {"deformed"},
    Row.D_CARRIED_PRETRAINED_DEFORMED: {"deformed"},
    Row.U_EXPOSED: {"exposed"},
    Row.U: {"deformed"},
}


@pytest.mark.parametrize(("row", "parent"), PARENT.items())
def test_a_row_differs_from_its_parent_by_one_thing(row: Row, parent: Row) -> None:
    one, other = (_flat(asdict(RECIPES[each])) for each in (row, parent))
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == CHANGED[row]


def _flat(recipe: dict[str, Any]) -> dict[str, Any]:
    translation = recipe.pop("translation") or {}
    return {**recipe, **{f"translation.{name}": value for name, value in translation.items()}}


def test_nobody_listens_to_the_discriminators_of_the_unjudged_row() -> None:
    translation = RECIPES[Row.D_UNJUDGED].translation
    assert translation is not None
    assert translation.adversarial == 0


def test_every_row_but_the_controls_has_a_recipe() -> None:
    assert set(Row) - set(RECIPES) == {Row.R0, Row.R1}


def test_only_the_paired_references_read_the_truth_in_the_radiographs_pose() -> None:
    seen = {row: recipe.pairs for row, recipe in RECIPES.items()}
    assert [row for row, pairs in seen.items() if pairs is Pairs.TRUTH] == PAIRED
    for recipe in RECIPES.values():
        assert (recipe.pairs is None) != (recipe.translation is None)
        assert recipe.pairs is not None or not (recipe.maps or recipe.density)


def test_a_row_comes_after_the_row_that_it_is_made_from() -> None:
    order = list(RECIPES)
    assert all(order.index(parent) < order.index(row) for row, parent in PARENT.items())


@pytest.mark.parametrize(
    ("row", "says"),
    [(Row.R0, "benchmarks/accuracy.py"), (Row.R1, "benchmarks/accuracy.py"), (Row.D_PRETRAINED, "start")],
)
def test_what_cannot_be_trained_says_why(row: Row, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        TrainConfig((Path("cohort"),), Path("run"), row=row)


def test_a_row_brings_its_learning_rate_and_settings_may_replace_it() -> None:
    usual = TrainConfig((Path("cohort"),), Path("run"), row=Row.C)
    assert usual.to_dict()["learning_rate"] == RECIPES[Row.C].learning_rate
    assert TrainConfig((Path("cohort"),), Path("run"), learning_rate=0.5).to_dict()["learning_rate"] == 0.5


def test_settings_scale_the_rows_weights() -> None:
    config = TrainConfig((Path("cohort"),), Path("run"), row=Row.C, owis_weight=0.25)
    assert config.recipe.owis == 0.25 * RECIPES[Row.C].owis
