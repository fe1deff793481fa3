"""The kernel that paints a posed patient: for every voxel, where in the template it comes from and what it is made of.

Frames: a *posed* point is one of the patient on the table; a *supine* point is where that point lay before the patient
moved. Both are in mm about the midpoint of the hips. Numbers are float64 except what is looked up (float32).
"""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int8
from jaxtyping import Int64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Warp
from mskdex.phantom.template import Part
from mskdex.phantom.tissue import SHAFT_MM
from mskdex.phantom.tissue import SHAFT_TOP_MM
from mskdex.phantom.tissue import TEXTURE_EDGE
from mskdex.phantom.tissue import TEXTURE_STEPS
from mskdex.types import Affine
from mskdex.types import HounsfieldVolume
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

OUTSIDE, VISCERA = int(Part.OUTSIDE), int(Part.VISCERA)
_FEMURS = (LABEL_BY_NAME["femur_right"].value, LABEL_BY_NAME["femur_left"].value)
# Where the blend from trunk to thigh begins and ends, in mm below a plane through the hip that rises to the outside.
_BLEND_MM = (-35.0, 75.0)
_BLEND_SLOPE = 0.35
# Half the width over which the right thigh's motion becomes the left one's: wide in the trunk, none between the legs.
_MIDLINE_MM, _PARTED_MM = 18.0, 0.5
_PARTED = 0.9  # share of the thighs' motion from which on the legs are two
# Heights about the hips: no femur above the one, no bone of the trunk below the other.
_THIGHS_REACH_MM, _TRUNK_REACH_MM = 80.0, -150.0
_NEGLIGIBLE = 0.02
_GAS_HU = -950.0
_LOWEST_HU, _HIGHEST_HU = -1024.0, 3071.0  # of a 12-bit CT
_TRABECULAR_CONTRAST = 0.18

Point = tuple[float, float, float]
Voxel = tuple[int, int, int]
NOWHERE: Voxel = (-1, -1, -1)  # where the template has no voxel


class Motion(NamedTuple):
    """How the patient moved: rotations [3, 3] from supine to posed, and hip centres (right, left) before and after."""

    pelvis: Float64[ndarray, "3 3"]
    thighs: Float64[ndarray, "2 3 3"]
    hips_mm: Float64[ndarray, "2 3"]
    moved_hips_mm: Float64[ndarray, "2 3"]


class Source(NamedTuple):
    """The grown template, and how supine points find their voxels in it.

    A supine point ``x`` lies at the template's voxel ``(x * shrink + warp(x)) * per_mm + middle``.
    """

    soft: LabelVolume
    rigid: LabelVolume
    rigid_mm: ScalarVolume
    shrink: Vector3
    per_mm: Vector3
    middle: Vector3
    warp_mm: Warp
    warp_origin_mm: Vector3


class Material(NamedTuple):
    """What parts are made of (see ``tissue.Tissue``); ``bone_scale`` turns template mm into the patient's."""

    soft_hu: Float32[ndarray, " parts"]
    soft_texture_hu: Float32[ndarray, " parts"]
    trabecular_hu: Float32[ndarray, " parts"]
    cortex_mm: Float32[ndarray, " parts"]
    cortical_hu: np.float32
    shaft_cortex_mm: np.float32
    marrow_hu: np.float32
    gas: Float32[ndarray, "pockets 4"]
    texture: Int8[ndarray, "128 128 128"]
    texture_shift: Int64[ndarray, "3"]
    bone_scale: float
    voxel_mm: float


@numba.njit(cache=True, error_model="numpy", parallel=True)
def paint_voxels(
    motion: Motion, source: Source, material: Material, frame: Affine, parts: LabelVolume, hu: HounsfieldVolume
) -> None:
    """Fill ``parts`` (codes of ``Part``) and ``hu``, both [i, j, k] on ``frame``; what is outside is left as it was."""
    for i in numba.prange(parts.shape[0]):
        _paint_slice(i, motion, source, material, frame, (parts, hu))


@numba.njit(cache=True, error_model="numpy")
def _paint_slice(
    i: int,
    motion: Motion,
    source: Source,
    material: Material,
    frame: Affine,
    painted: tuple[LabelVolume, HounsfieldVolume],
) -> None:
    parts, hu = painted
    voxel_mm = frame[0, 0]
    for j in range(parts.shape[1]):
        for k in range(parts.shape[2]):
            posed = (frame[0, 3] + i * voxel_mm, frame[1, 3] + j * voxel_mm, frame[2, 3] + k * voxel_mm)
            part, at, supine = _origin(posed, motion, source)
            if part == OUTSIDE:
                continue
            parts[i, j, k] = part
            value = _hounsfield(part, at, supine, source, material)
            hu[i, j, k] = np.int16(min(max(value, _LOWEST_HU), _HIGHEST_HU))


