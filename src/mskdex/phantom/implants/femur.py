"""Where a surgeon aims in a femur: along its shaft, and through its neck into its head."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import Side
from mskdex.phantom.implants.frame import Carrier
from mskdex.phantom.implants.frame import Frame
from mskdex.phantom.implants.frame import MisfitError
from mskdex.phantom.implants.frame import reach_mm
from mskdex.phantom.implants.frame import unit
from mskdex.phantom.implants.frame import voxels_mm
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.types import Vector3

_SHAFT_MM = (-160.0, -80.0)
"""Levels below the hip's centre where a femur is a straight tube."""
_USUAL_ANGLE_DEG = 130.0
_LARGEST_HEAD_MM = 35.0


@dataclass(frozen=True)
class Femur:
    """One femur in its thigh's frame, whose origin is the head's centre.

    Attributes:
        bone_mm: centres of its voxels.
        shaft_mm: the point of the shaft's axis that is nearest to the head's centre.
        up: along the shaft, to the head.
    """

    bone_mm: Float64[ndarray, "voxels 3"]
    shaft_mm: Vector3
    up: Vector3

    @classmethod
    def of(cls, patient: Patient, pose: Pose, side: Side) -> "Femur":
        """Found in the patient's voxels.

        Raises:
            MisfitError: the patient has no shaft of that femur.
        """
        bone = voxels_mm(patient, Frame.of(patient, pose, Carrier.THIGH, side), f"femur_{side}")
        shaft = bone[(bone[:, 2] > _SHAFT_MM[0]) & (bone[:, 2] < _SHAFT_MM[1])]
        if not len(shaft):
            raise MisfitError(f"the patient's femur_{side} has no shaft to put an implant into")
        slope, level = np.polyfit(shaft[:, 2], shaft[:, :2], 1)
        up = unit(np.array([*slope, 1.0]))
        foot = np.array([*level, 0.0])
        return cls(bone, np.asarray(foot - (foot @ up) * up), up)

    def into_head(self, angle_deg: float) -> Vector3:
        """Direction of the line from the shaft's axis, at this angle with the shaft below, to the head's centre."""
        foot = self.shaft_mm - self.up * np.linalg.norm(self.shaft_mm) / np.tan(np.deg2rad(180 - angle_deg))
        return unit(-foot)

    def head_radius_mm(self) -> float:
        """Of a ball whose half has its bone as far from the centre as the half of the head that faces the socket.

        Raises:
            MisfitError: the patient has no head of that femur.
        """
        away = np.linalg.norm(self.bone_mm, axis=1)
        facing = (self.bone_mm @ self.into_head(_USUAL_ANGLE_DEG) > 0) & (away < _LARGEST_HEAD_MM)
        if not facing.any():
            raise MisfitError("the patient's femur has no head to replace")
        return float(away[facing].mean()) * 4 / 3  # points of a ball lie three quarters of its radius away on average

    def across(self) -> Vector3:
        """From the shaft to the outside, at a right angle to it, in the plane of shaft and head."""
        return unit(self.shaft_mm)

    def surface_mm(self, start_mm: Vector3, direction: Vector3) -> Vector3:
        """Where a ray leaves the bone.

        Raises:
            MisfitError: it misses the bone.
        """
        return np.asarray(start_mm + direction * reach_mm(self.bone_mm, start_mm, direction))
