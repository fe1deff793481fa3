"""A cohort's folder: ``cohort.json`` (what it is), ``subjects.jsonl`` (who is in it), ``subjects/<id>.npz`` (arrays).

A subject's line follows its file and is only ever appended, so whatever kills the writer, every line is true; a
finished cohort's journal may be replaced, whole, by itself in order.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self

from mskdex.anatomy import LABELS
from mskdex.cohort.facts import demand_possible
from mskdex.cohort.folds import split_in
from mskdex.cohort.record import Arrays
from mskdex.cohort.record import Canvas
from mskdex.cohort.record import Split
from mskdex.cohort.record import Subject
from mskdex.cohort.record import Verdict
from mskdex.cohort.record import check
from mskdex.cohort.record import decode
from mskdex.cohort.record import encode
from mskdex.errors import CohortError
from mskdex.files import sweep
from mskdex.files import write_bytes
from mskdex.locks import FolderLock

SCHEMA = 1
HEADER = "cohort.json"
JOURNAL = "subjects.jsonl"
FOLDER = "subjects"
LOCK = "cohort.lock"
VOCABULARY = [label.name for label in LABELS]


class Cohort:
    """A cohort as training reads it: a snapshot of the journal, taken when it was opened."""

    def __init__(self, folder: Path, canvas: Canvas, provenance: dict[str, Any], rows: dict[str, Subject]) -> None:
        self.folder = folder
        self.canvas = canvas
        self.provenance = provenance
        listed = sorted(rows.values(), key=lambda subject: subject.id)
        self.subjects = tuple(subject for subject in listed if subject.verdict is Verdict.ACCEPTED)
        self.excluded = tuple(subject for subject in listed if subject.verdict is Verdict.EXCLUDED)

    @classmethod
    def open(cls, folder: Path) -> "Cohort":
        """Read the header and the journal; the arrays stay on disk.

        Raises:
            CohortError: no cohort is there, or it speaks another vocabulary or schema.
        """
        header = _read_header(folder)
        rows = {subject.id: subject for subject in _read_journal(folder)}
        return cls(folder, Canvas(**header["canvas"]), header["provenance"], rows)

    def of(self, split: Split, fold: int | None = None) -> tuple[Subject, ...]:
        """The subjects of a split: of the stored one, or of the one that testing ``fold`` asks for (`folds`).

        Raises:
            CohortError: there is no such fold, or a subject's anatomy has no number.
        """
        if fold is None:
            return tuple(subject for subject in self.subjects if subject.split is split)
        return tuple(subject for subject in self.subjects if split_in(fold, subject) is split)

    def read(self, subject: Subject) -> Arrays:
        """A subject's arrays, after its file has been found to be the one the journal names.

        Raises:
            CohortError: the file is missing, altered, or holds arrays of another shape.
        """
        try:
            content = _path(self.folder, subject.id).read_bytes()
        except OSError as error:
            raise CohortError(f"the arrays of subject {subject.id} are missing") from error
        if hashlib.sha256(content).hexdigest() != subject.sha256:
            raise CohortError(f"the arrays of subject {subject.id} are not those that the journal lists")
        return decode(content, self.canvas)


class CohortWriter:
    """Adds subjects to a cohort; use it as a context manager, which holds the folder's lock.

    Opening a cohort that exists continues it: `has` tells which subjects are already there and intact.
    """

    def __init__(self, folder: Path, *, provenance: dict[str, Any], canvas: Canvas | None = None) -> None:
        self.folder = folder
        self.canvas = canvas or Canvas()
        self._header = {
            "schema": SCHEMA,
            "vocabulary": VOCABULARY,
            "canvas": asdict(self.canvas),
            "provenance": provenance,
        }
        self._lock = FolderLock(folder / LOCK)
        self._rows: dict[str, Subject] = {}

    def __enter__(self) -> Self:
        (self.folder / FOLDER).mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._begin_or_continue()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def __len__(self) -> int:
        return len(self._rows)

    def has(self, subject_id: str) -> bool:
        """Whether the subject is listed and, unless excluded, its file is there with the hash of its line."""
        subject = self._rows.get(subject_id)
        if subject is None:
            return False
        if subject.verdict is Verdict.EXCLUDED:
            return True
        path = _path(self.folder, subject_id)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == subject.sha256

    def add(self, subject: Subject, arrays: Arrays | bytes | None) -> Subject:
        """Store a subject: the file first, then its line.

        Args:
            subject: Its ``sha256`` is computed here.
            arrays: The arrays, or what `record.encode` made of them (workers may compress); None for an excluded one.

        Raises:
            CohortError: the subject is there already, its person or camera cannot be, or its arrays do not fit the
                canvas.
        """
        demand_possible(subject.id, subject.person, subject.camera)
        if self.has(subject.id):
            raise CohortError(f"subject {subject.id} is in the cohort already")
        if (arrays is None) != (subject.verdict is Verdict.EXCLUDED):
            raise CohortError(f"subject {subject.id}: an accepted subject has arrays, an excluded one has none")
        if arrays is not None:
            content = self._encoded(arrays)
            write_bytes(_path(self.folder, subject.id), content)
            subject = replace(subject, sha256=hashlib.sha256(content).hexdigest())
        self._append(subject)
        self._rows[subject.id] = subject
        return subject

    def sort(self) -> None:
        """Put the journal in the order of ids, one line each: then it does not tell in which order workers finished."""
        lines = (_line(self._rows[name]) for name in sorted(self._rows))
        write_bytes(self.folder / JOURNAL, "".join(lines).encode())

    def _encoded(self, arrays: Arrays | bytes) -> bytes:
        if isinstance(arrays, bytes):
            decode(arrays, self.canvas)
            return arrays
        check(arrays, self.canvas)
        return encode(arrays)

    def _append(self, subject: Subject) -> None:
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as stream:
            stream.write(_line(subject))
            stream.flush()
            os.fsync(stream.fileno())

    def _begin_or_continue(self) -> None:
        sweep(self.folder)
        sweep(self.folder / FOLDER)
        if not (self.folder / HEADER).exists():
            if any(each.name not in (LOCK, FOLDER) for each in self.folder.iterdir()):
                raise CohortError(f"{self.folder.name} holds something that is no cohort; choose a new folder")
            write_bytes(self.folder / HEADER, _json(self._header))
        elif _read_header(self.folder) != json.loads(_json(self._header)):
            raise CohortError(
                f"{self.folder.name} was begun with other settings; give them again, or choose a new folder"
            )
        _drop_half_line(self.folder / JOURNAL)
        self._rows = {subject.id: subject for subject in _read_journal(self.folder)}


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def _line(subject: Subject) -> str:
    return json.dumps(subject.to_dict(), sort_keys=True) + "\n"


def _path(folder: Path, subject_id: str) -> Path:
    return folder / FOLDER / f"{subject_id}.npz"


def _read_header(folder: Path) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads((folder / HEADER).read_text(encoding="utf-8"))
    except OSError as error:
        raise CohortError(f"{folder.name} is no cohort: it has no {HEADER}") from error
    except ValueError as error:
        raise CohortError(f"{HEADER} of {folder.name} is not JSON") from error
    if header.get("schema") != SCHEMA:
        raise CohortError(f"{folder.name} has schema {header.get('schema')}, expected {SCHEMA}")
    if header.get("vocabulary") != VOCABULARY:
        raise CohortError(f"{folder.name} names other structures than this version of mskdex; make it anew")
    return header


def _read_journal(folder: Path) -> Iterator[Subject]:
    """The journal's lines; a last line without its end is a write that never finished, and is not there."""
    path = folder / JOURNAL
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CohortError(f"a line of {JOURNAL} is not JSON") from error
        yield Subject.from_dict(row)


def _drop_half_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            write_bytes(path, content[:whole])
