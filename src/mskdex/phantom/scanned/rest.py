"""The rest of the body in a CT that only labels what is measured: spine, belly, wall, back, pelvic floor and gas.

By HU and by place. None of it is measured; it has to look like a body in a radiograph and give muscles neighbours.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.phantom.cavity import filled_hull
from mskdex.phantom.cavity import visceral_cavity
from mskdex.phantom.distance import signed_distance
from mskdex.phantom.scanned.body import AIR_BELOW_HU
from mskdex.phantom.scanned.resampling import Grid
from mskdex.phantom.template import Part
from mskdex.types import LabelVolume
from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

_LEAN_HU, _BONE_HU = -20.0, 130.0
_SKIN_MM = 5.0
_WALL_MM = 16.0
# About the midline and the hips, generous: the spine with its transverse processes, coccyx, back and pelvic floor.
_SPINE_HALF_MM, _SPINE_FRONT_MM, _COCCYX_HALF_MM, _BACK_HALF_MM, _FLOOR_HALF_MM = 50.0, 35.0, 20.0, 110.0, 45.0
_FLOOR_BOTTOM_MM, _FLOOR_TOP_MM = -80.0, -5.0
_LEAST_PIECE_CM3 = 0.3
_SACRUM = LABEL_BY_NAME["sacrum"].value
_RING = tuple(
    LABEL_BY_NAME[name].value
    for name in ("obturator_internus_right", "obturator_internus_left", "hip_bone_right", "hip_bone_left", "sacrum")
)


@dataclass(frozen=True)
class _Place:
    """Where voxels lie about the hips' midpoint in mm: x to the left, y to the back, z to the head; broadcastable."""

    x: Float64[ndarray, "i 1 1"]
    y: Float64[ndarray, "1 j 1"]
    z: Float64[ndarray, "1 1 k"]

    @classmethod
    def of(cls, grid: Grid, middle_mm: Vector3) -> "_Place":
        x, y, z = (
            (grid.frame[axis, 3] + np.arange(n) * grid.frame[axis, axis] - middle_mm[axis])
            for axis, n in enumerate(grid.shape)
        )
        return cls(x[:, None, None], y[None, :, None], z[None, None, :])


def rest_of_body(
    labels: LabelVolume, hu: ScalarVolume, body: MaskVolume, grid: Grid, middle_mm: Vector3
) -> LabelVolume:
    """Every voxel of the body as a ``Part``: what ``labels`` name stays, the rest is told.

    Args:
        labels: [i, j, k] of ``anatomy``; what is above 41 counts as not named.
        hu: [i, j, k].
        body: [i, j, k] with the air inside it.
        grid: where they lie.
        middle_mm: midpoint of the hip centres.
    """
    place, spacing = _Place.of(grid, middle_mm), np.diag(grid.frame)[:3]
    named = (labels > 0) & (labels <= MEASURED_LABELS[-1].value)
    parts = np.where(named, labels, np.where(body, np.uint8(Part.FAT), np.uint8(Part.OUTSIDE))).astype(np.uint8)
    parts[_spine(parts, hu, place, spacing)] = Part.VERTEBRA
    parts[_coccyx(parts, hu, place, spacing)] = Part.COCCYX
    inner = signed_distance(body | named, spacing, 2 * _SKIN_MM) < -_SKIN_MM
    lean = _large(ndimage.binary_closing((hu > _LEAN_HU) & inner) & (parts == Part.FAT), spacing)
    _name_floor(parts, lean, place)
    _name_wall_and_back(parts, lean, place, spacing)
    parts[visceral_cavity(parts)] = Part.VISCERA
    _empty(parts, hu, place)
    return parts


def _spine(parts: LabelVolume, hu: ScalarVolume, place: _Place, spacing: Vector3) -> MaskVolume:
    """Bone about the midline above the sacrum, marrow with its cortex; not so far in front that it is a vessel."""
    sacrum = np.argwhere(parts == _SACRUM)
    front = float(np.percentile(place.y[0, sacrum[:, 1], 0], 10)) - _SPINE_FRONT_MM
    middle = float(np.median(place.z[0, 0, sacrum[:, 2]]))
    region = (np.abs(place.x) < _SPINE_HALF_MM) & (place.y > front) & (place.z > middle)
    bone = region & (hu > _BONE_HU) & (parts == Part.FAT)
    steps = max(round(5.0 / float(spacing.mean())), 1)
    ball = ndimage.iterate_structure(ndimage.generate_binary_structure(3, 1), steps)
    room = np.pad(bone, steps, mode="edge")  # the spine goes on above the volume
    whole = ndimage.binary_closing(room, ball)[(slice(steps, -steps),) * 3]
    whole = np.stack([ndimage.binary_fill_holes(whole[:, :, k]) for k in range(whole.shape[2])], axis=2)
    return _large(whole & (parts == Part.FAT), spacing)


