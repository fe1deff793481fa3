"""Signed distances on voxel grids, exact up to a reach: what growth is made of, so it has to be quick.

The squared distance separates: along each axis in turn, ``d(x) = min over x' of d(x') + (x - x')^2``. Nothing farther
than the reach is asked for, so the minimum is taken over a window, which processors do many voxels at a time.
"""

import numba
import numpy as np
from jaxtyping import Bool
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3


def signed_distance(mask: MaskVolume, spacing_mm: Vector3, reach_mm: float) -> ScalarVolume:
    """Distance from the faces of the mask's voxels, about: half a voxel from the centres on both sides.

    Args:
        mask: [i, j, k].
        spacing_mm: edges of a voxel.
        reach_mm: farther than this from the centre of the nearest voxel on the other side, that is what it says.

    Returns:
        mm, negative inside.
    """
    half = np.float32(np.mean(spacing_mm) / 2)
    spacing, reach = np.asarray(spacing_mm, np.float32), np.float32(reach_mm)
    signed = _distance(mask, spacing, reach) - half
    for box in ndimage.find_objects(np.ascontiguousarray(mask).view(np.uint8)):
        # What is nearest to a voxel inside is no farther away than one voxel beside the mask.
        near = tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in box)
        inside = _distance(~mask[near], spacing, reach)
        signed[near] = np.where(mask[near], half - inside, signed[near])
    return signed


def _distance(mask: MaskVolume, spacing: Float32[ndarray, "3"], reach: np.float32) -> ScalarVolume:
    """From each voxel's centre to that of the mask's nearest voxel, at most ``reach``."""
    along_k = _along_rows(mask, spacing[2], reach)
    along_j = np.empty_like(along_k)
    _lowest(along_k, along_j, spacing[1], int(reach / spacing[1]) + 1)
    # Seen with the first two axes exchanged, the last pass is the second again.
    squared = np.empty_like(along_k)
    _lowest(along_j.swapaxes(0, 1), squared.swapaxes(0, 1), spacing[0], int(reach / spacing[0]) + 1)
    return np.asarray(np.sqrt(np.minimum(squared, reach * reach)))


@numba.njit(cache=True, nogil=True)
def _along_rows(mask: Bool[ndarray, "i j k"], step: np.float32, reach: np.float32) -> Float32[ndarray, "i j k"]:
    """Squared distance along k alone; ``reach`` squared where the row holds nothing nearer."""
    squared = np.empty(mask.shape, np.float32)
    for i in range(mask.shape[0]):
        for j in range(mask.shape[1]):
            away = reach
            for k in range(mask.shape[2]):
                away = np.float32(0) if mask[i, j, k] else min(away + step, reach)
                squared[i, j, k] = away * away
            away = reach
            for k in range(mask.shape[2] - 1, -1, -1):
                away = np.float32(0) if mask[i, j, k] else min(away + step, reach)
                squared[i, j, k] = min(squared[i, j, k], away * away)
    return squared


@numba.njit(cache=True, nogil=True)
def _lowest(near: Float32[ndarray, "i j k"], result: Float32[ndarray, "i j k"], step: np.float32, window: int) -> None:
    """The least of ``near + offset^2`` along j, from near offsets to far ones, until those can lower nothing."""
    least = np.empty(near.shape[1], np.float32)
    for i in range(near.shape[0]):
        for j in range(near.shape[1]):
            least[j] = _least(near[i, j])
        for j in range(near.shape[1]):
            row = result[i, j]
            row[:] = near[i, j]
            most = np.float32(0)
            for offset in range(1, window + 1):
                added = (np.float32(offset) * step) ** 2
                if offset % 4 == 1:
                    most = _most(row)
                if added >= most:
                    break
                if j >= offset and least[j - offset] + added < most:
                    _lower(row, near[i, j - offset], added)
                if j + offset < near.shape[1] and least[j + offset] + added < most:
                    _lower(row, near[i, j + offset], added)


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _least(row: Float32[ndarray, " k"]) -> np.float32:
    found: np.float32 = row[0]
    for k in range(1, row.shape[0]):
        found = min(found, row[k])
    return found


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _most(row: Float32[ndarray, " k"]) -> np.float32:
    found: np.float32 = row[0]
    for k in range(1, row.shape[0]):
        found = max(found, row[k])
    return found


@numba.njit(cache=True, nogil=True, fastmath={"nnan"})
def _lower(row: Float32[ndarray, " k"], other: Float32[ndarray, " k"], added: np.float32) -> None:
    for k in range(row.shape[0]):
        row[k] = min(row[k], other[k] + added)
