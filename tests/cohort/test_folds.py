"""Folds: each patient is tested once, nobody's anatomy is trained on when it is tested, both sexes everywhere."""

from collections import Counter
from dataclasses import replace

import pytest

from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.cohort.folds import FOLDS
from mskdex.cohort.folds import fold_of
from mskdex.cohort.folds import split_in
from mskdex.cohort.folds import stored_split
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.presets import PRESETS
from mskdex.cohort.presets import get_preset
from mskdex.errors import CohortError
from mskdex.errors import UsageError

BENCHMARK = PRESETS["virtualhip-539"]


def _subjects(plan: VirtualPlan) -> list[Subject]:
    """As `make_subject` names them, without making them."""
    return [
        Subject(plan.subject_id(index), f"builtin-{'fm'[group % 2]}-{group:03d}", Split.TRAIN, plan.seed)
        for index in range(plan.count)
        for group in [plan.group(index)]
    ]


PLANS = [BENCHMARK, replace(BENCHMARK, count=61, per_template=5), VirtualPlan(count=8, per_template=1)]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.count} of {plan.per_template}")
def test_each_patient_is_tested_in_one_fold(plan: VirtualPlan) -> None:
    for subject in _subjects(plan):
        tested = [fold for fold in range(FOLDS) if split_in(fold, subject) is Split.TEST]
        assert tested == [fold_of(subject)]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.count} of {plan.per_template}")
@pytest.mark.parametrize("fold", range(FOLDS))
def test_no_anatomy_is_in_two_parts_and_both_sexes_are_in_each(plan: VirtualPlan, fold: int) -> None:
    parts: dict[Split, set[str]] = {split: set() for split in Split}
    for subject in _subjects(plan):
        parts[split_in(fold, subject)].add(subject.anatomy)
    assert sum(map(len, parts.values())) == len(set.union(*parts.values()))
    for split, anatomies in parts.items():
        assert {name.split("-")[1] for name in anatomies} == {"f", "m"}, split


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_fold_of_the_benchmark_tests_a_quarter_and_validates_on_an_eighth(fold: int) -> None:
    counts = Counter(split_in(fold, subject) for subject in _subjects(BENCHMARK))
    assert 133 <= counts[Split.TEST] <= 136
    assert counts[Split.VALIDATION] == pytest.approx(539 / 8, rel=0.05)


def test_who_validates_does_not_depend_on_the_fold() -> None:
    for subject in _subjects(BENCHMARK):
        kinds = {split_in(fold, subject) for fold in range(FOLDS)} - {Split.TEST}
        assert len(kinds) == 1


def test_what_has_no_fold_is_refused() -> None:
    subject = Subject("s1", "builtin-f-001", Split.TRAIN, 0)
    with pytest.raises(CohortError, match="none of 0 to 3"):
        split_in(4, subject)
    with pytest.raises(CohortError, match="has no number"):
        fold_of(replace(subject, anatomy="hospital"))
    with pytest.raises(CohortError, match="has no number"):
        stored_split("hospital")


def test_the_benchmark_is_539_patients_of_539_anatomies_without_prostheses() -> None:
    assert (BENCHMARK.count, BENCHMARK.seed, BENCHMARK.implant_share, BENCHMARK.two_poses) == (539, 539, 0.0, True)
    assert len({subject.anatomy for subject in _subjects(BENCHMARK)}) == 539
    with pytest.raises(UsageError, match="virtualhip-539"):
        get_preset("virtualhip")
