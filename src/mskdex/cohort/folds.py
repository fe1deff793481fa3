"""Splits by anatomy: the one that a subject is stored with, and which of four folds tests it.

The number in a template's name decides for all patients grown from it, in every cohort. A template from a CT has its
person's number, so nobody is in two splits. Built-in and atlas templates are female and male by turns, so folds deal
them out in pairs: both sexes are in every part of every fold.
"""

from mskdex.cohort.record import Split
from mskdex.cohort.record import Subject
from mskdex.errors import CohortError

SPLIT_RULE = 2
"""Of ``stored_split``; a cohort that was begun with another is not continued."""
FOLDS = 4
_VALIDATE_EVERY = 6  # of a fold's pairs; a sixth of what does not test
_HELD_OUT = {3: Split.VALIDATION, 6: Split.TEST, 13: Split.TEST, 16: Split.VALIDATION}
_ROUND = 20  # of so many templates; those of either sex take turns, and each split needs both


def stored_split(anatomy: str) -> Split:
    """What the patients of a template are for, by its name; so a held-out patient's anatomy was never trained on.

    Raises:
        CohortError: the name has no number.
    """
    number = _number(anatomy)
    if number is None:
        raise CohortError(f"the anatomy '{anatomy}' has no number, so it is in no split")
    return _HELD_OUT.get(number % _ROUND, Split.TRAIN)


def fold_of(subject: Subject) -> int:
    """The one fold in which the subject is tested.

    Raises:
        CohortError: its anatomy has no number.
    """
    return _pair(subject) % FOLDS


def split_in(fold: int, subject: Subject) -> Split:
    """What the subject is for when ``fold`` is tested, in place of the split it was stored with.

    The validation patients are the same in every fold, but for those that it tests.

    Raises:
        CohortError: there is no such fold, or the subject's anatomy has no number.
    """
    if not 0 <= fold < FOLDS:
        raise CohortError(f"fold {fold} is none of 0 to {FOLDS - 1}")
    mine, turn = fold_of(subject), _pair(subject) // FOLDS
    if mine == fold:
        return Split.TEST
    # Every other fold starts half a round later, so that four pairs are enough for patients of each kind.
    validates = (turn + mine % 2 * _VALIDATE_EVERY // 2) % _VALIDATE_EVERY == 0
    return Split.VALIDATION if validates else Split.TRAIN


def _pair(subject: Subject) -> int:
    number = _number(subject.anatomy)
    if number is None:
        raise CohortError(f"subject {subject.id}: its anatomy '{subject.anatomy}' has no number, so it is in no fold")
    return number // 2


def _number(anatomy: str) -> int | None:
    number = anatomy.rpartition("-")[2]
    return int(number) if number.isdecimal() else None
