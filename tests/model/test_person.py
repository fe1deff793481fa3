"""What the network is told of a patient, and what it is not."""

import numpy as np
import pytest

from mskdex.model.person import NOTHING_KNOWN
from mskdex.model.person import PersonFacts
from mskdex.phantom.population import STRATA
from mskdex.phantom.population import sample_person

WOMAN = PersonFacts("female", 80.0, 158.0, 55.0)


def test_nothing_known_is_all_zeros() -> None:
    np.testing.assert_array_equal(NOTHING_KNOWN.vector(), np.zeros(8, np.float32))
    assert NOTHING_KNOWN.known == ()


def test_facts_come_scaled_with_a_mark_that_they_are_known() -> None:
    np.testing.assert_allclose(WOMAN.vector(), [-1, 1, -1, -1, 1, 1, 1, 1])
    assert WOMAN.is_complete


def test_the_average_is_not_taken_for_unknown() -> None:
    average = PersonFacts(age_years=60.0)
    assert average.vector()[1] == NOTHING_KNOWN.vector()[1] == 0
    assert not np.array_equal(average.vector(), NOTHING_KNOWN.vector())


def test_what_is_left_unsaid_is_unknown() -> None:
    assert WOMAN.without(("sex", "weight_kg")).known == ("age_years", "height_cm")
    assert WOMAN.without(()) is WOMAN


def test_a_grown_body_weighs_by_the_cube() -> None:
    grown = WOMAN.grown(1.1)
    assert grown.height_cm == pytest.approx(173.8)
    assert grown.weight_kg == pytest.approx(73.205)
    assert PersonFacts(age_years=50.0).grown(1.1) == PersonFacts(age_years=50.0)


def test_a_cohorts_subject_may_know_less_or_more() -> None:
    assert PersonFacts.of({"sex": "male", "condition": "healthy", "age_years": None}) == PersonFacts("male")


@pytest.mark.parametrize("condition", list(STRATA))
def test_no_virtual_patient_lies_beyond_the_training(condition: str) -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        person = sample_person(rng, condition=condition)
        facts = PersonFacts(person.sex, person.age_years, person.height_cm, person.weight_kg)
        assert facts.beyond_training() == ()


def test_what_no_training_had_is_named() -> None:
    assert PersonFacts("male", 97.0, 215.0, 80.0).beyond_training() == ("age_years", "height_cm")
