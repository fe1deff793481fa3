"""One body given the proportions of another, so that an atlas of a man serves women: pelvis and femurs.

These are what scaling cannot give. Measures and what each of them moves are the built-in anatomy's; what the template
measures already is asked of it (``pelvimetry``, ``hips``, ``shaft``).
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import PELVIS_PARTS
from mskdex.anatomy import Side
from mskdex.phantom.builtin.frame import REFERENCE
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.distance import signed_distance
from mskdex.phantom.hips import head_diameter_mm
from mskdex.phantom.pelvimetry import biiliac_breadth_mm
from mskdex.phantom.pelvimetry import subpubic_angle_deg
from mskdex.phantom.shaft import measure_shaft
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import Template
from mskdex.phantom.vary import Before
from mskdex.phantom.vary import Places
from mskdex.phantom.vary import looked_up
from mskdex.types import ScalarVolume
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
_PELVIC_HALF_MM = 7.0
"""Half the thickness of a pelvic bone, of which girth adds or takes a share: the built-in one's mean radius."""
_SURFACE_REACH_MM = 3.0, 12.0
"""Beside a pelvic bone's surface, in and out: what moves with it, and from where nothing does."""
_SOCKET_MM = 28.0, 40.0
"""About a hip centre: sockets change with the heads, not with the bones' thickness."""
_SURFACE_GRID_MM, _SURFACE_SMOOTH_MM = 2.5, 2.5
_LARGEST_CHANGE = 1.2
"""Of a diameter."""
_LARGEST_SHIFT_MM = 8.0

Heights = Float32[ndarray, " points"]


def with_proportions_of(template: Template, shape: BuiltinShape) -> Template:
    """The template with the proportions of another person (`proportions_before`), and of that one's sex."""
    return replace(looked_up(template, proportions_before(template, shape)), sex=shape.sex)


def proportions_before(template: Template, shape: BuiltinShape) -> Before:
    """What gives a template the pelvis and femurs of another person, as far as scaling would not give them.

    Hip centres, height and depth stay: a person's scale brings those to size (``phantom.patient``). Of the shape, the
    breadth between the crests and the femoral offset are taken against the distance of the hips, the thickness of
    heads, shafts and pelvic bones against the pelvis.

    Args:
        template: of any source.
        shape: whose breadth, flare, subpubic angle, pelvic bones, heads, necks and shafts to give it.

    Raises:
        ValueError: the template's hip bones make no pubic arch, or a femur has no shaft.
    """
    middle = np.mean(template.hip_centres_mm, axis=0).astype(np.float32)[:, None, None, None]
    pelvis, girth = _Pelvis(template, shape), _PelvicGirth(template, shape)
    femurs = [_Femur(template, shape, side, hip) for side, hip in template.hips()]

    def before(places: Places) -> Places:
        moved = pelvis.before(places - middle) + middle
        for femur in femurs:
            moved = femur.before(moved)
        return girth.before(moved)

    return before


class _Pelvis:
    """Moves points sideways only, by their side and height: a table of where they were, on millimetres."""

    def __init__(self, template: Template, shape: BuiltinShape) -> None:
        frame, to_reference = Frame.of(_against_reference(template, shape)), _to_reference(template)
        widest, lowest, highest = _half_box_mm(template)
        across, up = np.arange(0.0, widest * 1.3), np.arange(lowest, highest)
        flat = np.zeros((len(across), len(up)))
        points = np.stack([flat + across[:, None], flat, flat + up], axis=-1) * to_reference
        # Beside the widest arches there is no room for all that was there: what would fold over is left out.
        after = np.maximum.accumulate(frame.pelvis(points)[..., 0], axis=0) / to_reference[0]
        columns = [np.interp(across, after[:, k], across) for k in range(len(up))]
        self._shift = np.stack(columns, axis=1).astype(np.float32) - across[:, None].astype(np.float32)
        self._lowest = np.float32(lowest)

    def before(self, places: Places) -> Places:
        """Of points from the midpoint of the hips."""
        moved = places.copy()
        table = [np.abs(places[0]), places[2] - self._lowest]
        moved[0] += np.sign(places[0]) * ndimage.map_coordinates(self._shift, table, order=1, mode="nearest")
        return moved


