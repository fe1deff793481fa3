"""What the network is told beside the image."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.model.person import PersonFacts
from mskdex.model.setup import SetupFacts
from mskdex.model.told import VECTOR_LENGTH
from mskdex.model.told import Knowing
from mskdex.model.told import Told

WOMAN = PersonFacts("female", 80.0, 158.0, 55.0)
TABLE = SetupFacts(1050.0, 75.0)
PERSON = {"sex": "female", "age_years": 80.0, "height_cm": 158.0, "weight_kg": 55.0}
CAMERA = {"sdd_mm": 1050, "table_detector_mm": 75.0, "principal_point": [1, 2]}


def test_facts_come_scaled_with_a_mark_that_they_are_known() -> None:
    np.testing.assert_allclose(Told(WOMAN).vector(), [-1, 1, -1, -1, 1, 0, 0, 0])
    np.testing.assert_allclose(Told(None, TABLE).vector(), [0, 0, 0, 0, 0, -1, 1, 1])
    np.testing.assert_allclose(Told(WOMAN, TABLE).vector(), [-1, 1, -1, -1, 1, -1, 1, 1])
    assert Told(replace(WOMAN, sex="male")).vector()[0] == 1
    np.testing.assert_array_equal(Told().vector(), np.zeros(VECTOR_LENGTH, np.float32))


def test_a_subject_tells_what_it_knows_whole() -> None:
    assert Told.of(PERSON, CAMERA) == Told(WOMAN, TABLE)
    assert Told.of(PERSON, {"sdd_mm": 1050}) == Told(WOMAN)
    assert Told.of({**PERSON, "age_years": None}, CAMERA) == Told(None, TABLE)
    assert Told.of({}, {}) == Told()


@pytest.mark.parametrize(
    ("knowing", "left"),
    [
        (Knowing.IMAGE, Told()),
        (Knowing.PERSON, Told(WOMAN)),
        (Knowing.SETUP, Told(None, TABLE)),
        (Knowing.BOTH, Told(WOMAN, TABLE)),
    ],
)
def test_what_is_not_to_be_told_is_left_out(knowing: Knowing, left: Told) -> None:
    assert Told(WOMAN, TABLE).only(knowing) == left
    assert left.knowing is knowing


def test_what_is_not_known_cannot_be_told() -> None:
    assert Told(WOMAN).only(Knowing.SETUP) is None
    assert Told(WOMAN).only(Knowing.BOTH) is None
    assert Told(None, TABLE).only(Knowing.PERSON) is None


def test_a_picture_grows_if_all_that_it_is_of_grows() -> None:
    """Similar triangles: body, source, table and detector alike."""
    setup = Told(WOMAN, TABLE).grown(1.1).setup
    assert setup is not None
    for height_mm in (0.0, 100.0):
        before = TABLE.sdd_mm / (TABLE.sdd_mm - TABLE.table_detector_mm - height_mm)
        after = setup.sdd_mm / (setup.sdd_mm - setup.table_detector_mm - 1.1 * height_mm)
        assert after == pytest.approx(before)
    assert Told(WOMAN, TABLE).grown(1.1).person == WOMAN.grown(1.1)
    assert Told().grown(1.1) == Told()
