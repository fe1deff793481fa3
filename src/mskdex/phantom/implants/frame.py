"""Where an implant lives: the frame of the rigid bone that carries it, supine, whatever the pose."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.types import Points
from mskdex.types import Vector3

METAL_HU = 3000
"""Whole voxels of metal; which metal is the beam's business (``phantom.beam.Beam``)."""

Coordinates = tuple[float, float, float]
_PROBE_MM = 4.0


class MisfitError(ValueError):
    """A patient's bones are none that an implant can be put into."""


class Kind(StrEnum):
    TOTAL_HIP = "total_hip"
    HEMIARTHROPLASTY = "hemiarthroplasty"
    HIP_SCREW = "hip_screw"
    NECK_SCREWS = "neck_screws"
    ILIOSACRAL_SCREW = "iliosacral_screw"


class Carrier(StrEnum):
    """Which rigid part an implant moves with."""

    PELVIS = "pelvis"
    THIGH = "thigh"


@dataclass(frozen=True)
class Frame:
    """A rigid part of a posed patient: ``world = origin + turn @ own``, mm.

    The pelvis' origin is the midpoint of the hips, a thigh's its own hip's centre.
    """

    origin_mm: Vector3
    turn: Float64[ndarray, "3 3"]

    @classmethod
    def of(cls, patient: Patient, pose: Pose, carrier: Carrier, side: Side) -> "Frame":
        if carrier is Carrier.PELVIS:
            return cls(patient.hips_mm.mean(axis=0), pose.pelvis())
        index = 0 if side is Side.RIGHT else 1
        return cls(patient.hips_mm[index], pose.thighs()[index])

    def own(self, world_mm: Points) -> Points:
        """Points of the world, in the part's frame."""
        return np.asarray((world_mm - self.origin_mm) @ self.turn)

    def world(self, own_mm: Points) -> Points:
        """Points of the part's frame, in the world."""
        return np.asarray(own_mm @ self.turn.T + self.origin_mm)


def outward(side: Side) -> float:
    """Direction of x that leads away from the midline."""
    return -1.0 if side is Side.RIGHT else 1.0


def voxels_mm(patient: Patient, frame: Frame, label: str) -> Float64[ndarray, "voxels 3"]:
    """Centres of a label's voxels in a frame.

    Raises:
        MisfitError: the patient has none.
    """
    inside = np.argwhere(patient.labels == LABEL_BY_NAME[label].value)
    if not len(inside):
        raise MisfitError(f"the patient has no {label} to put an implant into")
    spacing, origin = np.diag(patient.voxel_to_world)[:3], patient.voxel_to_world[:3, 3]
    return frame.own(inside * spacing + origin)


def reach_mm(bone_mm: Float64[ndarray, "voxels 3"], start_mm: Vector3, direction: Vector3) -> float:
    """How far a bone goes along a ray of unit ``direction``: its surface, as far as voxels tell.

    Raises:
        MisfitError: the ray misses the bone.
    """
    along = (bone_mm - start_mm) @ direction
    away = np.linalg.norm(bone_mm - start_mm - along[:, None] * direction, axis=1)
    hit = (along > 0) & (away < _PROBE_MM)
    if not hit.any():
        raise MisfitError("the implant misses the bone that it belongs to")
    return float(along[hit].max())


def unit(vector: Vector3) -> Vector3:
    return np.asarray(vector / np.linalg.norm(vector))


def coordinates(vector: Vector3) -> Coordinates:
    """As implants keep points, so that ``dataclasses.asdict`` makes JSON of them."""
    x, y, z = vector.tolist()
    return (x, y, z)
