"""Read NIfTI volumes, labels and CT, into arrays with a ``voxel_to_world`` in LPS millimetres.

NIfTI's own world is RAS (x right, y anterior), so the first two rows of its affine change sign.
"""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

from mskdex.errors import StudyError
from mskdex.types import Affine
from mskdex.types import HounsfieldVolume

MAX_VOXELS = 2**30
MAX_BYTES = 4 * 2**30
_LEAST_MM, _MOST_MM = 0.1, 20.0
_SHEAR = 1e-3
_WHOLE = 1e-3
_AFFINES_AGREE_MM = 0.01
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_HU = (-32768, 32767)


@dataclass(frozen=True)
class Volume:
    """A volume and where it lies: ``voxels`` [i, j, k], ``voxel_to_world`` float64 4x4, LPS mm."""

    voxels: NDArray[Any]
    voxel_to_world: Affine


def read_label_volume(path: Path) -> Volume:
    """Read a label volume: int32 codes, exactly as stored.

    Raises:
        StudyError: ``unreadable``, ``too_large``, ``bad_affine``, ``not_finite``, ``not_labels`` or ``empty``.
    """
    volume = _read(path)
    rounded = np.rint(volume.voxels)
    # Scaled integers come back from some writers as 2.00000024.
    if np.abs(volume.voxels - rounded).max() > _WHOLE or rounded.min() < 0 or rounded.max() >= 2**31:
        raise StudyError("not_labels", "the volume holds fractions or negative numbers, expected whole label codes")
    if rounded.max() == 0:
        raise StudyError("empty", "the label volume holds no label at all")
    return Volume(rounded.astype(np.int32), volume.voxel_to_world)


def read_ct_volume(path: Path) -> Volume:
    """Read a CT: int16 Hounsfield units.

    Raises:
        StudyError: As ``read_label_volume``; ``not_hounsfield`` if the values cannot be a CT's.
    """
    volume = _read(path)
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    if low > -200 or high < 100 or low < _HU[0] or high > _HU[1]:
        message = f"values range from {low:g} to {high:g}, expected Hounsfield units with air and tissue"
        raise StudyError("not_hounsfield", message)
    hounsfield: HounsfieldVolume = np.rint(volume.voxels).astype(np.int16)
    return Volume(hounsfield, volume.voxel_to_world)


def demand_same_grid(one: Volume, other: Volume) -> None:
    """Two volumes of one patient must lie on one grid; nothing is resampled behind the user's back.

    Raises:
        StudyError: ``grids_differ``.
    """
    same = one.voxels.shape == other.voxels.shape
    if not same or np.abs(one.voxel_to_world - other.voxel_to_world).max() > _AFFINES_AGREE_MM:
        raise StudyError("grids_differ", "CT and labels lie on different grids; resample the labels onto the CT's")


def _read(path: Path) -> Volume:
    try:
        image = nibabel.Nifti1Image.from_bytes(_bytes(path))
        _demand_size(image)
        voxels = np.asarray(image.dataobj, np.float32)
    except StudyError:
        raise
    except Exception as error:
        message = f"the file is not a whole NIfTI-1 volume ({type(error).__name__})"
        raise StudyError("unreadable", message) from error
    if voxels.ndim == 4 and voxels.shape[3] == 1:
        voxels = voxels[..., 0]
    if voxels.ndim != 3:
        raise StudyError("unreadable", f"found {voxels.ndim} dimensions, expected 3")
    bad = int(voxels.size - np.isfinite(voxels).sum())
    if bad:
        raise StudyError("not_finite", f"found {bad} voxels that are not numbers")
    return Volume(voxels, _voxel_to_world(image))


def _bytes(path: Path) -> bytes:
    """The file's content, unpacked within bounds if it is gzipped: what it inflates to is not its own choice."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise StudyError("unreadable", f"the file cannot be read ({type(error).__name__})") from error
    if len(data) > MAX_BYTES:
        raise StudyError("too_large", f"the volume is larger than {MAX_BYTES // 2**30} GB")
    return data


def _demand_size(image: Any) -> None:
    voxels = int(np.prod(image.shape, dtype=np.int64))
    if not 0 < voxels <= MAX_VOXELS or np.dtype(image.get_data_dtype()).fields is not None:
        raise StudyError("too_large", f"found {voxels} voxels, expected at most {MAX_VOXELS} of one number each")


def _voxel_to_world(image: Any) -> Affine:
    """The volume's affine in LPS mm, if it is a plausible one: sform and qform agree, no shear, sensible spacing."""
    affine = np.asarray(image.affine, np.float64)
    header = image.header
    if header["sform_code"] == 0 and header["qform_code"] == 0:
        raise StudyError("bad_affine", "the file does not say which way its axes point, so left and right are unknown")
    if header["sform_code"] > 0 and header["qform_code"] > 0:
        corners = np.array([[0, 0, 0, 1], [*(size - 1 for size in image.shape[:3]), 1]], np.float64).T
        apart = np.abs(header.get_sform() @ corners - header.get_qform() @ corners).max()
        if apart > 1.0:
            raise StudyError(
                "bad_affine", f"the file states two positions that are {apart:.1f} mm apart (sform, qform)"
            )
    axes = affine[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    if not (np.isfinite(affine).all() and ((spacing >= _LEAST_MM) & (spacing <= _MOST_MM)).all()):
        raise StudyError("bad_affine", "the voxel sizes are not between 0.1 and 20 mm")
    directions = axes / spacing
    if np.abs(directions.T @ directions - np.eye(3)).max() > _SHEAR:
        raise StudyError("bad_affine", "the volume's axes are sheared, expected right angles")
    return _RAS_TO_LPS @ affine
