"""What the model is told beside the image, what is kept from it, and whose intervals it answers with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mskdex.errors import ModelError
from mskdex.images.normalise import INPUT_RULE
from mskdex.images.radiograph import Radiograph
from mskdex.images.spacing import SpacingSource
from mskdex.inference.predict import demand_our_input
from mskdex.inference.predict import predict
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.model.card import Reading
from mskdex.model.person import PersonFacts
from mskdex.model.setup import SetupFacts
from mskdex.model.told import Knowing
from mskdex.model.told import Told

Take = Callable[[np.ndarray], Radiograph]
WOMAN = PersonFacts("female", 70.0, 160.0, 60.0)


def test_the_model_is_told_who_the_patient_is_only_if_somebody_says_so(model: Any, drawn: Any, take: Take) -> None:
    assert predict(take(drawn.pixels), model, "c").result.person is None
    assert not model.told.any()
    told = predict(take(drawn.pixels), model, "c", WOMAN).result
    np.testing.assert_array_equal(model.told, Told(WOMAN).vector()[None])
    assert told.person == {"sex": "female", "age_years": 70.0, "height_cm": 160.0, "weight_kg": 60.0}


@pytest.mark.parametrize(
    ("person", "header", "code", "says"),
    [
        (replace(WOMAN, weight_kg=132.0), {}, "person_unlike_training", "such a body mass index"),
        (replace(WOMAN, height_cm=70.0, weight_kg=160.0), {}, "person_unlike_training", "a height and a body mass"),
        (WOMAN, {"sex": "male"}, "person_differs_from_file", "patient's sex"),
        (WOMAN, {"sex": "female", "age_years": 64}, "person_differs_from_file", "patient's age"),
    ],
)
def test_doubtful_facts_are_kept_from_the_model(
    model: Any, drawn: Any, take: Take, person: PersonFacts, header: dict[str, Any], code: str, says: str
) -> None:
    radiograph = replace(take(drawn.pixels), info={"kind": "PNG", **header})
    result = predict(radiograph, model, "c", person).result
    assert not model.told.any()
    assert result.person is None
    (flag,) = (flag for flag in result.flags if flag.code == code)
    assert says in flag.message


def test_a_header_that_agrees_raises_no_doubt(model: Any, drawn: Any, take: Take) -> None:
    radiograph = replace(take(drawn.pixels), info={"kind": "CR", "sex": "female", "age_years": 71})
    assert predict(radiograph, model, "c", WOMAN).result.person is not None


def test_intervals_are_those_of_what_the_model_knew(model: Any, drawn: Any, take: Take) -> None:
    alone = model.card.reading()
    told = {name: {q: one.model_copy(update={"high": 1.05}) for q, one in table.items()}
            for name, table in alone.intervals.items()}  # fmt: skip
    readings = {Knowing.IMAGE: alone, Knowing.PERSON: Reading(intervals=told)}
    model.card = model.card.model_copy(update={"readings": readings})
    for person, width in ((None, 0.2), (WOMAN, 0.05)):
        one = predict(take(drawn.pixels), model, "c", person).result.measurements[0]
        assert one.value is not None
        assert one.upper == pytest.approx(one.value * (1 + width), abs=0.02)


def test_the_model_is_told_the_setup_where_it_is_known_whole(model: Any, drawn: Any, take: Take) -> None:
    assert predict(take(drawn.pixels), model, "c").result.setup is None
    radiograph = replace(take(drawn.pixels), table_detector_mm=75.0)
    result = predict(radiograph, model, "c", WOMAN).result
    assert result.setup == {"sdd_mm": 1150.0, "table_detector_mm": 75.0}
    np.testing.assert_array_equal(model.told, Told(WOMAN, SetupFacts(1150.0, 75.0)).vector()[None])
    assert predict(replace(radiograph, sdd_mm=None), model, "c").result.setup is None


@pytest.mark.parametrize(
    ("change", "code"),
    [({"sdd_mm": 1800.0}, "distance_unlike_training"), ({"table_detector_mm": 10.0}, "table_unlike_training")],
)
def test_a_setup_that_the_training_never_saw_is_kept_from_the_model(
    model: Any, drawn: Any, take: Take, change: dict[str, float], code: str
) -> None:
    result = predict(replace(take(drawn.pixels), **{"table_detector_mm": 75.0, **change}), model, "c").result
    assert [flag.code for flag in result.flags] == [code]
    assert result.setup is None
    assert not model.told.any()


@pytest.mark.parametrize(
    ("calibrated", "person", "setup"),
    [
        ((Knowing.IMAGE,), False, False),
        ((Knowing.IMAGE, Knowing.SETUP), False, True),
        ((Knowing.IMAGE, Knowing.PERSON), True, False),
        ((Knowing.IMAGE, Knowing.SETUP, Knowing.PERSON), True, False),
        (tuple(Knowing), True, True),
    ],
)
def test_a_model_is_told_what_its_intervals_are_for(
    model: Any, drawn: Any, take: Take, calibrated: tuple[Knowing, ...], person: bool, setup: bool
) -> None:
    model.card = model.card.model_copy(update={"readings": {one: model.card.readings[one] for one in calibrated}})
    result = predict(replace(take(drawn.pixels), table_detector_mm=75.0), model, "c", WOMAN).result
    assert (result.person is not None, result.setup is not None) == (person, setup)
    assert ("person_not_calibrated" in [flag.code for flag in result.flags]) is not person
    assert result.measurements[0].upper is not None


def test_a_model_told_otherwise_is_not_run(model: Any) -> None:
    card = model.card.model_copy(update={"input": InputRule(normalisation=INPUT_RULE)})
    with pytest.raises(ModelError, match="prepared otherwise"):
        demand_our_input(card)


@pytest.mark.parametrize("source", list(SpacingSource))
def test_a_setup_is_told_only_of_pixels_of_the_detector(
    model: Any, drawn: Any, take: Take, source: SpacingSource
) -> None:
    radiograph = replace(take(drawn.pixels), table_detector_mm=75.0, spacing_source=source)
    elsewhere = (SpacingSource.PIXEL_SPACING, SpacingSource.SCANNED_PIXEL_SPACING)
    result = predict(radiograph, model, "c").result
    assert (result.setup is None) is (source in elsewhere)
    assert ("setup_of_unknown_scale" in [flag.code for flag in result.flags]) is (source in elsewhere)


@pytest.mark.parametrize(
    ("sdd_mm", "flagged"), [(None, False), (990.0, False), (1150.0, False), (900.0, True), (1800.0, True)]
)
def test_a_distance_that_the_training_never_saw_is_flagged(
    model: Any, drawn: Any, take: Take, card: Card, sdd_mm: float | None, flagged: bool
) -> None:
    model.card = card.model_copy(update={"sdd_mm": (1000.0, 1250.0)})
    result = predict(replace(take(drawn.pixels), sdd_mm=sdd_mm), model, "c").result
    assert ("distance_unlike_training" in [flag.code for flag in result.flags]) is flagged
