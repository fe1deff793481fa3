"""A hip prosthesis: cup, head, neck and stem, put where the joint was."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Side
from mskdex.phantom.implants.femur import Femur
from mskdex.phantom.implants.frame import METAL_HU
from mskdex.phantom.implants.frame import Carrier
from mskdex.phantom.implants.frame import Coordinates
from mskdex.phantom.implants.frame import Frame
from mskdex.phantom.implants.frame import Kind
from mskdex.phantom.implants.frame import outward
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.types import MaskVolume
from mskdex.types import Vector3

Grid = Float64[ndarray, "i j k 3"]

_SOFT_HU = 20
_CUP_WALL_MM = 4.5
_NECK_RADIUS_MM, _SHOULDER_RADIUS_MM, _TIP_RADIUS_MM = 6.0, 8.0, 5.0
_RESECTED_MM = 70.0
"""From the hip's centre: all of the native head and neck lies nearer."""


@dataclass(frozen=True)
class Prosthesis:
    """The cup belongs to the pelvis, the rest to the thigh.

    Attributes:
        side: right or left.
        cup_mm, head_mm, stem_mm: radii; no cup where only the femur's half was replaced.
        neck_end_mm: where the neck meets the stem, about the hip's centre in the frame of the supine thigh.
        tip_mm: the stem's lower end, in the same frame.
    """

    side: Side
    cup_mm: float | None
    head_mm: float
    stem_mm: float
    neck_end_mm: Coordinates
    tip_mm: Coordinates

    @property
    def kind(self) -> Kind:
        return Kind.HEMIARTHROPLASTY if self.cup_mm is None else Kind.TOTAL_HIP

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Bones that it replaces in part."""
        femur = f"femur_{self.side}"
        return (femur,) if self.cup_mm is None else (f"hip_bone_{self.side}", femur)

    def drawn_in(self, patient: Patient, pose: Pose) -> Patient:
        """The patient after the operation, lying in the same pose."""
        out = outward(self.side)
        frame = Frame.of(patient, pose, Carrier.THIGH, self.side)
        labels, hu, mixed_hu = patient.labels.copy(), patient.hu.copy(), patient.mixed_hu.copy()
        box, points = self._around(patient, frame)
        own = frame.own(points)
        metal = self._metal(own, (points - frame.origin_mm) @ pose.pelvis())
        if self.cup_mm is None:
            metal &= labels[box] != LABEL_BY_NAME[f"hip_bone_{self.side}"].value  # the socket is the patient's own
        # The native head and neck went with the operation: soft tissue fills what the metal leaves.
        removed = labels[box] == LABEL_BY_NAME[f"femur_{self.side}"].value
        removed &= (own[..., 2] > self.neck_end_mm[2] + 12) & (out * own[..., 0] < 42)
        for mask, value in ((removed, _SOFT_HU), (metal, METAL_HU)):
            labels[box][mask] = REST_LABEL.value
            hu[box][mask] = mixed_hu[box][mask] = value
        return Patient(labels, hu, mixed_hu, patient.voxel_to_world, patient.hips_mm)

    def _around(self, patient: Patient, frame: Frame) -> tuple[tuple[slice, ...], Grid]:
        """The box of what the operation puts in and takes out, and its voxels' centres in mm."""
        ends = frame.world(np.array([(0.0, 0.0, 0.0), self.neck_end_mm, self.tip_mm]))
        room = np.array([_RESECTED_MM, max(_SHOULDER_RADIUS_MM, self.stem_mm), _TIP_RADIUS_MM])[:, None]
        spacing, origin = np.diag(patient.voxel_to_world)[:3], patient.voxel_to_world[:3, 3]
        low = np.floor(((ends - room).min(axis=0) - origin) / spacing).astype(int)
        high = np.ceil(((ends + room).max(axis=0) - origin) / spacing).astype(int) + 1
        low, high = np.maximum(low, 0), np.minimum(high, patient.labels.shape)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        grids = np.meshgrid(*[np.arange(s.start, s.stop) for s in box], indexing="ij")
        return box, np.stack(grids, axis=-1) * spacing + origin

    def _metal(self, thigh: Grid, pelvis: Grid) -> MaskVolume:
        """Of points about the hip's centre, in the frames of both of its bones."""
        neck_end = np.array(self.neck_end_mm)
        distance = np.linalg.norm(thigh, axis=-1)
        metal = distance < self.head_mm
        metal |= _capsule(thigh, np.zeros(3), neck_end, _NECK_RADIUS_MM, _SHOULDER_RADIUS_MM)
        metal |= _capsule(thigh, neck_end, np.array(self.tip_mm), self.stem_mm, _TIP_RADIUS_MM)
        if self.cup_mm is not None:
            shell = (distance < self.cup_mm) & (distance > self.cup_mm - _CUP_WALL_MM)
            metal |= shell & (pelvis @ _opening_direction(outward(self.side)) > -4)
        return np.asarray(metal)


def sample_total_hip(rng: np.random.Generator, side: Side) -> Prosthesis:
    """Draw a prosthesis of a common uncemented kind: heads of 28-36 mm, cups of 48-58 mm, stems of about 130 mm."""
    cup, head = rng.uniform(24, 29), rng.uniform(14, 18)
    return Prosthesis(side, cup, head, *_sample_stem(rng, side))


def sample_hemiarthroplasty(rng: np.random.Generator, patient: Patient, pose: Pose, side: Side) -> Prosthesis:
    """Draw such a stem with a head as large as the patient's own, to the half millimetre of radius, and no cup.

    Raises:
        MisfitError: the patient has no femur to measure.
    """
    own_mm = Femur.of(patient, pose, side).head_radius_mm()
    return Prosthesis(side, None, round(2 * own_mm) / 2, *_sample_stem(rng, side))


def _sample_stem(rng: np.random.Generator, side: Side) -> tuple[float, Coordinates, Coordinates]:
    """Its radius, and its ends."""
    out = outward(side)
    neck_end = (out * rng.uniform(36, 44), 0.0, rng.uniform(-42, -32))
    tip = (out * rng.uniform(30, 36), rng.uniform(4, 10), neck_end[2] - rng.uniform(105, 150))
    return rng.uniform(9, 11.5), neck_end, tip


def _opening_direction(out: float) -> Vector3:
    """Into the pelvis, away from the cup's opening: 42 degrees of inclination, some anteversion."""
    direction = np.array([-out * 0.65, 0.25, 0.72])
    return np.asarray(direction / np.linalg.norm(direction))


def _capsule(points: Grid, start: Vector3, end: Vector3, radius_mm: float, end_radius_mm: float) -> MaskVolume:
    """Points inside a tapered rod from ``start`` to ``end``."""
    axis = end - start
    along = np.clip((points - start) @ axis / (axis @ axis), 0, 1)
    away = np.linalg.norm(points - start - along[..., None] * axis, axis=-1)
    return np.asarray(away < radius_mm + (end_radius_mm - radius_mm) * along)
