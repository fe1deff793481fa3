"""Virtual patients made from the labelled CTs of a study."""

import csv
import gzip
import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from mskdex.cohort import Split
from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.scans import read_subjects
from mskdex.cohort.study import simulate_study
from mskdex.cohort.study_case import StudyPlan
from mskdex.cohort.virtual import make_subject
from mskdex.errors import UsageError
from mskdex.images.grid import ModelGrid
from mskdex.phantom.template import Template
from mskdex.phantom.vary import varied
from mskdex.schemes import SCHEMES

VOXEL_MM = 5.0
PATIENTS = VirtualPlan(anatomy="builtin", count=2, seed=3, per_template=1, voxel_mm=VOXEL_MM, implant_share=0.0)
PLAN = StudyPlan(PATIENTS, "musclemap", detector=ModelGrid(216, 240, 2.0, map_stride=2))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "study"
    list(simulate_study(PLAN, path, workers=1))
    return path


@pytest.fixture
def copy(study: Path, tmp_path: Path) -> Path:
    """The study, to be spoilt."""
    return Path(shutil.copytree(study, tmp_path / "study"))


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "subjects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def rewrite(folder: Path, **changed: str) -> None:
    rows = [{**row, **changed} for row in rows_of(folder)]
    with (folder / "subjects.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def refused(folder: Path, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Anatomy.parse(f"ct:{folder}").template(0, 0, VOXEL_MM)


def test_subjects_take_turns_as_templates(study: Path) -> None:
    anatomy, rows = Anatomy.parse(f"ct:{study}"), rows_of(study)
    first, second, third = (anatomy.template(0, group, VOXEL_MM) for group in range(3))
    assert [each.name for each in (first, second, third)] == ["ct-002", "ct-003", "ct-002"]  # after the table's lines
    assert [first.sex, second.sex, third.sex] == [rows[n]["sex"] for n in (0, 1, 0)]
    assert [first.stature_cm, second.stature_cm] == [float(row["height_cm"]) for row in rows]
    assert first.parts.shape == third.parts.shape
    assert np.mean(first.parts != third.parts) > 0.01  # one person, varied
    np.testing.assert_array_equal(anatomy.template(0, 0, VOXEL_MM).parts, first.parts)


def test_a_template_of_a_woman_serves_women(study: Path) -> None:
    plan = VirtualPlan(f"ct:{study}", count=6, seed=5, per_template=3, voxel_mm=VOXEL_MM, implant_share=0.0)
    assert {row["sex"] for row in rows_of(study)} == {"female", "male"}
    for index in (0, 1, 3):
        subject, arrays = make_subject(plan, index)
        assert subject.person["sex"] == rows_of(study)[plan.group(index)]["sex"]
        assert subject.id == f"ct-5-{index:05d}"
        assert (subject.anatomy, subject.split) == [("ct-002", Split.TRAIN), ("ct-003", Split.VALIDATION)][index // 3]
        assert np.all(arrays.whole_volume_cm3 > 0)


def test_a_scheme_of_one_s_own_does_as_well(copy: Path) -> None:
    expected = Anatomy.parse(f"ct:{copy}").template(0, 0, VOXEL_MM)
    codes = {str(code): list(names) for code, names in SCHEMES["musclemap"].codes.items()}
    document = {"schema": 1, "name": "own", "source": "a test", "codes": codes}
    (copy / "own.json").write_text(json.dumps(document))
    rewrite(copy, label_scheme="own.json")
    found = Anatomy.parse(f"ct:{copy}").template(0, 0, VOXEL_MM)
    np.testing.assert_array_equal(found.parts, expected.parts)


def test_files_may_store_their_axes_any_way(copy: Path) -> None:
    expected = Anatomy.parse(f"ct:{copy}").template(0, 0, VOXEL_MM)
    for column in ("ct", "labels"):
        path = copy / rows_of(copy)[0][column]
        image = nibabel.Nifti1Image.from_filename(path)
        to_here = nibabel.orientations.axcodes2ornt(("S", "R", "P"))
        now = nibabel.io_orientation(image.affine)
        other = image.as_reoriented(nibabel.orientations.ornt_transform(now, to_here))
        assert nibabel.aff2axcodes(other.affine) == ("S", "R", "P")
        path.write_bytes(gzip.compress(nibabel.Nifti1Image(np.array(other.dataobj), other.affine).to_bytes()))
    found = Anatomy.parse(f"ct:{copy}").template(0, 0, VOXEL_MM)
    np.testing.assert_array_equal(found.parts, expected.parts)
    np.testing.assert_allclose(found.hip_centres_mm, expected.hip_centres_mm, atol=1e-3)


def test_a_file_that_cannot_be_read_gives_the_turn_to_the_next(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = rows_of(copy)
    (copy / rows[0]["ct"]).write_bytes(b"no CT")
    with caplog.at_level(logging.WARNING):
        template = Anatomy.parse(f"ct:{copy}").template(0, 0, VOXEL_MM)
    assert template.sex == rows[1]["sex"]
    assert "line 2 is not used" in caplog.text
    (copy / rows[1]["labels"]).unlink()
    refused(copy, r"line 2: .*NIfTI.*; line 3: .*cannot be read")


def test_who_stands_in_for_another_stays_in_one_split(copy: Path) -> None:
    (copy / rows_of(copy)[0]["ct"]).write_bytes(b"no CT")
    templates = [Anatomy.parse(f"ct:{copy}").template(0, group, VOXEL_MM) for group in (0, 1)]
    assert [each.name for each in templates] == ["ct-003", "ct-003"]
    assert np.any(templates[0].parts != templates[1].parts)  # two of one person


def test_a_muscle_that_a_warp_loses_gives_the_turn_to_the_next(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def varied_but_for_women(template: Template, rng: np.random.Generator, name: str) -> Template:
        if template.sex == "female":
            return replace(template, parts=np.zeros_like(template.parts))
        return varied(template, rng, name)

    monkeypatch.setattr("mskdex.cohort.scans.varied", varied_but_for_women)
    assert {Anatomy.parse(f"ct:{study}").template(0, group, VOXEL_MM).sex for group in (0, 1)} == {"male"}


def test_rows_of_one_id_are_one_person(study: Path, copy: Path) -> None:
    def persons(folder: Path) -> list[int]:
        return [subject.person for subject in read_subjects(folder)[0]]

    assert persons(study) == [2, 3]
    rewrite(copy, id="one")
    assert persons(copy) == [2, 2]
    rewrite(copy, id="")
    assert persons(copy) == [2, 3]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"label_scheme": "totalsegmentator"},
            "line 2, 3: the label scheme totalsegmentator lacks piriformis_right.*iliacus_right with psoas_major",
        ),
        ({"label_scheme": "by hand"}, "unknown label scheme"),
        ({"label_scheme": "nowhere.json"}, "cannot read the label scheme"),
        ({"sex": ""}, "neither female nor male"),
        ({"height_cm": "tall"}, "height_cm is no number"),
        ({"age": "9"}, "a child"),
        ({"ct": ""}, "no CT"),
    ],
)
def test_rows_that_will_not_do_say_why(copy: Path, changed: dict[str, str], said: str) -> None:
    rewrite(copy, **changed)
    refused(copy, said)


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds subjects\.csv"):
        Anatomy.parse(f"ct:{tmp_path}")
    (tmp_path / "subjects.csv").write_text("")
    refused(tmp_path, "needs the column sex")
    (tmp_path / "subjects.csv").write_text("id,sex,height_cm,ct,labels,label_scheme\n")
    refused(tmp_path, "it lists nobody")
