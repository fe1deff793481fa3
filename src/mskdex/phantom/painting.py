"""The kernel that fills a traced patient: what each voxel is, and its HU."""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Int8
from jaxtyping import Int64
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import Part
from mskdex.phantom.tissue import SHAFT_MM
from mskdex.phantom.tissue import SHAFT_TOP_MM
from mskdex.phantom.tissue import TEXTURE_EDGE
from mskdex.phantom.tissue import TEXTURE_STEPS
from mskdex.phantom.tracing import FEMURS
from mskdex.phantom.tracing import NOWHERE
from mskdex.phantom.tracing import Trace
from mskdex.types import HounsfieldVolume
from mskdex.types import LabelVolume
from mskdex.types import Vector3

OUTSIDE, FAT, VISCERA = int(Part.OUTSIDE), int(Part.FAT), int(Part.VISCERA)
_GAS_HU = -950.0
_LOWEST_HU, _HIGHEST_HU = -1024.0, 3071.0  # of a 12-bit CT
_TRABECULAR_CONTRAST = 0.18
_HALF = 0.5

Voxel = tuple[int, int, int]
Painted = tuple[HounsfieldVolume, HounsfieldVolume]
"""HU of what each voxel's own part is made of; and the same but for voxels that a bone's surface runs through, which
hold both sides of it."""


class Grown(NamedTuple):
    """The grown template on its grid, and that grid's frame.

    Voxel ``n`` lies at ``(n - middle) * step_mm`` about the midpoint of the hips, in the supine patient's mm but for
    the warp.

    Attributes:
        soft: [i, j, k] soft parts.
        texture: [i, j, k] of the template itself; without voxels if it has none, and the bank's is taken.
        middle, step_mm: see above.
    """

    soft: LabelVolume
    texture: Int8[ndarray, "i j k"]
    middle: Vector3
    step_mm: Vector3


class Material(NamedTuple):
    """What parts are made of (see ``tissue.Tissue``); ``bone_scale`` turns template mm into the patient's."""

    soft_hu: Float32[ndarray, " parts"]
    soft_texture_hu: Float32[ndarray, " parts"]
    soft_range_hu: Float32[ndarray, "2 parts"]
    trabecular_hu: Float32[ndarray, " parts"]
    cortex_mm: Float32[ndarray, " parts"]
    cortical_hu: np.float32
    shaft_cortex_mm: np.float32
    marrow_hu: np.float32
    gas: Float32[ndarray, "bubbles 4"]
    textures: Int8[ndarray, "2 128 128 128"]
    bank: UInt8[ndarray, " parts"]
    texture_shift: Int64[ndarray, "3"]
    fibres: Float32[ndarray, "parts 3 3"]
    bone_scale: float
    voxel_mm: float


@numba.njit(cache=True, error_model="numpy", parallel=True)
def paint_voxels(found: Trace, grown: Grown, material: Material, parts: LabelVolume, hu: Painted) -> None:
    """Fill ``parts`` (codes of ``Part``) and both volumes of HU, all [i, j, k]; what is outside is left as it was."""
    own, mixed = hu
    for i in numba.prange(parts.shape[0]):
        traced = found.at[i], found.bone[i], found.near[i], found.depth_mm[i]
        _paint_slice(traced, grown, material, (parts[i], own[i], mixed[i]))


