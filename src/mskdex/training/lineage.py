"""The finished model that a run may begin with: which one is meant, its weights, and whose anatomy has taught them.

What counts is truth that no hospital has. A model that has seen of its patients what a hospital sees (rows A to D) owes
nothing to their anatomy that such a row may not know, so a hospital may go on from its own model."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.errors import ModelError
from mskdex.errors import UsageError
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.checkpoint import read_model
from mskdex.model.checkpoint import shipped_model
from mskdex.model.export import from_onnx
from mskdex.training.config import MODEL_FOLDER
from mskdex.training.library import Library
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Pairs
from mskdex.training.rows import Row


def model_of(start: Path) -> Path:
    """The model's folder that ``start`` means: itself, the one in a finished run's folder, or the shipped one by name.

    Raises:
        UsageError: no finished model is there.
    """
    shipped = shipped_model()
    for folder in (start, start / MODEL_FOLDER):
        if (folder / CARD).exists():
            return folder
    if start == Path(shipped.name):
        return shipped
    raise UsageError(
        f"{start.name} holds no finished model ({CARD}, or {MODEL_FOLDER}/{CARD} of a run): "
        f"start from a model's folder, a finished run's, or '{shipped.name}', the model that comes with mskdex"
    )


def weights_of(start: Path) -> tuple[Card, dict[str, torch.Tensor]]:
    """A finished model's card and the state of its network.

    Raises:
        UsageError: no finished model is there.
        ModelError: it is damaged, or its weights are not those that its card describes.
    """
    card, content = read_model(model_of(start))
    return card, from_onnx(content)


def subject_counts(cohorts: Sequence[Cohort], fold: int | None) -> dict[str, int]:
    """Patients per split and anatomy source, as a card's ``cohort`` holds them: ``{"train/builtin": 800}``."""
    counts = Counter(f"{split}/{one.source}" for cohort in cohorts for split in Split for one in cohort.of(split, fold))
    return dict(sorted(counts.items()))


def demand_other_anatomy(card: Card, library: Library) -> None:
    """A row that sees what a hospital has may begin with pairs of other anatomies alone: its own would tell it all.

    Raises:
        UsageError: the model has learnt from the truth of an anatomy source of the library, which is named.
        ModelError: the model's card does not tell.
    """
    same = sorted({patient.subject.source for patient in library} & set(sources_of(card)))
    if same:
        raise UsageError(
            f"the model to start from was trained on pairs of '{', '.join(same)}' patients, whose anatomy this "
            "row's cohort shares; begin with one of another anatomy source"
        )


def sources_of(card: Card) -> list[str]:
    """The anatomy sources whose patients' truth taught a model, and the model that it began with, and so on back.

    Raises:
        ModelError: the card does not tell.
    """
    # A mean of models may have begun at random with its last and with others' patients in its first.
    by_default: list[str] | None = [] if card.training.get("start_sha256") is None else None
    taught, inherited = card.cohort.get("subjects"), card.training.get("start_sources", by_default)
    if not isinstance(taught, dict) or not isinstance(inherited, list):
        raise ModelError(f"the {CARD} of the model to start from does not tell whose anatomy has taught it")
    prefix = f"{Split.TRAIN}/"
    own = {key.removeprefix(prefix) for key in taught if key.startswith(prefix)} if _saw_truth(card) else set()
    return sorted(own | {*map(str, inherited)})


def _saw_truth(card: Card) -> bool:
    """A row that nobody knows may have."""
    row = card.training.get("row")
    return row not in list(Row) or RECIPES[Row(row)].pairs is Pairs.TRUTH


def known_sources(card: Card) -> list[str] | None:
    """The same, or None where nobody can say: most rows may begin with such a model."""
    try:
        return sources_of(card)
    except ModelError:
        return None
