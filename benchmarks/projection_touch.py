"""The touch floor: merely reading, in our order, the voxels that our rays cross."""

from collections.abc import Callable

import numba
import numpy as np

from mskdex.geometry import ConeBeam
from mskdex.projection import ProjectionVolume
from mskdex.projection import fast


def touch(labels: np.ndarray, density: np.ndarray, voxel_to_world: np.ndarray, view: ConeBeam) -> Callable[[], int]:
    """Reads every voxel of the list and adds it up; the list of addresses is made beforehand."""
    volume = ProjectionVolume.from_arrays(labels, density, voxel_to_world)
    rays = fast._rays(volume, view)
    count = _list(volume.packed, rays, view.rows, view.columns, np.empty(0, np.int32))
    addresses = np.empty(count, np.int32)
    _list(volume.packed, rays, view.rows, view.columns, addresses)
    voxels = volume.packed.reshape(-1)
    return lambda: _read(voxels, addresses)


@numba.njit(parallel=True)
def _read(voxels, addresses):
    total = np.uint32(0)
    for index in numba.prange(addresses.size):
        total += voxels[addresses[index]]
    return total


@numba.njit
def _list(packed, rays, rows, columns, addresses):
    """Write the address of every crossed voxel, tile by tile as ``fast`` goes, while there is room; return how many."""
    count = 0
    for first_row in range(0, rows, fast._TILE_ROWS):
        for first_column in range(0, columns, fast._TILE_COLUMNS):
            for column in range(first_column, min(first_column + fast._TILE_COLUMNS, columns)):
                for row in range(first_row, min(first_row + fast._TILE_ROWS, rows)):
                    ray = rays[1] - rays[0] + row * rays[2] + column * rays[3]
                    count = _list_ray(packed, rays[0], ray, addresses, count)
    return count


@numba.njit(error_model="numpy")
def _list_ray(packed, source, ray, addresses, count):
    shape = packed.shape
    start, end, gaps = 0.0, 1.0, np.empty(3)
    for axis in range(3):
        entry, leave, gaps[axis] = fast._plane_crossings(source[axis], ray[axis], shape[axis])
        start, end = max(start, entry), min(end, leave)
    if not start < end:
        return count
    voxel, ahead, t = np.empty(3, np.int64), np.empty(3), start
    for axis in range(3):
        voxel[axis], ahead[axis] = fast._first_plane(source[axis], ray[axis], start, shape[axis])
    while t < end:
        if count < addresses.size:
            addresses[count] = (voxel[0] * shape[1] + voxel[1]) * shape[2] + voxel[2]
        count += 1
        axis = np.argmin(ahead)
        t = ahead[axis]
        ahead[axis] += gaps[axis]
        voxel[axis] += 1 if ray[axis] > 0 else -1
    return count