class _PelvicGirth:
    """Moves what lies at the surface of hip bones and sacrum along their normal: thinner bones, or thicker ones."""

    def __init__(self, template: Template, shape: BuiltinShape) -> None:
        every = [max(round(_SURFACE_GRID_MM / edge), 1) for edge in template.spacing_mm]
        self._spacing = (template.spacing_mm * every).astype(np.float32)
        self._origin = template.origin_mm.astype(np.float32)
        parts = template.parts[tuple(slice(None, None, step) for step in every)]
        bones = np.isin(parts, [LABEL_BY_NAME[name].value for name in PELVIS_PARTS])
        distance = signed_distance(bones, self._spacing, 2 * _SURFACE_REACH_MM[1])
        distance = ndimage.gaussian_filter(distance, _SURFACE_SMOOTH_MM / self._spacing)
        moving = 1 - smoothstep(np.abs(distance), *_SURFACE_REACH_MM)
        for hip in template.hip_centres_mm:
            moving *= smoothstep(_away_mm(distance.shape, self._spacing, hip - template.origin_mm), *_SOCKET_MM)
        thinner_mm = np.float32(_PELVIC_HALF_MM * (1 - _pelvic_girth(template, shape)))
        self._shift_mm = [thinner_mm * moving * slope for slope in np.gradient(distance, *self._spacing)]

    def before(self, places: Places) -> Places:
        """Of points in the template's world."""
        at = [(places[axis] - self._origin[axis]) / self._spacing[axis] for axis in range(3)]
        return np.asarray(places + [ndimage.map_coordinates(shift, at, order=1) for shift in self._shift_mm])


class _Femur:
    """Moves points about one femur: with its neck's length, then towards and from the shaft's axis, then the head's."""

    def __init__(self, template: Template, shape: BuiltinShape, side: Side, hip_mm: Vector3) -> None:
        self._outwards = np.float32(1 if side is Side.LEFT else -1)
        self._hip = hip_mm.astype(np.float32)[:, None, None, None]
        self._shaft = measure_shaft(template, side)
        across, depth, height = _person_over_template(template, shape)
        offset = shape.neck_length_mm * np.sin(np.deg2rad(shape.neck_shaft_angle_deg)) / across
        self._carried_mm = float(np.clip(offset - self._shaft.offset_mm, -_LARGEST_SHIFT_MM, _LARGEST_SHIFT_MM))
        self._thicker = _bounded(shape.shaft_diameter_mm / (np.sqrt(across * depth) * self._shaft.diameter_mm))
        head = head_diameter_mm(template.parts, template.voxel_to_world, side)
        self._larger = _bounded(shape.head_diameter_mm / (np.sqrt(across * height) * head))

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
    return np.asarray(_person_over_template(template, REFERENCE))


def _person_over_template(template: Template, shape: BuiltinShape) -> Vector3:
    """What a template is scaled by, along x, y and z, when a person of this shape is made of it."""
    _, depth, height = template.pelvis_extent_mm()
    wanted = (shape.hip_centre_distance_mm, shape.pelvic_depth_mm, shape.pelvic_height_mm)
    return np.asarray(np.array(wanted) / (template.hip_centre_distance_mm, depth, height))


def _pelvic_girth(template: Template, shape: BuiltinShape) -> float:
    """By how much its pelvic bones must be thicker than scaling makes them."""
    head = np.mean([head_diameter_mm(template.parts, template.voxel_to_world, side) for side, _ in template.hips()])
    own = replace(REFERENCE, head_diameter_mm=float(head), pelvic_height_mm=float(template.pelvis_extent_mm()[2]))
    scale = np.prod(_person_over_template(template, shape)) ** (1 / 3)
    return _bounded(Frame.of(shape).pelvic_girth / (Frame.of(own).pelvic_girth * float(scale)))


def _away_mm(shape: tuple[int, ...], spacing: Vector3, point_mm: Vector3) -> ScalarVolume:
    """Of a grid's voxels from a point, given from the first voxel."""
    axes = [
        np.arange(n, dtype=np.float32) * edge - np.float32(at)
        for n, edge, at in zip(shape, spacing, point_mm, strict=True)
    ]
    return np.asarray(np.sqrt(axes[0][:, None, None] ** 2 + axes[1][:, None] ** 2 + axes[2] ** 2))


def _bounded(factor: float) -> float:
    return float(np.clip(factor, 1 / _LARGEST_CHANGE, _LARGEST_CHANGE))


def _half_box_mm(template: Template) -> tuple[float, float, float]:
    """Farthest x from the midline, lowest and highest z, from the midpoint of the hips."""
    middle = np.mean(template.hip_centres_mm, axis=0)
    low = template.origin_mm - middle
    high = low + np.array(template.parts.shape) * template.spacing_mm
    return float(max(-low[0], high[0])), float(low[2]), float(high[2])