@numba.njit(cache=True, error_model="numpy", inline="always")
def _origin(posed: Point, motion: Motion, source: Source) -> tuple[int, Voxel, Point]:
    """Part of a posed point, the template's voxel that it comes from, and where it lay supine.

    Bones come first, each through its own rigid motion, so that no blend bends them: femurs, then what is in the trunk.
    Everything soft is looked up through the blend of the trunk's motion and the thighs'.
    """
    trunk = _turn_back(motion.pelvis, posed[0], posed[1], posed[2])
    thigh, right = _shares(trunk, motion.hips_mm[1, 0])
    x, y, z = trunk
    if trunk[2] < _THIGHS_REACH_MM:
        x, y, z = (1 - thigh) * trunk[0], (1 - thigh) * trunk[1], (1 - thigh) * trunk[2]
        for side in range(2):
            share = right if side == 0 else 1 - right
            leg = _supine_in_thigh(posed, side, motion)
            if share > _NEGLIGIBLE:
                at = _voxel(leg, source)
                if at != NOWHERE and source.rigid[at] == _FEMURS[side]:
                    return _FEMURS[side], at, leg
            x += thigh * share * leg[0]
            y += thigh * share * leg[1]
            z += thigh * share * leg[2]
    blended = (x, y, z)
    if thigh > _PARTED and x * trunk[0] < 0:
        return OUTSIDE, NOWHERE, blended  # between spread legs: what lies beyond the midline belongs to the other one
    at = _voxel(blended, source)
    if trunk[2] > _TRUNK_REACH_MM:
        bone_at = _voxel(trunk, source) if thigh > 0 else at
        if bone_at != NOWHERE and _is_of_trunk(source.rigid[bone_at]):
            return int(source.rigid[bone_at]), bone_at, blended
    if at == NOWHERE:
        return OUTSIDE, NOWHERE, blended
    return int(source.soft[at]), at, blended


@numba.njit(cache=True, error_model="numpy", inline="always")
def _is_of_trunk(rigid_part: int) -> bool:
    """A bone that moves with the pelvis."""
    return rigid_part > 0 and rigid_part != _FEMURS[0] and rigid_part != _FEMURS[1]


@numba.njit(cache=True, error_model="numpy", inline="always")
def _shares(trunk: Point, left_hip_x_mm: float) -> tuple[float, float]:
    """How far the thighs' motion counts at a supine point of the trunk, and how much of that is the right thigh's."""
    outward = _BLEND_SLOPE * (abs(trunk[0]) - left_hip_x_mm)
    thigh = _smoothstep(_BLEND_MM[0], _BLEND_MM[1], outward - trunk[2])
    # Below the groin the legs part: no blend across the midline.
    across = _MIDLINE_MM * (1 - thigh) + _PARTED_MM
    return thigh, 1 - _smoothstep(-across, across, trunk[0])


@numba.njit(cache=True, error_model="numpy", inline="always")
def _supine_in_thigh(posed: Point, side: int, motion: Motion) -> Point:
    """Where a posed point lay, had it moved with the thigh of this side."""
    hip, moved = motion.hips_mm[side], motion.moved_hips_mm[side]
    x, y, z = _turn_back(motion.thighs[side], posed[0] - moved[0], posed[1] - moved[1], posed[2] - moved[2])
    return x + hip[0], y + hip[1], z + hip[2]


@numba.njit(cache=True, error_model="numpy", inline="always")
def _voxel(supine: Point, source: Source) -> Voxel:
    """The template's voxel nearest to a supine point."""
    origin, (_, knots_i, knots_j, knots_k) = source.warp_origin_mm, source.warp_mm.shape
    u = _knot(supine[0] - origin[0], knots_i)
    v = _knot(supine[1] - origin[1], knots_j)
    w = _knot(supine[2] - origin[2], knots_k)
    i = _nearest(0, supine[0], u, v, w, source)
    j = _nearest(1, supine[1], u, v, w, source)
    k = _nearest(2, supine[2], u, v, w, source)
    if i < 0 or j < 0 or k < 0:
        return NOWHERE
    return i, j, k


