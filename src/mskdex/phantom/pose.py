"""How a patient lies: the pelvis tilted and turned about the hips, each thigh turned in its hip."""

from dataclasses import dataclass
from dataclasses import field

import numpy as np
from scipy.spatial.transform import Rotation


@dataclass(frozen=True)
class Pose:
    """Rotations in degrees about the patient's left (x), back (y) and head (z) axes: pelvis about the midpoint of the hips,
    thighs about their own hip centre, all from the supine template."""

    pelvis_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    thighs_deg: tuple[tuple[float, float, float], tuple[float, float, float]] = field(
        default=((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    )

    def pelvis(self) -> np.ndarray:
        """Rotation matrix [3, 3] of the pelvis and all above it."""
        return Rotation.from_euler("xyz", self.pelvis_deg, degrees=True).as_matrix()

    def thighs(self) -> np.ndarray:
        """Rotation matrices [2, 3, 3] of the right and the left thigh."""
        return Rotation.from_euler("xyz", np.asarray(self.thighs_deg), degrees=True).as_matrix()


SUPINE = Pose()
"""The pose of the template, and of the CT."""


def sample_radiograph_pose(rng: np.random.Generator) -> Pose:
    """A pose for an AP hip radiograph.

    Pelvic tilt varies by several degrees between people and positions, rotation and obliquity by less (the order is that of
    Tannast et al. 2005, Clin Orthop Relat Res 438:182); feet are turned inwards by about 15 degrees on request, which people
    do to a varying degree. The spreads below are ours.
    """
    pelvis = tuple(rng.normal(0, (5.0, 2.0, 2.5)).clip(-12, 12).tolist())
    flexion = rng.normal(0, 2.5, 2).clip(-8, 8)
    abduction = rng.normal(1.5, 3.5, 2).clip(-8, 12)
    internal = rng.normal(5, 8, 2).clip(-15, 25)
    # Seen from the head, turning the right foot inwards is a positive turn about z; for the left foot a negative one.
    # Abduction turns the right foot to the patient's right: a positive turn about the back axis.
    right = (-flexion[0], abduction[0], internal[0])
    left = (-flexion[1], -abduction[1], -internal[1])
    return Pose(pelvis, (tuple(map(float, right)), tuple(map(float, left))))


def hip_positions(pose: Pose, hips: np.ndarray) -> np.ndarray:
    """Hip centres [2, 3] after the pelvis has moved; ``hips`` [2, 3] as in the template, about their midpoint."""
    return hips @ pose.pelvis().T
