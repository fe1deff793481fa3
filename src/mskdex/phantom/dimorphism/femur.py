"""Neck, shaft and head of a femur."""

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import Side
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.dimorphism.scale import bounded
from mskdex.phantom.dimorphism.scale import person_over_template
from mskdex.phantom.hips import head_diameter_mm
from mskdex.phantom.shaft import measure_shaft
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import Template
from mskdex.phantom.vary import Places
from mskdex.types import Vector3

_HEAD_REACH_MM = 26.0, 75.0
"""A head shrinks as a whole with its socket; so far from its centre nothing moves any more."""
_SHAFT_REACH_MM = 18.0, 36.0
"""The same of a shaft, from its axis; the centre of the head lies farther out."""
_SHAFT_BEGINS_MM = 20.0, -25.0
"""Over the hip centre: from here downwards femurs become thicker or thinner."""
_NECK_MM, _BESIDE_SHAFT_MM = (-28.0, -6.0), (-45.0, -18.0)
"""From the shaft's axis outwards: what is between is stretched or shortened, what is beyond is carried along; at the
height of the neck, and from below it."""
_BELOW_NECK_MM = -20.0, -60.0
_CARRIED_BELOW_MM = 55.0, 10.0
"""Over the hip centre: the trochanter and all below is carried along with a neck, the ilium is not."""
_LARGEST_SHIFT_MM = 8.0

Heights = Float32[ndarray, " points"]


class Femur:
    """Moves points about one femur: with its neck's length, then towards and from the shaft's axis, then the head's."""

    def __init__(self, template: Template, shape: BuiltinShape, side: Side, hip_mm: Vector3) -> None:
        self._outwards = np.float32(1 if side is Side.LEFT else -1)
        self._hip = hip_mm.astype(np.float32)[:, None, None, None]
        self._shaft = measure_shaft(template, side)
        across, depth, height = person_over_template(template, shape)
        offset = shape.neck_length_mm * np.sin(np.deg2rad(shape.neck_shaft_angle_deg)) / across
        self._carried_mm = float(np.clip(offset - self._shaft.offset_mm, -_LARGEST_SHIFT_MM, _LARGEST_SHIFT_MM))
        self._thicker = bounded(shape.shaft_diameter_mm / (np.sqrt(across * depth) * self._shaft.diameter_mm))
        head = head_diameter_mm(template.parts, template.voxel_to_world, side)
        self._larger = bounded(shape.head_diameter_mm / (np.sqrt(across * height) * head))

    def before(self, places: Places) -> Places:
        """Of points in the template's world; those about the other femur stay."""
        moved = places - self._hip
        moved[0] *= self._outwards
        near = moved[0] > -_HEAD_REACH_MM[1]
        moved[:, near] = self._before(moved[:, near])
        moved[0] *= self._outwards
        return np.asarray(moved + self._hip)

    def _before(self, points: Float32[ndarray, "3 points"]) -> Float32[ndarray, "3 points"]:
        x, y, z = points
        axis_x, axis_y = self._shaft.at_mm(z)
        outwards = x - axis_x - self._carried_mm
        at_shaft = _growing(z, *_BELOW_NECK_MM)
        carried = (1 - at_shaft) * smoothstep(outwards, *_NECK_MM) + at_shaft * smoothstep(outwards, *_BESIDE_SHAFT_MM)
        carried *= _growing(z, *_CARRIED_BELOW_MM)
        across = np.stack([x - self._carried_mm * carried - axis_x, y - axis_y])
        share = _growing(z, *_SHAFT_BEGINS_MM)
        across *= 1 + share * (_shrinking(across, self._thicker, _SHAFT_REACH_MM) - 1)
        points = np.stack([across[0] + axis_x, across[1] + axis_y, z])
        return np.asarray(points * _shrinking(points, self._larger, _HEAD_REACH_MM))


def _growing(height_mm: Heights, above_mm: float, below_mm: float) -> Heights:
    """0 above the one, 1 below the other."""
    return np.asarray(1 - smoothstep(height_mm, below_mm, above_mm))


def _shrinking(
    offset_mm: Float32[ndarray, "axes points"], factor: float, reach_mm: tuple[float, float]
) -> Float32[ndarray, " points"]:
    """What brings points back to where they were, when all within a reach has grown by ``factor``."""
    radii = np.arange(0.0, reach_mm[1] + 1)
    after = radii * (1 + (factor - 1) * (1 - smoothstep(radii, *reach_mm)))
    radius = np.linalg.norm(offset_mm, axis=0)
    was = np.interp(radius, after, radii) / np.maximum(radius, 1e-6)
    return np.where((radius > 0) & (radius < reach_mm[1]), was, 1.0)