@numba.njit(cache=True, error_model="numpy", inline="always")
def _knot(from_first_mm: float, knots: int) -> float:
    """Coordinate among the warp's knots, kept where a knot follows."""
    return min(max(from_first_mm / KNOT_MM, 0.0), knots - 1.001)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _nearest(axis: int, along_mm: float, u: float, v: float, w: float, source: Source) -> int:
    """Template index along one axis; -1 beyond the template's ends."""
    field, i, j, k = source.warp_mm[axis], int(u), int(v), int(w)
    near = _in_plane(field, i, j, k, u - i, v - j)
    far = _in_plane(field, i, j, k + 1, u - i, v - j)
    moved_mm = along_mm * source.shrink[axis] + near * (1 - (w - k)) + far * (w - k)
    index = int(np.floor(moved_mm * source.per_mm[axis] + source.middle[axis] + 0.5))
    return index if 0 <= index < source.soft.shape[axis] else -1


@numba.njit(cache=True, error_model="numpy", inline="always")
def _in_plane(field: ScalarVolume, i: int, j: int, k: int, fu: float, fv: float) -> float:
    """Bilinear interpolation between the four knots from [i, j, k] on."""
    low = field[i, j, k] * (1 - fu) + field[i + 1, j, k] * fu
    high = field[i, j + 1, k] * (1 - fu) + field[i + 1, j + 1, k] * fu
    return float(low * (1 - fv) + high * fv)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _turn_back(rotation: Float64[ndarray, "3 3"], x: float, y: float, z: float) -> Point:
    """Transposed rotation applied to a point."""
    return (
        rotation[0, 0] * x + rotation[1, 0] * y + rotation[2, 0] * z,
        rotation[0, 1] * x + rotation[1, 1] * y + rotation[2, 1] * z,
        rotation[0, 2] * x + rotation[1, 2] * y + rotation[2, 2] * z,
    )


@numba.njit(cache=True, error_model="numpy", inline="always")
def _smoothstep(low: float, high: float, x: float) -> float:
    s = min(max((x - low) / (high - low), 0.0), 1.0)
    return s * s * (3 - 2 * s)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _hounsfield(part: int, at: Voxel, supine: Point, source: Source, material: Material) -> float:
    """HU of one voxel: textured soft tissue with its gas, or compact bone around trabeculae around marrow."""
    texture = _texture(at, material)
    cortex_mm = material.cortex_mm[part]
    if cortex_mm == 0:
        if part == VISCERA and _in_gas(supine, material.gas):
            return _GAS_HU
        return float(material.soft_hu[part] + material.soft_texture_hu[part] * texture)
    inner_hu = material.trabecular_hu[part] * (1 + _TRABECULAR_CONTRAST * texture)
    if part == _FEMURS[0] or part == _FEMURS[1]:
        along = _smoothstep(-SHAFT_TOP_MM, -SHAFT_MM, -supine[2])
        cortex_mm += (material.shaft_cortex_mm - cortex_mm) * along
        inner_hu += (material.marrow_hu - inner_hu) * along
    # Share of the voxel that compact bone takes: the cortex ends this far inside the bone's surface (depths are < 0).
    depth_mm = source.rigid_mm[at] * material.bone_scale
    compact = min(max((cortex_mm + depth_mm) / material.voxel_mm + 0.5, 0.0), 1.0)
    return float(inner_hu + (material.cortical_hu - inner_hu) * compact)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _texture(at: Voxel, material: Material) -> float:
    """Texture (standard deviation 1) of a template voxel: it belongs to the body, so it moves with it."""
    bank, shift, last = material.texture, material.texture_shift, TEXTURE_EDGE - 1  # the edge is a power of two
    steps = bank[(at[0] + shift[0]) & last, (at[1] + shift[1]) & last, (at[2] + shift[2]) & last]
    return float(steps / TEXTURE_STEPS)


@numba.njit(cache=True, error_model="numpy")
def _in_gas(supine: Point, gas: Float32[ndarray, "pockets 4"]) -> bool:
    for pocket in range(gas.shape[0]):
        x, y, z = supine[0] - gas[pocket, 0], supine[1] - gas[pocket, 1], supine[2] - gas[pocket, 2]
        if x**2 + y**2 + z**2 < gas[pocket, 3] * gas[pocket, 3]:
            return True
    return False
