"""Where the hips of a labelled body turn, and how large they are: spheres through the femoral heads."""

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.types import Affine
from mskdex.types import LabelVolume
from mskdex.types import Vector3


def hip_centre(parts: LabelVolume, frame: Affine, side: Side) -> Vector3:
    """Centre of the sphere through the femoral head's surface: the top 30 mm of the femur, its medial 40 mm.

    Args:
        parts: [i, j, k] with the femur as ``anatomy`` numbers it.
        frame: voxel_to_world, LPS mm; axis-aligned, with i to the left, j to the back and k to the head.
        side: right or left.

    Returns:
        mm in that world.
    """
    return _sphere(parts, frame, side)[:3]


def head_diameter_mm(parts: LabelVolume, frame: Affine, side: Side) -> float:
    """Of that sphere, out to the faces of the voxels; arguments as of `hip_centre`."""
    *centre, rest = _sphere(parts, frame, side)
    return float(2 * np.sqrt(rest + np.dot(centre, centre)) + np.diag(frame)[:3].mean())


def _sphere(parts: LabelVolume, frame: Affine, side: Side) -> Float64[ndarray, "4"]:
    """Its centre c, and r^2 - |c|^2: what |p|^2 = 2 p.c + (r^2 - |c|^2) is linear in."""
    bone = parts == LABEL_BY_NAME[f"femur_{side}"].value
    surface = bone & ~ndimage.binary_erosion(bone)
    points = np.argwhere(surface) * np.diag(frame)[:3] + frame[:3, 3]
    points = points[points[:, 2] > points[:, 2].max() - 30]
    lateral = points[:, 0] * (1 if side is Side.LEFT else -1)
    points = points[lateral < lateral.min() + 40]
    system = np.column_stack([2 * points, np.ones(len(points))])
    return np.asarray(np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0])
