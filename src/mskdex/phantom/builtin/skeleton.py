"""Signed distance fields of the bones of half a body, with their joints."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from mskdex.phantom.builtin.femur import femur_parts
from mskdex.phantom.builtin.femur import head_radius_mm
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.medial import REACH_MM
from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import Field
from mskdex.phantom.builtin.medial import Grid
from mskdex.phantom.builtin.medial import balls_of
from mskdex.phantom.builtin.medial import paint
from mskdex.phantom.builtin.pelvis import COCCYX
from mskdex.phantom.builtin.pelvis import HIP_BONE
from mskdex.phantom.builtin.pelvis import SACRAL_HOLLOWS
from mskdex.phantom.builtin.pelvis import SACRUM
from mskdex.phantom.builtin.spine import vertebrae

HIP_JOINT_SPACE_MM = 3.0
"""Cartilage of both sides, between head and socket."""
_SACROILIAC_SPACE_MM = 2.5
SOCKET_WALL_MM = 6.5
_RIM_MM = 6.0
"""How far the socket's rim stays behind the middle of the head: a centre-edge angle of about 33 degrees."""
_ROUNDING_MM, _FINE_ROUNDING_MM = 2.0, 1.3
"""Gaussian blur of a bone's distance field: rounds the creases where parts meet; less for vertebrae and coccyx."""


@dataclass(frozen=True)
class Skeleton:
    """Fields of the bones. No two are negative in the same place."""

    hip_bone: Field
    femur: Field
    sacrum: Field
    vertebrae: Field
    coccyx: Field

    def nearest(self) -> Field:
        fields = (self.hip_bone, self.femur, self.sacrum, self.vertebrae, self.coccyx)
        return np.asarray(np.minimum.reduce(fields))


def build_skeleton(grid: Grid, frame: Frame) -> Skeleton:
    """The bones of the left half of a person."""
    femur = _painted(grid, femur_parts(frame), _ROUNDING_MM)
    hip_bone = _hip_bone(grid, frame)
    sacrum = _pelvic(grid, frame, SACRUM, _ROUNDING_MM)
    sacrum = np.maximum(sacrum, -_pelvic(grid, frame, SACRAL_HOLLOWS))
    lumbar = np.full_like(sacrum, REACH_MM)
    for parts in vertebrae():
        lumbar = np.minimum(lumbar, _pelvic(grid, frame, parts))
    return Skeleton(
        hip_bone=_kept_apart(hip_bone, sacrum),
        femur=np.maximum(femur, 1.0 - hip_bone),
        sacrum=_kept_apart(sacrum, hip_bone),
        vertebrae=np.maximum(lumbar, 3.0 - sacrum),
        coccyx=np.maximum(_pelvic(grid, frame, COCCYX), 1.0 - sacrum),
    )


def _kept_apart(field: Field, other: Field) -> Field:
    """``field`` less what lies nearer to ``other``, and a joint space between."""
    return np.asarray(np.maximum(field, (field - other + _SACROILIAC_SPACE_MM) / 2))


def _pelvic(grid: Grid, frame: Frame, parts: tuple[Controls, ...], rounding_mm: float = _FINE_ROUNDING_MM) -> Field:
    girth = frame.pelvic_girth
    placed = tuple(np.concatenate([frame.pelvis(part[..., :3]), girth * part[..., 3:]], axis=-1) for part in parts)
    return _painted(grid, placed, rounding_mm)


def _painted(grid: Grid, parts: tuple[Controls, ...], rounding_mm: float) -> Field:
    field = grid.empty_field()
    for part in parts:
        paint(grid, field, balls_of(part))
    # Mirroring at the midline plane is what the other half will be.
    rounded = gaussian_filter(np.minimum(field, REACH_MM), rounding_mm / grid.voxel_mm, mode="reflect", truncate=2.5)
    return np.asarray(rounded)


def _hip_bone(grid: Grid, frame: Frame) -> Field:
    """Wing, ischium and pubis with the socket: a bowl about the head that opens outwards, forwards and down."""
    x, y, z = grid.axes_mm()
    head = frame.femur.head_mm.astype(np.float32)
    radius = head_radius_mm(frame) + HIP_JOINT_SPACE_MM
    from_head = np.sqrt((x - head[0]) ** 2 + (y - head[1]) ** 2 + (z - head[2]) ** 2)
    tilt, version = np.deg2rad([42.0, 18.0])
    opening = (np.sin(tilt) * np.cos(version), -np.sin(tilt) * np.sin(version), -np.cos(tilt))
    depth = opening[0] * (x - head[0]) + opening[1] * (y - head[1]) + opening[2] * (z - head[2])
    bowl = np.maximum.reduce([from_head - radius - SOCKET_WALL_MM, depth + _RIM_MM])
    bone = _smooth_union(_pelvic(grid, frame, HIP_BONE, _ROUNDING_MM), bowl.astype(np.float32), 5.0)
    notch = np.maximum(from_head - radius - 14, np.hypot(x - head[0] + 8, y - head[1] + 2) - 9)
    notch = np.maximum(notch, z - head[2] + 12)
    symphysis = np.broadcast_to(2.0 - x, bone.shape)
    return np.asarray(np.maximum.reduce([bone, radius - from_head, -notch, symphysis]), dtype=np.float32)


def _smooth_union(a: Field, b: Field, blend_mm: float) -> Field:
    """Union with a fillet of about ``blend_mm`` (polynomial smooth minimum, Quilez)."""
    overlap = np.maximum(blend_mm - np.abs(a - b), 0) / blend_mm
    return np.asarray(np.minimum(a, b) - overlap * overlap * blend_mm / 4)
