"""Every anatomy is tested once, and never trained on in that fold."""

from mskdex.cohort import Split
from mskdex.training.config import FOLDS
from mskdex.training.folds import split_by_fold

NAMES = [f"{source}-{number:02d}" for source in ("atlas-m", "builtin-f") for number in range(18)]


def test_every_anatomy_is_held_out_exactly_once() -> None:
    tested = [
        name for fold in range(FOLDS) for name, split in split_by_fold(NAMES, fold).items() if split is Split.TEST
    ]
    assert sorted(tested) == sorted(NAMES)


def test_every_fold_has_every_split_of_every_source() -> None:
    for fold in range(FOLDS):
        splits = split_by_fold(NAMES, fold)
        for source in ("atlas", "builtin"):
            assert {splits[name] for name in NAMES if name.startswith(source)} == set(Split)


def test_a_source_more_moves_no_patient_of_another() -> None:
    alone = split_by_fold([name for name in NAMES if name.startswith("builtin")], 2)
    assert alone.items() <= split_by_fold(NAMES, 2).items()
