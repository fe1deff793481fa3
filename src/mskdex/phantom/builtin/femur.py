"""The femur as a medial shape: head and neck from their measured axes, the rest along the shaft.

Control points are of the reference body, left side, mm (see ``frame``).
"""

import numpy as np

from mskdex.phantom.builtin.frame import REFERENCE
from mskdex.phantom.builtin.frame import FemurAxes
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import controls

GREATER_TROCHANTER = controls(
    # From its base up to the tip; columns front to back.
    """
    119  1 -96 12 | 119  1 -96 12.0 | 119  1 -96 12
    122  3 -80 14 | 122  4 -80 14.0 | 122  6 -80 13
    126  2 -66 14 | 128  7 -66 14.0 | 126 12 -66 12
    132 -2 -50 13 | 136  8 -50 13.0 | 133 16 -50 11
    137 -4 -34 12 | 141  8 -34 12.0 | 138 19 -34 11
    138  0 -19 10 | 141 10 -17 10.0 | 137 22 -17  9
    136  7  -8  6 | 138 15  -4  6.5 | 133 24  -5  6
    """
)
LESSER_TROCHANTER = controls("113 10 -58 13\n106 17 -60 11\n100 21 -61 8.5")
INTERTROCHANTERIC = controls("118 4 -42 15 | 124 10 -42 15\n113 5 -68 15 | 118 8 -68 14.5")
SHAFT_HEIGHTS_MM = np.array([-48.0, -70, -90, -120, -180, -240, -300, -330])
SHAFT_RADII_MM = np.array([17.0, 17.0, 15.8, 15.0, 14.6, 14.8, 15.8, 17.0])


def head_radius_mm(frame: Frame) -> float:
    return frame.shape.head_diameter_mm / 2


def femur_parts(frame: Frame) -> tuple[Controls, ...]:
    """Control points of the whole femur, in the person's own frame."""
    along_shaft = (GREATER_TROCHANTER, LESSER_TROCHANTER, INTERTROCHANTERIC)
    placed = (_on_shaft(part, frame) for part in (*along_shaft, _shaft(), _linea_aspera()))
    return (*_head_and_neck(frame), *placed)


def _head_and_neck(frame: Frame) -> tuple[Controls, ...]:
    """The head is a ball; the neck is higher than deep: two axes 5 mm apart in the plane of neck and shaft."""
    femur: FemurAxes = frame.femur
    head = head_radius_mm(frame)
    thin = 0.5 * head
    edge = np.cross(femur.neck, np.cross(femur.down, femur.neck))
    edge /= np.linalg.norm(edge)
    rows = []
    for share, radius, half in ((0.12, 0.8 * head, 1), (0.45, thin, 4), (0.7, 1.05 * thin, 6), (1, 1.2 * thin, 8)):
        centre = femur.head_mm + share * (femur.crossing_mm - femur.head_mm)
        rows.append([np.append(centre + side * half * edge, radius) for side in (-1, 1)])
    ball = np.append(femur.head_mm, head)[None, None]
    return ball, np.asarray(rows)


def _shaft() -> Controls:
    reference = FemurAxes.of(REFERENCE)
    return np.column_stack([reference.shaft_mm(SHAFT_HEIGHTS_MM), SHAFT_RADII_MM])[:, None, :]


def _linea_aspera() -> Controls:
    ridge = _shaft()[2:].copy()
    ridge[..., 1] += ridge[..., 3] - 2
    ridge[..., 3] = 4.0
    return ridge


def _on_shaft(part: Controls, frame: Frame) -> Controls:
    centres = frame.thigh(part[..., :3], frame.bone_girth)
    return np.concatenate([centres, frame.bone_girth * part[..., 3:]], axis=-1)
