"""FAULTS 10: whatever happens to the worker, the program lives."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.images import isolation
from mskdex.images import worker
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.header import Lut
from mskdex.images.header import Photometric
from mskdex.images.isolation import Decoder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    Image.fromarray(np.arange(64 * 80, dtype=np.uint16).reshape(64, 80)).save(path)
    return path


def test_a_worker_that_died_is_replaced(picture: Path) -> None:
    with Decoder() as decoder:
        first = decoder.decode(picture)
        assert decoder._process is not None
        decoder._process.kill()
        decoder._process.wait()
        np.testing.assert_array_equal(decoder.decode(picture).stored, first.stored)


def test_a_worker_that_takes_too_long_is_stopped(picture: Path) -> None:
    with Decoder(wall_seconds=0.001) as decoder, pytest.raises(ImageRefused) as refused:
        decoder.decode(picture)
    assert refused.value.code == Refusal.DECODER_FAILED


def test_workers_are_recycled(picture: Path) -> None:
    with Decoder(files_per_worker=1) as decoder:
        decoder.decode(picture)
        first = decoder._process
        decoder.decode(picture)
        assert decoder._process is not first


def test_a_worker_that_says_it_is_spent_gets_no_other_file(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"code": "too_large", "message": "more memory", "spent": True}
    slow_end = f"import time; input(); print({json.dumps(refusal)!r}, flush=True); time.sleep(0.5)"
    real_start = isolation._start
    spent = subprocess.Popen([sys.executable, "-c", slow_end], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    starts = iter([lambda: spent, real_start])
    monkeypatch.setattr(isolation, "_start", lambda: next(starts)())
    with Decoder() as decoder:
        with pytest.raises(ImageRefused, match="more memory"):
            decoder.decode(picture)
        assert decoder.decode(picture).stored.shape == (64, 80)


class Panic(BaseException):
    """As Rust codecs raise it: not an ``Exception``."""


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (Panic("secret"), "decoder_failed"),
        (ValueError("secret"), "decoder_failed"),
        (MemoryError(), "too_large"),
        (RecursionError(), "malformed"),
        (ImageRefused("colour", "as it is"), "colour"),
    ],
)
def test_every_exception_becomes_a_refusal(monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: str) -> None:
    def fail(data: bytes) -> Decoded:
        raise raised

    monkeypatch.setattr(worker, "decode", fail)
    with pytest.raises(ImageRefused) as refused:
        worker.decode_safely(b"")
    assert refused.value.code == code
    assert "secret" not in refused.value.message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
@pytest.mark.parametrize(
    ("deed", "ending"),
    [
        ("worker.CPU_SECONDS = 1; worker._limit_cpu()\nwhile True: pass", "SIGXCPU"),
        ("worker._limit_memory(); bytearray(3 * 2**30)", "MemoryError"),
    ],
)
def test_limits_hold(deed: str, ending: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"from mskdex.images import worker\n{deed}"], capture_output=True, text=True, timeout=20
    )
    died_of = signal.Signals(-ended.returncode).name if ended.returncode < 0 else ended.stderr.strip().splitlines()[-1]
    assert died_of == ending


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
@pytest.mark.parametrize("error", [ValueError("current limit exceeds maximum limit"), OSError(1, "not permitted")])
def test_a_system_that_lets_no_limit_be_set_stops_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    import resource

    tried: list[int] = []

    def refuse(what: int, limits: tuple[int, int]) -> None:
        tried.append(what)
        raise error

    monkeypatch.setattr(resource, "setrlimit", refuse)
    worker._limit_memory()
    worker._limit_cpu()
    assert tried == [resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_CPU]


def test_files_beyond_the_cap_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "large"
    path.write_bytes(bytes(1001))
    with pytest.raises(ImageRefused) as refused:
        worker.read_bytes(path)
    assert refused.value.code == Refusal.TOO_LARGE


def test_headers_survive_the_pipe() -> None:
    header = Header(
        Kind.DX_PRESENTATION,
        64,
        80,
        12,
        photometric=Photometric.MONOCHROME1,
        windows=((1.0, 2.0), (3.0, 4.5)),
        voi_lut=Lut(-5, 16, (1, 2, 3)),
        shutter=(1, 2, 3, 4),
    )
    assert Header.from_json(header.to_json()) == header
