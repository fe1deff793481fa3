"""Locks: a live process keeps its own, and a dead one's is taken over."""

import json
import os
import socket
import time
from pathlib import Path

import pytest

from mskdex import locks
from mskdex.errors import CohortError
from mskdex.locks import FolderLock


@pytest.fixture
def lock(tmp_path: Path) -> FolderLock:
    return FolderLock(tmp_path / "folder.lock")


def _held(lock: FolderLock, **other: object) -> None:
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "started": time.time(), **other}
    lock.path.write_text(json.dumps(owner))


def test_a_lock_of_this_very_process_is_a_lock(lock: FolderLock) -> None:
    lock.acquire()
    with pytest.raises(CohortError, match="being written"):
        FolderLock(lock.path).acquire()


def test_a_lock_from_before_this_process_with_its_number_is_a_dead_one_s(lock: FolderLock) -> None:
    """In a container every first process has the number 1."""
    _held(lock, started=time.time() - 86400)
    lock.acquire()
    assert json.loads(lock.path.read_text())["started"] > time.time() - 60


def test_another_host_s_lock_is_left_alone(lock: FolderLock) -> None:
    _held(lock, host="elsewhere", started=0.0)
    with pytest.raises(CohortError, match="being written"):
        lock.acquire()


def test_a_lock_that_says_nothing_is_another_s_for_a_minute(lock: FolderLock) -> None:
    lock.path.touch()
    with pytest.raises(CohortError, match="being written"):
        lock.acquire()
    os.utime(lock.path, (time.time() - 120, time.time() - 120))
    lock.acquire()


def test_of_two_that_find_a_dead_one_s_lock_one_takes_it(lock: FolderLock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other has read the dead one's name, and drops the lock only after the first has made its own."""
    _held(lock, started=time.time() - 86400)
    first, alive, quicker = FolderLock(lock.path), locks._alive, []

    def alive_after_the_first(pid: int, locked: float) -> bool:
        found = alive(pid, locked)
        if not quicker:
            quicker.append(first)
            first.acquire()
        return found

    monkeypatch.setattr(locks, "_alive", alive_after_the_first)
    with pytest.raises(CohortError, match="being written"):
        lock.acquire()
    assert lock.path.exists()
    assert not list(lock.path.parent.glob("*.takeover"))


def test_a_lock_that_another_took_over_is_left_to_it(lock: FolderLock) -> None:
    lock.acquire()
    _held(lock, host="elsewhere")
    lock.release()
    assert lock.path.exists()


def test_who_died_taking_a_lock_over_is_in_nobody_s_way(lock: FolderLock) -> None:
    _held(lock, started=time.time() - 86400)
    looking = lock.path.with_name(f"{lock.path.name}.takeover")
    looking.touch()
    with pytest.raises(CohortError, match="being written"):
        lock.acquire()
    os.utime(looking, (time.time() - 120, time.time() - 120))
    lock.acquire()
