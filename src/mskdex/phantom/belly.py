"""How far a person's belly stands out: what the trunk encloses is made as deep as the person's is.

Depths run from the back to the front. ``Shape`` maps patients to templates, so a belly that stands out is a warp that
looks up, in front of the spine, ever farther back than straight ahead.
"""

from dataclasses import dataclass
from dataclasses import replace

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import BONE_LABELS
from mskdex.phantom.growable import Growable
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Shape
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import RIGID
from mskdex.phantom.template import Part
from mskdex.types import MaskVolume
from mskdex.types import Vector3

LARGEST_MM = 150.0
"""Farthest that a belly moves forwards."""
_LEAST_SHARE, _LARGEST_SHARE = -0.9, 2.0
"""Of what the template encloses, from back to front: how much may be taken from it or added."""
_FROM_MM, _FULL_SHARE = -15.0, 0.85
"""Over the hip centres: where the belly begins, and by which share of the crests' height it stands out in full."""
_FLAT_SHARE = 0.4
"""Of half the body's greatest breadth: so far to each side it stands out in full, and less and less beyond."""
_CLEAR_MM = 8.0
"""Before bones and measured muscles, which may grow: nothing moves there."""
_WALL_MM = 10.0
"""Thickness of the abdominal wall, about."""
_SMOOTH_MM = 15.0
"""SD of the smoothing of the cavity's walls, seen from the front."""
_EVERY = 3  # the walls are smooth: so many columns apart say where they are
_ROUNDS = 4
_BELOW_CREST_MM = 4.0  # a warp may lift what is right at the top out of the template

_ANCHORED = tuple(part for part in (*RIGID, *GROWING) if part not in OTHER_MUSCLES)
_WALLS = (Part.ABDOMINAL_WALL_RIGHT, Part.ABDOMINAL_WALL_LEFT)
_HIP_BONES = [label.value for label in BONE_LABELS if label.structure.name == "hip_bone"]

Plane = Float64[ndarray, "i k"]
"""One number for each column from back to front."""


@dataclass(frozen=True)
class _Cavity:
    """What the trunk encloses, seen from the front, in the patient's supine frame, mm.

    Attributes:
        x, z: of the columns.
        back: [i, k] y of its rear wall, before bones and measured muscles.
        depth: [i, k] from there to its front wall; 0 where it is closed.
        share: [i, k] 1 where the belly stands out in full, 0 where not at all.
    """

    x: Float64[ndarray, " i"]
    z: Float64[ndarray, " k"]
    back: Plane
    depth: Plane
    share: Plane


def with_belly(shape: Shape, growable: Growable, body: MaskVolume, diameter_mm: float) -> Shape:
    """The shape of a person who measures ``diameter_mm`` from back to belly in the midline, at the iliac crests.

    What the trunk encloses is stretched or squeezed along y; the abdominal wall and the fat before it move along as
    they are; bones and measured muscles stay. A belly that no template bears is brought as near as it goes.

    Args:
        shape: of the person without regard to the belly.
        growable: the prepared template.
        body: [i, j, k] where on its grid the person's body is, about.
        diameter_mm: the sagittal abdominal diameter, supine.
    """
    cavity, crest_mm = _cavity(shape, growable, body), _crest_mm(shape, growable)
    room_mm = cavity.depth[np.abs(cavity.x).argmin(), np.abs(cavity.z - crest_mm).argmin()]
    least, most = max(_LEAST_SHARE * room_mm, -LARGEST_MM), min(_LARGEST_SHARE * room_mm, LARGEST_MM)
    moved, forwards_mm = shape, 0.0
    for _ in range(_ROUNDS):
        forwards_mm += diameter_mm - _diameter_mm(moved, growable, body, crest_mm)
        forwards_mm = float(np.clip(forwards_mm, least, most))
        moved = _moved(shape, cavity, forwards_mm)
    return moved


