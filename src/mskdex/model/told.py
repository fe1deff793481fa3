"""What the network is told beside the image: who the patient is, how far source, table and detector were apart, both,
or nothing. Whoever knows only part of either tells nothing of it: each choice of facts has intervals of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from mskdex.model.person import FACTS
from mskdex.model.person import PERSON_RULE
from mskdex.model.person import PersonFacts
from mskdex.model.setup import SETUP_RULE
from mskdex.model.setup import SetupFacts

ToldVector = Float32[ndarray, "8"]
"""Four facts of the person, each about 0 give or take 1, and 1 for known; two of the setup, and 1 for known. All 0 of
either where nothing is known of it."""

TOLD_RULE = {**PERSON_RULE, **SETUP_RULE}
"""How facts become numbers, as a model's card records it; a card with another rule is another program's model."""

VECTOR_LENGTH = len(TOLD_RULE) + 2


class Knowing(StrEnum):
    """What is told; each way tells more of use than those before it."""

    IMAGE = "image"
    SETUP = "setup"
    PERSON = "person"
    BOTH = "person_and_setup"

    @classmethod
    def of(cls, *, person: bool, setup: bool) -> "Knowing":
        if person:
            return cls.BOTH if setup else cls.PERSON
        return cls.SETUP if setup else cls.IMAGE

    @property
    def words(self) -> str:
        """As tables say it."""
        return {
            Knowing.IMAGE: "from the image alone",
            Knowing.PERSON: "person known",
            Knowing.SETUP: "distances known",
            Knowing.BOTH: "person and distances known",
        }[self]


@dataclass(frozen=True)
class Told:
    """What the network is told of one radiograph; None is nothing."""

    person: PersonFacts | None = None
    setup: SetupFacts | None = None

    @classmethod
    def of(cls, person: Mapping[str, Any], camera: Mapping[str, Any]) -> "Told":
        """All that is known of a cohort's subject."""
        return cls(PersonFacts.of(person), SetupFacts.of(camera))

    @property
    def knowing(self) -> Knowing:
        return Knowing.of(person=self.person is not None, setup=self.setup is not None)

    def only(self, knowing: Knowing) -> "Told | None":
        """The same without what ``knowing`` leaves out; None where it wants what nobody knows."""
        person = self.person if knowing in (Knowing.PERSON, Knowing.BOTH) else None
        setup = self.setup if knowing in (Knowing.SETUP, Knowing.BOTH) else None
        left = Told(person, setup)
        return left if left.knowing is knowing else None

    def grown(self, factor: float) -> "Told":
        """The same, every length of body and setup times ``factor``: the picture is then as much larger."""
        return Told(self.person and self.person.grown(factor), self.setup and self.setup.grown(factor))

    def vector(self) -> ToldVector:
        """As the network hears it."""
        return np.array([*_person(self.person), *_setup(self.setup)], np.float32)


def _person(person: PersonFacts | None) -> list[float]:
    if person is None:
        return [0.0] * (len(PERSON_RULE) + 1)
    female, male = PERSON_RULE["sex"]["female_and_male"]
    sex = {"female": female, "male": male}[person.sex]
    return [sex, *(_scaled(name, getattr(person, name)) for name in FACTS[1:]), 1.0]


def _setup(setup: SetupFacts | None) -> list[float]:
    if setup is None:
        return [0.0] * (len(SETUP_RULE) + 1)
    return [*(_scaled(name, getattr(setup, name)) for name in SETUP_RULE), 1.0]


def _scaled(name: str, value: float) -> float:
    centre, scale = TOLD_RULE[name]["centre_and_scale"]
    return (value - centre) / scale
