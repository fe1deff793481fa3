"""The kernel that finds, for every voxel of a posed patient, where in the template it comes from.

Frames: a *posed* point is one of the patient on the table; a *supine* point is where that point lay before the patient
moved. Both are in mm about the midpoint of the hips. Numbers are float64 except what is looked up (float32).
"""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float64
from jaxtyping import Int32
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.source import SOFT_KNOT_MM
from mskdex.phantom.source import Places
from mskdex.phantom.source import Source
from mskdex.types import Affine
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

FEMURS = (LABEL_BY_NAME["femur_right"].value, LABEL_BY_NAME["femur_left"].value)
# Where the blend from trunk to thigh begins and ends, in mm below a plane through the hip that rises to the outside.
_BLEND_MM = (-35.0, 75.0)
_BLEND_SLOPE = 0.35
# Half the width over which the right thigh's motion becomes the left one's: wide in the trunk, none between the legs.
_MIDLINE_MM, _PARTED_MM = 18.0, 0.5
_PARTED = 0.9  # share of the thighs' motion from which on the legs are two
# Heights about the hips: no femur above the one, no bone of the trunk below the other.
_THIGHS_REACH_MM, _TRUNK_REACH_MM = 80.0, -150.0
_NEGLIGIBLE = 0.02
_TRUNK = 0  # in place of a femur's code: any bone that moves with the pelvis
_HALF = 0.5
_UNKNOWN = (-1e9, -1e9, -1e9)

Point = tuple[float, float, float]
Found = tuple[int, int, float]
"""A bone's code where one is, else 0; its code where one is near, else 0; mm from the surface, negative inside."""
_NO_BONE = (0, 0, 1e9)
NOWHERE = -1
"""Where the template has no voxel."""


class Motion(NamedTuple):
    """How the patient moved: rotations [3, 3] from supine to posed, and hip centres (right, left) before and after."""

    pelvis: Float64[ndarray, "3 3"]
    thighs: Float64[ndarray, "2 3 3"]
    hips_mm: Float64[ndarray, "2 3"]
    moved_hips_mm: Float64[ndarray, "2 3"]


class Trace(NamedTuple):
    """Of each posed voxel [i, j, k].

    Attributes:
        at: flat index of the template's voxel that it shows, or ``NOWHERE``.
        bone: code of the bone there, 0 in soft tissue and outside.
        near: code of the bone there or within a template's voxel of there, else 0.
        depth_mm: distance from the surface of bones where one is near, between the template's voxels; negative inside.
    """

    at: Int32[ndarray, "i j k"]
    bone: LabelVolume
    near: LabelVolume
    depth_mm: ScalarVolume


def trace(motion: Motion, source: Source, frame: Affine, shape: tuple[int, ...]) -> Trace:
    """Follow every voxel of a grid ``shape`` on ``frame`` (cubic voxels) back to the template."""
    codes = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    found = Trace(np.empty(shape, np.int32), *codes, np.zeros(shape, np.float32))
    _trace_voxels(motion, source, frame, found)
    return found


@numba.njit(cache=True, error_model="numpy")
def times_shown(found: Trace, voxels: int) -> Int32[ndarray, " voxels"]:
    """How many posed voxels show each of the template's voxels as soft tissue."""
    count = np.zeros(voxels, np.int32)
    at, bone = found.at.ravel(), found.bone.ravel()
    for n in range(len(at)):
        if at[n] != NOWHERE and bone[n] == 0:
            count[at[n]] += 1
    return count


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _trace_voxels(motion: Motion, source: Source, frame: Affine, found: Trace) -> None:
    for i in numba.prange(found.at.shape[0]):
        _trace_slice(i, motion, source, frame, found)


@numba.njit(cache=True, error_model="numpy")
def _trace_slice(i: int, motion: Motion, source: Source, frame: Affine, found: Trace) -> None:
    voxel_mm = frame[0, 0]
    for j in range(found.at.shape[1]):
        for k in range(found.at.shape[2]):
            posed = (frame[0, 3] + i * voxel_mm, frame[1, 3] + j * voxel_mm, frame[2, 3] + k * voxel_mm)
            at, found_bone = _origin(posed, motion, source)
            found.at[i, j, k] = at
            found.bone[i, j, k], found.near[i, j, k], found.depth_mm[i, j, k] = found_bone


