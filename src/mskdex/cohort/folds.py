"""Cross-validation by anatomy: which of four folds tests a subject, and what the others do meanwhile.

A template's number decides for all patients grown from it, in every cohort. Built-in templates are female and male by
turns, so they are dealt out in pairs: both sexes are in every part of every fold.
"""

from mskdex.cohort.record import Split
from mskdex.cohort.record import Subject
from mskdex.errors import CohortError

FOLDS = 4
_VALIDATE_EVERY = 6  # of a fold's pairs; a sixth of what does not test


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
    number = subject.anatomy.rpartition("-")[2]
    if not number.isdecimal():
        raise CohortError(f"subject {subject.id}: its anatomy '{subject.anatomy}' has no number, so it is in no fold")
    return int(number) // 2
