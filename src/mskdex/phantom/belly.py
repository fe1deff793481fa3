"""How far a person's belly stands out: the trunk in front of spine and pelvis, made as deep as the person's is."""

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
from mskdex.types import MaskVolume
from mskdex.types import Vector3

LARGEST_MM = 150.0
"""Farthest that a belly moves forwards."""
_LEAST_SHARE, _LARGEST_SHARE = -0.8, 1.6
"""Of the depth in front of the bones that the template has: how much may be taken from it or added."""
_FROM_MM, _FULL_SHARE = -15.0, 0.85
"""Over the hip centres: where the belly begins, and by which share of the crests' height it stands out in full."""
_FLAT_SHARE = 0.4
"""Of half the trunk's breadth: so far to each side it stands out in full, and at the flank no more."""
_ANCHOR_MM, _SMOOTH_MM = 8.0, 15.0
_EVERY = 3
_ROUNDS = 3

_ANCHORED = tuple(part for part in (*RIGID, *GROWING) if part not in OTHER_MUSCLES)
_HIP_BONES = [label.value for label in BONE_LABELS if label.structure.name == "hip_bone"]

Plane = Float64[ndarray, "i k"]
"""One number for each column from front to back."""


@dataclass(frozen=True)
class _Front:
    """The trunk seen from the front, in the patient's supine frame, mm.

    Attributes:
        x, z: of the columns.
        anchor: [i, k] where bones and measured muscles begin, behind which nothing moves.
        depth: [i, k] of what lies before them, out to the skin.
        share: [i, k] 1 where the belly stands out in full, 0 where not at all.
    """

    x: Float64[ndarray, " i"]
    z: Float64[ndarray, " k"]
    anchor: Plane
    depth: Plane
    share: Plane


def with_belly(shape: Shape, growable: Growable, body: MaskVolume, depth_mm: float) -> Shape:
    """The shape of a person whose trunk measures ``depth_mm`` from back to belly, at the top of the iliac crests.

    What lies in front of bones and measured muscles is stretched or squeezed along y, most in the midline; those stay.
    A belly that no template bears is brought as near as it goes.

    Args:
        shape: of the person without regard to the belly.
        growable: the prepared template.
        body: [i, j, k] where on its grid the person's body is, about.
        depth_mm: the sagittal abdominal diameter, supine.
    """
    if not body.any():
        return shape
    front, crest = _front(shape, growable, body), _crest_mm(shape, growable)
    moved, forwards = shape, 0.0
    for _ in range(_ROUNDS):
        forwards += depth_mm - _depth_mm(moved, growable, body, crest)
        moved = _moved(shape, front, float(np.clip(forwards, -LARGEST_MM, LARGEST_MM)))
    return moved


def _front(shape: Shape, growable: Growable, body: MaskVolume) -> _Front:
    parts = growable.template.parts
    pad = (np.array(body.shape) - parts.shape) // 2
    firm = np.zeros(body.shape, bool)
    firm[tuple(slice(p, p + n) for p, n in zip(pad, parts.shape, strict=True))] = np.isin(parts, _ANCHORED)
    x, y, z = (axis[::_EVERY] if which != 1 else axis for which, axis in enumerate(_axes_mm(shape.scale, growable)))
    firm, body = firm[::_EVERY, :, ::_EVERY], body[::_EVERY, :, ::_EVERY]
    columns_mm = np.array([axis[1] - axis[0] for axis in (x, z)])
    # The warp is told at knots: whatever lies about one is to stay.
    reach = 2 * np.ceil(KNOT_MM / 2 / columns_mm).astype(int) + 1
    anchor, skin = ndimage.minimum_filter(_first(firm, y), reach) - _ANCHOR_MM, _first(body, y)
    sigma = _SMOOTH_MM / columns_mm
    anchor, skin = (ndimage.gaussian_filter(each, sigma, mode="nearest") for each in (anchor, skin))
    half = float(np.abs(x[body.any(axis=(1, 2))]).max())
    sideways = 1 - smoothstep(np.abs(x), _FLAT_SHARE * half, half)
    upwards = smoothstep(z, _FROM_MM, _FULL_SHARE * _crest_mm(shape, growable))
    return _Front(x, z, anchor, np.maximum(anchor - skin, 0), sideways[:, None] * upwards)


def _first(mask: MaskVolume, y: Float64[ndarray, " j"]) -> Plane:
    """Where the mask begins in each column, seen from the front; columns that miss it take the nearest one's."""
    found = mask.any(axis=1)
    nearest = ndimage.distance_transform_edt(~found, return_distances=False, return_indices=True)
    return np.asarray(y[mask.argmax(axis=1)][tuple(nearest)])


def _moved(shape: Shape, front: _Front, forwards_mm: float) -> Shape:
    """The shape with the front of the belly ``forwards_mm`` farther forward, and what is behind in proportion."""
    least, most = _LEAST_SHARE * front.depth, _LARGEST_SHARE * front.depth
    step = np.clip(forwards_mm * front.share, least, most)
    x, y, z = (
        origin + KNOT_MM * np.arange(n) for origin, n in zip(shape.origin_mm, shape.warp_mm.shape[1:], strict=True)
    )
    at_knots = [
        ndimage.map_coordinates(plane, _in_plane(front, x, z), order=1, mode="nearest")[:, None]
        for plane in (step, front.anchor, front.depth)
    ]
    forwards, anchor, depth = at_knots
    along = np.clip((anchor - y[:, None]) / np.maximum(depth + forwards, 1.0), 0, 1)
    warp = shape.warp_mm.copy()
    warp[1] += forwards * along / shape.scale[1]
    return replace(shape, warp_mm=warp, forwards_mm=max(float(step.max()), 0.0))


def _in_plane(front: _Front, x: Float64[ndarray, " i"], z: Float64[ndarray, " k"]) -> Float64[ndarray, "2 i k"]:
    """Indices into a plane at knots."""
    across, up = ((at - axis[0]) / (axis[1] - axis[0]) for at, axis in ((x, front.x), (z, front.z)))
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


def _depth_mm(shape: Shape, growable: Growable, body: MaskVolume, crest_mm: float) -> float:
    """From back to belly in the midline at the crests, as the shape shows the body."""
    template = growable.template
    y = shape.origin_mm[1] + np.arange(0, KNOT_MM * (shape.warp_mm.shape[2] - 1), 1.0)
    points = np.stack([np.zeros_like(y), y, np.full_like(y, crest_mm)], axis=1)
    places = shape.template_mm(points) + np.mean(template.hip_centres_mm, axis=0) - growable.origin_mm
    return float(ndimage.map_coordinates(body, (places / template.spacing_mm).T, order=0, cval=0).sum())
