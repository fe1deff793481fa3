"""A run of many radiographs that was cut off goes on where it was, when the same command is given again.

While a run is under way, a journal in its folder says which cases are whole; a run that comes to its end removes it.
Its first line says of which files the cases are and how they are measured: a run of other files, with another model,
other settings or another mskdex begins anew.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self

from mskdex.result import CaseResult
from mskdex.workflows.inputs import Input
from mskdex.workflows.inputs import sha256_of

JOURNAL = ".mskdex.journal"


class Journal:
    """Cases that are whole. A context manager: without an error the journal is removed at its end, unless ``keep``.

    Attributes:
        keep: Whether the run is to go on later.
        continued: Cases that were taken over.
    """

    def __init__(self, output: Path, how: dict[str, Any], result_name: str) -> None:
        """Nothing is read or written before the block begins.

        Args:
            output: The run's folder.
            how: All that decides, beside a case's own input, what it comes to.
            result_name: The file in a case's folder that is written last.
        """
        self._output, self._result_name = output, result_name
        self._path, self._head = output / JOURNAL, json.dumps(how, sort_keys=True)
        self._whole: dict[str, str] = {}
        self.keep, self.continued = False, 0

    def goes_on(self) -> bool:
        """Whether a run was cut off that this one is to go on with."""
        return self._lines()[:1] == [self._head]

    def __enter__(self) -> Self:
        goes_on, lines = self.goes_on(), self._lines()
        if goes_on:  # the last line may be half of one, whose key fits nothing
            self._whole = dict(line.split(" ") for line in lines[1:] if line.count(" ") == 1)
        self._file = self._path.open("a" if goes_on else "w", encoding="utf-8")
        self._write("" if goes_on else self._head)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None and not self.keep:
            self._path.unlink(missing_ok=True)

    def finished(self, each: Input) -> CaseResult | None:
        """The case's result, if it was measured before from the same file, told the same of its patient."""
        if each.case not in self._whole or self._whole[each.case] != _key(each, sha256_of(each.path)):
            return None
        try:
            content = json.loads((self._output / each.case / self._result_name).read_text(encoding="utf-8"))
            result = CaseResult.from_dict(content)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self.continued += 1
        return result

    def add(self, each: Input, sha256: str | None) -> None:
        """Note a case that is whole, whose file has this hash."""
        self._write(f"{each.case} {_key(each, sha256)}")

    def _lines(self) -> list[str]:
        return self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()


def digest(inputs: Sequence[Input]) -> str:
    """Of which file each case is, without saying so."""
    return hashlib.sha256(json.dumps([[each.case, str(each.path.absolute())] for each in inputs]).encode()).hexdigest()


def _key(each: Input, sha256: str | None) -> str:
    """Of the file and of what the table says of the patient, without saying either."""
    row = each.row
    person = None if row is None else [row.age_years, row.person and asdict(row.person)]
    return hashlib.sha256(json.dumps([sha256, person]).encode()).hexdigest()