@numba.njit(cache=True, error_model="numpy", inline="always")
def _origin(posed: Point, motion: Motion, source: Source) -> tuple[int, Found]:
    """The template's voxel that a posed point comes from, and the bone there.

    Bones come first, each through its own rigid motion, so that no blend bends them: femurs, then what is in the trunk.
    Everything soft is looked up through the blend of the trunk's motion and the thighs'.
    """
    trunk = _turn_back(motion.pelvis, posed[0], posed[1], posed[2])
    x, y, z = trunk
    nearest = _NO_BONE
    if trunk[2] < _THIGHS_REACH_MM:
        legs = _supine_in_thigh(posed, 0, motion), _supine_in_thigh(posed, 1, motion)
        thigh = _thighs_share(trunk, motion.hips_mm[1, 0])
        # Midway between both thighs, wherever they have gone: as far out of the one as out of the other.
        beyond = _beyond_parting(legs[0], source), _beyond_parting(legs[1], source)
        across = (1 - thigh) * trunk[0] + thigh * (beyond[0] + beyond[1]) / 2
        right = _right_share(across, thigh)
        x, y, z = (1 - thigh) * trunk[0], (1 - thigh) * trunk[1], (1 - thigh) * trunk[2]
        for side in range(2):
            share = right if side == 0 else 1 - right
            leg = legs[side]
            if share > _NEGLIGIBLE and _is_by_bone(leg, source):
                place = _place(leg, source.hard, source.first_mm, KNOT_MM)
                bone_at = _nearest(place, source)
                nearest = _nearer(nearest, _bone(place, bone_at, FEMURS[side], source))
                if nearest[0] > 0:
                    return bone_at, nearest
            x += thigh * share * leg[0]
            y += thigh * share * leg[1]
            z += thigh * share * leg[2]
        if thigh > _PARTED and beyond[0 if right > _HALF else 1] * across < 0:
            return NOWHERE, _NO_BONE  # between spread legs: what lies beyond the parting belongs to the other one
    at = _nearest(_place((x, y, z), source.soft, source.first_mm, SOFT_KNOT_MM), source)
    if trunk[2] > _TRUNK_REACH_MM and _is_by_bone(trunk, source):
        place = _place(trunk, source.hard, source.first_mm, KNOT_MM)
        bone_at = _nearest(place, source)
        nearest = _nearer(nearest, _bone(place, bone_at, _TRUNK, source))
        if nearest[0] > 0:
            return bone_at, nearest
    return at, nearest


@numba.njit(cache=True, error_model="numpy", inline="always")
def _nearer(one: Found, other: Found) -> Found:
    """What a point is inside of, else what is nearer to it."""
    return other if other[0] > 0 or other[2] < one[2] else one


@numba.njit(cache=True, error_model="numpy", inline="always")
def _is_by_bone(supine: Point, source: Source) -> bool:
    """Whether a bone may be there: to look costs more than to ask."""
    cells, first = source.by_bone, source.first_mm
    u, v, w = (
        (supine[0] - first[0]) / SOFT_KNOT_MM,
        (supine[1] - first[1]) / SOFT_KNOT_MM,
        (supine[2] - first[2]) / SOFT_KNOT_MM,
    )
    if u < 0 or v < 0 or w < 0 or u >= cells.shape[0] or v >= cells.shape[1] or w >= cells.shape[2]:
        return False
    return bool(cells[int(u), int(v), int(w)])


@numba.njit(cache=True, error_model="numpy")
def _bone(place: Point, voxel: int, wanted: int, source: Source) -> Found:
    """The bone about a point, and whether bones fill more than half of its surroundings, so that it is inside.

    Between voxels both are interpolated: so a bone turned against the grid keeps its shape and its volume. Of two bones
    that touch, it is the one that fills more.

    Args:
        place: voxel coordinates of the point.
        voxel: flat index of its voxel, or ``NOWHERE``.
        wanted: a femur's code, or ``_TRUNK`` for any bone that moves with the pelvis.
        source: the template.
    """
    if voxel == NOWHERE or source.rigid_mm[voxel] > source.clear_mm:
        return _NO_BONE
    rows, columns, slices = source.shape
    i, j, k = int(np.floor(place[0])), int(np.floor(place[1])), int(np.floor(place[2]))
    u, v, w = place[0] - i, place[1] - j, place[2] - k
    filled, ahead, depth_mm, bone = 0.0, 0.0, 0.0, 0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                share = (u if di else 1 - u) * (v if dj else 1 - v) * (w if dk else 1 - w)
                row, column = min(max(i + di, 0), rows - 1), min(max(j + dj, 0), columns - 1)
                corner = (row * columns + column) * slices + min(max(k + dk, 0), slices - 1)
                depth_mm += share * source.rigid_mm[corner]
                code = int(source.rigid[corner])
                if _is_wanted(code, wanted):
                    filled += share
                    ahead += share if code == bone else -share
                    if ahead < 0:
                        bone, ahead = code, -ahead
    return (bone if filled >= _HALF else 0), bone, depth_mm


