"""Whose anatomy taught a run's weights, those that it began with included: what a card tells of it, and who asks."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.errors import ModelError
from mskdex.errors import UsageError
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.training.config import MODEL_FOLDER
from mskdex.training.library import Library


def subject_counts(cohorts: Sequence[Cohort], fold: int | None) -> dict[str, int]:
    """Patients per split and anatomy source, as a card's ``cohort`` holds them: ``{"train/builtin": 800}``."""
    counts = Counter(f"{split}/{one.source}" for cohort in cohorts for split in Split for one in cohort.of(split, fold))
    return dict(sorted(counts.items()))


def demand_other_anatomy(start: Path, library: Library) -> None:
    """A row that sees what a hospital has may begin with pairs of other anatomies alone: its own would tell it all.

    Raises:
        UsageError: the weights of ``start`` have learnt from an anatomy source of the library, which is named; or they
            are not those of a finished run, so that nobody can say.
        ModelError: the run's card is damaged, or does not tell.
    """
    same = sorted({patient.subject.source for patient in library} & set(sources_of(start)))
    if same:
        raise UsageError(
            f"the weights to start from were trained on pairs of '{', '.join(same)}' patients, whose anatomy this "
            "row's cohort shares; begin with those of another anatomy source"
        )


def sources_of(start: Path) -> list[str]:
    """The anatomy sources whose patients taught a run's weights, and the weights that it began with, and so on back.

    The card is believed: nothing ties it to the weights but the folder that they share.

    Args:
        start: The run's ``generator.safetensors``, beside which lies its model.

    Raises:
        UsageError: there is no card beside them.
        ModelError: the card is damaged, or does not tell.
    """
    card = _card_beside(start)
    began_at_random = card.training.get("start_sha256") is None
    taught, inherited = card.cohort.get("subjects"), [] if began_at_random else card.training.get("start_sources")
    if not isinstance(taught, dict) or not isinstance(inherited, list):
        raise ModelError(f"the {CARD} beside {start.name} does not tell whose anatomy has taught these weights")
    prefix = f"{Split.TRAIN}/"
    return sorted({key.removeprefix(prefix) for key in taught if key.startswith(prefix)} | {*map(str, inherited)})


def known_sources(start: Path) -> list[str] | None:
    """The same, or None where nobody can say: most rows may begin with such weights."""
    try:
        return sources_of(start)
    except (UsageError, ModelError):
        return None


def _card_beside(start: Path) -> Card:
    path = start.parent / MODEL_FOLDER / CARD
    if not path.exists():
        raise UsageError(
            f"no {MODEL_FOLDER}/{CARD} lies beside {start.name}, so nobody can say whose anatomy has taught these "
            "weights: this row needs those of a finished run, in its folder"
        )
    try:
        return Card.read(path)
    except ModelError as error:
        raise ModelError(f"beside the weights to start from, {error}") from error
