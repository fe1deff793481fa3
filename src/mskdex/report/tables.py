"""Measurement tables as CSV: one row per case, structure, side and quantity; memory stays flat."""

import csv
import io
from collections.abc import Iterable
from collections.abc import Sequence
from typing import IO

from mskdex.result import CaseResult
from mskdex.result import Measurement

COLUMNS = (
    "case", "structure", "side", "quantity", "value", "unit", "lower", "upper", "level", "reason", "flags",
    "case_flags",
)  # fmt: skip
INDEX_COLUMNS = ("case", "path", "sha256", "status", "codes", "person_told", "setup_told")


class Table:
    """A CSV written row by row into an open binary file."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._file = file
        self.add([columns])

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Append rows; None becomes an empty cell, and bytes of a path that are not UTF-8 are written as escapes."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)
        self._file.write(text.getvalue().encode("utf-8", "backslashreplace"))


def rows_of(result: CaseResult) -> Iterable[Sequence[object]]:
    """A case's rows, in the order of ``COLUMNS``."""
    codes = codes_of(result)
    return ((*_row(result.case, measurement), codes) for measurement in result.measurements)


def codes_of(result: CaseResult) -> str:
    """All codes of a case in one cell, a refusal's first."""
    return ";".join(flag.code for flag in result.flags)


def _row(case: str, one: Measurement) -> Sequence[object]:
    figures = (one.value, one.unit, one.lower, one.upper, one.level)
    return (case, one.structure, str(one.side), str(one.quantity), *figures, one.reason, ";".join(one.flags))


def _harmless(cell: object) -> object:
    # A spreadsheet runs a cell that begins like a formula; a file name may.
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + cell
    return cell
