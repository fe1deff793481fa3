"""How thick the pelvic bones are."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import PELVIS_PARTS
from mskdex.phantom.builtin.frame import REFERENCE
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.dimorphism.scale import bounded
from mskdex.phantom.dimorphism.scale import person_over_template
from mskdex.phantom.distance import signed_distance
from mskdex.phantom.hips import head_diameter_mm
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import Template
from mskdex.phantom.vary import Places
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

_PELVIC_HALF_MM = 7.0
"""Half the thickness of a pelvic bone, of which girth adds or takes a share: the built-in one's mean radius."""
_SURFACE_REACH_MM = 3.0, 12.0
"""Beside a bone's surface, in and out: what moves with it, and from where nothing does."""
_SOCKET_MM = 28.0, 40.0
"""About a hip centre: sockets change with the heads, not with the bones' thickness."""
_SURFACE_GRID_MM, _SURFACE_SMOOTH_MM = 2.5, 2.5


class PelvicGirth:
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
        thinner_mm = np.float32(_PELVIC_HALF_MM * (1 - _thicker(template, shape)))
        self._shift_mm = [thinner_mm * moving * slope for slope in np.gradient(distance, *self._spacing)]

    def before(self, places: Places) -> Places:
        """Of points in the template's world."""
        at = [(places[axis] - self._origin[axis]) / self._spacing[axis] for axis in range(3)]
        return np.asarray(places + [ndimage.map_coordinates(shift, at, order=1) for shift in self._shift_mm])


def _thicker(template: Template, shape: BuiltinShape) -> float:
    """By how much its pelvic bones must be thicker than scaling makes them."""
    head = np.mean([head_diameter_mm(template.parts, template.voxel_to_world, side) for side, _ in template.hips()])
    own = replace(REFERENCE, head_diameter_mm=float(head), pelvic_height_mm=float(template.pelvis_extent_mm()[2]))
    scale = np.prod(person_over_template(template, shape)) ** (1 / 3)
    return bounded(Frame.of(shape).pelvic_girth / (Frame.of(own).pelvic_girth * float(scale)))


def _away_mm(shape: tuple[int, ...], spacing: Vector3, point_mm: Vector3) -> ScalarVolume:
    """Of a grid's voxels from a point, given from the first voxel."""
    axes = [
        np.arange(n, dtype=np.float32) * edge - np.float32(at)
        for n, edge, at in zip(shape, spacing, point_mm, strict=True)
    ]
    return np.asarray(np.sqrt(axes[0][:, None, None] ** 2 + axes[1][:, None] ** 2 + axes[2] ** 2))
