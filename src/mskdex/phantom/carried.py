"""Soft tissue of a CT carried along with its bones: where a registration of the bones leads one to expect the muscles.

Any point of the radiograph's world comes from where each bone's rigid motion, undone, would take it, the bones nearest
by counting most: linear blend skinning, with weights that fall as the square of the distance. It knows nothing of how
muscles bulge and sag, so what it expects is about right and not the truth.
"""

from collections.abc import Sequence
from dataclasses import replace

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.geometry import Rigid
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection.volume import PackedVolume
from mskdex.types import LabelVolume

_ROOM_MM = 40.0
"""How far past the CT's box a limb may swing."""
_COARSE = 2
"""Distances from bones are smooth: one of so many voxels along each axis tells them."""
_TOUCHING_MM = 1.0

Bone = tuple[Sequence[int], Rigid]
"""Labels that move as one, and what moves them."""


def carry(ct: ProjectionVolume, bones: Sequence[Bone]) -> ProjectionVolume:
    """The CT as its bones carry it, on voxels like its own.

    Args:
        ct: the body in the CT's pose.
        bones: what moves each bone from the CT to the radiograph; one that the CT does not hold carries nothing.

    Raises:
        ValueError: the CT holds none of the bones.
    """
    labels, edges_mm = ct.labels, np.linalg.norm(ct.voxel_to_world[:3, :3], axis=0)
    held = [(np.isin(labels, names), motion) for names, motion in bones]
    held = [(mask, motion) for mask, motion in held if mask.any()]
    if not held:
        raise ValueError("the CT holds none of the bones that are to carry it")
    away_mm = np.stack([_away_mm(mask, edges_mm * _COARSE) for mask, _ in held])
    room = np.ceil(_ROOM_MM / edges_mm).astype(int)
    frame = ct.voxel_to_world @ voxel_grid(1.0, -room)
    world_to_ct = np.linalg.inv(ct.voxel_to_world)
    back = np.stack([world_to_ct @ motion.inverse.matrix @ frame for _, motion in held])
    carried = np.zeros(np.array(ct.packed.shape) + 2 * room, np.uint32)
    _fetch(ct.packed, away_mm, back, carried)
    return replace(ct, packed=np.pad(carried[1:-1, 1:-1, 1:-1], 1), voxel_to_world=frame)


def _away_mm(bone: LabelVolume, step_mm: Float64[ndarray, "3"]) -> Float32[ndarray, "i j k"]:
    coarse = ndimage.maximum_filter(bone, _COARSE)[::_COARSE, ::_COARSE, ::_COARSE]  # a thin bone is not lost
    return np.asarray(ndimage.distance_transform_edt(~coarse, sampling=step_mm), np.float32)


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _fetch(
    ct: PackedVolume,
    away_mm: Float32[ndarray, "bones i j k"],
    back: Float64[ndarray, "bones 4 4"],
    carried: PackedVolume,
) -> None:
    for i in numba.prange(carried.shape[0]):
        for j in range(carried.shape[1]):
            for k in range(carried.shape[2]):
                x, y, z = _origin(i, j, k, away_mm, back)
                if 0 <= x < ct.shape[0] and 0 <= y < ct.shape[1] and 0 <= z < ct.shape[2]:
                    carried[i, j, k] = ct[x, y, z]


@numba.njit(cache=True, error_model="numpy", inline="always")
def _origin(
    i: int, j: int, k: int, away_mm: Float32[ndarray, "bones i j k"], back: Float64[ndarray, "bones 4 4"]
) -> tuple[int, int, int]:
    """The voxel of the CT that comes to lie at a voxel of the radiograph's world."""
    x, y, z, total = 0.0, 0.0, 0.0, 0.0
    for bone in range(len(back)):
        move = back[bone]
        u = move[0, 0] * i + move[0, 1] * j + move[0, 2] * k + move[0, 3]
        v = move[1, 0] * i + move[1, 1] * j + move[1, 2] * k + move[1, 3]
        w = move[2, 0] * i + move[2, 1] * j + move[2, 2] * k + move[2, 3]
        away = away_mm[
            bone,
            _within(u / _COARSE, away_mm.shape[1]),
            _within(v / _COARSE, away_mm.shape[2]),
            _within(w / _COARSE, away_mm.shape[3]),
        ]
        pull = 1.0 / (away + _TOUCHING_MM) ** 2
        x, y, z, total = x + pull * u, y + pull * v, z + pull * w, total + pull
    return round(x / total), round(y / total), round(z / total)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _within(place: float, size: int) -> int:
    return min(max(int(place), 0), size - 1)
