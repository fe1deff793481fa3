"""Folders that one process at a time may write."""

import json
import os
import socket
import time
from pathlib import Path

from mskdex.errors import CohortError

_BEGUN = time.time()
_HALF_WRITTEN_S = 60.0
"""A lock of which nothing can be read is being written; after so long its writer is dead."""


class FolderLock:
    """A lock file holding who wrote it; a lock whose process has died on this host is taken over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owner = ""

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            CohortError: another live process holds it.
        """
        owner = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": time.time()})
        if not _made(self.path, owner):
            self._drop_if_stale()
            if not _made(self.path, owner):
                raise CohortError(
                    f"{self.path.parent.name} is being written by another process; wait for it, "
                    f"or remove {self.path.name}"
                )
        self._owner = owner

    def release(self) -> None:
        """Give it back; what another process took over meanwhile is left to it."""
        if _text(self.path) == self._owner:
            self.path.unlink(missing_ok=True)

    def _drop_if_stale(self) -> None:
        """Of several that find a dead one's lock, one looks again and drops it: by then it may be a live one's."""
        if not _is_stale(self.path):
            return
        looking = self.path.with_name(f"{self.path.name}.takeover")
        if _age_s(looking) > _HALF_WRITTEN_S:
            looking.unlink(missing_ok=True)
        if _made(looking, ""):
            try:
                if _is_stale(self.path):
                    self.path.unlink(missing_ok=True)
            finally:
                looking.unlink(missing_ok=True)


def _made(path: Path, text: str) -> bool:
    """Whether a file was made that was not there."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    return True


def _is_stale(path: Path) -> bool:
    """Whether a lock's process has died on this host, or did so before it could say who it was."""
    try:
        owner = json.loads(path.read_text())
        here = owner["host"] == socket.gethostname()
        return here and not _alive(int(owner["pid"]), float(owner.get("started", time.time())))
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, TypeError):
        return _age_s(path) > _HALF_WRITTEN_S


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return None


def _age_s(path: Path) -> float:
    """Since it was written; 0 where it is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _alive(pid: int, locked: float) -> bool:
    """Whether the process that locked at this time still runs; in a container started anew, its number may be ours."""
    if pid == os.getpid() and locked < _BEGUN:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Killed, but not yet buried by its parent (Linux; elsewhere nothing says so)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state in ("Z", "X")
