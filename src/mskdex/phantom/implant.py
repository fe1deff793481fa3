"""A hip prosthesis: cup, head, neck and stem, put where the joint was."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Side
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.types import MaskVolume
from mskdex.types import Vector3

Grid = Float64[ndarray, "i j k 3"]

METAL_HU = 3000
_SOFT_HU = 20
# What is looked at about the hip: down to the stem's tip, up and outwards past the cup.
_REACH_BELOW_MM, _REACH_ABOVE_MM = np.full(3, 190.0), np.array([70.0, 70.0, 40.0])
_CUP_WALL_MM = 4.5


def unmeasured_labels(side: Side) -> tuple[str, str]:
    """Bones that a prosthesis on this side makes unmeasurable."""
    return (f"hip_bone_{side}", f"femur_{side}")


@dataclass(frozen=True)
class Prosthesis:
    """A total hip replacement: the cup belongs to the pelvis, the rest to the thigh.

    Attributes:
        side: right or left.
        cup_mm, head_mm, stem_mm: radii.
        neck_end_mm: where the neck meets the stem, about the hip's centre in the frame of the supine thigh.
        tip_mm: the stem's lower end, in the same frame.
    """

    side: Side
    cup_mm: float
    head_mm: float
    stem_mm: float
    neck_end_mm: tuple[float, float, float]
    tip_mm: tuple[float, float, float]


def sample_prosthesis(rng: np.random.Generator, side: Side) -> Prosthesis:
    """Draw a prosthesis of a common uncemented kind: heads of 28-36 mm, cups of 48-58 mm, stems of about 130 mm."""
    outward = _outward(side)
    cup, head = rng.uniform(24, 29), rng.uniform(14, 18)
    neck_end = (outward * rng.uniform(36, 44), 0.0, rng.uniform(-42, -32))
    tip = (outward * rng.uniform(30, 36), rng.uniform(4, 10), neck_end[2] - rng.uniform(105, 150))
    return Prosthesis(side, cup, head, rng.uniform(9, 11.5), neck_end, tip)


def implanted(patient: Patient, pose: Pose, prosthesis: Prosthesis) -> Patient:
    """The patient after the operation, lying in the same pose."""
    side, outward = prosthesis.side, _outward(prosthesis.side)
    index = 0 if side is Side.RIGHT else 1
    hip, turn = patient.hips_mm[index], pose.thighs()[index]
    labels, hu = patient.labels.copy(), patient.hu.copy()
    box, points = _around(patient, hip)
    relative = points - hip
    own = relative @ turn  # the thigh's frame: turned back
    neck_end, tip = np.array(prosthesis.neck_end_mm), np.array(prosthesis.tip_mm)
    distance = np.linalg.norm(relative, axis=-1)
    opening = relative @ pose.pelvis() @ _opening_direction(outward)  # the cup turns with the pelvis
    metal = (distance < prosthesis.cup_mm) & (distance > prosthesis.cup_mm - _CUP_WALL_MM) & (opening > -4)
    metal |= distance < prosthesis.head_mm
    metal |= _capsule(own, np.zeros(3), neck_end, 6.0, 8.0)
    metal |= _capsule(own, neck_end, tip, prosthesis.stem_mm, 5.0)
    femur = LABEL_BY_NAME[f"femur_{side}"].value
    # The native head and neck went with the operation: soft tissue fills what the metal leaves.
    removed = (labels[box] == femur) & (own[..., 2] > neck_end[2] + 12) & (outward * own[..., 0] < 42)
    for mask, value in ((removed, _SOFT_HU), (metal, METAL_HU)):
        labels[box][mask] = REST_LABEL.value
        hu[box][mask] = value
    return Patient(labels, hu, patient.voxel_to_world, patient.hips_mm)


def _outward(side: Side) -> float:
    """Direction of x that leads away from the midline."""
    return -1.0 if side is Side.RIGHT else 1.0


def _opening_direction(outward: float) -> Vector3:
    """Into the pelvis, away from the cup's opening: 42 degrees of inclination, some anteversion."""
    direction = np.array([-outward * 0.65, 0.25, 0.72])
    return np.asarray(direction / np.linalg.norm(direction))


def _around(patient: Patient, centre: Vector3) -> tuple[tuple[slice, ...], Grid]:
    """The box about a hip that a prosthesis may reach, and its voxels' centres in mm."""
    spacing, origin = np.diag(patient.voxel_to_world)[:3], patient.voxel_to_world[:3, 3]
    low = np.maximum(np.floor((centre - _REACH_BELOW_MM - origin) / spacing).astype(int), 0)
    high = np.minimum(np.ceil((centre + _REACH_ABOVE_MM - origin) / spacing).astype(int), patient.labels.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    grids = np.meshgrid(*[np.arange(s.start, s.stop) for s in box], indexing="ij")
    return box, np.stack(grids, axis=-1) * spacing + origin


def _capsule(points: Grid, start: Vector3, end: Vector3, radius_mm: float, end_radius_mm: float) -> MaskVolume:
    """Points inside a tapered rod from ``start`` to ``end``."""
    axis = end - start
    along = np.clip((points - start) @ axis / (axis @ axis), 0, 1)
    away = np.linalg.norm(points - start - along[..., None] * axis, axis=-1)
    return np.asarray(away < radius_mm + (end_radius_mm - radius_mm) * along)
