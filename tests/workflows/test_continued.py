"""A run that was cut off takes over what it had measured, and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.model.person import PersonFacts
from mskdex.result import CaseResult
from mskdex.result import Flag
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status
from mskdex.workflows.continued import JOURNAL
from mskdex.workflows.continued import Journal
from mskdex.workflows.inputs import Input
from mskdex.workflows.inputs import sha256_of
from mskdex.workflows.persons import TableRow

HOW: dict[str, object] = {"model": "a", "settings": {"spacing_mm": 0.15}}
NAME = "measurements.json"


def _result(case: str) -> CaseResult:
    figures = (351.27, 300.1, 402.4, 0.9)
    measured = Measurement("femur", Side.LEFT, Quantity.BONE_MASS, "g", *figures, flags=("within_view",))
    missing = Measurement("sacrum", Side.MIDLINE, Quantity.VOLUME, "cm3", None, reason="out_of_view")
    image = {"rows": 8, "sdd_mm": None}
    setup = {"sdd_mm": 1150.0, "table_detector_mm": 60.5}
    head = (case, ModelId("m", "1", "f" * 64), image, None, setup, Status.MEASURED_WITH_FLAGS)
    return CaseResult(*head, (Flag("thin", "a message"),), (measured, missing))


@contextmanager
def _journal(folder: Path, **other: object) -> Iterator[Journal]:
    """Of a run that goes on later."""
    with Journal(folder, {**HOW, **other}, NAME) as journal:
        journal.keep = True
        yield journal


@pytest.fixture
def inputs(tmp_path: Path) -> list[Input]:
    paths = [tmp_path / f"{name}.dcm" for name in "abc"]
    for path in paths:
        path.write_bytes(path.name.encode())
    return [Input(f"case-{number:04d}", path) for number, path in enumerate(paths, start=1)]


@pytest.fixture
def cut_off(tmp_path: Path, inputs: list[Input]) -> Path:
    """A run that ended after the first two of three cases."""
    with _journal(tmp_path) as journal:
        for each in inputs[:2]:
            (tmp_path / each.case).mkdir()
            (tmp_path / each.case / NAME).write_text(json.dumps(_result(each.case).to_dict()))
            journal.add(each, sha256_of(each.path))
    return tmp_path


def _taken_over(folder: Path, inputs: list[Input], **other: object) -> list[bool]:
    with _journal(folder, **other) as journal:
        return [journal.finished(each) is not None for each in inputs]


def test_a_result_is_read_back_as_it_was_written() -> None:
    result = _result("case-0001")
    assert CaseResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_what_was_whole_is_taken_over(cut_off: Path, inputs: list[Input]) -> None:
    with _journal(cut_off) as journal:
        assert [journal.finished(each) for each in inputs] == [_result("case-0001"), _result("case-0002"), None]
        assert journal.continued == 2


def test_half_a_line_is_no_case(cut_off: Path, inputs: list[Input]) -> None:
    (cut_off / JOURNAL).write_text((cut_off / JOURNAL).read_text()[:-30])
    assert _taken_over(cut_off, inputs) == [True, False, False]


@pytest.mark.parametrize("other", [{"model": "b"}, {"settings": {"spacing_mm": 0.2}}])
def test_another_way_of_measuring_takes_nothing_over(
    cut_off: Path, inputs: list[Input], other: dict[str, object]
) -> None:
    assert _taken_over(cut_off, inputs, **other) == [False, False, False]
    # And it has begun a journal of its own.
    assert _taken_over(cut_off, inputs) == [False, False, False]


def test_another_patient_another_file_or_no_result_is_measured_anew(cut_off: Path, inputs: list[Input]) -> None:
    woman = TableRow("line 2", {}, PersonFacts("female", 60.0, 165.0, 70.0), 60.0)
    assert _taken_over(cut_off, [replace(inputs[0], row=woman)]) == [False]
    inputs[0].path.write_bytes(b"another picture")
    (cut_off / "case-0002" / NAME).unlink()
    assert _taken_over(cut_off, inputs) == [False, False, False]


def test_an_end_removes_the_journal_and_an_error_keeps_it(cut_off: Path) -> None:
    with pytest.raises(ZeroDivisionError), Journal(cut_off, HOW, NAME):
        raise ZeroDivisionError
    assert (cut_off / JOURNAL).exists()
    with Journal(cut_off, HOW, NAME):
        pass
    assert not (cut_off / JOURNAL).exists()
