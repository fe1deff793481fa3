"""Who a patient is, and whom the network may be told of."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.model.person import PersonFacts
from mskdex.phantom.population import STRATA
from mskdex.phantom.population import sample_person

WOMAN = PersonFacts("female", 80.0, 158.0, 55.0)


def test_a_grown_body_weighs_by_the_cube() -> None:
    grown = WOMAN.grown(1.1)
    assert grown.height_cm == pytest.approx(173.8)
    assert grown.weight_kg == pytest.approx(73.205)


def test_a_subject_of_whom_a_fact_is_missing_is_not_known() -> None:
    facts = {"sex": "male", "age_years": 60.0, "height_cm": 175.0, "weight_kg": 80.0, "condition": "healthy"}
    assert PersonFacts.of(facts) == PersonFacts("male", 60.0, 175.0, 80.0)
    assert PersonFacts.of({**facts, "height_cm": None}) is None
    assert PersonFacts.of({}) is None


@pytest.mark.parametrize("condition", list(STRATA))
def test_no_virtual_patient_lies_beyond_the_training(condition: str) -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        person = sample_person(rng, condition=condition)
        assert PersonFacts(person.sex, person.age_years, person.height_cm, person.weight_kg).beyond_training() == ()


def test_what_no_training_had_is_named() -> None:
    assert PersonFacts("male", 97.0, 215.0, 100.0).beyond_training() == ("age", "height")
    assert replace(WOMAN, weight_kg=121.0).beyond_training() == ("body mass index",)
    assert PersonFacts("female", 50.0, 190.0, 80.0).beyond_training() == ("height",)
