"""What a page says of the model: whom it was trained on, and how well it did on patients that it had not seen."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from mskdex.model.card import Card
from mskdex.model.told import Knowing

_SPLITS = {"train": "Trained on", "validation": "Intervals from", "test": "Tested on"}
_KINDS = {"builtin": "built-in anatomy", "atlas": "atlas", "ct": "labelled CT"}
_METRICS = {
    "muscle_volume_pcc": "Muscle volume",
    "muscle_lean_mass_pcc": "Lean mass",
    "muscle_lean_fraction_pcc": "Lean fraction",
    "bone_mass_pcc": "Bone mass",
    "muscle_partial_pcc": "Volume and lean mass, beyond body size and person",
    "muscle_lean_fraction_partial_pcc": "Lean fraction, beyond body size and person",
}
WITHOUT_IMAGE = "R1"
"""The control that a card's figures are shown beside."""


def patients(card: Card) -> list[tuple[str, str]]:
    """How many patients of which anatomy each split had; a card of another make shows its plain facts."""
    subjects = card.cohort.get("subjects")
    if not isinstance(subjects, Mapping):
        return scalars(card.cohort)
    counts: dict[str, Counter[str]] = {split: Counter() for split in _SPLITS}
    for name, count in subjects.items():
        split, _, source = str(name).partition("/")
        counts.setdefault(split, Counter())[source.partition("-")[0]] += int(count)
    return [
        (_SPLITS.get(split, split), f"{kinds.total()} virtual patients ({_by_kind(kinds)})")
        for split, kinds in counts.items()
        if kinds
    ]


class Correlation(NamedTuple):
    """One of the test patients', all anatomies together; an empty string where nobody knows it.

    Attributes:
        title: of what.
        image: from the image alone.
        told: with the model told what it was told of the case.
        without: what is reached without the image, by a control that is told as much.
    """

    title: str
    image: str
    told: str
    without: str


def results(card: Card, knowing: Knowing) -> list[Correlation]:
    """How well the model did on its test patients."""
    alone, told = (card.reading(way).metrics.get("all", {}) for way in (Knowing.IMAGE, knowing))
    without = card.reading(knowing).controls.get(WITHOUT_IMAGE, {}).get("all", {})
    return [
        Correlation(
            title,
            _two_digits(alone[name]),
            "" if knowing is Knowing.IMAGE else _two_digits(told.get(name)),
            _two_digits(without.get(name)),
        )
        for name, title in _METRICS.items()
        if name in alone
    ]


def _two_digits(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.2f}"


def scalars(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts that are one word or one number; lists and tables belong to the JSON."""
    return [
        (name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value).replace("_", " "))
        for name, value in facts.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    ]


def _by_kind(kinds: Counter[str]) -> str:
    return ", ".join(f"{_KINDS.get(kind, kind)} {count}" for kind, count in sorted(kinds.items()))
