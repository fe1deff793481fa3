"""Who the patient is, where somebody says so: sex, age, height and weight, as the network is told them.

A radiograph says much of a body's size, and little of its age. Whoever knows all four facts may say so, and the model
does better for it; told fewer it would need intervals of its own for each choice of them, so it is told nothing then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Literal

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

Sex = Literal["female", "male"]
PersonVector = Float32[ndarray, "5"]
"""Four facts, each about 0 give or take 1, and 1 for known; all 0 where nothing is known."""

PERSON_RULE: dict[str, dict[str, list[float]]] = {
    "sex": {"female_and_male": [-1.0, 1.0]},
    "age_years": {"centre_and_scale": [60.0, 20.0]},
    "height_cm": {"centre_and_scale": [168.0, 10.0]},
    "weight_kg": {"centre_and_scale": [73.0, 18.0]},
}
"""How facts become numbers, as a model's card records it; a card with another rule is another program's model."""

FACTS = tuple(PERSON_RULE)
VECTOR_LENGTH = len(FACTS) + 1

TRAINED_AGE_YEARS = (20.0, 90.0)
TRAINED_HEIGHT_CM = {"female": (135.0, 183.0), "male": (149.0, 198.0)}
TRAINED_BODY_MASS_INDEX = (16.5, 45.0)
"""The virtual patients of every stratum lie between these (``phantom.population``)."""


@dataclass(frozen=True)
class PersonFacts:
    """Who a patient is."""

    sex: Sex
    age_years: float
    height_cm: float
    weight_kg: float

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "PersonFacts | None":
        """The facts among those of a cohort's subject; None where one is missing."""
        found = {name: facts.get(name) for name in FACTS}
        return None if None in found.values() else cls(**found)  # type: ignore[arg-type]

    @property
    def body_mass_index(self) -> float:
        """kg/m2."""
        return self.weight_kg / (self.height_cm / 100) ** 2

    def beyond_training(self) -> tuple[str, ...]:
        """What about this person no patient of the training had, in words."""
        checks = (
            ("age", self.age_years, TRAINED_AGE_YEARS),
            ("height", self.height_cm, TRAINED_HEIGHT_CM[self.sex]),
            ("body mass index", self.body_mass_index, TRAINED_BODY_MASS_INDEX),
        )
        return tuple(name for name, value, (low, high) in checks if not low <= value <= high)

    def grown(self, factor: float) -> "PersonFacts":
        """The same, every length of the body times ``factor``."""
        return replace(self, height_cm=self.height_cm * factor, weight_kg=self.weight_kg * factor**3)


def person_vector(person: PersonFacts | None) -> PersonVector:
    """As the network is told; None is nothing."""
    if person is None:
        return np.zeros(VECTOR_LENGTH, np.float32)
    female, male = PERSON_RULE["sex"]["female_and_male"]
    sex = {"female": female, "male": male}[person.sex]
    numbers = [_scaled(name, getattr(person, name)) for name in FACTS[1:]]
    return np.array([sex, *numbers, 1.0], np.float32)


def _scaled(name: str, value: float) -> float:
    centre, scale = PERSON_RULE[name]["centre_and_scale"]
    return (value - centre) / scale
