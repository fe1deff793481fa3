"""One anatomy becomes many: a smooth warp of the template itself, before muscles are grown to their volumes.

Warping the template costs the population nothing: whatever the warp does to a muscle, growth brings it back to its
target.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Warp
from mskdex.phantom.shape import sample_warp
from mskdex.phantom.template import MIRRORED_PARTS
from mskdex.phantom.template import Template
from mskdex.types import Vector3

_AMPLITUDE_MM, _LENGTH_MM = 5.0, 130.0


def mirrored(template: Template) -> Template:
    """The same body seen in a mirror."""
    parts = np.ascontiguousarray(MIRRORED_PARTS[template.parts[::-1]])
    frame = template.voxel_to_world.copy()
    frame[0, 3] = -(frame[0, 3] + (parts.shape[0] - 1) * frame[0, 0])
    right, left = template.hip_centres_mm
    flip = np.array([-1.0, 1.0, 1.0])
    hips = left * flip, right * flip
    texture = None if template.texture is None else np.ascontiguousarray(template.texture[::-1])
    return replace(template, parts=parts, voxel_to_world=frame, hip_centres_mm=hips, texture=texture)


def varied(template: Template, rng: np.random.Generator, name: str) -> Template:
    """Another person's anatomy of the same kind: an asymmetric, smooth deformation of 5 mm SD, half of them mirrored.

    Args:
        template: whose anatomy is varied.
        rng: source of randomness.
        name: of the new template.
    """
    if rng.random() < 0.5:
        template = mirrored(template)
    spacing, origin = template.spacing_mm, template.origin_mm
    high = origin + np.array(template.parts.shape) * spacing
    warp, first_knot = sample_warp(rng, origin, high, amplitude_mm=_AMPLITUDE_MM, length_mm=_LENGTH_MM)
    warp[:, :, :, 0] = warp[:, :, :, 1]
    index = np.indices(template.parts.shape, dtype=np.float32)
    knots = [(index[axis] * spacing[axis] + origin[axis] - first_knot[axis]) / np.float32(KNOT_MM) for axis in range(3)]
    for axis in range(3):
        index[axis] += ndimage.map_coordinates(warp[axis], knots, order=1, mode="nearest") / spacing[axis]
    hips = tuple(_moved(hip, warp, first_knot) for hip in template.hip_centres_mm)
    return replace(looked_up(template, index), name=name, hip_centres_mm=(hips[0], hips[1]))


def looked_up(template: Template, index: Float32[ndarray, "3 i j k"]) -> Template:
    """The template whose every voxel shows what is at another place: ``index``, in voxels of this one."""

    def seen(voxels: ndarray) -> ndarray:
        return np.asarray(ndimage.map_coordinates(voxels, index, order=0, mode="nearest"))

    texture = None if template.texture is None else seen(template.texture)
    return replace(template, parts=seen(template.parts), texture=texture)


def _moved(point: Vector3, warp: Warp, first_knot: Vector3) -> Vector3:
    """Where the warped volume shows ``point``: solves p + warp(p) = point by fixed point, the warp being gentle."""
    position = point.copy()
    for _ in range(8):
        knot = ((position - first_knot) / KNOT_MM)[:, None]
        position = point - np.array([ndimage.map_coordinates(field, knot, order=1)[0] for field in warp])
    return position
