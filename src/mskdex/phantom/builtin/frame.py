"""From the reference body, in which all control points are written, to a person of given measures.

The reference is the left half of an average man with a young man's muscles, origin midway between the hip centres, LPS
millimetres. Points fixed to the pelvis follow its breadths, height, depth, flare and pubic arch; points fixed to the
femur follow the axis of its shaft.
"""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.shape import MALE
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.builtin.shape import average_shape
from mskdex.phantom.smoothstep import smoothstep
from mskdex.types import Points
from mskdex.types import Vector3

REFERENCE = average_shape(MALE)
VALGUS_DEG = 6.5
"""Of the femoral shaft against the vertical, in a man who stands."""
_FLARE_PIVOT_MM = 40.0
_CREST_OVER_PIVOT_MM = 82.0
"""Where the wings begin to flare, and how far above that the pelvis is broadest."""
_ARCH_TOP_MM, _ARCH_HEIGHT_MM = -36.0, 30.0
"""Lower border of the symphysis, and how far the inferior rami go down from there."""
_RAMUS_PER_HEIGHT = 2.2
"""They run backwards more than down: in their plane, where we take the subpubic angle, they are so much longer."""


@dataclass(frozen=True)
class FemurAxes:
    """Head centre, unit vector of the neck (towards the head) and where the neck's axis meets the shaft's."""

    head_mm: Vector3
    neck: Vector3
    crossing_mm: Vector3
    down: Vector3
    bow_mm: float

    @staticmethod
    def of(shape: BuiltinShape) -> "FemurAxes":
        valgus, angle, version = np.deg2rad([VALGUS_DEG, shape.neck_shaft_angle_deg, shape.anteversion_deg])
        down = np.array([-np.sin(valgus), 0.0, -np.cos(valgus)])
        medial = np.array([-np.cos(valgus), 0.0, np.sin(valgus)])
        inwards = np.cos(version) * medial + np.sin(version) * np.array([0.0, -1.0, 0.0])
        neck = np.cos(angle) * down + np.sin(angle) * inwards
        head = np.array([shape.hip_x_mm, 0.0, 0.0])
        return FemurAxes(head, neck, head - shape.neck_length_mm * neck, down, shape.shaft_bow_mm)

    def shaft_mm(self, z_mm: ndarray) -> Points:
        """Points of the shaft's axis at heights ``z_mm``; the bow is forwards, greatest 170 mm below the crossing."""
        along = (z_mm - self.crossing_mm[2]) / self.down[2]
        points = self.crossing_mm + along[..., None] * self.down
        phase = np.clip(along / 340, 0, 1)
        points[..., 1] -= (self.bow_mm + 6) * np.sin(np.pi * phase) + 4 * smoothstep(along, 0, 60)
        return np.asarray(points)


_REFERENCE_FEMUR = FemurAxes.of(REFERENCE)


@dataclass(frozen=True)
class Frame:
    """Maps reference points and radii to a person's."""

    shape: BuiltinShape
    femur: FemurAxes

    @staticmethod
    def of(shape: BuiltinShape) -> "Frame":
        return Frame(shape, FemurAxes.of(shape))

    def pelvis(self, points: Points) -> Points:
        """Of points fixed to the pelvis or the trunk."""
        x, y, z = np.moveaxis(points, -1, 0)
        shape = self.shape
        breadth = shape.hip_centre_distance_mm / REFERENCE.hip_centre_distance_mm
        tilt = np.tan(np.deg2rad(shape.iliac_flare_deg))
        upper = (shape.biiliac_breadth_mm - 2 * tilt * _CREST_OVER_PIVOT_MM) / REFERENCE.biiliac_breadth_mm
        upwards = smoothstep(z, 10, 110)
        flare = tilt * np.maximum(z - _FLARE_PIVOT_MM, 0) * smoothstep(x, 45, 95)
        flare = flare * (1 - smoothstep(z, 140, 200))
        spread = self._arch_spread(x, z) * (1 - smoothstep(x, 65, 105)) * (1 - smoothstep(-z, 65, 130))
        return np.stack(
            [
                x * ((1 - upwards) * breadth + upwards * upper) + flare * smoothstep(x, 0, 8) + spread,
                y * shape.pelvic_depth_mm / REFERENCE.pelvic_depth_mm,
                z * shape.pelvic_height_mm / REFERENCE.pelvic_height_mm,
            ],
            axis=-1,
        )

    def _arch_spread(self, x: ndarray, z: ndarray) -> ndarray:
        """How far the pubic arch opens: what is between the rami is stretched, what is beyond goes with them."""
        half, reference_half = (np.deg2rad(each.subpubic_angle_deg / 2) for each in (self.shape, REFERENCE))
        below = np.clip(_ARCH_TOP_MM - z, 0, _ARCH_HEIGHT_MM)
        ramus = np.tan(reference_half) * _RAMUS_PER_HEIGHT * below
        return np.asarray((np.tan(half) / np.tan(reference_half) - 1) * np.minimum(x, ramus))

    def thigh(self, points: Points, girth: float) -> Points:
        """Of points fixed to the femur: offsets from the shaft's axis scale with ``girth``, heights with stature."""
        z = points[..., 2]
        growth = self.shape.stature_cm / REFERENCE.stature_cm
        height = self.femur.crossing_mm[2] + growth * (z - _REFERENCE_FEMUR.crossing_mm[2])
        offset = girth * (points - _REFERENCE_FEMUR.shaft_mm(z))
        return np.asarray(self.femur.shaft_mm(height) + offset)

    @property
    def bone_girth(self) -> float:
        return self.shape.shaft_diameter_mm / REFERENCE.shaft_diameter_mm

    @property
    def pelvic_girth(self) -> float:
        """Thickness of the pelvic bones against the reference's."""
        shape, reference = self.shape, REFERENCE
        return float(
            np.sqrt(
                shape.head_diameter_mm
                / reference.head_diameter_mm
                * shape.pelvic_height_mm
                / reference.pelvic_height_mm
            )
        )

    def muscle(self, skeleton: Controls, on_femur: tuple[float, ...]) -> Controls:
        """Control points of a muscle, each row between its pelvic and its femoral place by its share ``on_femur``."""
        share = np.asarray(on_femur)[:, None, None]
        girth = self.shape.muscle_girth
        centres = skeleton[..., :3]
        thigh = self.thigh(centres, girth)
        # What lies inwards of the shaft hangs from the pubis, however thin it is.
        if girth < 1:
            thigh[..., 0] = np.minimum(thigh[..., 0], self.thigh(centres, 1.0)[..., 0])
        placed = (1 - share) * self.pelvis(centres) + share * thigh
        return np.concatenate([placed, girth * skeleton[..., 3:]], axis=-1)
