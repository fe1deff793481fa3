"""Figures of the ablation's rows, and of what each is above others on the same held-out patients."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accuracy_cases import MODEL_ROWS
from accuracy_cases import SETUP_ROWS
from accuracy_cases import Group
from accuracy_cases import control_of
from accuracy_cases import joined
from accuracy_scores import HEADLINES
from accuracy_scores import gain
from accuracy_scores import intervals
from accuracy_scores import score
from accuracy_scores import summary
from mskdex.cohort import Split
from mskdex.model.told import Knowing
from mskdex.training.controls import CONTROLS
from mskdex.training.rows import PARENT
from mskdex.training.rows import Row

KNOWN = ", person and setup known"
"""Ends the name of a row that is told all that there is to tell; a row without it reads the image alone."""
POOLED = "all"
"""The fold of patients out of several, each read by the model that had not seen him."""
WAYS = {
    name: knowing for name, knowing in {**MODEL_ROWS, **SETUP_ROWS}.items() if knowing in (Knowing.IMAGE, Knowing.BOTH)
}
"""What ``accuracy_cases`` calls the two."""

Figures = dict[str, Any]


def pooled(folds: Iterable[Mapping[Row, Group]]) -> dict[Row, Group]:
    """The held-out patients of all folds together, of the rows that all folds have."""
    folds = list(folds)
    return {row: joined([fold[row] for fold in folds]) for row in folds[0] if all(row in fold for fold in folds)}


def scored(read: Mapping[Row, Group], fold: int | str) -> Iterator[Figures]:
    """The controls, then each row, told nothing and told all; compared once all are read, whichever comes first."""
    for group in list(read.values())[:1]:
        for control in CONTROLS:
            yield _figures(group, control, control, fold)
    for row, group in read.items():
        for way in WAYS:
            yield {**_figures(group, way, name_of(row, way), fold), **_compared(read, row, way)}


def name_of(row: Row, way: str) -> str:
    return str(row) if WAYS[way] is Knowing.IMAGE else f"{row}{KNOWN}"


def best_of_d(read: Mapping[Row, Group], fold: int | str, chosen: Row | None, split: Split) -> Iterator[Figures]:
    """How the best row of D compares with U, told nothing and told all.

    Args:
        read: Held-out patients as each row reads them.
        fold: Which fold's.
        chosen: The best, as validation patients have it; None takes the one that reads these very patients best from
            the image alone, which flatters it.
        split: Whose patients these are.
    """
    means = {row: summary(score(group, "U"))["mean_pcc"] for row, group in read.items() if row.startswith("D-")}
    if not means or Row.U not in read or (chosen is not None and chosen not in read):
        return
    best = max(means, key=means.__getitem__) if chosen is None else chosen
    on = str(split) if chosen is None else str(Split.VALIDATION)
    for way in WAYS:
        over = _over(read[Row.U], read[best], way, "U")
        yield {"row": name_of(best, way), "fold": fold, "chosen_on": on, **over}


def _figures(group: Group, read: str, row: str, fold: int | str) -> Figures:
    per_structure = score(group, read)
    means = {**summary(per_structure), **intervals(group, read)}
    return {"row": row, "fold": fold, "subjects": len(group), **means, "per_structure": per_structure}


def _compared(read: Mapping[Row, Group], row: Row, way: str) -> Figures:
    group, parent = read[row], PARENT.get(row)
    control = replace(group, rows={way: group.rows[control_of(way)]})
    over = _over(control, group, way, "R1")
    if parent in read:
        over |= {"parent": str(parent), **_over(read[parent], group, way, "parent")}
    if Row.C in read and row is not Row.C:
        over |= _over(read[Row.C], group, way, "C")
    return over


def _over(other: Group, group: Group, way: str, name: str) -> Figures:
    """Of the mean PCC of muscles, what it is above another row's on the same resampled patients, told as much."""
    over, low, high = gain(other, group, way, HEADLINES["mean_pcc"])
    return {f"mean_pcc_over_{name}": over, f"mean_pcc_over_{name}_95": [low, high]}
