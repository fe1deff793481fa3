"""The parent's side of the decode worker: start it, ask it, and outlive it.

A hostile or broken file can make a codec hang, abort or take all memory. It then costs one worker, never the program.
One worker serves many files and is replaced after some, after any failure, and when it takes too long.
"""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.pixels import check_size

WALL_SECONDS = 30.0
FILES_PER_WORKER = 200
_DTYPES = {"|u1", "<u2", "<i2"}
_BOOTSTRAP = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from mskdex.images.worker import main; main()"


class Decoder:
    """A decode worker that is started when first needed and replaced when spent. Safe to share between threads."""

    def __init__(self, *, wall_seconds: float = WALL_SECONDS, files_per_worker: int = FILES_PER_WORKER) -> None:
        self._wall_seconds = wall_seconds
        self._files_per_worker = files_per_worker
        self._process: subprocess.Popen[bytes] | None = None
        self._files_left = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker now, so that it is ready when the first file comes."""
        with self._lock:
            self._ready()

    def close(self) -> None:
        """End the worker; the next file would start another."""
        with self._lock:
            self._discard()

    def decode(self, path: Path) -> Decoded:
        """Decode one file.

        Raises:
            ImageRefused: For every reason there can be; a worker that dies or hangs is ``decoder_failed``.
        """
        with self._lock:
            process = self._ready()
            self._files_left -= 1
            timer = threading.Timer(self._wall_seconds, process.kill)
            timer.daemon = True
            timer.start()
            try:
                decoded = _ask(process, path)
            except ImageRefused:
                raise
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._discard()
                message = "the file could not be decoded: its decoder ran out of time or memory, or failed"
                raise ImageRefused(Refusal.DECODER_FAILED, message) from error
            except BaseException:
                self._discard()  # interrupted halfway through a reply: the pipe is of no more use
                raise
            finally:
                timer.cancel()
            return decoded

    def _ready(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._files_left <= 0 or self._process.poll() is not None:
            self._discard()
            self._process = _start()
            self._files_left = self._files_per_worker
        return self._process

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)


DECODER = Decoder()
"""The worker that ``read_radiograph`` uses unless it is given another."""
atexit.register(DECODER.close)


def _start() -> "subprocess.Popen[bytes]":
    search_path = json.dumps([entry for entry in sys.path if entry])
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOTSTRAP, search_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _ask(process: "subprocess.Popen[bytes]", path: Path) -> Decoded:
    if process.stdin is None or process.stdout is None:
        raise ValueError("the worker has no pipes")
    process.stdin.write(json.dumps({"path": str(path.absolute())}).encode() + b"\n")
    process.stdin.flush()
    reply = json.loads(process.stdout.readline())
    if reply.get("spent"):
        # It is about to end; gone for certain, it cannot be handed the next file.
        process.kill()
        process.wait()
    if "code" in reply:
        raise ImageRefused(Refusal(reply["code"]), str(reply["message"]))
    header = Header.from_json(reply["header"])
    rows, columns = reply["shape"]
    check_size(rows, columns)
    if (rows, columns) != (header.rows, header.columns) or reply["dtype"] not in _DTYPES:
        raise ValueError("the worker's reply contradicts itself")
    stored = np.empty((rows, columns), reply["dtype"])
    if _read_into(process.stdout, stored.data.cast("B")) != stored.nbytes:
        raise ValueError("the worker's reply ends early")
    return Decoded(header, stored)


def _read_into(pipe: IO[bytes], buffer: memoryview) -> int:
    filled = 0
    while filled < len(buffer):
        count = pipe.readinto(buffer[filled:])  # type: ignore[attr-defined]
        if not count:
            break
        filled += count
    return filled


def _close(pipe: IO[bytes]) -> None:
    # A request may still be buffered for a worker that is gone.
    with contextlib.suppress(BrokenPipeError):
        pipe.close()
