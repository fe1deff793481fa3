"""One anatomy becomes many: a smooth warp of the template itself, before muscles are grown to their volumes.

Warping the template costs the population nothing: whatever the warp does to a muscle, growth brings it back to its
target. However many changes a body goes through, its voxels are looked up once, so that its surfaces get no steps of
their own.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import sample_warp
from mskdex.phantom.template import MIRRORED_PARTS
from mskdex.phantom.template import Template
from mskdex.types import Vector3

_AMPLITUDE_MM, _LENGTH_MM = 5.0, 130.0

Places = Float32[ndarray, "3 i j k"]
"""x, y and z of points, mm in a template's world."""
Before = Callable[[Places], Places]
"""A change of a body, backwards: where the points of the changed body were in the body as it was."""


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


def varied(
    template: Template,
    rng: np.random.Generator,
    name: str,
    *,
    change: Callable[[Template], Before] | None = None,
    voxel_mm: float | None = None,
) -> Template:
    """Another person's anatomy of the same kind: an asymmetric, smooth deformation of 5 mm SD, half of them mirrored.

    Args:
        template: whose anatomy is varied.
        rng: source of randomness.
        name: of the new template.
        change: made to the template first, for instance into another sex (``dimorphism``).
        voxel_mm: edge of the new template's voxels; None: the template's own.
    """
    if rng.random() < 0.5:
        template = mirrored(template)
    changed, warped = change(template) if change else _as_it_was, _sampled_warp(template, rng)
    return replace(looked_up(template, lambda places: changed(warped(places)), voxel_mm), name=name)


def looked_up(template: Template, before: Before, voxel_mm: float | None = None) -> Template:
    """The changed body, each voxel of which shows what was there before the change; both grids begin at one centre.

    Args:
        template: as it was.
        before: the change.
        voxel_mm: edge of the voxels; None: the template's own.
    """
    spacing, origin = template.spacing_mm, template.origin_mm
    frame, shape = template.voxel_to_world.copy(), template.parts.shape
    if voxel_mm is not None:
        frame[range(3), range(3)] = voxel_mm
        shape = tuple(int((n - 1) * edge / voxel_mm) + 1 for n, edge in zip(shape, spacing, strict=True))
    places = np.indices(shape, dtype=np.float32)
    for axis in range(3):
        places[axis] = places[axis] * frame[axis, axis] + frame[axis, 3]
    index = before(places)
    for axis in range(3):
        index[axis] = (index[axis] - origin[axis]) / spacing[axis]

    def seen(voxels: ndarray) -> ndarray:
        return np.asarray(ndimage.map_coordinates(voxels, index, order=0, mode="nearest"))

    right, left = (_after(hip, before) for hip in template.hip_centres_mm)
    texture = None if template.texture is None else seen(template.texture)
    parts = seen(template.parts)
    return replace(template, parts=parts, voxel_to_world=frame, hip_centres_mm=(right, left), texture=texture)


def _as_it_was(places: Places) -> Places:
    return places


def _sampled_warp(template: Template, rng: np.random.Generator) -> Before:
    low = template.origin_mm
    high = low + np.array(template.parts.shape) * template.spacing_mm
    warp, first_knot = sample_warp(rng, low, high, amplitude_mm=_AMPLITUDE_MM, length_mm=_LENGTH_MM)
    warp[:, :, :, 0] = warp[:, :, :, 1]

    def before(places: Places) -> Places:
        knots = [(places[axis] - np.float32(first_knot[axis])) / np.float32(KNOT_MM) for axis in range(3)]
        shift = [ndimage.map_coordinates(field, knots, order=1, mode="nearest") for field in warp]
        return np.asarray(places + np.stack(shift))

    return before


def _after(point: Vector3, before: Before) -> Vector3:
    """Where a change brings ``point``: by fixed point, changes being gentle."""
    position = point.copy()
    for _ in range(12):
        was = before(position.astype(np.float32)[:, None, None, None])[:, 0, 0, 0]
        position += point - was
    return position
