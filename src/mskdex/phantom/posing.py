"""A grown template painted into a posed patient: labels and HU on a fresh grid, one voxel at a time.

Bones are looked up through their own rigid motion, so that no blend bends them; everything soft through a blend of the
motions of the trunk and the two thighs about the hips.
"""

from dataclasses import dataclass

import numba
import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import REST_LABEL
from mskdex.phantom.growth import Growable
from mskdex.phantom.pose import Pose
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Shape
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.template import Part
from mskdex.phantom.tissue import SHAFT_MM
from mskdex.phantom.tissue import SHAFT_TOP_MM
from mskdex.phantom.tissue import Tissue
from mskdex.phantom.tissue import texture_bank
from mskdex.types import Affine
from mskdex.types import HounsfieldVolume
from mskdex.types import LabelVolume
from mskdex.types import Vector3

AIR_HU = -1000
_FEMURS = (LABEL_BY_NAME["femur_right"].value, LABEL_BY_NAME["femur_left"].value)
# Where the blend from trunk to thigh begins and ends, in mm below a plane through the hip that rises to the outside.
_BLEND_MM = (-35.0, 75.0)
_BLEND_SLOPE = 0.35
_MIDLINE_MM = 18.0
_PARTED = 0.9


@dataclass(frozen=True)
class Body:
    """A soft volume and everything that shapes it, ready to be painted in any pose."""

    growable: Growable
    soft: LabelVolume
    shape: Shape
    tissue: Tissue

    @property
    def hips_mm(self) -> np.ndarray:
        """[2, 3] right and left hip centre in the patient's supine frame, whose origin lies midway between them."""
        hips = np.stack(self.growable.template.hip_centres_mm)
        return (hips - hips.mean(axis=0)) * self.shape.scale


def extent_mm(body: Body) -> tuple[Vector3, Vector3]:
    """Corners of the supine body's box in the patient's frame."""
    growable, scale = body.growable, body.shape.scale
    middle = np.mean(growable.template.hip_centres_mm, axis=0)
    spacing = growable.template.spacing_mm
    inside = np.argwhere(body.soft[::2, ::2, ::2] > 0) * 2
    low = (growable.origin_mm + inside.min(axis=0) * spacing - middle) * scale
    high = (growable.origin_mm + (inside.max(axis=0) + 1) * spacing - middle) * scale
    return low, high


def paint(body: Body, pose: Pose, voxel_mm: float) -> tuple[LabelVolume, HounsfieldVolume, Affine]:
    """Labels and HU of the posed patient.

    Args:
        body: who it is.
        pose: how the patient lies.
        voxel_mm: edge of the voxels.

    Returns:
        labels [i, j, k] of ``anatomy``, HU of the same shape, and voxel_to_world in mm about the midpoint of the hips.
    """
    low, high = extent_mm(body)
    # Turning the body moves its edges sideways; the open ends at the top and bottom are left where they are.
    low, high = low - (25, 15, 0), high + (25, 15, 0)
    shape = tuple(int(n) for n in np.ceil((high - low) / voxel_mm))
    frame = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    frame[:3, 3] = low + voxel_mm / 2
    parts = np.zeros(shape, dtype=np.uint8)
    hu = np.full(shape, AIR_HU, dtype=np.int16)
    geometry = _Geometry.of(body, pose)
    tissue = body.tissue
    tables = np.stack([tissue.soft_hu, tissue.soft_texture_hu, tissue.trabecular_hu, tissue.cortex_mm])
    bone = np.array([tissue.cortical_hu, tissue.shaft_cortex_mm, tissue.marrow_hu], dtype=np.float32)
    _paint(
        geometry,
        (body.soft, body.growable.rigid, body.growable.rigid_mm),
        (tables.astype(np.float32), bone, tissue.gas, texture_bank(), tissue.texture_shift),
        frame,
        parts,
        hu,
    )
    return _LABEL_OF_PART[parts], hu, frame


def _label_of_part() -> np.ndarray:
    labels = np.arange(N_PARTS, dtype=np.uint8)
    labels[Part.FAT :] = REST_LABEL.value
    return labels


_LABEL_OF_PART = _label_of_part()


