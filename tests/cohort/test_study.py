"""A simulated study is what a hospital would have, and the truth beside it is true."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.cohort.study import StudyPlan
from mskdex.cohort.study import simulate_study
from mskdex.cohort.virtual import VirtualPlan
from mskdex.errors import CohortError
from mskdex.evaluation.measurements import Target
from mskdex.evaluation.measurements import read_measurements
from mskdex.images.grid import ModelGrid
from mskdex.images.labels import demand_same_grid
from mskdex.images.labels import read_ct_volume
from mskdex.images.labels import read_label_volume
from mskdex.images.radiograph import read_radiograph
from mskdex.phantom.segmentation import Failure
from mskdex.physics import mass_density_g_per_cm3
from mskdex.schemes import SCHEMES
from mskdex.schemes.mapping import map_labels

PATIENTS = VirtualPlan(anatomy="builtin", count=2, seed=11, per_template=2, voxel_mm=5.0, implant_share=0.5)
PLAN = StudyPlan(PATIENTS, "musclemap", failed_share=0.0, detector=ModelGrid(216, 240, 2.0, map_stride=2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study")
    assert list(simulate_study(PLAN, path, workers=1))[-1] == (2, 2)
    return path


def subjects(folder: Path) -> list[dict[str, str]]:
    with (folder / "subjects.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def truth(folder: Path, name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((folder / "truth" / f"{name}.json").read_text())
    return content


def test_every_file_of_the_table_is_there_and_can_be_read(folder: Path) -> None:
    rows = subjects(folder)
    assert [row["id"] for row in rows] == [PATIENTS.subject_id(index) for index in range(2)]
    for row in rows:
        ct, labels = read_ct_volume(folder / row["ct"]), read_label_volume(folder / row["labels"])
        demand_same_grid(ct, labels)
        radiograph = read_radiograph(folder / row["radiograph"])
        assert radiograph.pixels.shape == (216, 240)
        assert radiograph.spacing_mm == 2.0
        assert radiograph.info["sex"] == row["sex"]
        assert 100 < float(row["height_cm"]) < 220


def test_ct_and_labels_hold_what_the_truth_says(folder: Path) -> None:
    for row in subjects(folder):
        ct, labels = read_ct_volume(folder / row["ct"]), read_label_volume(folder / row["labels"])
        mapped = map_labels(labels.voxels, SCHEMES["musclemap"])
        voxel_cm3 = abs(np.linalg.det(ct.voxel_to_world[:3, :3])) / 1000
        whole = truth(folder, row["id"])["whole"]["ct"]  # type: ignore[index]
        for name in ("gluteus_medius_right", "iliacus_left", "femur_left"):
            inside = mapped.labels == LABEL_BY_NAME[name].value
            assert inside.sum() * voxel_cm3 == pytest.approx(whole[name]["volume_cm3"], abs=0.01)
        femur = mapped.labels == LABEL_BY_NAME["femur_left"].value
        grams = mass_density_g_per_cm3(ct.voxels[femur]).sum() * voxel_cm3
        assert grams == pytest.approx(whole["femur_left"]["mass_g"], rel=0.01)


def test_the_truth_is_a_table_that_evaluate_reads(folder: Path) -> None:
    table = read_measurements(folder / "truth" / "measurements.csv")
    for row in subjects(folder):
        with np.load(folder / "truth" / f"{row['id']}.npz") as maps:
            total = maps["gluteus_medius_left.thickness_cm"].sum() * (float(maps["spacing_mm"]) / 10) ** 2
        assert table[Target("gluteus_medius", Side.LEFT, "volume")][row["id"]] == pytest.approx(total, abs=1e-3)  # type: ignore[arg-type]


def test_bones_move_rigidly_from_the_ct_to_the_radiograph(folder: Path) -> None:
    for row in subjects(folder):
        motions = truth(folder, row["id"])["ct_to_radiograph"]
        assert set(motions) == {"pelvis", "femur_right", "femur_left"}  # type: ignore[call-overload]
        for motion in (np.array(each) for each in motions.values()):  # type: ignore[attr-defined]
            np.testing.assert_allclose(motion[:3, :3] @ motion[:3, :3].T, np.eye(3), atol=1e-12)


def test_an_interrupted_study_ends_as_the_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    steps = simulate_study(PLAN, tmp_path, workers=1)
    assert (next(steps), next(steps)) == ((0, 2), (1, 2))
    steps.close()
    steps = simulate_study(PLAN, tmp_path, workers=1)
    assert next(steps) == (1, 2)
    assert list(steps)[-1] == (2, 2)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    for file in files:
        assert (folder / file).read_bytes() == (tmp_path / file).read_bytes(), file


def test_another_plan_is_refused(folder: Path) -> None:
    with pytest.raises(CohortError, match="other settings"):
        next(simulate_study(replace(PLAN, ct_noise_hu=20.0), folder, workers=1))


def test_known_failures_are_in_the_labels_and_in_the_truth(folder: Path, tmp_path: Path) -> None:
    list(simulate_study(replace(PLAN, failed_share=1.0), tmp_path, workers=1))
    for row in subjects(tmp_path):
        failed = truth(tmp_path, row["id"])["segmentation_failure"]
        assert failed["failure"] in list(Failure)  # type: ignore[index]
        good, bad = (read_label_volume(each / row["labels"]).voxels for each in (folder, tmp_path))
        assert not np.array_equal(good, bad)
        assert truth(folder, row["id"])["segmentation_failure"] is None
