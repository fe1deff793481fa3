"""Who the patient is, where somebody says so: sex, age, height and weight.

A radiograph says much of a body's size, and little of its age. Whoever knows all four facts may say so, and the model
does better for it; told fewer it would need intervals of its own for each choice of them, so it is told nothing then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Literal
from typing import get_args

Sex = Literal["female", "male"]
SEX_WORDS: dict[str, Sex] = {"f": "female", "female": "female", "m": "male", "male": "male"}
"""How tables may write it, in small letters."""
SEXES: tuple[Sex, ...] = get_args(Sex)
PERSON_RULE: dict[str, dict[str, list[float]]] = {
    "sex": {"female_and_male": [-1.0, 1.0]},
    "age_years": {"centre_and_scale": [60.0, 20.0]},
    "height_cm": {"centre_and_scale": [168.0, 10.0]},
    "weight_kg": {"centre_and_scale": [73.0, 18.0]},
}
"""How facts become numbers, as a model's card records it."""

FACTS = tuple(PERSON_RULE)

POSSIBLE = {"age_years": (0.0, 130.0), "height_cm": (40.0, 260.0), "weight_kg": (2.0, 500.0)}
"""What any human being may be; outside it the unit or the column is wrong."""

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
