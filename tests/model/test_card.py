"""A card is read as it was written, or refused with the place that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from mskdex.anatomy import Quantity
from mskdex.errors import ModelError
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.card import Interval
from mskdex.model.card import Reading
from mskdex.model.checkpoint import shipped_model
from mskdex.model.told import Knowing


def test_a_card_survives_the_disk(tmp_path: Path, card_fields: dict[str, Any]) -> None:
    interval = Interval(level=0.9, low=0.85, high=1.2, calibrated_on=200, coverage=0.91)
    reading = Reading(intervals={"sacrum": {Quantity.BONE_MASS: interval}})
    fields = {**card_fields, "readings": {Knowing.PERSON: reading}}
    (tmp_path / CARD).write_text(Card(**fields).to_json())
    card = Card.read(tmp_path / CARD)
    assert card == Card(**fields)
    assert card.interval("sacrum", Quantity.BONE_MASS, Knowing.PERSON) == interval
    assert card.interval("femur_left", Quantity.BONE_MASS, Knowing.PERSON) is None
    assert card.interval("sacrum", Quantity.BONE_MASS) is None
    assert json.loads((tmp_path / CARD).read_text())["schema"] == 3


def test_an_interval_has_both_ends(tmp_path: Path, card_fields: dict[str, Any]) -> None:
    content = json.loads(Card(**card_fields).to_json())
    interval = {"level": 0.9, "high": 1.2, "calibrated_on": 200, "coverage": 0.91}
    content["readings"] = {"image": {"intervals": {"sacrum": {"bone_mass": interval}}}}
    (tmp_path / CARD).write_text(json.dumps(content))
    with pytest.raises(ModelError, match="low"):
        Card.read(tmp_path / CARD)


def test_the_shipped_card_is_read() -> None:
    interval = Card.read(shipped_model() / CARD).interval("gluteus_maximus_right", Quantity.VOLUME)
    assert interval is not None
    assert interval.low < 1 < interval.high


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("sha256", {"sha256": "../weights"}),
        ("another version of mskdex", {"schema": 1}),
        ("another version of mskdex", {"schema": 2}),
        ("readings", {"readings": 3}),
        ("input.rows", {"input": {"rows": 10**9}}),
        ("input.spacing_mm", {"input": {"spacing_mm": -3}}),
        ("surprise", {"surprise": True}),
        ("unknown structures", {"factors": {"tail": {"volume": 1.1}}}),
        ("factors", {"factors": {"sacrum": {"volume": 0.0}}}),
        ("vocabulary", {"vocabulary": 3}),
        ("intervals", {"readings": {"image": {"intervals": {"sacrum": {"bone_mass": {"level": 1.5}}}}}}),
        ("unknown structures", {"readings": {"image": {"intervals": {"tail": {}}}}}),
        ("readings", {"readings": {"palm": {}}}),
    ],
)
def test_a_wrong_card_names_the_place(
    tmp_path: Path, card_fields: dict[str, Any], where: str, change: dict[str, Any]
) -> None:
    content = {**json.loads(Card(**card_fields).to_json()), **change}
    (tmp_path / CARD).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=where):
        Card.read(tmp_path / CARD)


def test_another_order_of_structures_is_refused(tmp_path: Path, card_fields: dict[str, Any]) -> None:
    content = json.loads(Card(**card_fields).to_json())
    content["vocabulary"].reverse()
    (tmp_path / CARD).write_text(json.dumps(content))
    with pytest.raises(ModelError, match="order"):
        Card.read(tmp_path / CARD)


def test_no_card_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=CARD):
        Card.read(tmp_path / CARD)
