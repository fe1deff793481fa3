"""A dynamic hip screw: a lag screw in the head that slides in the barrel of a plate on the shaft."""

import numpy as np

from mskdex.anatomy import Side
from mskdex.phantom.implants.femur import Femur
from mskdex.phantom.implants.frame import Carrier
from mskdex.phantom.implants.frame import Kind
from mskdex.phantom.implants.frame import coordinates
from mskdex.phantom.implants.hardware import Hardware
from mskdex.phantom.implants.solid import Rod
from mskdex.phantom.implants.solid import Slab
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.types import Vector3

# Sizes of common products, as chosen by us: a plate of 19 x 5.8 mm with holes 16 mm apart and a barrel of 38 mm, a lag
# screw of 8 mm with 22 mm of thread, cortical screws of 4.5 mm. Threads are given the radius that holds their metal.
_ANGLES_DEG = (130.0, 135.0)
_WIDTH_MM, _THICKNESS_MM, _HOLE_MM, _ABOVE_MM, _FIRST_HOLE_MM, _END_MM = 19.0, 5.8, 16.0, 14.0, 20.0, 10.0
_BARREL_MM, _BARREL_RADIUS_MM = 38.0, 6.3
_LAG_RADIUS_MM, _LAG_THREAD_MM, _LAG_THREAD_RADIUS_MM = 4.0, 22.0, 5.4
_CORTICAL_RADIUS_MM, _BEYOND_CORTEX_MM = 2.0, 2.0


def sample_hip_screw(rng: np.random.Generator, patient: Patient, pose: Pose, side: Side) -> Hardware:
    """Draw one that fits the patient's femur: its tip 5 to 10 mm below the head's surface, 2 to 5 holes on the shaft.

    Raises:
        MisfitError: the femur is none that a plate can be put on.
    """
    femur = Femur.of(patient, pose, side)
    into_head = femur.into_head(float(rng.choice(_ANGLES_DEG)))
    entry = femur.surface_mm(np.zeros(3), -into_head)
    tip = femur.surface_mm(np.zeros(3), into_head) - into_head * rng.uniform(5, 10)
    n_holes = int(rng.integers(2, 6))
    lag = (
        Rod(coordinates(entry), coordinates(entry + _BARREL_MM * into_head), _BARREL_RADIUS_MM),
        Rod(coordinates(entry), coordinates(tip - _LAG_THREAD_MM * into_head), _LAG_RADIUS_MM),
        Rod(coordinates(tip - _LAG_THREAD_MM * into_head), coordinates(tip), _LAG_THREAD_RADIUS_MM),
    )
    height = float((entry - femur.shaft_mm) @ femur.up)
    lowest = height - _FIRST_HOLE_MM - _HOLE_MM * (n_holes - 1) - _END_MM
    plate = _plate(femur, height, lowest)
    start, end = np.array(plate.start_mm), np.array(plate.end_mm)
    down = (end - start) / np.linalg.norm(end - start)
    first = start + down * (_ABOVE_MM + _FIRST_HOLE_MM)
    screws = tuple(_cortical(femur, first + down * _HOLE_MM * hole) for hole in range(n_holes))
    return Hardware(Kind.HIP_SCREW, side, Carrier.THIGH, (f"femur_{side}",), (*lag, *screws), (plate,))


def _plate(femur: Femur, height_mm: float, lowest_mm: float) -> Slab:
    """On the outer cortex, from above the barrel down to a level of the shaft; levels along the shaft's axis."""
    out = femur.across()
    ends = [
        femur.surface_mm(femur.shaft_mm + femur.up * level, out) + out * _THICKNESS_MM / 2
        for level in (height_mm, lowest_mm)
    ]
    up = (ends[0] - ends[1]) / np.linalg.norm(ends[0] - ends[1])
    top = ends[0] + up * _ABOVE_MM
    return Slab(coordinates(top), coordinates(ends[1]), coordinates(out), _WIDTH_MM, _THICKNESS_MM)


def _cortical(femur: Femur, hole_mm: Vector3) -> Rod:
    """A screw from the plate through both cortices."""
    out = femur.across()
    axis = femur.shaft_mm + femur.up * float((hole_mm - femur.shaft_mm) @ femur.up)
    end = femur.surface_mm(axis, -out) - out * _BEYOND_CORTEX_MM
    return Rod(coordinates(hole_mm), coordinates(end), _CORTICAL_RADIUS_MM)
