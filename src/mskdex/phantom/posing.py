"""A person's body laid down in a pose: traced back to the template, grown to its volumes there, and painted."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float64
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.anatomy import REST_LABEL
from mskdex.phantom.growable import Growable
from mskdex.phantom.growth import Layers
from mskdex.phantom.growth import Shown
from mskdex.phantom.growth import first_radius_mm
from mskdex.phantom.growth import grow
from mskdex.phantom.lean import as_lean_as_drawn
from mskdex.phantom.nearest import PerGrowing
from mskdex.phantom.painting import Grown
from mskdex.phantom.painting import Material
from mskdex.phantom.painting import Painted
from mskdex.phantom.painting import paint_voxels
from mskdex.phantom.pose import Pose
from mskdex.phantom.settling import Settling
from mskdex.phantom.shape import Shape
from mskdex.phantom.source import Frame
from mskdex.phantom.source import Source
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.template import Part
from mskdex.phantom.tissue import GRAIN
from mskdex.phantom.tissue import STREAKS
from mskdex.phantom.tissue import Tissue
from mskdex.phantom.tissue import texture_banks
from mskdex.phantom.tracing import Motion
from mskdex.phantom.tracing import times_shown
from mskdex.phantom.tracing import trace
from mskdex.types import Affine
from mskdex.types import LabelVolume
from mskdex.types import Vector3

AIR_HU = -1000
# Turning the body moves its edges sideways; the open ends at the top and bottom are left where they are.
_ROOM_TO_TURN_MM = np.array([25.0, 15.0, 0.0])
_NO_TEXTURE = np.zeros((0, 0, 0), np.int8)
_ACROSS = np.array([True, True, False])
_EVERY = 2  # so many voxels apart say where the body ends
_ROOM_TO_GROW_MM = np.array([8.0, 8.0, 0.0])


@dataclass(frozen=True)
class Body:
    """One person's body, ready to be laid down in any pose.

    Attributes:
        growable: the prepared template.
        volume_cm3: [GROWING] of the muscles, as far as the template holds them.
        is_whole: [GROWING] True where the template holds the whole muscle, whose volume no pose may change. What is cut
            off changes with the pose.
        stretch: [GROWING] by how much shape and settling enlarge the template's muscles.
        layers: the person's fat.
        shape: from the template's size to the person's.
        settling: of soft tissue on the bones.
        tissue: what it is made of.
    """

    growable: Growable
    volume_cm3: PerGrowing
    is_whole: Bool[ndarray, " growing"]
    stretch: PerGrowing
    layers: Layers
    shape: Shape
    settling: Settling
    tissue: Tissue

    @property
    def hips_mm(self) -> Float64[ndarray, "2 3"]:
        """Right and left hip centre in the patient's supine frame, whose origin lies midway between them."""
        hips = np.stack(self.growable.template.hip_centres_mm)
        return np.asarray((hips - hips.mean(axis=0)) * self.shape.scale)


def extent_mm(body: Body) -> tuple[Vector3, Vector3]:
    """Corners (low, high) of a box about the supine body in the patient's frame, mm."""
    growable, scale = body.growable, body.shape.scale
    spacing, middle = growable.template.spacing_mm, growable.template.middle_mm
    growth_mm = float(first_radius_mm(growable, body.volume_cm3 / body.stretch).mean())
    fat_mm = body.layers.subcutaneous_at(growable.over_hips)
    inside = np.argwhere(growable.body_with(fat_mm, growth_mm)[::_EVERY, ::_EVERY, ::_EVERY]) * _EVERY
    before_mm = growable.origin_mm + inside * spacing
    after_mm = np.where(_ACROSS, body.settling.settled_mm(before_mm), before_mm)
    low = (np.minimum(before_mm, after_mm).min(axis=0) - middle) * scale
    high = (np.maximum(before_mm, after_mm).max(axis=0) + spacing - middle) * scale
    low[1] -= body.shape.forwards_mm
    return low - _ROOM_TO_GROW_MM, high + _ROOM_TO_GROW_MM


