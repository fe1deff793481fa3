"""How a patient lies: the pelvis tilted and turned about the hips, each thigh turned in its hip."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy.spatial.transform import Rotation

Angles = tuple[float, float, float]
"""Degrees about the patient's left (x), back (y) and head (z) axes, fixed in space, in this order."""
_STRAIGHT: Angles = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Pose:
    """Rotations from the supine template.

    Attributes:
        pelvis_deg: of the pelvis and all above it, about the midpoint of the hips.
        thighs_deg: of the right and the left thigh, each about its own hip centre; not on top of the pelvis' rotation.
    """

    pelvis_deg: Angles = _STRAIGHT
    thighs_deg: tuple[Angles, Angles] = (_STRAIGHT, _STRAIGHT)

    def pelvis(self) -> Float64[ndarray, "3 3"]:
        """Rotation matrix of the pelvis and all above it."""
        return np.asarray(Rotation.from_euler("xyz", self.pelvis_deg, degrees=True).as_matrix())

    def thighs(self) -> Float64[ndarray, "2 3 3"]:
        """Rotation matrices of the right and the left thigh."""
        return np.asarray(Rotation.from_euler("xyz", np.asarray(self.thighs_deg), degrees=True).as_matrix())


SUPINE = Pose()
"""The pose of the template."""


def sample_ct_pose(rng: np.random.Generator) -> Pose:
    """A pose for a CT: supine on a flat table, legs let go, so that the feet fall outwards.

    Relaxed legs turn outwards by some 15 degrees, half of it in the hips; the pelvis is as tilted as in a supine
    radiograph. The spreads are ours.
    """
    tilt, obliquity, rotation = rng.normal(0, (4.0, 1.5, 1.5)).clip(-10, 10).tolist()
    flexion = rng.normal(3, 2.5, 2).clip(-4, 10)
    abduction = rng.normal(2.0, 2.5, 2).clip(-4, 9)
    internal = rng.normal(-6, 6, 2).clip(-22, 10)
    return _posed(tilt, obliquity, rotation, flexion, abduction, internal)


def sample_radiograph_pose(rng: np.random.Generator) -> Pose:
    """A pose for an AP hip radiograph.

    Pelvic tilt varies by several degrees between people and positions, rotation and obliquity by less (the order is
    that of Tannast et al. 2005, Clin Orthop Relat Res 438:182); feet are turned inwards by about 15 degrees on request,
    which people do to a varying degree. The spreads below are ours.
    """
    tilt, obliquity, rotation = rng.normal(0, (5.0, 2.0, 2.5)).clip(-12, 12).tolist()
    flexion = rng.normal(0, 2.5, 2).clip(-8, 8)
    abduction = rng.normal(1.5, 3.5, 2).clip(-8, 12)
    internal = rng.normal(5, 8, 2).clip(-15, 25)
    return _posed(tilt, obliquity, rotation, flexion, abduction, internal)


def _posed(
    tilt: float,
    obliquity: float,
    rotation: float,
    flexion: Float64[ndarray, "2"],
    abduction: Float64[ndarray, "2"],
    internal: Float64[ndarray, "2"],
) -> Pose:
    """A pose from angles in degrees, of right and left thigh in terms that mean the same on both sides."""
    # Seen from the head, turning the right foot inwards is a positive turn about z; for the left foot a negative one.
    # Abduction turns the right foot to the patient's right: a positive turn about the back axis.
    right = (-float(flexion[0]), float(abduction[0]), float(internal[0]))
    left = (-float(flexion[1]), -float(abduction[1]), -float(internal[1]))
    return Pose((tilt, obliquity, rotation), (right, left))
