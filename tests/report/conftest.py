"""A card and a case to report on."""

from typing import Any

import numpy as np
import pytest

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import UNITS
from mskdex.anatomy import Label
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.images.grid import Placement
from mskdex.model.card import VOCABULARY
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.model.told import Knowing
from mskdex.report.pictures import Pictures
from mskdex.report.pictures import draw
from mskdex.result import CaseResult
from mskdex.result import Flag
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status

VALUES = {Quantity.VOLUME: 300.0, Quantity.LEAN_MASS: 250.0, Quantity.LEAN_FRACTION: 0.79, Quantity.BONE_MASS: 280.0}


@pytest.fixture
def card() -> Card:
    fields: dict[str, Any] = {
        "schema": 3,
        "name": "drawn",
        "version": "1",
        "vocabulary": VOCABULARY,
        "input": InputRule(),
        "sha256": "0" * 64,
        "cohort": {"subjects": {"train/builtin-f-001": 30, "train/atlas-f-002": 12, "test/atlas-m-003": 5}},
        "training": {},
        "readings": {
            Knowing.IMAGE: {"metrics": {"all": {"muscle_volume_pcc": 0.871}}},
            Knowing.PERSON: {"metrics": {"all": {"muscle_volume_pcc": 0.912}}},
        },
        "intended_use": "Research & nothing else.",
        "limits": ("Virtual patients <only>.",),
    }
    return Card(**fields)


def _measured(label: Label, quantity: Quantity) -> Measurement:
    """Left sides are a fifth smaller, but no leaner."""
    smaller = label.side is Side.LEFT and quantity is not Quantity.LEAN_FRACTION
    value = VALUES[quantity] * (0.8 if smaller else 1.0)
    ends = value * 0.95, value * 1.05
    return Measurement(label.structure.name, label.side, quantity, UNITS[quantity], value, *ends, 0.9)


@pytest.fixture
def result() -> CaseResult:
    measurements = [_measured(label, quantity) for label in MEASURED_LABELS for quantity in label.structure.quantities]
    measurements[0] = Measurement("gluteus_maximus", Side.RIGHT, Quantity.VOLUME, "cm3", None, reason="out_of_view")
    flags = (Flag("lossy", "compressed <b>with</b> loss"),)
    return CaseResult(
        "case-0001",
        ModelId("drawn", "1", "0" * 64),
        {"rows": 256, "columns": 288, "spacing_mm": 1.5, "spacing_source": "<script>alert(1)</script>"},
        {"sex": "female", "age_years": 72.0, "height_cm": 158.0, "weight_kg": 51.5},
        None,
        Status.MEASURED_WITH_FLAGS,
        flags,
        tuple(measurements),
    )


@pytest.fixture(scope="session")
def pictures(drawn: Any) -> Pictures:
    field = np.ones(drawn.pixels.shape, bool)
    return draw(drawn.pixels, field, Placement(2.0, (0.0, 0.0), 128, 144), drawn.thickness_cm)