def paint(body: Body, pose: Pose, voxel_mm: float) -> tuple[LabelVolume, Painted, Affine]:
    """Labels and HU of the posed patient.

    Each voxel is first traced back to the template; then the template's muscles are grown until what the posed voxels
    show of them is the person's volumes.

    Args:
        body: who it is.
        pose: how the patient lies.
        voxel_mm: edge of the voxels.

    Returns:
        labels [i, j, k] of ``anatomy``; HU of the same shape, own and mixed; voxel_to_world in mm about the midpoint
        of the hips.
    """
    low, high = extent_mm(body)
    low, high = low - _ROOM_TO_TURN_MM, high + _ROOM_TO_TURN_MM
    shape = tuple(int(n) for n in np.ceil((high - low) / voxel_mm))
    frame = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    frame[:3, 3] = low + voxel_mm / 2
    found = trace(_motion(body, pose), _source(body), frame, shape)
    worth = times_shown(found, body.growable.rigid.size).astype(np.float32) * np.float32(voxel_mm**3 / 1000)
    shown = Shown.of(body.growable, worth)
    soft, _ = grow(body.growable, _targets_cm3(body, shown), body.layers, shown)
    parts = np.zeros(shape, dtype=np.uint8)
    hu = np.full(shape, AIR_HU, dtype=np.int16), np.full(shape, AIR_HU, dtype=np.int16)
    grown = _grown(body, soft)
    paint_voxels(found, grown, as_lean_as_drawn(_material(body, voxel_mm), grown, worth), parts, hu)
    return _LABEL_OF_PART[parts], hu, frame


def _targets_cm3(body: Body, shown: Shown) -> PerGrowing:
    """A whole muscle's volume is the person's in any pose; one that is cut keeps its girth, whatever shows of it."""
    return np.where(body.is_whole, body.volume_cm3, body.volume_cm3 / body.stretch * shown.stretch)


def bone_motions(body: Body, before: Pose, after: Pose) -> dict[str, Affine]:
    """What moves each bone from one pose to another: ``pelvis`` (with the sacrum), ``femur_right``, ``femur_left``.

    Rigid 4x4 transforms of mm about the midpoint of the hips.
    """
    moved = {"pelvis": (_rigid(before.pelvis()), _rigid(after.pelvis()))}
    for side, hip, first, last in zip(("right", "left"), body.hips_mm, before.thighs(), after.thighs(), strict=True):
        # A thigh turns about its hip's centre, which the pelvis has taken along.
        moved[f"femur_{side}"] = (
            _rigid(first, before.pelvis() @ hip - first @ hip),
            _rigid(last, after.pelvis() @ hip - last @ hip),
        )
    return {bone: last @ np.linalg.inv(first) for bone, (first, last) in moved.items()}


def _rigid(rotation: Float64[ndarray, "3 3"], shift_mm: Vector3 | None = None) -> Affine:
    transform = np.eye(4)
    transform[:3, :3] = rotation
    transform[:3, 3] = 0 if shift_mm is None else shift_mm
    return transform


def _motion(body: Body, pose: Pose) -> Motion:
    pelvis, hips = pose.pelvis(), body.hips_mm
    return Motion(pelvis, pose.thighs(), hips, hips @ pelvis.T)


def _source(body: Body) -> Source:
    growable = body.growable
    template = growable.template
    frame = Frame(template.spacing_mm, growable.origin_mm, template.middle_mm, growable.parting_mm)
    return Source.of((growable.rigid, growable.rigid_mm), body.shape, frame, body.settling)


def _middle(body: Body) -> Vector3:
    """The midpoint of the hips, in voxels of the growable's grid."""
    growable = body.growable
    return np.asarray((growable.template.middle_mm - growable.origin_mm) / growable.template.spacing_mm)


def _grown(body: Body, soft: LabelVolume) -> Grown:
    growable = body.growable
    step_mm = growable.template.spacing_mm * body.shape.scale
    texture = _NO_TEXTURE if growable.texture is None else growable.texture
    return Grown(soft, texture, middle=_middle(body), step_mm=step_mm)


def _material(body: Body, voxel_mm: float) -> Material:
    tissue = body.tissue
    return Material(
        soft_hu=tissue.soft_hu,
        soft_texture_hu=tissue.soft_texture_hu,
        soft_range_hu=tissue.soft_range_hu,
        trabecular_hu=tissue.trabecular_hu,
        cortex_mm=tissue.cortex_mm,
        cortical_hu=np.float32(tissue.cortical_hu),
        shaft_cortex_mm=np.float32(tissue.shaft_cortex_mm),
        marrow_hu=np.float32(tissue.marrow_hu),
        gas=tissue.gas,
        textures=texture_banks(),
        bank=_BANK_OF_PART,
        texture_shift=tissue.texture_shift,
        fibres=body.growable.fibres,
        bone_scale=float(np.mean(body.shape.scale)),
        voxel_mm=voxel_mm,
    )


def _label_of_part() -> UInt8[ndarray, " parts"]:
    labels = np.arange(N_PARTS, dtype=np.uint8)
    labels[Part.FAT :] = REST_LABEL.value
    return labels


def _bank_of_part() -> UInt8[ndarray, " parts"]:
    bank = np.full(N_PARTS, GRAIN, dtype=np.uint8)
    bank[list(GROWING)] = STREAKS
    return bank


_LABEL_OF_PART = _label_of_part()
_BANK_OF_PART = _bank_of_part()