def _cavity(shape: Shape, growable: Growable, body: MaskVolume) -> _Cavity:
    anchored, walls = (growable.on_grid(np.isin(growable.template.parts, parts)) for parts in (_ANCHORED, _WALLS))
    x, y, z = _axes_mm(shape.scale, growable)
    half_mm = float(np.abs(x[body.any(axis=(1, 2))]).max())
    x, z = x[::_EVERY], z[::_EVERY]
    columns_mm = np.array([axis[1] - axis[0] for axis in (x, z)])
    # The warp is told at knots: whatever is about one is to stay. And the wall is open in the midline.
    reach = 2 * np.ceil(KNOT_MM / 2 / columns_mm).astype(int) + 1
    back, front = (
        ndimage.minimum_filter(_first(mask[::_EVERY, :, ::_EVERY], y, y[-1]), reach) for mask in (anchored, walls)
    )
    back = np.minimum(back, _smooth(back, columns_mm)) - _CLEAR_MM
    depth = np.maximum(back - front - _WALL_MM, 0)
    sideways = 1 - smoothstep(np.abs(x), _FLAT_SHARE * half_mm, half_mm)
    upwards = smoothstep(z, _FROM_MM, _FULL_SHARE * _crest_mm(shape, growable))
    return _Cavity(x, z, back, _smooth(depth, columns_mm), sideways[:, None] * upwards)


def _first(mask: MaskVolume, y: Float64[ndarray, " j"], nowhere: float) -> Plane:
    """Where the mask begins in each column, seen from the front."""
    return np.where(mask.any(axis=1), y[mask.argmax(axis=1)], nowhere)


def _smooth(plane: Plane, columns_mm: Float64[ndarray, "2"]) -> Plane:
    return np.asarray(ndimage.gaussian_filter(plane, _SMOOTH_MM / columns_mm, mode="nearest"))


def _moved(shape: Shape, cavity: _Cavity, forwards_mm: float) -> Shape:
    """The shape with the front wall ``forwards_mm`` farther forward, and what is behind it in proportion."""
    steps = np.clip(forwards_mm * cavity.share, _LEAST_SHARE * cavity.depth, _LARGEST_SHARE * cavity.depth)
    x, y, z = (
        origin + KNOT_MM * np.arange(n) for origin, n in zip(shape.origin_mm, shape.warp_mm.shape[1:], strict=True)
    )
    step, back, depth = (
        ndimage.map_coordinates(plane, _in_plane(cavity, x, z), order=1, mode="nearest")[:, None]
        for plane in (steps, cavity.back, cavity.depth)
    )
    along = np.clip((back - y[:, None]) / np.maximum(depth + step, 1.0), 0, 1)
    warp = shape.warp_mm.copy()
    warp[1] += step * along / shape.scale[1]
    return replace(shape, warp_mm=warp, forwards_mm=max(float(steps.max()), 0.0))


def _in_plane(cavity: _Cavity, x: Float64[ndarray, " i"], z: Float64[ndarray, " k"]) -> Float64[ndarray, "2 i k"]:
    """Indices into a plane at knots."""
    across, up = ((at - axis[0]) / (axis[1] - axis[0]) for at, axis in ((x, cavity.x), (z, cavity.z)))
    return np.stack(np.meshgrid(across, up, indexing="ij"))


def _axes_mm(scale: Vector3, growable: Growable) -> list[Float64[ndarray, " voxels"]]:
    """Of the growable's grid, in the patient's supine frame."""
    template = growable.template
    low = growable.origin_mm - np.mean(template.hip_centres_mm, axis=0)
    sizes = zip(low, growable.rigid.shape, template.spacing_mm, scale, strict=True)
    return [factor * (first + np.arange(n) * edge) for first, n, edge, factor in sizes]


def _crest_mm(shape: Shape, growable: Growable) -> float:
    """Height of the iliac crests over the hip centres, in the patient's frame."""
    return float(_axes_mm(shape.scale, growable)[2][np.isin(growable.rigid, _HIP_BONES).any(axis=(0, 1))][-1])


def _diameter_mm(shape: Shape, growable: Growable, body: MaskVolume, crest_mm: float) -> float:
    """From back to belly in the midline at the crests, as the shape shows the body."""
    template = growable.template
    y = shape.origin_mm[1] + np.arange(0, KNOT_MM * (shape.warp_mm.shape[2] - 1), 1.0)
    points = np.stack([np.zeros_like(y), y, np.full_like(y, crest_mm - _BELOW_CREST_MM)], axis=1)
    places = shape.template_mm(points) + np.mean(template.hip_centres_mm, axis=0) - growable.origin_mm
    return float(ndimage.map_coordinates(body, (places / template.spacing_mm).T, order=0, cval=0).sum())
