"""Which voxel centres lie inside a closed surface: parity of crossings along columns."""

from typing import TYPE_CHECKING

import numba
import numpy as np
from jaxtyping import Float64
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.types import Affine
from mskdex.types import MaskVolume

if TYPE_CHECKING:
    import trimesh

# Columns are shifted by an irrational fraction of a voxel, so that none runs through a vertex or an edge.
_NUDGE = np.array([np.sqrt(2) * 1e-4, np.sqrt(3) * 1e-4, 0.0])


def inside_mesh(mesh: "trimesh.Trimesh", frame: Affine, shape: tuple[int, ...]) -> MaskVolume:
    """Voxel centres inside a closed mesh.

    Args:
        mesh: closed surface in mm, in the frame's world.
        frame: scaled, axis-aligned voxel_to_world of the volume, mm.
        shape: of the volume, [i, j, k].
    """
    corners = (mesh.vertices - frame[:3, 3]) / np.diag(frame)[:3] + _NUDGE
    crossings = np.zeros((*shape[:2], shape[2] + 1), dtype=np.uint8)
    _mark_crossings(corners[mesh.faces].astype(np.float64), crossings)
    return np.asarray(np.logical_xor.accumulate(crossings.astype(bool), axis=2)[:, :, :-1])


@numba.njit(cache=True)
def _mark_crossings(triangles: Float64[ndarray, "triangles 3 3"], crossings: UInt8[ndarray, "i j above"]) -> None:
    """Flip, in each column a triangle covers, the first voxel centre above it. Triangles are in voxels."""
    n_i, n_j, n_k = crossings.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area == 0:
            continue
        i_low = max(int(np.ceil(min(a[0], b[0], c[0]))), 0)
        i_high = min(int(np.floor(max(a[0], b[0], c[0]))), n_i - 1)
        j_low = max(int(np.ceil(min(a[1], b[1], c[1]))), 0)
        j_high = min(int(np.floor(max(a[1], b[1], c[1]))), n_j - 1)
        for i in range(i_low, i_high + 1):
            for j in range(j_low, j_high + 1):
                u = ((b[0] - i) * (c[1] - j) - (b[1] - j) * (c[0] - i)) / area
                v = ((c[0] - i) * (a[1] - j) - (c[1] - j) * (a[0] - i)) / area
                w = 1 - u - v
                if u >= 0 and v >= 0 and w >= 0:
                    k = int(np.ceil(u * a[2] + v * b[2] + w * c[2]))
                    crossings[i, j, min(max(k, 0), n_k - 1)] ^= 1
