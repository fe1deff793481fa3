"""Who the patient is, as far as anybody says so: sex, age, height and weight, as the network is told them.

A radiograph says much of a body's size, and little of its age. Whoever knows more may say so, and the model is the
better for it; whoever does not gets what the image alone gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields
from dataclasses import replace
from typing import Any
from typing import Literal

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

Sex = Literal["female", "male"]
PersonVector = Float32[ndarray, "8"]
"""Four facts, each about 0 give or take 1, and 0 where unknown; then for each whether it is known."""

PERSON_RULE: dict[str, dict[str, list[float]]] = {
    "sex": {"female_male": [-1.0, 1.0]},
    "age_years": {"centre_and_scale": [60.0, 20.0], "trained_from_to": [18.0, 92.0]},
    "height_cm": {"centre_and_scale": [168.0, 10.0], "trained_from_to": [130.0, 205.0]},
    "weight_kg": {"centre_and_scale": [73.0, 18.0], "trained_from_to": [28.0, 180.0]},
}
"""The rule as a model's card records it; a card with another rule is another program's model. Between these limits lie
the virtual patients of every stratum (``phantom.population``)."""

FACTS = tuple(PERSON_RULE)


@dataclass(frozen=True)
class PersonFacts:
    """What is known of a patient; None is unknown."""

    sex: Sex | None = None
    age_years: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "PersonFacts":
        """The facts among those of a cohort's subject."""
        return cls(**{name: facts[name] for name in FACTS if facts.get(name) is not None})

    @property
    def known(self) -> tuple[str, ...]:
        """Names of what is known."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not None)

    @property
    def is_complete(self) -> bool:
        return len(self.known) == len(FACTS)

    def without(self, names: tuple[str, ...]) -> "PersonFacts":
        """The same, these facts unsaid."""
        return replace(self, **dict.fromkeys(names)) if names else self

    def beyond_training(self) -> tuple[str, ...]:
        """Names of the facts that no patient of the training had the like of."""
        return tuple(name for name in self.known if name != "sex" and not _is_trained(name, getattr(self, name)))

    def grown(self, factor: float) -> "PersonFacts":
        """The same, every length of the body times ``factor``."""
        height = None if self.height_cm is None else self.height_cm * factor
        weight = None if self.weight_kg is None else self.weight_kg * factor**3
        return replace(self, height_cm=height, weight_kg=weight)

    def vector(self) -> PersonVector:
        """As the network is told."""
        values = [self._scaled(name) for name in FACTS]
        return np.array(
            [value if value is not None else 0.0 for value in values] + [value is not None for value in values],
            np.float32,
        )

    def _scaled(self, name: str) -> float | None:
        value = getattr(self, name)
        if value is None:
            return None
        if name == "sex":
            female, male = PERSON_RULE["sex"]["female_male"]
            return female if value == "female" else male
        centre, scale = PERSON_RULE[name]["centre_and_scale"]
        return float((value - centre) / scale)


def _is_trained(name: str, value: float) -> bool:
    low, high = PERSON_RULE[name]["trained_from_to"]
    return low <= value <= high


NOTHING_KNOWN = PersonFacts()
"""Nothing is known."""
