"""A model that always answers with the drawn patient, and that patient's radiograph."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mskdex.anatomy import MEASURED_LABELS
from mskdex.images.radiograph import Radiograph
from mskdex.images.spacing import SpacingSource
from mskdex.model.card import VOCABULARY
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.model.told import TOLD_RULE
from mskdex.model.told import VECTOR_LENGTH
from mskdex.model.told import Knowing


@dataclass
class ConstantModel:
    """Answers every image alike."""

    card: Card
    thickness_cm: np.ndarray
    mass_g_per_cm2: np.ndarray
    told: np.ndarray | None = None

    def run(self, batch: np.ndarray, facts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert facts.dtype == np.float32
        assert facts.shape == (len(batch), VECTOR_LENGTH)
        self.told = facts
        assert batch.dtype == np.float32
        assert batch.shape[1:] == (2, 128, 144)
        return self.thickness_cm[None].copy(), self.mass_g_per_cm2[None].copy()


@pytest.fixture
def card() -> Card:
    intervals = {
        label.name: {
            quantity: {"level": 0.9, "low": 0.9, "high": 1.2, "calibrated_on": 100}
            for quantity in label.structure.quantities
        }
        for label in MEASURED_LABELS
    }
    fields: dict[str, Any] = {
        "schema": 3,
        "name": "constant",
        "version": "1",
        "vocabulary": VOCABULARY,
        "input": InputRule(told=TOLD_RULE),
        "sha256": "0" * 64,
        "cohort": {},
        "training": {},
        "readings": {knowing: {"intervals": intervals} for knowing in Knowing},
        "sdd_mm": (1000.0, 1250.0),
        "table_detector_mm": (20.0, 90.0),
        "intended_use": "tests",
        "limits": ("none",),
    }
    return Card(**fields)


@pytest.fixture
def model(card: Card, drawn: Any) -> ConstantModel:
    return ConstantModel(card, drawn.thickness_cm.copy(), drawn.mass_g_per_cm2.copy())


@pytest.fixture
def take() -> Callable[[np.ndarray], Radiograph]:
    """Pixels at 1.5 mm become a radiograph without remarks."""

    def make(pixels: np.ndarray) -> Radiograph:
        field = np.ones(pixels.shape, bool)
        return Radiograph(pixels, field, 1.5, SpacingSource.USER, 1150.0, None, (), {"kind": "PNG"})

    return make
