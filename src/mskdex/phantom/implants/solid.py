"""Rods and slabs of metal, and the whole voxels that hold as much of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float64
from jaxtyping import Int64
from numpy import ndarray

from mskdex.phantom.implants.frame import Coordinates
from mskdex.phantom.implants.frame import Frame
from mskdex.phantom.implants.frame import unit
from mskdex.phantom.patient import Patient
from mskdex.types import Points

_N_POINTS = 64
_PLASTIC = 1.2207440846
# In voxels about a voxel's centre: they say how much of it is metal. A lattice would misjudge a face along an axis;
# of this sequence (Roberts 2018, "R3") no two points share a coordinate.
_POINTS = (0.5 + np.arange(_N_POINTS)[:, None] * _PLASTIC ** -np.arange(1.0, 4)) % 1 - 0.5

Inside = Bool[ndarray, "*points"]
Indices = Int64[ndarray, "voxels 3"]


@dataclass(frozen=True)
class Rod:
    """A cylinder with flat ends, mm in its carrier's frame; of a hollow screw, as thick as its metal alone."""

    start_mm: Coordinates
    end_mm: Coordinates
    radius_mm: float

    @property
    def reach_mm(self) -> float:
        """Farthest from the middle line."""
        return self.radius_mm

    @property
    def volume_mm3(self) -> float:
        return float(np.pi * self.radius_mm**2 * _length(self))

    def contains(self, own_mm: Points) -> Inside:
        along, away = _about(self, own_mm)
        return np.asarray((np.abs(along) <= _length(self) / 2) & (np.linalg.norm(away, axis=-1) < self.radius_mm))


@dataclass(frozen=True)
class Slab:
    """A plate: its middle line from end to end, and the direction that its broad face looks in; mm."""

    start_mm: Coordinates
    end_mm: Coordinates
    face: Coordinates
    width_mm: float
    thickness_mm: float

    @property
    def reach_mm(self) -> float:
        """Farthest from the middle line."""
        return float(np.hypot(self.width_mm, self.thickness_mm)) / 2

    @property
    def volume_mm3(self) -> float:
        return _length(self) * self.width_mm * self.thickness_mm

    def contains(self, own_mm: Points) -> Inside:
        along, away = _about(self, own_mm)
        axis = unit(np.subtract(self.end_mm, self.start_mm))
        face = unit(np.array(self.face) - (axis @ self.face) * axis)
        deep, broad = np.abs(away @ face), np.abs(away @ np.cross(axis, face))
        inside = (np.abs(along) <= _length(self) / 2) & (deep < self.thickness_mm / 2) & (broad < self.width_mm / 2)
        return np.asarray(inside)


Solid = Rod | Slab


def metal_voxels(solid: Solid, patient: Patient, frame: Frame) -> Indices:
    """Voxels [voxels, 3] to turn into metal, so that their volume is the solid's, all along it.

    A voxel is metal or it is not: partly filled, its HU would be bone's. So of each slice across the solid, a voxel
    thick, the fullest voxels are taken, as many as the slice holds metal for; what is over goes to the next slice. A
    screw two voxels thick stays one line of the right mass, where a threshold would thicken, thin or break it.
    """
    spacing = np.abs(np.diag(patient.voxel_to_world)[:3])
    voxels = _candidates(solid, patient, frame, float(np.linalg.norm(spacing)))
    to_world, shift = np.diag(patient.voxel_to_world)[:3], patient.voxel_to_world[:3, 3]
    inside = np.zeros(len(voxels))
    for offset in _POINTS:
        inside += solid.contains(frame.own((voxels + offset) * to_world + shift))
    share = inside / _N_POINTS
    voxels, share = voxels[share > 0], share[share > 0]
    along, _ = _about(solid, frame.own(voxels * to_world + shift))
    return np.asarray(voxels[_fullest(share, np.floor(along / spacing.min()).astype(np.int64))])


def _fullest(share: Float64[ndarray, " voxels"], number: Int64[ndarray, " voxels"]) -> Int64[ndarray, " chosen"]:
    """Which voxels, given the share of metal in each and the number of its slice."""
    if not len(share):
        return np.zeros(0, np.int64)
    number = number - number.min()
    held = np.rint(np.cumsum(np.bincount(number, weights=share))).astype(np.int64)
    wanted = np.diff(held, prepend=0)
    order = np.lexsort((-share, number))
    ordered = number[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return np.asarray(order[rank < wanted[ordered]])


def _candidates(solid: Solid, patient: Patient, frame: Frame, margin_mm: float) -> Indices:
    """Voxels near enough to the solid's middle line to hold some of it."""
    ends = frame.world(np.array([solid.start_mm, solid.end_mm]))
    room = solid.reach_mm + margin_mm
    scale, shift = np.diag(patient.voxel_to_world)[:3], patient.voxel_to_world[:3, 3]
    corners = (np.stack([ends.min(axis=0) - room, ends.max(axis=0) + room]) - shift) / scale
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, patient.labels.shape)
    ranges = [np.arange(first, max(first, last)) for first, last in zip(low, high, strict=True)]
    voxels = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    along, away = _about(solid, frame.own(voxels * scale + shift))
    near = (np.abs(along) < _length(solid) / 2 + margin_mm) & (np.linalg.norm(away, axis=-1) < room)
    return np.asarray(voxels[near])


def _length(solid: Solid) -> float:
    return float(np.linalg.norm(np.subtract(solid.end_mm, solid.start_mm)))


def _about(solid: Solid, own_mm: Points) -> tuple[Float64[ndarray, "*points"], Points]:
    """Of each point: how far along the middle line from its middle, and the way there from the line."""
    start, end = np.array(solid.start_mm), np.array(solid.end_mm)
    axis, relative = unit(end - start), own_mm - (start + end) / 2
    along = relative @ axis
    return along, relative - along[..., None] * axis
