"""The belly: what the abdominal wall, the spine and the pelvis enclose and no atlas of muscles fills."""

import numpy as np
from jaxtyping import Bool
from jaxtyping import Int64
from numpy import ndarray
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial import Delaunay

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Part
from mskdex.types import LabelVolume
from mskdex.types import MaskVolume

_FEWEST_WALL_VOXELS = 30  # fewer in a slice are the tip of one muscle, not the walls of a cavity
_WALLS = (
    *OTHER_MUSCLES[:2],
    *OTHER_MUSCLES[4:],
    Part.VERTEBRA,
    Part.COCCYX,
    *(
        LABEL_BY_NAME[f"{name}_{side}"].value
        for name in ("iliacus", "psoas_major", "obturator_internus")
        for side in ("right", "left")
    ),
    LABEL_BY_NAME["sacrum"].value,
)


def visceral_cavity(parts: LabelVolume) -> MaskVolume:
    """Fat voxels inside the convex outline of the cavity's walls, slice by slice, off the walls by one voxel.

    Args:
        parts: [i, j, k] codes of ``Part``, k along the body.
    """
    walls = np.isin(parts, _WALLS)
    cavity = np.zeros(parts.shape, dtype=bool)
    for k in np.flatnonzero(walls.sum(axis=(0, 1)) > _FEWEST_WALL_VOXELS):
        cavity[:, :, k] = filled_hull(walls[:, :, k])
    in_plane = np.zeros((3, 3, 3), dtype=bool)
    in_plane[:, 1, 1] = in_plane[1, :, 1] = True  # the ends of the body are open
    return np.asarray(ndimage.binary_erosion(cavity & (parts == Part.FAT), in_plane))


def filled_hull(mask: Bool[ndarray, "i j"]) -> Bool[ndarray, "i j"]:
    """Pixels inside the convex hull of the mask's; the mask itself where they lie in one line."""
    points = np.argwhere(mask)
    if _in_one_line(points):
        return mask.copy()
    hull = Delaunay(points[ConvexHull(points).vertices])
    inside = np.zeros(mask.shape, dtype=bool)
    low, high = points.min(axis=0), points.max(axis=0) + 1
    grid = np.stack(np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), axis=-1)
    inside[low[0] : high[0], low[1] : high[1]] = hull.find_simplex(grid) >= 0
    return inside


def _in_one_line(points: Int64[ndarray, "points 2"]) -> bool:
    """Whether points, no two of them alike, span no triangle; told in whole numbers, so without a tolerance."""
    if len(points) < 3:
        return True
    from_first = points[1:] - points[0]
    last = from_first[-1]
    return not np.any(from_first[:, 0] * last[1] != from_first[:, 1] * last[0])
