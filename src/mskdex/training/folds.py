"""Which patients a fold holds out."""

from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.training.config import FOLDS

_VALIDATION_EVERY = 6


def subjects_of(cohort: Cohort, split: Split, fold: int | None) -> tuple[Subject, ...]:
    """A cohort's subjects of a split, by fold or, without one, as the cohort was made."""
    if fold is None:
        return cohort.of(split)
    splits = split_by_fold(sorted({subject.anatomy for subject in cohort.subjects}), fold)
    return tuple(subject for subject in cohort.subjects if splits[subject.anatomy] is split)


def split_by_fold(anatomies: list[str], fold: int) -> dict[str, Split]:
    """Each anatomy's split: they are dealt out to the folds, so that patients of one are never on both sides.

    The fold's own anatomies are the test's; of the others every sixth, beginning with the first, validates.
    """
    splits = {}
    for source in sorted({anatomy.split("-", 1)[0] for anatomy in anatomies}):
        names = sorted(anatomy for anatomy in anatomies if anatomy.split("-", 1)[0] == source)
        tested = {name for number, name in enumerate(names) if number % FOLDS == fold}
        others = [name for name in names if name not in tested]
        validating = set(others[::_VALIDATION_EVERY])
        for name in names:
            splits[name] = Split.TEST if name in tested else Split.VALIDATION if name in validating else Split.TRAIN
    return splits
