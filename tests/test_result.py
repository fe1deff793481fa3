"""What a result may say, and that it survives the way to JSON."""

import json
import math
from dataclasses import FrozenInstanceError

import pytest

from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.result import SCHEMA
from mskdex.result import CaseResult
from mskdex.result import Flag
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status

VALUE = Measurement("femur", Side.LEFT, Quantity.BONE_MASS, "g", 210.5, lower=180.0, upper=240.0, level=0.9)
NO_VALUE = Measurement("sacrum", Side.MIDLINE, Quantity.VOLUME, "cm3", None, reason="metal", flags=("metal",))
CASE = CaseResult(
    case="hip-01",
    model=ModelId("hip", "0.1", "0" * 64),
    image={"spacing_mm": 0.2},
    person={"sex": "male"},
    setup={"sdd_mm": 1150.0, "table_detector_mm": 60.0},
    status=Status.MEASURED_WITH_FLAGS,
    flags=(Flag("metal", "There is metal in the image."),),
    measurements=(VALUE, NO_VALUE),
)


@pytest.mark.parametrize(("value", "reason"), [(None, None), (1.0, "metal")])
def test_a_measurement_has_a_value_or_a_reason(value: float | None, reason: str | None) -> None:
    with pytest.raises(ValueError, match="never both or neither"):
        Measurement("femur", Side.LEFT, Quantity.VOLUME, "cm3", value, reason=reason)


def test_zero_is_a_value() -> None:
    assert Measurement("femur", Side.LEFT, Quantity.VOLUME, "cm3", 0.0).reason is None


def test_results_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        VALUE.value = 1.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        CASE.status = Status.MEASURED  # type: ignore[misc]


def test_a_case_goes_to_json_and_back() -> None:
    document = json.loads(json.dumps(CASE.to_dict(), allow_nan=False))
    assert next(iter(document)) == "schema"
    assert document["schema"] == SCHEMA
    assert document["status"] == "measured_with_flags"
    assert document["person"] == {"sex": "male"}
    assert document["setup"] == {"sdd_mm": 1150.0, "table_detector_mm": 60.0}
    assert document["model"] == {"name": "hip", "version": "0.1", "sha256": "0" * 64}
    assert document["flags"] == [{"code": "metal", "message": "There is metal in the image."}]
    femur, sacrum = document["measurements"]
    assert (femur["structure"], femur["side"], femur["quantity"], femur["unit"]) == ("femur", "left", "bone_mass", "g")
    assert math.isclose(femur["value"], 210.5)
    assert (sacrum["value"], sacrum["reason"], sacrum["flags"]) == (None, "metal", ["metal"])


def test_a_refused_case_needs_no_measurements() -> None:
    refused = CaseResult("x", CASE.model, {}, None, None, Status.REFUSED, (Flag("no_spacing", "..."),))
    assert refused.to_dict()["measurements"] == ()
