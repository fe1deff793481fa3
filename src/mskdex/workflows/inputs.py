"""Which files are measured, what the cases are called, and what is known of the patients."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mskdex.errors import UsageError
from mskdex.workflows.persons import TableRow
from mskdex.workflows.persons import assign
from mskdex.workflows.persons import read_table

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 100


class Ids(StrEnum):
    """How cases are called: by number, which says nothing of a patient, or by the file's name."""

    NUMBER = "number"
    STEM = "stem"


@dataclass(frozen=True)
class Input:
    """One file to measure."""

    case: str
    path: Path
    row: TableRow | None = None
    """What the subjects' table says of its patient."""


@dataclass(frozen=True)
class Inputs:
    """What was found: the cases to measure, and how many links in folders were not followed."""

    cases: list[Input]
    links: int = 0


def find_inputs(named: Sequence[Path], output: Path, ids: Ids, subjects: Path | None) -> Inputs:
    """The files named, and those in the folders named; a snapshot, taken before anything is written.

    Folders are searched to the bottom; links in them are not followed but counted, hidden files, the output and the
    subjects' table are left out.

    Raises:
        UsageError: a path is not there, a folder cannot be read, nothing was found, two files would be the same case,
            or the subjects' table leaves a doubt about whose facts are whose.
    """
    found = dict.fromkeys(path for each in named for path in _files(each, output.absolute()))
    ours = {output.absolute(), subjects.absolute()} if subjects else {output.absolute()}
    others = [path for path in found if path.absolute() not in ours]
    # A link that is named itself is a wish; one in a folder may lead anywhere.
    wanted = {path.absolute() for path in named}
    links = {path for path in others if path.is_symlink() and path.absolute() not in wanted}
    paths = [path for path in others if path not in links and not path.is_dir()]
    if not paths:
        followed = f"; links are not followed, and there are {len(links)}" if links else ""
        raise UsageError(f"no file to measure was found{followed}")
    cases = _number(len(paths)) if ids is Ids.NUMBER else _stems(paths)
    images = list(zip(cases, paths, strict=True))
    if subjects is None:
        return Inputs([Input(case, path) for case, path in images], len(links))
    rows = assign(read_table(subjects, numbered=ids is Ids.NUMBER), images)
    return Inputs([Input(case, path, row) for (case, path), row in zip(images, rows, strict=True)], len(links))


def sha256_of(path: Path) -> str | None:
    """The file's hash, or None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _files(path: Path, output: Path) -> list[Path]:
    """The file itself; or a folder's files, and the links in it.

    Raises:
        UsageError: the path is not there, or a folder cannot be read.
    """
    if not path.is_dir():
        if not path.exists():
            raise UsageError(f"there is no file or folder {path}")
        return [path]
    found: list[Path] = []
    for folder, subfolders, names in os.walk(path, onerror=_refuse, followlinks=False):
        here = Path(folder)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        if here.absolute() == output or output in here.absolute().parents:
            subfolders.clear()
            continue
        found.extend(here / name for name in subfolders if (here / name).is_symlink())
        files = (here / name for name in sorted(names) if not name.startswith("."))
        found.extend(file for file in files if file.is_symlink() or file.is_file())
    return found


def _refuse(error: OSError) -> None:
    """A folder left out in silence would be patients missing from the tables."""
    raise UsageError(f"the folder {error.filename} cannot be read: {error.strerror}") from error


def _number(count: int) -> list[str]:
    digits = max(4, len(str(count)))
    return [f"case-{number:0{digits}d}" for number in range(1, count + 1)]


def is_number(case: str) -> bool:
    """Whether a case is called by its number in a run."""
    return re.fullmatch(r"case-\d{4,}", case) is not None


def _stems(paths: list[Path]) -> list[str]:
    cases = [_NOT_IN_A_NAME.sub("_", path.stem).strip("._-")[:_LONGEST_NAME] or "case" for path in paths]
    # Folders of some file systems do not tell capitals apart.
    twice = [case for case, count in Counter(case.lower() for case in cases).items() if count > 1]
    if twice:
        raise UsageError(f"{len(twice)} names stand for more than one file ({twice[0]}, ...); leave --ids at 'number'")
    return cases
