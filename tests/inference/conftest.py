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
from mskdex.model.person import PERSON_RULE


@dataclass
class ConstantModel:
    """Answers every image alike."""

    card: Card
    thickness_cm: np.ndarray
    mass_g_per_cm2: np.ndarray
    told: np.ndarray | None = None

    def run(self, batch: np.ndarray, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert persons.dtype == np.float32
        assert persons.shape == (len(batch), 5)
        self.told = persons
        assert batch.dtype == np.float32
        assert batch.shape[1:] == (2, 128, 144)
        return self.thickness_cm[None].copy(), self.mass_g_per_cm2[None].copy()


@pytest.fixture
def card() -> Card:
    intervals = {
        label.name: {
            quantity: {"level": 0.9, "relative_half_width": 0.1, "calibrated_on": 100}
            for quantity in label.structure.quantities
        }
        for label in MEASURED_LABELS
    }
    fields: dict[str, Any] = {
        "schema": 1,
        "name": "constant",
        "version": "1",
        "vocabulary": VOCABULARY,
        "input": InputRule(person=PERSON_RULE),
        "sha256": "0" * 64,
        "cohort": {},
        "training": {},
        "metrics": {},
        "intervals": intervals,
        "training_range": None,
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
        return Radiograph(pixels, field, 1.5, SpacingSource.USER, 1150.0, (), {"kind": "PNG"})

    return make
