"""Files are there whole or not at all."""

import errno
import json
import math
import os
import stat
from pathlib import Path

import pytest

from mskdex.errors import ResourceError
from mskdex.files import make_folder
from mskdex.files import replacing
from mskdex.files import sweep
from mskdex.files import write_bytes
from mskdex.files import write_json


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError), replacing(path) as file:  # noqa: PT012
        file.write(b"half")
        raise RuntimeError
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_results_are_readable_by_others(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {})
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) & 0o400
    plain = tmp_path / "plain"
    plain.write_text("")
    assert (tmp_path / "a.json").stat().st_mode == plain.stat().st_mode


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"value": math.nan})


def test_a_folder_that_cannot_be_is_a_resource_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError):
        make_folder(tmp_path / "file" / "folder")
    with pytest.raises(ResourceError):
        write_json(tmp_path / "absent" / "a.json", {})


def test_what_a_killed_writer_left_goes_and_nothing_else(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.json", b"whole")
    for name in (".a.json.k1ll3d.tmp", ".b.json.k1ll3d.tmp", "mine.tmp", ".mine"):
        (tmp_path / name).touch()
    sweep(tmp_path, ("a.json",))
    assert sorted(each.name for each in tmp_path.iterdir()) == [".b.json.k1ll3d.tmp", ".mine", "a.json", "mine.tmp"]
    sweep(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".mine", "a.json", "mine.tmp"]


def test_a_folder_that_cannot_be_synced_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network shares."""
    sync, asked = os.fsync, []

    def files_alone(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            asked.append(os.fstat(descriptor).st_ino)
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", files_alone)
    write_bytes(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert asked == [tmp_path.stat().st_ino]
