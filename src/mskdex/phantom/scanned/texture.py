"""What a CT shows inside a part beyond its mean: bundles of fat in a muscle, struts and cysts in a bone."""

import numpy as np
from jaxtyping import Int64
from numpy import ndarray

from mskdex.phantom.distance import signed_distance
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.template import Part
from mskdex.phantom.template import Texture
from mskdex.phantom.tissue import TEXTURE_STEPS
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

_DEEPEST_MM = 40.0
_FEWEST_VOXELS = 40  # a shell of fewer has no mean of its own


def texture_of(parts: LabelVolume, hu: ScalarVolume, spacing_mm: Vector3) -> Texture:
    """HU less the mean of the same part at the same depth, over the part's SD, in steps of ``1 / TEXTURE_STEPS``.

    The mean is taken shell by shell, each as thick as a voxel, because painting has a cortex of its own and a
    segmentation's edge holds some of its neighbour. Clipped at about four SD. Outside and gas have none.

    Args:
        parts: [i, j, k] codes of ``Part``.
        hu: [i, j, k].
        spacing_mm: edges of a voxel.
    """
    shells = int(_DEEPEST_MM / float(np.mean(spacing_mm))) + 1
    shell = _shells(parts, spacing_mm, shells)
    count, total = (np.bincount(shell.ravel(), each, N_PARTS * shells) for each in (None, hu.ravel()))
    residual = hu - (total / np.maximum(count, 1)).astype(np.float32)[shell]
    squares = np.bincount(parts.ravel(), residual.ravel() ** 2, N_PARTS)
    sd = np.sqrt(squares / np.maximum(np.bincount(parts.ravel(), minlength=N_PARTS), 1))
    scale = np.where(sd > 0, TEXTURE_STEPS / np.maximum(sd, 1e-6), 0).astype(np.float32)
    scale[[Part.OUTSIDE, Part.GAS]] = 0
    return np.asarray(np.clip(np.rint(residual * scale[parts]), -127, 127).astype(np.int8))


def _shells(parts: LabelVolume, spacing_mm: Vector3, shells: int) -> Int64[ndarray, "i j k"]:
    """Number of each voxel's part and shell: ``part * shells + depth``, the innermost with enough voxels at least."""
    depth = np.zeros(parts.shape, np.int64)
    for part in np.unique(parts[parts > 0]):
        within = parts == part
        box = tuple(
            slice(max(int(hits[0]) - 1, 0), int(hits[-1]) + 2)
            for hits in (np.flatnonzero(within.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
        )
        inside = within[box]
        own = (-signed_distance(inside, spacing_mm, _DEEPEST_MM)[inside] / float(np.mean(spacing_mm))).astype(np.int64)
        own = np.clip(own, 0, shells - 1)
        enough = np.bincount(own) >= _FEWEST_VOXELS
        innermost = len(enough) - 1 if enough.all() else max(int(np.argmin(enough)) - 1, 0)
        depth[box][inside] = np.minimum(own, innermost)
    return parts.astype(np.int64) * shells + depth
