"""What a source of anatomy holds, as one number: the same wherever it lies and whenever it was copied."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_ABSENT = "absent"


def fingerprint(files: Mapping[str, Path]) -> str:
    """SHA-256 over the names and whole contents of files, in the order of their names.

    Contents are read whole: a label may change without its file's size, and making a template of a CT takes much longer
    than reading it. A file that is not there, or that cannot be read, counts as absent.

    Args:
        files: what each is to the source, which may but need not be its file name, and where it lies.
    """
    lines = (f"{_content(files[name])} {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _content(path: Path) -> str:
    try:
        facts = path.stat()
        return _sha256(path.absolute(), facts.st_size, facts.st_mtime_ns)
    except (OSError, ValueError):  # a name that no file can have is a ValueError
        return _ABSENT


@cache
def _sha256(path: Path, _size: int, _changed_ns: int) -> str:
    """Once per process, while size and time say that the file is the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