class _Geometry:
    """Plain arrays for the kernel, in the order in which it unpacks them."""

    @staticmethod
    def of(body: Body, pose: Pose) -> tuple[np.ndarray, ...]:
        growable = body.growable
        template = growable.template
        hips = body.hips_mm
        pelvis, thighs = pose.pelvis(), pose.thighs()
        middle = np.mean(template.hip_centres_mm, axis=0)
        # Template voxel index = (template mm + middle - origin) / spacing
        to_index = np.stack([1 / template.spacing_mm, (middle - growable.origin_mm) / template.spacing_mm])
        return (
            pelvis,
            thighs,
            hips,
            hips @ pelvis.T,
            1 / body.shape.scale,
            to_index,
            body.shape.warp_mm,
            body.shape.origin_mm,
            np.array([float(np.mean(body.shape.scale))]),
        )


@numba.njit(cache=True, error_model="numpy", inline="always")
def _smoothstep(low, high, x):  # type: ignore[no-untyped-def]
    s = min(max((x - low) / (high - low), 0.0), 1.0)
    return s * s * (3 - 2 * s)


@numba.njit(cache=True, error_model="numpy")
def _index(x, y, z, inverse_scale, to_index, warp, warp_origin, shape):  # type: ignore[no-untyped-def]
    """Nearest template voxel of a point of the patient's supine frame; -1 where the template has none."""
    u = min(max((x - warp_origin[0]) / KNOT_MM, 0.0), warp.shape[1] - 1.001)
    v = min(max((y - warp_origin[1]) / KNOT_MM, 0.0), warp.shape[2] - 1.001)
    w = min(max((z - warp_origin[2]) / KNOT_MM, 0.0), warp.shape[3] - 1.001)
    iu, iv, iw = int(u), int(v), int(w)
    fu, fv, fw = u - iu, v - iv, w - iw
    point = (x * inverse_scale[0], y * inverse_scale[1], z * inverse_scale[2])
    flat = 0
    for axis in range(3):
        field = warp[axis]
        near = (field[iu, iv, iw] * (1 - fu) + field[iu + 1, iv, iw] * fu) * (1 - fv) + (
            field[iu, iv + 1, iw] * (1 - fu) + field[iu + 1, iv + 1, iw] * fu
        ) * fv
        far = (field[iu, iv, iw + 1] * (1 - fu) + field[iu + 1, iv, iw + 1] * fu) * (1 - fv) + (
            field[iu, iv + 1, iw + 1] * (1 - fu) + field[iu + 1, iv + 1, iw + 1] * fu
        ) * fv
        place = (point[axis] + near * (1 - fw) + far * fw) * to_index[0, axis] + to_index[1, axis]
        voxel = int(np.floor(place + 0.5))
        if voxel < 0 or voxel >= shape[axis]:
            return -1
        flat = flat * shape[axis] + voxel
    return flat


