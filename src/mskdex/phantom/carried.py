"""Soft tissue of a CT carried along with its bones: where a registration of the bones leads one to expect the muscles.

Linear blend skinning, the other way round: a point of the radiograph's world comes from the mean of where each bone's
rigid motion, undone, would take it, weighted by the inverse square of its distance from that bone (Shepard 1968). It
knows nothing of how muscles bulge and sag, and every bone pulls a little everywhere, the far ones too, so it is about
right and not the truth. It conserves no volume and bends bones, which `registered` makes good.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int64
from numpy import ndarray
from scipy import ndimage

from mskdex.geometry import Rigid
from mskdex.geometry import transform_points
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection.volume import PackedVolume
from mskdex.types import MaskVolume
from mskdex.types import Vector3

_COARSE = 2
"""Distances from bones are smooth: one of so many voxels along each axis tells them."""
_TOUCHING_MM = 1.0
"""Nearer to a bone than this, and inside it, a point hardly feels the others."""

Bone = tuple[Sequence[int], Rigid]
"""Labels that move as one, and what moves them."""


def carry(ct: ProjectionVolume, bones: Sequence[Bone]) -> ProjectionVolume:
    """The CT as its bones carry it, on voxels like its own in a box as large as it comes to need.

    Args:
        ct: the body in the CT's pose.
        bones: what moves each bone from the CT to the radiograph, mm; one that the CT does not hold carries nothing.

    Returns:
        Labels and densities (g/cm3) of the CT, taken from the nearest voxel.

    Raises:
        ValueError: the CT holds none of the bones.
    """
    labels = ct.labels
    held = [(np.isin(labels, values), motion) for values, motion in bones]
    held = [(mask, motion) for mask, motion in held if mask.any()]
    if not held:
        raise ValueError("the CT holds none of the bones that are to carry it")
    edges_mm = np.linalg.norm(ct.voxel_to_world[:3, :3], axis=0)
    away_mm = np.stack([_away_mm(mask, edges_mm * _COARSE) for mask, _ in held])
    first, size = _room(ct, [motion for _, motion in held])
    frame, world_to_ct = ct.voxel_to_world @ voxel_grid(1.0, first), np.linalg.inv(ct.voxel_to_world)
    back = np.stack([world_to_ct @ motion.inverse.matrix @ frame for _, motion in held])
    carried = np.zeros(size, np.uint32)
    _fetch(ct.packed, away_mm, back, carried)
    return replace(ct, packed=carried, voxel_to_world=frame).only(range(1, ct.highest_label + 1))


def _room(ct: ProjectionVolume, motions: Sequence[Rigid]) -> tuple[Int64[ndarray, "3"], Int64[ndarray, "3"]]:
    """First voxel and size, in voxels of the CT, of a box that holds the CT's box however a bone moves it."""
    corners = np.array(list(product(*((0, n - 1) for n in ct.packed.shape))), np.float64)
    world = transform_points(ct.voxel_to_world, corners)
    moved = np.concatenate([transform_points(np.linalg.inv(ct.voxel_to_world), m.apply(world)) for m in motions])
    low, high = np.floor(moved.min(axis=0)).astype(np.int64), np.ceil(moved.max(axis=0)).astype(np.int64)
    return low, high - low + 1


def _away_mm(bone: MaskVolume, step_mm: Vector3) -> Float32[ndarray, "i j k"]:
    """Distance from a bone, of every ``_COARSE``-th voxel; each stands for itself and those that follow it."""
    blocks = ndimage.maximum_filter(bone, _COARSE, origin=-(_COARSE // 2))[::_COARSE, ::_COARSE, ::_COARSE]
    return np.asarray(ndimage.distance_transform_edt(~blocks, sampling=step_mm), np.float32)


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
        # Beyond the CT's box a bone counts as at the box's edge: what lies there is fetched by another one, or is air.
        away = away_mm[
            bone,
            _block(u, away_mm.shape[1]),
            _block(v, away_mm.shape[2]),
            _block(w, away_mm.shape[3]),
        ]
        pull = 1.0 / (away + _TOUCHING_MM) ** 2
        x, y, z, total = x + pull * u, y + pull * v, z + pull * w, total + pull
    return round(x / total), round(y / total), round(z / total)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _block(place: float, size: int) -> int:
    """The coarse voxel that a place lies in; voxels are centred on whole numbers."""
    return min(max(int((place + 0.5) / _COARSE), 0), size - 1)
