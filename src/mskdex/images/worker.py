"""The decode worker: a process of its own, with limits, that turns one file at a time into pixels and plain facts.

It speaks over its standard streams: a JSON line with a path comes in; a JSON line, and the raw bytes of the pixels if
the file was read, go out. No pickles: whatever a file does to this process, the parent takes only numbers from it.
"""

import contextlib
import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import IO
from typing import Any

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images.header import Decoded
from mskdex.images.header import Kind

MAX_FILE_BYTES = 256 * 2**20
MEMORY_BYTES = 2 * 2**30
CPU_SECONDS = 15

_MAGIC = {
    Kind.PNG: (b"\x89PNG\r\n\x1a\n",),
    Kind.JPEG: (b"\xff\xd8\xff",),
    Kind.TIFF: (b"II*\x00", b"MM\x00*"),
}


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Codecs may print; what they print must not mix with the replies.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    for request in requests:
        _limit_cpu()
        if not _serve(json.loads(request)["path"], replies):
            break


def read_bytes(path: Path) -> bytes:
    """The whole file, if it is a plain file of a sensible size.

    Raises:
        ImageRefused: ``unreadable``, ``empty_file`` or ``too_large``.
    """
    try:
        if not path.is_file():
            raise ImageRefused(Refusal.UNREADABLE, "there is no such file, or it is not a plain file")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImageRefused(Refusal.UNREADABLE, f"the file cannot be read ({type(error).__name__})") from error
    if not data:
        raise ImageRefused(Refusal.EMPTY_FILE, "the file is empty")
    if len(data) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 2**20
        raise ImageRefused(Refusal.TOO_LARGE, f"the file is larger than {limit} MB, more than any radiograph")
    return data


def decode(data: bytes) -> Decoded:
    """Decode a file's bytes, by what they begin with and never by a name.

    Raises:
        ImageRefused: With the reason. Parsers may raise anything else.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if data[128:132] == b"DICM":
        from mskdex.images.dicom_file import read_dicom

        return read_dicom(data, sha256)
    for kind, magics in _MAGIC.items():
        if data.startswith(magics):
            from mskdex.images.picture_file import read_picture

            return read_picture(data, kind, sha256)
    if len(data) < 132:
        raise ImageRefused(Refusal.TRUNCATED, f"the file has only {len(data)} bytes, less than any header")
    raise ImageRefused(Refusal.NOT_DICOM, "the file is neither DICOM nor PNG, JPEG or TIFF")


def decode_safely(data: bytes) -> Decoded:
    """``decode``, with every other exception of a parser or codec turned into a refusal.

    Raises:
        ImageRefused: And nothing else; ``__cause__`` is set if a parser failed in an unforeseen way.
    """
    try:
        return decode(data)
    except ImageRefused:
        raise
    except MemoryError as error:
        raise ImageRefused(Refusal.TOO_LARGE, "decoding needs more memory than any radiograph should") from error
    except RecursionError as error:
        raise ImageRefused(Refusal.MALFORMED, "the file is nested deeper than any radiograph") from error
    except BaseException as error:
        # A panic in a Rust codec derives from BaseException alone. Texts may quote the file, so only the type is told.
        message = f"the file is damaged or cut short; it could not be decoded ({type(error).__name__})"
        raise ImageRefused(Refusal.DECODER_FAILED, message) from error


def _serve(path: str, replies: IO[bytes]) -> bool:
    """Answer one request; False if this process should not be trusted with another."""
    try:
        decoded = decode_safely(read_bytes(Path(path)))
    except ImageRefused as refused:
        spent = isinstance(refused.__cause__, MemoryError)
        _reply(replies, {"code": str(refused.code), "message": refused.message, "spent": spent})
        return not spent
    pixels = decoded.stored
    _reply(replies, {"header": decoded.header.to_json(), "dtype": pixels.dtype.str, "shape": pixels.shape})
    replies.write(pixels.copy(order="C").data.cast("B"))
    replies.flush()
    return True


def _reply(replies: IO[bytes], message: dict[str, Any]) -> None:
    replies.write(json.dumps(message).encode() + b"\n")
    replies.flush()


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        allowed = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        _limit(resource.RLIMIT_AS, allowed, hard)
        _limit(resource.RLIMIT_CORE, 0, 0)


def _limit_cpu() -> None:
    """Give the next file its seconds: the limit counts from the start of the process."""
    if sys.platform != "win32":
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        _limit(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime) + CPU_SECONDS, hard)


def _limit(what: int, soft: int, hard: int) -> None:
    """Set a limit where the system lets one: macOS refuses that of memory. The parent's clock holds all the same."""
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (soft, hard))
