"""A cohort loses nothing that it had finished, and believes nothing that it had not."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.cohort import Verdict
from mskdex.cohort.record import encode
from mskdex.errors import CohortError

CANVAS = Canvas(rows=16, columns=12)


def _arrays(seed: int = 0, *, attenuation: bool = True) -> Arrays:
    rng = np.random.default_rng(seed)
    image = rng.random((16, 12)).astype(np.float16)
    return Arrays(
        radiograph=image,
        field=image > 0.2,
        thickness_cm=rng.random((42, 8, 6)).astype(np.float16),
        mass_g_per_cm2=rng.random((41, 8, 6)).astype(np.float16),
        whole_volume_cm3=rng.random(41).astype(np.float32),
        whole_mass_g=rng.random(41).astype(np.float32),
        attenuation=image * 4 if attenuation else None,
    )


def _subject(number: int, **fields: object) -> Subject:
    return replace(Subject(f"s{number:04d}", "builtin-f-01", Split.TRAIN, seed=number), **fields)  # type: ignore[arg-type]


def _writer(folder: Path) -> CohortWriter:
    return CohortWriter(folder, provenance={"seed": 7}, canvas=CANVAS)


def test_the_order_of_workers_leaves_no_trace(tmp_path: Path) -> None:
    for name, order in (("a", (1, 2, 3)), ("b", (3, 1, 2))):
        with _writer(tmp_path / name) as writer:
            for number in order:
                writer.add(_subject(number), _arrays(number))
            writer.sort()
    assert (tmp_path / "a" / "subjects.jsonl").read_bytes() == (tmp_path / "b" / "subjects.jsonl").read_bytes()
    assert len(Cohort.open(tmp_path / "b").subjects) == 3


@pytest.mark.parametrize("attenuation", [True, False])
def test_what_is_written_is_read_back(tmp_path: Path, attenuation: bool) -> None:
    arrays = _arrays(attenuation=attenuation)
    subject = _subject(1, person={"sex": "female", "age_years": 71.5}, metal=True, unmeasured=("femur_left",))
    with _writer(tmp_path) as writer:
        writer.add(subject, arrays)
    cohort = Cohort.open(tmp_path)
    (listed,) = cohort.subjects
    assert replace(listed, sha256=None) == subject
    stored = cohort.read(listed)
    for name, array in vars(arrays).items():
        np.testing.assert_array_equal(getattr(stored, name), array)


def test_the_arrays_need_nothing_but_numpy(tmp_path: Path) -> None:
    with _writer(tmp_path) as writer:
        writer.add(_subject(1), _arrays())
    with np.load(tmp_path / "subjects" / "s0001.npz") as stored:
        assert stored["thickness_cm"].dtype == np.float16


def test_same_arrays_give_same_bytes_whenever_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = encode(_arrays())
    monkeypatch.setattr(time, "time", lambda: 2.0e9)
    assert encode(_arrays()) == first
    for folder in ("a", "b"):
        with _writer(tmp_path / folder) as writer:
            writer.add(_subject(1), _arrays())
            writer.add(_subject(2), encode(_arrays(1)))
    written = [{path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
               for root in (tmp_path / "a", tmp_path / "b")]  # fmt: skip
    assert written[0] == written[1]
    assert len(written[0]) == 4


def test_a_killed_writer_resumes_where_it_was(tmp_path: Path) -> None:
    with _writer(tmp_path) as writer:
        writer.add(_subject(1), _arrays())
        writer.add(_subject(2), _arrays())
    # Killed while writing the third subject's file, and while appending a line.
    (tmp_path / "subjects" / ".s0003.npz.k1ll3d.tmp").write_bytes(b"half")
    with (tmp_path / "subjects.jsonl").open("a") as stream:
        stream.write('{"id": "s0003", "anat')
    assert [subject.id for subject in Cohort.open(tmp_path).subjects] == ["s0001", "s0002"]
    with _writer(tmp_path) as writer:
        assert writer.has("s0002")
        assert not writer.has("s0003")
        writer.add(_subject(3), _arrays())
    assert len(Cohort.open(tmp_path).subjects) == 3
    assert not list(tmp_path.rglob("*.tmp"))


def test_an_altered_file_is_refused_and_made_again(tmp_path: Path) -> None:
    with _writer(tmp_path) as writer:
        writer.add(_subject(1), _arrays())
    (tmp_path / "subjects" / "s0001.npz").write_bytes(encode(_arrays(5)))
    cohort = Cohort.open(tmp_path)
    with pytest.raises(CohortError, match="not those"):
        cohort.read(cohort.subjects[0])
    with _writer(tmp_path) as writer:
        assert not writer.has("s0001")
        writer.add(_subject(1), _arrays(6))
    cohort = Cohort.open(tmp_path)
    assert len(cohort.subjects) == 1
    np.testing.assert_array_equal(cohort.read(cohort.subjects[0]).radiograph, _arrays(6).radiograph)


def test_duplicates_are_rejected(tmp_path: Path) -> None:
    with _writer(tmp_path) as writer:
        writer.add(_subject(1), _arrays())
        with pytest.raises(CohortError, match="already"):
            writer.add(_subject(1), _arrays())


def test_excluded_subjects_stay_listed_with_their_reason(tmp_path: Path) -> None:
    with _writer(tmp_path) as writer:
        writer.add(_subject(1, verdict=Verdict.EXCLUDED, reason="volumes_not_reached"), None)
        assert writer.has("s0001")
    cohort = Cohort.open(tmp_path)
    assert cohort.subjects == ()
    assert cohort.excluded[0].reason == "volumes_not_reached"


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with _writer(tmp_path), pytest.raises(CohortError, match="another process"), _writer(tmp_path):
        pass


def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    (tmp_path / "cohort.lock").write_text(json.dumps({"pid": child, "host": socket.gethostname()}))
    with _writer(tmp_path) as writer:
        assert len(writer) == 0
    assert not (tmp_path / "cohort.lock").exists()


def test_other_settings_do_not_continue_a_cohort(tmp_path: Path) -> None:
    with _writer(tmp_path):
        pass
    with (
        pytest.raises(CohortError, match="other settings"),
        CohortWriter(tmp_path, provenance={"seed": 8}, canvas=CANVAS),
    ):
        pass


def test_a_cohort_is_not_put_among_other_files(tmp_path: Path) -> None:
    (tmp_path / "hip.dcm").touch()
    with pytest.raises(CohortError, match="no cohort; choose a new folder"), _writer(tmp_path):
        pass
    assert not (tmp_path / "cohort.json").exists()


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    with _writer(tmp_path):
        pass
    header = json.loads((tmp_path / "cohort.json").read_text())
    header["vocabulary"][0], header["vocabulary"][1] = header["vocabulary"][1], header["vocabulary"][0]
    (tmp_path / "cohort.json").write_text(json.dumps(header))
    with pytest.raises(CohortError, match="other structures"):
        Cohort.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("radiograph", np.zeros((16, 13), np.float16)),
        ("field", np.zeros((16, 12), np.uint8)),
        ("whole_mass_g", np.full(41, np.nan, np.float32)),
        ("attenuation", np.zeros((16, 12), np.float32)),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path: Path, name: str, value: np.ndarray) -> None:
    with _writer(tmp_path) as writer, pytest.raises(CohortError, match=name):
        writer.add(_subject(1), replace(_arrays(), **{name: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("sex", "F"),
        ("age_years", float("nan")),
        ("height_cm", 1.72),
        ("weight_kg", "72"),
        ("sdd_mm", 1.15),
        ("sdd_mm", True),
        ("table_detector_mm", -40.0),
    ],
)
def test_facts_that_cannot_be_are_refused(tmp_path: Path, fact: str, value: object) -> None:
    with _writer(tmp_path) as writer, pytest.raises(CohortError, match=f"s0001: {fact} is ") as error:
        writer.add(_subject(1, **{"camera" if fact.endswith("mm") else "person": {fact: value}}), _arrays())
    assert str(value) not in str(error.value)
    assert not list(tmp_path.glob("subjects/*"))


def test_no_number_of_a_camera_is_infinite(tmp_path: Path) -> None:
    camera = {"camera_to_world": [[1.0, float("inf")]], "sdd_mm": 1150.0, "table_detector_mm": None}
    with _writer(tmp_path) as writer, pytest.raises(CohortError, match="not finite"):
        writer.add(_subject(1, camera=camera), _arrays())


def test_facts_that_nobody_knows_are_no_fault(tmp_path: Path) -> None:
    person = {"sex": None, "age_years": 71, "height_cm": None}
    with _writer(tmp_path) as writer:
        writer.add(_subject(1, person=person, camera={"sdd_mm": 1150.0, "table_detector_mm": None}), _arrays())


@pytest.mark.parametrize("name", ["", "../up", "a b", "x/y"])
def test_an_id_never_becomes_a_path(name: str) -> None:
    with pytest.raises(CohortError, match="letters"):
        Subject(name, "builtin-f-01", Split.TRAIN, seed=0)


def test_a_folder_that_is_no_cohort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="no cohort"):
        Cohort.open(tmp_path)


def test_the_hash_is_of_the_file(tmp_path: Path) -> None:
    with _writer(tmp_path) as writer:
        stored = writer.add(_subject(1), _arrays())
    content = (tmp_path / "subjects" / "s0001.npz").read_bytes()
    assert stored.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells a zombie from a living process")
def test_a_killed_process_that_nobody_has_buried_holds_no_lock(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    (tmp_path / "cohort.lock").write_text(json.dumps({"pid": child.pid, "host": socket.gethostname()}))
    with CohortWriter(tmp_path, provenance={}):
        pass
    child.wait()