@numba.njit(cache=True, error_model="numpy", inline="always")
def _is_wanted(code: int, wanted: int) -> bool:
    if wanted == _TRUNK:
        return code > 0 and code != FEMURS[0] and code != FEMURS[1]
    return bool(code == wanted)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _thighs_share(trunk: Point, left_hip_x_mm: float) -> float:
    """How far the thighs' motion counts at a supine point of the trunk."""
    outward = _BLEND_SLOPE * (abs(trunk[0]) - left_hip_x_mm)
    return smoothstep(outward - trunk[2], _BLEND_MM[0], _BLEND_MM[1])


@numba.njit(cache=True, error_model="numpy", inline="always")
def _right_share(across_mm: float, thigh: float) -> float:
    """How much of the thighs' motion is the right thigh's, so far to the left of the middle between them."""
    # Below the groin the legs part: no blend across the midline.
    half = _MIDLINE_MM * (1 - thigh) + _PARTED_MM
    return 1 - smoothstep(across_mm, -half, half)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _beyond_parting(supine: Point, source: Source) -> float:
    """How far to the left of where the halves part."""
    w = min(max((supine[2] - source.first_mm[2]) / SOFT_KNOT_MM, 0.0), len(source.parting_mm) - 1.001)
    k = int(w)
    parting_mm = source.parting_mm[k] + (w - k) * (source.parting_mm[k + 1] - source.parting_mm[k])
    return float(supine[0] - parting_mm)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _supine_in_thigh(posed: Point, side: int, motion: Motion) -> Point:
    """Where a posed point lay, had it moved with the thigh of this side."""
    hip, moved = motion.hips_mm[side], motion.moved_hips_mm[side]
    x, y, z = _turn_back(motion.thighs[side], posed[0] - moved[0], posed[1] - moved[1], posed[2] - moved[2])
    return x + hip[0], y + hip[1], z + hip[2]


@numba.njit(cache=True, error_model="numpy", inline="always")
def _place(supine: Point, places: Places, first: Vector3, apart: float) -> Point:
    """Voxel coordinates of a supine point in the template, far outside of it where nobody knows."""
    u, v, w = (supine[0] - first[0]) / apart, (supine[1] - first[1]) / apart, (supine[2] - first[2]) / apart
    if u < 0 or v < 0 or w < 0 or u >= places.shape[0] - 1 or v >= places.shape[1] - 1 or w >= places.shape[2] - 1:
        return _UNKNOWN
    i, j, k = int(u), int(v), int(w)
    u, v, w = u - i, v - j, w - k
    x, y, z = 0.0, 0.0, 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                share = (u if di else 1 - u) * (v if dj else 1 - v) * (w if dk else 1 - w)
                x += share * places[i + di, j + dj, k + dk, 0]
                y += share * places[i + di, j + dj, k + dk, 1]
                z += share * places[i + di, j + dj, k + dk, 2]
    return x, y, z


@numba.njit(cache=True, error_model="numpy", inline="always")
def _nearest(place: Point, source: Source) -> int:
    """Flat index of the template's voxel about this place, or ``NOWHERE``."""
    x, y, z = place[0] + 0.5, place[1] + 0.5, place[2] + 0.5
    rows, columns, slices = source.shape
    if x < 0 or y < 0 or z < 0 or x >= rows or y >= columns or z >= slices:
        return NOWHERE
    return int((int(x) * columns + int(y)) * slices + int(z))


@numba.njit(cache=True, error_model="numpy", inline="always")
def _turn_back(rotation: Float64[ndarray, "3 3"], x: float, y: float, z: float) -> Point:
    """Transposed rotation applied to a point."""
    return (
        rotation[0, 0] * x + rotation[1, 0] * y + rotation[2, 0] * z,
        rotation[0, 1] * x + rotation[1, 1] * y + rotation[2, 1] * z,
        rotation[0, 2] * x + rotation[1, 2] * y + rotation[2, 2] * z,
    )
