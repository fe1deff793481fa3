"""A cohort continues with the anatomy that it was begun with: the same contents, wherever they lie."""

import shutil
from pathlib import Path

import pytest

from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.simulate import simulate
from mskdex.cohort.study import simulate_study
from mskdex.cohort.study_case import StudyPlan
from mskdex.errors import CohortError
from mskdex.errors import UsageError


def _meshes(folder: Path) -> str:
    folder.mkdir()
    (folder / "skin_trunk_thigh.ply").write_bytes(b"skin")
    (folder / "gluteus_medius_R.ply").write_bytes(b"muscle")
    return f"atlas:{folder}"


def _label_volume(folder: Path) -> str:
    folder.mkdir()
    (folder / "labels.nii.gz").write_bytes(b"codes")
    (folder / "labels.json").write_bytes(b"{}")
    return f"atlas:{folder / 'labels.nii.gz'}"


def _study(folder: Path) -> str:
    folder.mkdir()
    (folder / "subjects.csv").write_text("sex,height_cm,ct,labels,label_scheme\nf,165,ct,seg.nii,own.json\n")
    (folder / "ct").write_bytes(b"HU")
    (folder / "seg.nii").write_bytes(b"codes")
    (folder / "own.json").write_bytes(b"{}")
    return f"ct:{folder}"


SOURCES = {
    "meshes": (_meshes, ("skin_trunk_thigh.ply", "gluteus_medius_R.ply")),
    "label volume": (_label_volume, ("labels.nii.gz", "labels.json")),
    "study": (_study, ("subjects.csv", "ct", "seg.nii", "own.json")),
}
FILES = [(source, name) for source, (_, names) in SOURCES.items() for name in names]


def _settings(anatomy: str) -> dict[str, object]:
    return VirtualPlan(anatomy).settings()


@pytest.mark.parametrize("source", SOURCES)
def test_a_copy_is_the_same_anatomy(tmp_path: Path, source: str) -> None:
    anatomy = SOURCES[source][0](tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert _settings(anatomy) == _settings(anatomy.replace("here", "there"))
    assert str(tmp_path) not in str(_settings(anatomy))


@pytest.mark.parametrize(("source", "name"), FILES)
def test_one_changed_byte_is_another_anatomy(tmp_path: Path, source: str, name: str) -> None:
    anatomy = SOURCES[source][0](tmp_path / "atlas")
    before, file = _settings(anatomy), tmp_path / "atlas" / name
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 32]) + content[1:] if name != "subjects.csv" else content + b"\n")
    assert _settings(anatomy) != before


def test_a_mesh_under_another_name_is_another_anatomy(tmp_path: Path) -> None:
    anatomy = _meshes(tmp_path / "atlas")
    before, mesh = _settings(anatomy), tmp_path / "atlas" / "gluteus_medius_R.ply"
    mesh.rename(mesh.with_name("gluteus_medius_L.ply"))
    assert _settings(anatomy) != before


def test_a_file_that_comes_later_is_another_anatomy(tmp_path: Path) -> None:
    anatomy, labels = _study(tmp_path / "study"), tmp_path / "study" / "seg.nii"
    whole = _settings(anatomy)
    labels.rename(labels.with_name("elsewhere"))
    assert _settings(anatomy) != whole
    labels.with_name("elsewhere").rename(labels)
    assert _settings(anatomy) == whole


def test_a_cohort_is_not_continued_with_another_study(tmp_path: Path) -> None:
    anatomies = [_study(tmp_path / name) for name in "ab"]
    (tmp_path / "b" / "ct").write_bytes(b"hu")
    first, second = (VirtualPlan(anatomy, count=0) for anatomy in anatomies)
    assert list(simulate(first, tmp_path / "cohort")) == list(simulate(first, tmp_path / "cohort")) == [(0, 0)]
    with pytest.raises(CohortError, match="other settings"):
        list(simulate(second, tmp_path / "cohort"))
    list(simulate_study(StudyPlan(first), tmp_path / "made"))
    with pytest.raises(CohortError, match="other settings"):
        list(simulate_study(StudyPlan(second), tmp_path / "made"))


def test_the_built_in_anatomy_has_none() -> None:
    assert "anatomy_sha256" not in _settings("builtin")


def test_labels_without_names_are_refused(tmp_path: Path) -> None:
    anatomy = _label_volume(tmp_path / "atlas")
    (tmp_path / "atlas" / "labels.json").unlink()
    with pytest.raises(UsageError, match=r"needs a JSON .* labels\.json, beside it"):
        _settings(anatomy)
