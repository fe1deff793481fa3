"""What an earlier run left in a folder: none of it may stand beside a new result as if the two belonged together."""

import contextlib
import csv
from collections.abc import Sequence
from pathlib import Path

from mskdex.errors import ResourceError
from mskdex.errors import UsageError
from mskdex.workflows.case import MAPS
from mskdex.workflows.case import MEASUREMENTS
from mskdex.workflows.case import REPORT
from mskdex.workflows.inputs import Input
from mskdex.workflows.inputs import is_number
from mskdex.workflows.inputs import sha256_of
from mskdex.workflows.run import NAME as RUN

TABLES = ("measurements.csv", "index.csv")


class Earlier:
    """The earlier run's results in a folder, as its index lists them; a folder without an index has none."""

    def __init__(self, output: Path) -> None:
        """Read the index.

        Raises:
            UsageError: the folder holds an ``index.csv`` that is none.
            ResourceError: it cannot be read.
        """
        self._output = output
        self._listed = _read(output / TABLES[1])

    def refuse_others(self, inputs: Sequence[Input]) -> None:
        """Each run numbers its cases anew: a report of an older one would pass for one of its own.

        Raises:
            UsageError: there are cases that this run would not replace, or that are of other files.
        """
        by_case = {each.case: each for each in inputs}
        numbered = {path.parent.name for path in self._output.glob(f"*/{REPORT}") if is_number(path.parent.name)}
        if others := sorted(numbered - set(by_case)):
            raise UsageError(
                f"{self._output.name} holds cases of an earlier run that this one would not replace "
                f"({len(others)}: {others[0]}, ...); choose another folder, or remove them"
            )
        if others := [case for case, row in self._listed.items() if not _is_of(by_case.get(case), *row)]:
            raise UsageError(
                f"{self._output.name} holds an earlier run's results of other files than these "
                f"({len(others)}: {others[0]}, ...); choose another folder, or remove them"
            )

    def forget(self, inputs: Sequence[Input]) -> None:
        """Before a run begins anew: the tables go first, so that whatever is left is listed nowhere."""
        self._forget_tables()
        for each in inputs:
            folder = self._output / each.case
            for name in (MEASUREMENTS, MAPS, REPORT):
                (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # it was never there, or holds something that is not ours
                folder.rmdir()

    def forget_tables_of(self, case: str) -> None:
        """Before a case is measured anew by a run that goes on: tables that list it hold no longer."""
        if case in self._listed:
            self._forget_tables()

    def _forget_tables(self) -> None:
        for name in (*TABLES, RUN):
            (self._output / name).unlink(missing_ok=True)
        self._listed = {}


def _read(index: Path) -> dict[str, tuple[str, str]]:
    """Path and hash of the file of each case."""
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            return {row["case"]: (row["path"] or "", row["sha256"] or "") for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}
    except (IsADirectoryError, UnicodeDecodeError, csv.Error, KeyError) as error:
        message = f"{index.parent.name} holds an {index.name} that no run of mskdex wrote; choose another folder"
        raise UsageError(message) from error
    except OSError as error:
        raise ResourceError(f"{index.name} of {index.parent.name} cannot be read: {error.strerror}") from error


def _is_of(each: Input | None, path: str, sha256: str) -> bool:
    """Whether the case is the same file: by its path, or by what it holds.

    A relative path says little: the next patient's folder may hold a file of the same name.
    """
    if each is None:
        return False
    if str(each.path) == path and (each.path.is_absolute() or not sha256):
        return True
    return sha256 != "" and sha256_of(each.path) == sha256
