"""Every patient once per pass, in an order that can be taken up anywhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from mskdex.cohort import Canvas
from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.errors import CohortError
from mskdex.training.library import Library
from mskdex.training.library import Position
from mskdex.training.library import Sampler
from mskdex.training.library import demand_every_split


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> Library:  # type: ignore[no-untyped-def]
    folder = blob_cohort(tmp_path_factory.mktemp("cohort"), {Split.TRAIN: 7, Split.VALIDATION: 4})
    return Library([folder], Split.TRAIN)


def _ids(sampler: Sampler, batches: int, count: int = 2) -> list[list[str]]:
    return [[patient.subject.id for patient in sampler.take(count)] for _ in range(batches)]


def test_a_pass_meets_nobody_twice(library: Library) -> None:
    taken = _ids(Sampler(library, seed=0, position=Position()), 6)
    for one_pass in (taken[:3], taken[3:]):
        assert len({name for batch in one_pass for name in batch}) == 6
    assert taken[:3] != taken[3:]


def test_the_order_is_taken_up_where_it_was_left(library: Library) -> None:
    sampler = Sampler(library, seed=0, position=Position())
    _ids(sampler, 4)
    later = Sampler(library, seed=0, position=sampler.position)
    assert _ids(later, 5) == _ids(sampler, 5)


def test_another_seed_is_another_order(library: Library) -> None:
    assert _ids(Sampler(library, seed=0, position=Position()), 3) != _ids(
        Sampler(library, seed=1, position=Position()), 3
    )


def test_a_batch_larger_than_the_cohort_is_the_cohort(library: Library) -> None:
    assert len(Sampler(library, seed=0, position=Position()).take(50)) == 7


def test_validation_takes_as_many_of_each_source(library: Library) -> None:
    few = Library(library.folders, Split.VALIDATION, at_most=1)
    assert sorted(patient.subject.source for patient in few) == ["atlas", "builtin"]


def test_cohorts_of_one_source_share_what_is_taken_of_it(tmp_path: Path, library: Library) -> None:
    source = Cohort.open(library.folders[0])
    with CohortWriter(tmp_path, provenance={}) as writer:
        for subject in source.of(Split.TRAIN):
            writer.add(replace(subject, id=f"{subject.id}-again"), source.read(subject))
    few = [patient.subject for patient in Library([*library.folders, tmp_path], Split.TRAIN, at_most=2)]
    assert sorted(subject.source for subject in few) == ["atlas", "atlas", "builtin", "builtin"]
    assert sum(subject.id.endswith("-again") for subject in few) == 2


def test_no_subject_of_a_split_is_an_error(library: Library) -> None:
    with pytest.raises(CohortError, match="meant for 'test'"):
        Library(library.folders, Split.TEST)


def test_subjects_added_meanwhile_are_met_in_the_next_pass(tmp_path: Path, library: Library) -> None:
    source = Cohort.open(library.folders[0])
    provenance = {"made_of": "blobs"}
    with CohortWriter(tmp_path, provenance=provenance) as writer:
        for subject in source.of(Split.TRAIN)[:4]:
            writer.add(subject, source.read(subject))
    growing = Library([tmp_path], Split.TRAIN)
    sampler = Sampler(growing, seed=0, position=Position(), reread=True)
    assert len(growing) == 4
    with CohortWriter(tmp_path, provenance=provenance) as writer:
        for subject in source.of(Split.TRAIN)[4:]:
            writer.add(subject, source.read(subject))
    _ids(sampler, 2)
    assert len(growing) == 4
    _ids(sampler, 1)
    assert len(growing) == 7


def test_cohorts_that_contradict_each_other_are_refused(tmp_path: Path, library: Library) -> None:
    source = Cohort.open(library.folders[0])
    first, second = source.of(Split.TRAIN)[:2]
    with CohortWriter(tmp_path, provenance={}) as writer:
        writer.add(first, source.read(second))
    with pytest.raises(CohortError, match="differ"):
        Library([library.folders[0], tmp_path], Split.TRAIN)
    assert len(Library([library.folders[0], library.folders[0]], Split.TRAIN)) == 7


def test_a_canvas_smaller_than_the_grid_is_refused(tmp_path: Path) -> None:
    with CohortWriter(tmp_path, provenance={}, canvas=Canvas(rows=64, columns=64)):
        pass
    with pytest.raises(CohortError, match="64x64"):
        Library([tmp_path], Split.TRAIN)


def test_a_cohort_without_test_patients_is_told_before_training(tmp_path: Path, blob_cohort) -> None:  # type: ignore[no-untyped-def]
    folder = blob_cohort(tmp_path / "half", {Split.TRAIN: 2, Split.VALIDATION: 2})
    with pytest.raises(CohortError, match="no test patient in half"):
        demand_every_split([folder])
    demand_every_split([folder, blob_cohort(tmp_path / "rest", {Split.TEST: 2})])


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Path:
    """Sixteen patients of eight built-in templates, all of them stored for training."""
    folder, source = tmp_path_factory.mktemp("templates"), Cohort.open(library.folders[0])
    patient = source.subjects[0]
    with CohortWriter(folder, provenance={}) as writer:
        for number in range(16):
            anatomy = f"builtin-{'fm'[number // 2 % 2]}-{number // 2:03d}"
            subject = replace(patient, id=f"p{number:02d}", anatomy=anatomy, split=Split.TRAIN)
            writer.add(subject, source.read(patient))
    return folder


def test_a_fold_takes_the_place_of_the_stored_split(templates: Path) -> None:
    tested: list[str] = []
    for fold in range(4):
        parts = {split: set(Library([templates], split, fold=fold).patients) for split in Split}
        assert len(set.union(*parts.values())) == sum(map(len, parts.values())) == 16
        tested += parts[Split.TEST]
        demand_every_split([templates], fold)
    assert len(tested) == len(set(tested)) == 16
    with pytest.raises(CohortError, match="no validation and no test"):
        demand_every_split([templates])
    with pytest.raises(CohortError, match="fold 4"):
        Library([templates], Split.TRAIN, fold=4)
