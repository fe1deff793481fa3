"""Screws without a plate: hollow ones in the neck of the femur, and one that joins ilium and sacrum."""

import numpy as np

from mskdex.anatomy import Side
from mskdex.phantom.implants.femur import Femur
from mskdex.phantom.implants.frame import Carrier
from mskdex.phantom.implants.frame import Frame
from mskdex.phantom.implants.frame import Kind
from mskdex.phantom.implants.frame import MisfitError
from mskdex.phantom.implants.frame import coordinates
from mskdex.phantom.implants.frame import reach_mm
from mskdex.phantom.implants.frame import unit
from mskdex.phantom.implants.frame import voxels_mm
from mskdex.phantom.implants.hardware import Hardware
from mskdex.phantom.implants.solid import Rod
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.types import Vector3

# Sizes of common 7.3 mm cannulated screws, as chosen by us: a shaft of 4.8 mm, a bore of 2.8 mm, 16 or 32 mm of thread,
# a head of 8 mm, a washer of 13 mm. Radii below are of solid rods with as much metal.
_SHAFT_RADIUS_MM, _THREAD_RADIUS_MM = 1.95, 2.7
_SHORT_THREAD_MM, _LONG_THREAD_MM = 16.0, 32.0
_HEAD_RADIUS_MM, _HEAD_MM = 3.7, 5.0
_WASHER_RADIUS_MM, _WASHER_MM = 6.2, 1.6

# About the neck's axis, degrees from below: one screw below and two above, or one below and one above.
_TRIANGLE_DEG, _PAIR_DEG = (0.0, 120.0, 240.0), (0.0, 180.0)
_BELOW_TOP_MM = 18.0
_MIDDLE_MM = 15.0


def sample_neck_screws(rng: np.random.Generator, patient: Patient, pose: Pose, side: Side) -> Hardware:
    """Draw two or three parallel screws that fit the patient's femur, their tips some millimetres inside the head.

    Raises:
        MisfitError: the femur is none that screws can be put into.
    """
    femur = Femur.of(patient, pose, side)
    into_head = femur.into_head(float(rng.uniform(125, 135)))
    angles = _TRIANGLE_DEG if rng.random() < 0.7 else _PAIR_DEG
    apart, short = rng.uniform(6.5, 9), rng.uniform(5, 9)
    below = unit(-femur.up + (femur.up @ into_head) * into_head)
    beside = np.cross(into_head, below)
    rods: list[Rod] = []
    for angle in np.deg2rad(angles):
        offset = apart * (np.cos(angle) * below + np.sin(angle) * beside)
        head = femur.surface_mm(offset, -into_head)
        tip = femur.surface_mm(offset, into_head) - into_head * short
        rods += _screw(head, tip, _SHORT_THREAD_MM)
    return Hardware(Kind.NECK_SCREWS, side, Carrier.THIGH, (f"femur_{side}",), tuple(rods))


def sample_iliosacral_screw(rng: np.random.Generator, patient: Patient, pose: Pose, side: Side) -> Hardware:
    """Draw a screw from the outside of the ilium into the body of the first sacral vertebra.

    Raises:
        MisfitError: the pelvis is none that the screw can be put into.
    """
    frame = Frame.of(patient, pose, Carrier.PELVIS, side)
    hip_bone, sacrum = (voxels_mm(patient, frame, name) for name in (f"hip_bone_{side}", "sacrum"))
    target = _first_sacral_body(sacrum)
    level = np.abs(hip_bone[:, 2] - target[2])
    # Ilium at the height of the joint: its middle is where the screw crosses it.
    beside = hip_bone[level < max(10.0, float(level.min()) + 1)]
    into = unit(target - beside.mean(axis=0))
    head = target - into * reach_mm(hip_bone, target, -into)
    tip = target + into * rng.uniform(-5, 15)
    thread = float(rng.choice((_SHORT_THREAD_MM, _LONG_THREAD_MM)))
    unmeasured = (f"hip_bone_{side}", "sacrum")
    return Hardware(Kind.ILIOSACRAL_SCREW, side, Carrier.PELVIS, unmeasured, _screw(head, tip, thread, washer=True))


def _first_sacral_body(sacrum_mm: np.ndarray) -> Vector3:
    """Its middle: near the front of the sacrum's midline, some way below its top."""
    middle = sacrum_mm[np.abs(sacrum_mm[:, 0] - sacrum_mm[:, 0].mean()) < _MIDDLE_MM]
    height = middle[:, 2].max(initial=-np.inf) - _BELOW_TOP_MM
    level = middle[np.abs(middle[:, 2] - height) < 4]
    if not len(level):
        raise MisfitError("the patient's sacrum has no body that a screw can end in")
    return np.array([middle[:, 0].mean(), level[:, 1].min() + _MIDDLE_MM, height])


def _screw(head_mm: Vector3, tip_mm: Vector3, thread_mm: float, *, washer: bool = False) -> tuple[Rod, ...]:
    """Shaft, thread and a head that stands out of the bone."""
    into = unit(tip_mm - head_mm)
    neck = tip_mm - into * thread_mm
    parts = (
        Rod(coordinates(head_mm), coordinates(neck), _SHAFT_RADIUS_MM),
        Rod(coordinates(neck), coordinates(tip_mm), _THREAD_RADIUS_MM),
        Rod(coordinates(head_mm - into * _HEAD_MM), coordinates(head_mm), _HEAD_RADIUS_MM),
    )
    if not washer:
        return parts
    return (*parts, Rod(coordinates(head_mm), coordinates(head_mm + into * _WASHER_MM), _WASHER_RADIUS_MM))