@numba.njit(cache=True, error_model="numpy")
def _paint_slice(
    found: tuple[ndarray, ndarray, ndarray, ndarray],
    grown: Grown,
    material: Material,
    painted: tuple[ndarray, ndarray, ndarray],
) -> None:
    (at, bone, near, depth_mm), (parts, own, mixed) = found, painted
    soft, (_, rows, columns) = grown.soft.ravel(), grown.soft.shape
    for j in range(parts.shape[0]):
        for k in range(parts.shape[1]):
            origin = at[j, k]
            if origin == NOWHERE:
                continue
            part = int(bone[j, k]) if bone[j, k] > 0 else int(soft[origin])
            if part == OUTSIDE:
                continue
            voxel = (origin // (rows * columns), origin // columns % rows, origin % columns)
            depth = depth_mm[j, k] * material.bone_scale / material.voxel_mm
            parts[j, k] = part
            own[j, k] = _hounsfield(part, voxel, depth, grown, material)
            mixed[j, k] = own[j, k]
            if near[j, k] > 0 and abs(depth) < _HALF:
                beside = part if bone[j, k] == 0 else int(soft[origin]) if soft[origin] != OUTSIDE else FAT
                mixed[j, k] = _across_surface(int(near[j, k]), beside, voxel, depth, grown, material)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _hounsfield(part: int, at: Voxel, depth: float, grown: Grown, material: Material) -> float:
    """HU of a voxel that holds one part alone: textured soft tissue with its gas, or compact bone around trabeculae
    around marrow.

    In bone, ``depth`` (negative) is how deep it lies below the surface, in the patient's voxels.
    """
    texture = texture_at(part, at, grown, material)
    if material.cortex_mm[part] == 0:
        if part == VISCERA and _in_gas(at, grown, material.gas):
            return _GAS_HU
        textured_hu = float(material.soft_hu[part] + material.soft_texture_hu[part] * texture)
        lowest, highest = material.soft_range_hu[0, part], material.soft_range_hu[1, part]
        return _held(float(min(max(textured_hu, lowest), highest)))
    cortex, inner_hu = _layers(part, at, texture, grown, material)
    # The cortex ends this far inside the bone's surface (depths are < 0).
    compact = _share(cortex + depth)
    return _held(float(inner_hu + (material.cortical_hu - inner_hu) * compact))


@numba.njit(cache=True, error_model="numpy", inline="always")
def _across_surface(bone: int, beside: int, at: Voxel, depth: float, grown: Grown, material: Material) -> float:
    """HU of a voxel that a bone's surface runs through: what is beside the bone, its cortex and what the cortex covers,
    each by its share. So a radiograph is without the steps of voxels."""
    outside = _share(depth)
    texture = texture_at(bone, at, grown, material)
    cortex, inner_hu = _layers(bone, at, texture, grown, material)
    inner = 1 - _share(cortex + depth)
    soft_hu = _hounsfield(beside, at, depth, grown, material)
    return _held(float(outside * soft_hu + (1 - outside - inner) * material.cortical_hu + inner * inner_hu))


@numba.njit(cache=True, error_model="numpy", inline="always")
def _share(distance: float) -> float:
    """Of a voxel, on one side of a face so far from its centre, in voxels: 0, half or all of it at -1/2, 0 and 1/2."""
    return min(max(distance + _HALF, 0.0), 1.0)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _held(hu: float) -> float:
    return min(max(hu, _LOWEST_HU), _HIGHEST_HU)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _layers(bone: int, at: Voxel, texture: float, grown: Grown, material: Material) -> tuple[float, float]:
    """Thickness of a bone's cortex there, in the patient's voxels, and the HU of what it covers."""
    cortex_mm = material.cortex_mm[bone]
    inner_hu = material.trabecular_hu[bone] * (1 + _TRABECULAR_CONTRAST * texture)
    if bone == FEMURS[0] or bone == FEMURS[1]:
        along = smoothstep(-(at[2] - grown.middle[2]) * grown.step_mm[2], -SHAFT_TOP_MM, -SHAFT_MM)
        cortex_mm += (material.shaft_cortex_mm - cortex_mm) * along
        inner_hu += (material.marrow_hu - inner_hu) * along
    return cortex_mm / material.voxel_mm, inner_hu


@numba.njit(cache=True, error_model="numpy", inline="always")
def texture_at(part: int, at: Voxel, grown: Grown, material: Material) -> float:
    """Texture (standard deviation 1) of a template voxel: it belongs to the body, so it moves with it. The template's
    own, or the bank's.

    Streaks run along the third axis of their bank; a part's ``fibres`` turn them along the part's own.
    """
    if grown.texture.size > 0:
        return float(grown.texture[at] / TEXTURE_STEPS)
    bank, shift, turn = material.textures[material.bank[part]], material.texture_shift, material.fibres[part]
    last = TEXTURE_EDGE - 1  # the edge is a power of two
    u = int(np.floor(turn[0, 0] * at[0] + turn[0, 1] * at[1] + turn[0, 2] * at[2] + 0.5)) + shift[0]
    v = int(np.floor(turn[1, 0] * at[0] + turn[1, 1] * at[1] + turn[1, 2] * at[2] + 0.5)) + shift[1]
    w = int(np.floor(turn[2, 0] * at[0] + turn[2, 1] * at[1] + turn[2, 2] * at[2] + 0.5)) + shift[2]
    return float(bank[u & last, v & last, w & last] / TEXTURE_STEPS)


@numba.njit(cache=True, error_model="numpy")
def _in_gas(at: Voxel, grown: Grown, gas: Float32[ndarray, "bubbles 4"]) -> bool:
    for bubble in range(gas.shape[0]):
        squared = 0.0
        for axis in range(3):
            squared += ((at[axis] - grown.middle[axis]) * grown.step_mm[axis] - gas[bubble, axis]) ** 2
        if squared < gas[bubble, 3] * gas[bubble, 3]:
            return True
    return False
