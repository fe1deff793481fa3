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

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            CohortError: another live process holds it.
        """
        owner = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": time.time()})
        for _ in range(2):
            try:
                descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            except FileExistsError:
                self._drop_if_stale()
                continue
            with os.fdopen(descriptor, "w") as stream:
                stream.write(owner)
            return
        raise CohortError(
            f"{self.path.parent.name} is being written by another process; wait for it, or remove {self.path.name}"
        )

    def release(self) -> None:
        self.path.unlink(missing_ok=True)

    def _drop_if_stale(self) -> None:
        try:
            owner = json.loads(self.path.read_text())
            here = owner["host"] == socket.gethostname()
            stale = here and not _alive(int(owner["pid"]), float(owner.get("started", time.time())))
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError):
            stale = self._age_s() > _HALF_WRITTEN_S
        if stale:
            self.path.unlink(missing_ok=True)

    def _age_s(self) -> float:
        try:
            return time.time() - self.path.stat().st_mtime
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
