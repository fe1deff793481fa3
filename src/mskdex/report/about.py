"""What a page says of the model: whom it was trained on, and how well it did on patients that it had not seen."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mskdex.model.card import Card
from mskdex.model.told import Knowing

_SPLITS = {"train": "Trained on", "validation": "Intervals from", "test": "Tested on"}
_KINDS = {"builtin": "built-in anatomy", "atlas": "atlas", "ct": "labelled CT"}
_METRICS = {
    "muscle_volume_pcc": "Muscle volume, correlation",
    "muscle_lean_mass_pcc": "Lean mass, correlation",
    "muscle_lean_fraction_pcc": "Lean fraction, correlation",
    "bone_mass_pcc": "Bone mass, correlation",
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


def results(card: Card, knowing: Knowing) -> list[tuple[str, str]]:
    """The correlations of the card's test patients, all anatomies together: from the image alone, and in brackets the
    model being told what it was told of the case; then what is reached without the image, in brackets by a control
    that is told as much."""
    readings = [card.reading(way) for way in dict.fromkeys((Knowing.IMAGE, knowing))]
    reached = [reading.metrics.get("all", {}) for reading in readings]
    without = [reading.controls.get(WITHOUT_IMAGE, {}).get("all", {}) for reading in readings]
    lines = []
    for name, title in _METRICS.items():
        if name in reached[0]:
            control = _with_told([each.get(name) for each in without])
            figure = _with_told([each.get(name) for each in reached])
            lines.append((title, figure + (f"; without the image {control}" if control else "")))
    return lines


def _with_told(figures: list[float | None]) -> str:
    """From the image alone, in brackets when told."""
    alone, *told = (None if each is None else f"{each:.2f}" for each in figures)
    if alone is None:
        return ""
    return alone + "".join(f" ({each})" for each in told if each is not None)


def scalars(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts that are one word or one number; lists and tables belong to the JSON."""
    return [
        (name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value).replace("_", " "))
        for name, value in facts.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    ]


def _by_kind(kinds: Counter[str]) -> str:
    return ", ".join(f"{_KINDS.get(kind, kind)} {count}" for kind, count in sorted(kinds.items()))
