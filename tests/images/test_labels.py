"""FAULTS 39, 40, 42, 43: volumes that must not enter a cohort."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from mskdex.errors import StudyError
from mskdex.images import labels
from mskdex.images.labels import Volume
from mskdex.images.labels import demand_same_grid
from mskdex.images.labels import read_ct_volume
from mskdex.images.labels import read_label_volume

RAS = np.array([[-1.5, 0, 0, 90], [0, -1.5, 0, 80], [0, 0, 2, -300], [0, 0, 0, 1]])


def save(path: Path, voxels: np.ndarray, affine: np.ndarray = RAS) -> Path:
    nibabel.save(nibabel.Nifti1Image(voxels, affine), path)
    return path


@pytest.fixture
def codes() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 43, (12, 10, 8)).astype(np.int16)


def refused(path: Path) -> str:
    with pytest.raises(StudyError) as error:
        read_label_volume(path)
    return error.value.code


def test_labels_come_back_in_lps(tmp_path: Path, codes: np.ndarray) -> None:
    volume = read_label_volume(save(tmp_path / "labels.nii.gz", codes))
    np.testing.assert_array_equal(volume.voxels, codes)
    expected = np.array([[1.5, 0, 0, -90], [0, 1.5, 0, -80], [0, 0, 2, -300], [0, 0, 0, 1]])
    np.testing.assert_allclose(volume.voxel_to_world, expected)


def test_nearly_whole_labels_are_whole_and_fractions_refused(tmp_path: Path, codes: np.ndarray) -> None:
    nearly = codes.astype(np.float32) * np.float32(1.0000001)
    np.testing.assert_array_equal(read_label_volume(save(tmp_path / "a.nii", nearly)).voxels, codes)
    assert refused(save(tmp_path / "b.nii", codes + np.float32(0.4))) == "not_labels"
    assert refused(save(tmp_path / "c.nii", -codes)) == "not_labels"
    assert refused(save(tmp_path / "d.nii", codes * 0)) == "empty"


def test_not_a_number(tmp_path: Path, codes: np.ndarray) -> None:
    voxels = codes.astype(np.float32)
    voxels[3, 4, 5] = np.nan
    assert refused(save(tmp_path / "labels.nii", voxels)) == "not_finite"


@pytest.mark.parametrize(
    "affine",
    [
        np.diag([1.0, 1.0, 0.0, 1.0]),
        np.diag([50.0, 1.0, 1.0, 1.0]),
        np.array([[1.0, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_impossible_affines(tmp_path: Path, codes: np.ndarray, affine: np.ndarray) -> None:
    image = nibabel.Nifti1Image(codes, None)
    image.set_sform(affine, code=1)
    image.set_qform(None, code=0)
    nibabel.save(image, tmp_path / "labels.nii")
    assert refused(tmp_path / "labels.nii") == "bad_affine"


def test_two_positions_that_disagree(tmp_path: Path, codes: np.ndarray) -> None:
    image = nibabel.Nifti1Image(codes, RAS)
    moved = RAS.copy()
    moved[0] *= -1
    image.set_qform(moved, code=1)
    nibabel.save(image, tmp_path / "labels.nii")
    assert refused(tmp_path / "labels.nii") == "bad_affine"


def test_no_position_at_all(tmp_path: Path, codes: np.ndarray) -> None:
    image = nibabel.Nifti1Image(codes, None)
    image.set_sform(None, code=0)
    image.set_qform(None, code=0)
    nibabel.save(image, tmp_path / "labels.nii")
    assert refused(tmp_path / "labels.nii") == "bad_affine"


def test_files_that_are_no_volume(tmp_path: Path, codes: np.ndarray) -> None:
    whole = save(tmp_path / "labels.nii.gz", codes)
    (tmp_path / "cut.nii.gz").write_bytes(whole.read_bytes()[:200])
    (tmp_path / "text.nii").write_text("labels")
    for name in ("cut.nii.gz", "text.nii", "absent.nii"):
        assert refused(tmp_path / name) == "unreadable"


def test_gzip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "MAX_BYTES", 2**20)
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(bytes(2**22)))
    assert refused(tmp_path / "bomb.nii.gz") == "too_large"


def test_ct(tmp_path: Path) -> None:
    hounsfield = np.full((6, 7, 8), -1000, np.int16)
    hounsfield[2:4] = 300
    path = save(tmp_path / "ct.nii.gz", hounsfield)
    np.testing.assert_array_equal(read_ct_volume(path).voxels, hounsfield)
    with pytest.raises(StudyError) as error:
        read_ct_volume(save(tmp_path / "unsigned.nii.gz", hounsfield + np.int16(1024)))
    assert error.value.code == "not_hounsfield"


def test_grids_must_be_the_same(codes: np.ndarray) -> None:
    one = Volume(codes, RAS)
    demand_same_grid(one, Volume(codes, RAS + 1e-4))
    shifted = RAS.copy()
    shifted[2, 3] += 1
    for other in (Volume(codes, shifted), Volume(codes[1:], RAS)):
        with pytest.raises(StudyError, match="resample"):
            demand_same_grid(one, other)
