"""Writing so that a file is there whole or not at all, whatever dies meanwhile: a write, the process, the power."""

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from typing import Any

from mskdex.errors import ResourceError
from mskdex.errors import UsageError

_SUFFIX = ".tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_TO_BE_ASKED = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that takes ``path``'s place when the block ends well, and vanishes when it does not.

    Raises:
        ResourceError: the disk is full or the folder cannot be written.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes a file for its owner alone; results are as readable as anything else that is written here.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
        _keep_name(path.parent)
    except OSError as error:
        _forget(temporary)
        if error.errno in _FULL:
            raise ResourceError("the disk is full; what was written before is whole and stays") from error
        raise ResourceError(f"{path.name} cannot be written: {error.strerror}") from error
    except BaseException:
        _forget(temporary)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file."""
    with replacing(path) as file:
        file.write(content)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON that every parser reads: no NaN, no infinity."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, text.encode() + b"\n")


def sweep(folder: Path, names: Iterable[str] = ("*",)) -> None:
    """Delete what a killed writer of these files, or of any, left behind."""
    for name in names:
        for orphan in folder.glob(f".{name}.*{_SUFFIX}"):
            orphan.unlink(missing_ok=True)


def demand_no_file(folder: Path) -> None:
    """What is to be a folder may be absent, but neither it nor anything above it may be something else.

    Raises:
        UsageError: it is; names the thing.
    """
    for each in (folder, *folder.parents):
        # A link that leads nowhere is in the way too, though it does not "exist".
        if os.path.lexists(each) and not each.is_dir():
            raise UsageError(f"{each.name} is a file, not a folder; choose another name for the output")


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Raises:
        ResourceError: it cannot be made, or something else is there.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResourceError(f"the folder {path.name} cannot be made: {error.strerror}") from error


def _keep_name(folder: Path) -> None:
    """Make what was renamed in a folder outlast a power cut. Network shares and some systems do not let one ask."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NOT_TO_BE_ASKED:
            raise


def _forget(temporary: Path | None) -> None:
    if temporary is not None:
        temporary.unlink(missing_ok=True)