@numba.njit(cache=True, error_model="numpy", inline="always")
def _turn_back(rotation, x, y, z):  # type: ignore[no-untyped-def]
    """Transposed rotation applied to a point."""
    return (
        rotation[0, 0] * x + rotation[1, 0] * y + rotation[2, 0] * z,
        rotation[0, 1] * x + rotation[1, 1] * y + rotation[2, 1] * z,
        rotation[0, 2] * x + rotation[1, 2] * y + rotation[2, 2] * z,
    )


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _paint(geometry, volumes, materials, frame, parts, hu):  # type: ignore[no-untyped-def]
    pelvis, thighs, hips, moved_hips, inverse_scale, to_index, warp, warp_origin, size = geometry
    soft, rigid, rigid_mm = volumes
    shape = soft.shape
    soft_flat, rigid_flat, distance_flat = soft.ravel(), rigid.ravel(), rigid_mm.ravel()
    voxel = frame[0, 0]
    for i in numba.prange(parts.shape[0]):
        back = np.empty((2, 3))
        for j in range(parts.shape[1]):
            for k in range(parts.shape[2]):
                px, py, pz = frame[0, 3] + i * voxel, frame[1, 3] + j * voxel, frame[2, 3] + k * voxel
                tx, ty, tz = _turn_back(pelvis, px, py, pz)
                # How far each thigh's motion counts here. Below the groin the legs part: no blend across the midline.
                outward = _BLEND_SLOPE * (abs(tx) - hips[1, 0])
                thigh = _smoothstep(_BLEND_MM[0], _BLEND_MM[1], outward - tz)
                across = _MIDLINE_MM * (1 - thigh) + 0.5
                right = 1 - _smoothstep(-across, across, tx)
                part = 0
                x, y, z = tx, ty, tz
                at = -1
                if tz < 80.0:
                    x, y, z = (1 - thigh) * tx, (1 - thigh) * ty, (1 - thigh) * tz
                    for side in range(2):
                        share = right if side == 0 else 1 - right
                        hx, hy, hz = moved_hips[side]
                        bx, by, bz = _turn_back(thighs[side], px - hx, py - hy, pz - hz)
                        back[side, 0], back[side, 1], back[side, 2] = (
                            bx + hips[side, 0],
                            by + hips[side, 1],
                            bz + hips[side, 2],
                        )
                        for axis in range(3):
                            value = thigh * share * back[side, axis]
                            if axis == 0:
                                x += value
                            elif axis == 1:
                                y += value
                            else:
                                z += value
                        if share > 0.02:
                            found = _index(
                                back[side, 0],
                                back[side, 1],
                                back[side, 2],
                                inverse_scale,
                                to_index,
                                warp,
                                warp_origin,
                                shape,
                            )
                            if found >= 0 and rigid_flat[found] == _FEMURS[side]:
                                part, at = _FEMURS[side], found
                                z = back[side, 2]
                                break
                if part == 0 and thigh > _PARTED and x * tx < 0:
                    continue  # between spread legs: what lies beyond the midline belongs to the other one
                if part == 0:
                    blended = _index(x, y, z, inverse_scale, to_index, warp, warp_origin, shape)
                    trunk = blended
                    if thigh > 0 and tz > -150.0:
                        trunk = _index(tx, ty, tz, inverse_scale, to_index, warp, warp_origin, shape)
                    if trunk >= 0 and rigid_flat[trunk] > 0 and rigid_flat[trunk] not in _FEMURS and tz > -150.0:
                        part, at = rigid_flat[trunk], trunk
                    elif blended >= 0:
                        part, at = soft_flat[blended], blended
                if part == 0:
                    continue
                parts[i, j, k] = part
                value = _hounsfield(part, at, shape, distance_flat, size, materials, voxel, x, y, z)
                if part == VISCERA:
                    for pocket in range(materials[2].shape[0]):
                        gx, gy, gz, radius = materials[2][pocket]
                        if (x - gx) ** 2 + (y - gy) ** 2 + (z - gz) ** 2 < radius * radius:
                            value = -950.0
                hu[i, j, k] = np.int16(min(max(value, -1024.0), 3071.0))


VISCERA = int(Part.VISCERA)


@numba.njit(cache=True, error_model="numpy")
def _hounsfield(part, at, shape, distance_flat, size, materials, voxel, x, y, z):  # type: ignore[no-untyped-def]
    """HU of one voxel: textured soft tissue, or compact bone around trabeculae around marrow."""
    tables, bone, _, bank, shift = materials
    i, rest = at // (shape[1] * shape[2]), at % (shape[1] * shape[2])
    j, k = rest // shape[2], rest % shape[2]
    texture = bank[(i + shift[0]) & 127, (j + shift[1]) & 127, (k + shift[2]) & 127] / 32.0
    cortex = tables[3, part]
    if cortex == 0:
        return tables[0, part] + tables[1, part] * texture
    inner = tables[2, part] * (1 + 0.18 * texture)
    if part == _FEMURS[0] or part == _FEMURS[1]:
        along = _smoothstep(-SHAFT_TOP_MM, -SHAFT_MM, -z)
        cortex += (bone[1] - cortex) * along
        inner += (bone[2] - inner) * along
    covered = min(max((cortex + distance_flat[at] * size[0]) / voxel + 0.5, 0.0), 1.0)
    return inner + (bone[0] - inner) * covered
