"""Where the hips of a labelled body turn, and how large they are: spheres through the femoral heads."""

import numpy as np
from jaxtyping import Float64
from jaxtyping import Int64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.types import Affine
from mskdex.types import LabelVolume
from mskdex.types import MaskVolume
from mskdex.types import Points
from mskdex.types import Vector3

_TOP_MM, _INNERMOST_MM = 30.0, 28.0
"""Of a femur: nothing but head, in any pose of a hip at rest."""
_TO_NECK = np.array([0.8, 0.0, -0.6])
"""Of the left side: outwards and down."""
_FREE_SHARE, _NEAR_MM, _LARGEST_RADIUS_MM = 0.5, 6.0, 32.0
_ROUNDS, _FEWEST = 10, 30


def hip_centre(parts: LabelVolume, frame: Affine, side: Side) -> Vector3:
    """Centre of the sphere through the femoral head's surface.

    Args:
        parts: [i, j, k] with the femur as ``anatomy`` numbers it.
        frame: voxel_to_world, LPS mm; axis-aligned, with i to the left, j to the back and k to the head.
        side: right or left.

    Returns:
        mm in that world.

    Raises:
        ValueError: there is no such femur.
    """
    return _sphere(parts, frame, side)[:3]


def head_diameter_mm(parts: LabelVolume, frame: Affine, side: Side) -> float:
    """Of that sphere, out to the faces of the voxels; arguments as of `hip_centre`."""
    return 2 * _radius_mm(_sphere(parts, frame, side)) + float(np.diag(frame)[:3].mean())


def _sphere(parts: LabelVolume, frame: Affine, side: Side) -> Float64[ndarray, "4"]:
    """Its centre c, and r^2 - |c|^2.

    Fitted to the innermost of the femur's top, then again and again to all that lies near the sphere of before, but for
    the side of the neck.
    """
    points = _surface(parts == LABEL_BY_NAME[f"femur_{side}"].value) * np.diag(frame)[:3] + frame[:3, 3]
    if not len(points):
        raise ValueError(f"there is no femur_{side}")
    outwards = 1 if side is Side.LEFT else -1
    lateral = outwards * points[:, 0]
    top = points[:, 2] > points[:, 2].max() - _TOP_MM
    sphere = _through(points[top & (lateral < lateral[top].min() + _INNERMOST_MM)])
    for _ in range(_ROUNDS):
        offset = points - sphere[:3]
        radius = min(_radius_mm(sphere), _LARGEST_RADIUS_MM)
        is_near = np.abs(np.linalg.norm(offset, axis=1) - radius) < _NEAR_MM
        is_free = offset @ (_TO_NECK * (outwards, 1, 1)) < _FREE_SHARE * radius
        chosen = points[is_near & is_free]
        if len(chosen) < _FEWEST:  # a femur without a head, as a failed segmentation leaves it
            break
        sphere = _through(chosen)
    return sphere


def _surface(bone: MaskVolume) -> Int64[ndarray, "points 3"]:
    """Indices of the voxels at its surface."""
    boxes = ndimage.find_objects(bone.view(np.uint8))
    if not boxes:
        return np.empty((0, 3), np.int64)
    (box,) = boxes
    inside = bone[box]
    return np.asarray(np.argwhere(inside & ~ndimage.binary_erosion(inside)) + [side.start for side in box])


def _through(points: Points) -> Float64[ndarray, "4"]:
    """The sphere nearest to points: |p|^2 = 2 p.c + (r^2 - |c|^2) is linear in c and in what is between brackets."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    return np.asarray(np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0])


def _radius_mm(sphere: Float64[ndarray, "4"]) -> float:
    return float(np.sqrt(max(sphere[3] + np.dot(sphere[:3], sphere[:3]), 0.0)))
