"""A simulated study is what a hospital would have, and the truth beside it is true."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.study import simulate_study
from mskdex.cohort.study_case import StudyPlan
from mskdex.errors import CohortError
from mskdex.evaluation.measurements import Target
from mskdex.evaluation.measurements import read_measurements
from mskdex.geometry import ConeBeam
from mskdex.images.grid import ModelGrid
from mskdex.images.labels import demand_same_grid
from mskdex.images.labels import read_ct_volume
from mskdex.images.labels import read_label_volume
from mskdex.images.radiograph import read_radiograph
from mskdex.phantom.segmentation import Failure
from mskdex.physics import mass_density_g_per_cm3
from mskdex.schemes import SCHEMES
from mskdex.schemes.mapping import map_labels

PATIENTS = VirtualPlan(anatomy="builtin", count=2, seed=11, per_template=2, voxel_mm=5.0, implant_share=0.0)
PLAN = StudyPlan(PATIENTS, "musclemap", failed_share=0.0, detector=ModelGrid(216, 240, 2.0, map_stride=2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study")
    assert list(simulate_study(PLAN, path, workers=1))[-1] == (2, 2)
    return path


def subjects(folder: Path) -> list[dict[str, str]]:
    with (folder / "subjects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def truth(folder: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "truth" / f"{name}.json").read_text())
    return content


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_file_of_the_table_is_there_and_can_be_read(folder: Path) -> None:
    rows = subjects(folder)
    assert [row["id"] for row in rows] == [PLAN.subject_id(index) for index in range(2)]
    for row in rows:
        ct, labels = read_ct_volume(folder / row["ct"]), read_label_volume(folder / row["labels"])
        demand_same_grid(ct, labels)
        radiograph = read_radiograph(folder / row["radiograph"])
        assert radiograph.pixels.shape == (216, 240)
        assert radiograph.spacing_mm == 2.0
        assert radiograph.info["sex"] == row["sex"]
        camera = truth(folder, row["id"])["camera"]
        assert radiograph.sdd_mm == pytest.approx(camera["sdd_mm"], abs=0.5)
        assert radiograph.table_detector_mm == pytest.approx(camera["table_detector_mm"], abs=0.5)
        assert abs(radiograph.info["age_years"] - float(row["age"])) <= 1
        assert 100 < float(row["height_cm"]) < 220


def test_ct_and_labels_hold_what_the_truth_says(folder: Path) -> None:
    for row in subjects(folder):
        ct, labels = read_ct_volume(folder / row["ct"]), read_label_volume(folder / row["labels"])
        mapped = map_labels(labels.voxels, SCHEMES["musclemap"])
        voxel_cm3 = abs(np.linalg.det(ct.voxel_to_world[:3, :3])) / 1000
        whole = truth(folder, row["id"])["whole"]["ct"]
        for name in ("gluteus_medius_right", "iliacus_left", "femur_left"):
            inside = mapped.labels == LABEL_BY_NAME[name].value
            assert inside.sum() * voxel_cm3 == pytest.approx(whole[name]["volume_cm3"], abs=0.01)
        femur = mapped.labels == LABEL_BY_NAME["femur_left"].value
        grams = mass_density_g_per_cm3(ct.voxels[femur]).sum() * voxel_cm3
        assert grams == pytest.approx(whole["femur_left"]["mass_g"], rel=0.01)


def test_the_left_is_where_other_programs_see_it(folder: Path) -> None:
    for row in subjects(folder):
        image = nibabel.load(folder / row["labels"])
        labels = np.asarray(image.dataobj)
        right_to_left = [(image.affine @ np.append(np.argwhere(labels == code).mean(0), 1))[0] for code in (6172, 6171)]
        assert right_to_left[0] > right_to_left[1] + 100  # NIfTI's x runs to the patient's right


def test_bones_lead_from_the_ct_to_where_the_radiograph_shows_them(folder: Path) -> None:
    for row in subjects(folder):
        said = truth(folder, row["id"])
        camera = ConeBeam(
            camera_to_world=np.array(said["camera"]["camera_to_world"]),
            sdd_mm=said["camera"]["sdd_mm"],
            rows=said["camera"]["rows"],
            columns=said["camera"]["columns"],
            spacing_mm=said["camera"]["spacing_mm"],
            principal_point=tuple(said["camera"]["principal_point"]),
        )
        labels = read_label_volume(folder / row["labels"])
        mapped = map_labels(labels.voxels, SCHEMES["musclemap"]).labels
        with np.load(folder / "truth" / f"{row['id']}.npz") as maps:
            seen = {name: maps[f"{name}.thickness_cm"] for name in ("sacrum", "femur_left", "femur_right")}
            field = maps["field"]
        for name, bone in (("sacrum", "pelvis"), ("femur_left", "femur_left"), ("femur_right", "femur_right")):
            motion = np.array(said["ct_to_radiograph"][bone])
            voxels = np.argwhere(mapped == LABEL_BY_NAME[name].value)
            points = voxels @ labels.voxel_to_world[:3, :3].T + labels.voxel_to_world[:3, 3]
            pixels = camera.project_points(points @ motion[:3, :3].T + motion[:3, 3])
            row_column = np.floor(pixels / 2 + 0.25).astype(int)  # maps have every second pixel
            inside = ((row_column >= 1) & (row_column < np.array(field.shape) - 1)).all(axis=1)
            row_column = row_column[inside]
            row_column = row_column[field[tuple(row_column.T)]]
            assert np.mean(seen[name][tuple(row_column.T)] > 0) > 0.97, name


def test_the_truth_is_a_table_that_evaluate_reads(folder: Path) -> None:
    table = read_measurements(folder / "truth" / "measurements.csv")
    for row in subjects(folder):
        with np.load(folder / "truth" / f"{row['id']}.npz") as maps:
            total = maps["gluteus_medius_left.thickness_cm"].sum() * (float(maps["spacing_mm"]) / 10) ** 2
            assert (float(maps["scale"]), maps["corner"].tolist()) == (2.0, [0.0, 0.0])
        stated = table[Target("gluteus_medius", Side.LEFT, Quantity.VOLUME)][row["id"]]
        assert stated == pytest.approx(total, abs=1e-3)


def test_an_interrupted_study_ends_as_the_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    steps = simulate_study(PLAN, tmp_path, workers=1)
    assert (next(steps), next(steps)) == ((0, 2), (1, 2))
    steps.close()
    (tmp_path / "ct" / f"{PLAN.subject_id(0)}.nii.gz").write_bytes(b"damaged")
    steps = simulate_study(PLAN, tmp_path, workers=1)
    assert next(steps) == (0, 2)
    assert list(steps)[-1] == (2, 2)
    assert bytes_of(folder) == bytes_of(tmp_path)


def test_worker_processes_make_the_same_study_and_a_smaller_count_takes_nothing_away(
    folder: Path, tmp_path: Path
) -> None:
    larger = replace(PLAN, patients=replace(PATIENTS, count=3))
    assert list(simulate_study(larger, tmp_path, workers=2))[-1] == (3, 3)
    for path, content in bytes_of(folder).items():
        if path.endswith((".dcm", ".gz", ".npz")):
            assert (tmp_path / path).read_bytes() == content, path
    list(simulate_study(PLAN, tmp_path, workers=1))
    assert len(subjects(tmp_path)) == 3


def test_another_plan_and_another_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="other settings"):
        next(simulate_study(replace(PLAN, ct_noise_hu=20.0), folder, workers=1))
    (tmp_path / "letters.txt").write_text("not ours")
    with pytest.raises(CohortError, match="no study"):
        next(simulate_study(PLAN, tmp_path, workers=1))
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_study_has_no_patient_of_the_cohort_with_its_seed() -> None:
    assert PLAN.imagined.seed != PATIENTS.seed
    assert PLAN.subject_id(0) != PATIENTS.subject_id(0)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_known_failures_are_in_the_labels_and_nowhere_else(folder: Path, tmp_path: Path, scheme: str) -> None:
    for name, share in (("good", 0.0), ("bad", 1.0)):
        list(simulate_study(replace(PLAN, label_scheme=scheme, failed_share=share), tmp_path / name, workers=1))
    for row in subjects(tmp_path / "bad"):
        failed = truth(tmp_path / "bad", row["id"])["segmentation_failure"]
        assert failed["failure"] in list(Failure)
        assert failed["structure"] in failed["spoilt"]
        good, bad = (read_label_volume(tmp_path / each / row["labels"]).voxels for each in ("good", "bad"))
        assert not np.array_equal(good, bad)
        for path in (row["ct"], row["radiograph"]):
            assert (folder / path).read_bytes() == (tmp_path / "bad" / path).read_bytes()