def _coccyx(parts: LabelVolume, hu: ScalarVolume, place: _Place, spacing: Vector3) -> MaskVolume:
    """Bone about the midline that goes on below the sacrum."""
    sacrum = np.argwhere(parts == _SACRUM)
    low = float(place.z[0, 0, sacrum[:, 2].min()])
    tip_y = float(place.y[0, sacrum[sacrum[:, 2] == sacrum[:, 2].min(), 1], 0].mean())
    region = (np.abs(place.x) < _COCCYX_HALF_MM) & (np.abs(place.y - tip_y) < 30)
    region = region & (place.z < low + 15) & (place.z > low - 50)
    bone = ndimage.binary_closing(region & (hu > _BONE_HU) & (parts == Part.FAT))
    return _large(bone & (parts == Part.FAT), spacing)


def _name_floor(parts: LabelVolume, lean: MaskVolume, place: _Place) -> None:
    """Lean tissue that the ring of the pelvis holds below the hips."""
    ring = _hulls(np.isin(parts, (*_RING, Part.COCCYX)))
    floor = lean & ring & (np.abs(place.x) < _FLOOR_HALF_MM)
    floor &= (place.z > _FLOOR_BOTTOM_MM) & (place.z < _FLOOR_TOP_MM)
    _name(parts, floor, place, (Part.PELVIC_FLOOR_RIGHT, Part.PELVIC_FLOOR_LEFT))


def _name_wall_and_back(parts: LabelVolume, lean: MaskVolume, place: _Place, spacing: Vector3) -> None:
    """Above the hips: lean tissue behind the spine, and elsewhere what lies just within the trunk's outline."""
    lean = lean & (parts == Part.FAT) & (place.z > 0)
    behind = lean & (place.y > _spine_y(parts, place)) & (np.abs(place.x) < _BACK_HALF_MM)
    _name(parts, behind, place, (Part.BACK_MUSCLES_RIGHT, Part.BACK_MUSCLES_LEFT))
    firm = (lean | ((parts > 0) & (parts != Part.FAT))) & (place.z > 0)
    outline = _hulls(firm)
    # In the plane of each slice: the trunk goes on above and below.
    depth = ndimage.distance_transform_edt(outline, (spacing[0], spacing[1], 1e6))
    wall = lean & outline & ~behind & (depth < _WALL_MM)
    _name(parts, wall, place, (Part.ABDOMINAL_WALL_RIGHT, Part.ABDOMINAL_WALL_LEFT))


def _spine_y(parts: LabelVolume, place: _Place) -> Float64[ndarray, "1 1 k"]:
    """Mean y of sacrum and vertebrae in each slice, infinite where there are none."""
    bone = (parts == _SACRUM) | (parts == Part.VERTEBRA)
    count = bone.sum(axis=(0, 1))
    total = (bone * place.y).sum(axis=(0, 1))
    return np.where(count > 0, total / np.maximum(count, 1), np.inf)[None, None, :]


def _empty(parts: LabelVolume, hu: ScalarVolume, place: _Place) -> None:
    """Air inside the trunk is gas; elsewhere, between the thighs, it is outside."""
    air = (hu < AIR_BELOW_HU) & ((parts == Part.FAT) | (parts == Part.VISCERA))
    trunk = _hulls((parts > 0) & (parts != Part.FAT)) & (place.z > _FLOOR_BOTTOM_MM)
    parts[air] = np.where(trunk[air], np.uint8(Part.GAS), np.uint8(Part.OUTSIDE))


def _name(parts: LabelVolume, mask: MaskVolume, place: _Place, sides: tuple[Part, Part]) -> None:
    """Give the mask's voxels to the right or the left of the midline."""
    side = np.where(place.x < 0, np.uint8(sides[0]), np.uint8(sides[1]))
    parts[mask] = np.broadcast_to(side, parts.shape)[mask]


def _hulls(mask: MaskVolume) -> MaskVolume:
    """Convex outline of each slice that has one."""
    hulls = np.zeros(mask.shape, bool)
    for k in range(mask.shape[2]):
        if mask[:, :, k].any(axis=0).sum() > 2 and mask[:, :, k].any(axis=1).sum() > 2:
            hulls[:, :, k] = filled_hull(mask[:, :, k])
    return hulls


def _large(mask: MaskVolume, spacing: Vector3) -> MaskVolume:
    """Its pieces without crumbs."""
    pieces, _ = ndimage.label(mask)
    size_cm3 = np.bincount(pieces.ravel()) * float(np.prod(spacing)) / 1000
    size_cm3[0] = 0
    return np.asarray(size_cm3[pieces] > _LEAST_PIECE_CM3)
