"""One body given the proportions of another, so that an atlas of a man serves women: breadth, arch and femoral heads.

These are what scaling cannot give. Measures and what each of them moves are the built-in anatomy's; what the template
measures already is asked of it (``pelvimetry``).
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import Side
from mskdex.phantom.builtin.frame import REFERENCE
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.hips import head_diameter_mm
from mskdex.phantom.pelvimetry import biiliac_breadth_mm
from mskdex.phantom.pelvimetry import subpubic_angle_deg
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import Template
from mskdex.phantom.vary import looked_up
from mskdex.types import Vector3

_HEAD_REACH_MM = 26.0, 75.0
"""A head shrinks as a whole with its socket; so far from its centre nothing moves any more."""
_LARGEST_HEAD_CHANGE = 1.15
_RADII_MM = np.arange(0.0, _HEAD_REACH_MM[1] + 1)

Places = Float64[ndarray, "3 i j k"]


def with_proportions_of(template: Template, shape: BuiltinShape) -> Template:
    """The template with the pelvis and femoral heads of another person, as far as scaling would not give them.

    Hip centres, height and depth stay: a person's scale brings those to size (``phantom.patient``). Of the shape, the
    breadth between the crests is taken against the distance of the hips, the heads against the pelvis.

    Args:
        template: of any source.
        shape: whose sex, breadth, flare, subpubic angle and heads to give it.

    Raises:
        ValueError: the template's hip bones make no pubic arch.
    """
    middle = np.mean(template.hip_centres_mm, axis=0)
    grid = np.indices(template.parts.shape).astype(np.float64)
    spacing, origin = (each[:, None, None, None] for each in (template.spacing_mm, template.origin_mm - middle))
    places = _before_heads(_before_pelvis(grid * spacing + origin, template, shape), template, shape, middle)
    return replace(looked_up(template, ((places - origin) / spacing).astype(np.float32)), sex=shape.sex)


def _before_pelvis(places: Places, template: Template, shape: BuiltinShape) -> Places:
    """Where the points of the new pelvis were: it moves points sideways only, by their side and height."""
    frame = Frame.of(_against_reference(template, shape))
    to_reference = _to_reference(template)
    side, height = np.unique(places[0]), places[2, 0, 0]
    widest = np.abs(side).max() * 1.3
    across = np.arange(0.0, widest, 1.0)
    moved = places.copy()
    for k, z in enumerate(height):
        points = np.column_stack([across, np.zeros_like(across), np.full_like(across, z)]) * to_reference
        # Beside the widest arches there is no room for all that was there: what would fold over is left out.
        new = np.maximum.accumulate(frame.pelvis(points)[:, 0]) / to_reference[0]
        before = np.sign(side) * np.interp(np.abs(side), new, across)
        moved[0, :, :, k] = before[:, None]
    return moved


def _against_reference(template: Template, shape: BuiltinShape) -> BuiltinShape:
    """The built-in man, changed as the template must be."""
    breadth = shape.biiliac_breadth_mm / shape.hip_centre_distance_mm
    own_breadth = biiliac_breadth_mm(template) / template.hip_centre_distance_mm
    half, own_half = (np.deg2rad(angle / 2) for angle in (shape.subpubic_angle_deg, subpubic_angle_deg(template)))
    reference_half = np.deg2rad(REFERENCE.subpubic_angle_deg / 2)
    arch = 2 * np.rad2deg(np.arctan(np.tan(reference_half) * np.tan(half) / np.tan(own_half)))
    return replace(
        REFERENCE,
        biiliac_breadth_mm=REFERENCE.biiliac_breadth_mm * breadth / own_breadth,
        subpubic_angle_deg=float(arch),
        iliac_flare_deg=shape.iliac_flare_deg,
    )


def _to_reference(template: Template) -> Vector3:
    """What brings the template's millimetres to the built-in man's, along x, y and z."""
    _, depth, height = template.pelvis_extent_mm()
    reference = (REFERENCE.hip_centre_distance_mm, REFERENCE.pelvic_depth_mm, REFERENCE.pelvic_height_mm)
    return np.asarray(np.array(reference) / (template.hip_centre_distance_mm, depth, height))


def _before_heads(places: Places, template: Template, shape: BuiltinShape, middle: Vector3) -> Places:
    """Where the points about new heads were: nearer to the centre where a head has grown, farther where it shrank."""
    moved = places.copy()
    for side, hip in template.hips():
        factor = _head_factor(template, side, shape)
        new = _RADII_MM * (1 + (factor - 1) * (1 - smoothstep(_RADII_MM, *_HEAD_REACH_MM)))
        offset = places - (hip - middle)[:, None, None, None]
        radius = np.linalg.norm(offset, axis=0)
        near = (radius > 0) & (radius < _HEAD_REACH_MM[1])
        moved[:, near] += offset[:, near] * (np.interp(radius[near], new, _RADII_MM) / radius[near] - 1)
    return moved


def _head_factor(template: Template, side: Side, shape: BuiltinShape) -> float:
    """New over old diameter, in a pelvis that is scaled to the shape's breadth and height afterwards."""
    height = float(template.pelvis_extent_mm()[2])
    scale = np.sqrt(shape.hip_centre_distance_mm / template.hip_centre_distance_mm * shape.pelvic_height_mm / height)
    own = head_diameter_mm(template.parts, template.voxel_to_world, side)
    factor = shape.head_diameter_mm / (scale * own)
    return float(np.clip(factor, 1 / _LARGEST_HEAD_CHANGE, _LARGEST_HEAD_CHANGE))
