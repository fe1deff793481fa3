"""Shapes as balls along a skeleton: a curve or a sheet of control points, each with a radius.

The medial representation of Pizer et al. 1999. A fusiform muscle is a curve whose radius swells, a fan is a sheet, a
bone is a few of both. The union of the balls is the shape; its signed distance is the least ``|p - centre| - radius``.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numba import njit
from numpy import ndarray
from scipy.interpolate import PchipInterpolator

Controls = Float64[ndarray, "rows columns 4"]
"""Control points of a skeleton: x, y, z and radius, in mm."""
Balls = Float32[ndarray, "balls 4"]
Field = Float32[ndarray, "i j k"]
"""Signed distance in mm, negative inside."""

REACH_MM = 8.0
"""How far outside a shape its distance is known; beyond, a field holds ``FAR_MM``."""
FAR_MM = 1e3
_NOBODY = np.empty((0, 0, 0), np.uint8)


@dataclass(frozen=True)
class Grid:
    """A box of voxels: the centre of voxel (0, 0, 0), the voxel size, and the number of voxels along each axis."""

    origin_mm: tuple[float, float, float]
    voxel_mm: float
    shape: tuple[int, int, int]

    def empty_field(self) -> Field:
        return np.full(self.shape, FAR_MM, dtype=np.float32)

    def axes_mm(self) -> list[Field]:
        """World coordinates along each axis, shaped to broadcast against a field."""
        lines = [
            (start + self.voxel_mm * np.arange(n)).astype(np.float32)
            for start, n in zip(self.origin_mm, self.shape, strict=True)
        ]
        return list(np.ix_(*lines))


def controls(table: str) -> Controls:
    """Control points from a table: a line per row, columns parted by ``|``, each "x y z radius"; one column is a curve.

    Raises ValueError for a table whose rows differ in length.
    """
    rows = [[cell.split() for cell in line.split("|")] for line in table.strip().splitlines()]
    return np.asarray(rows, dtype=np.float64)


def balls_of(skeleton: Controls) -> Balls:
    """The skeleton interpolated densely enough that its balls make a smooth surface."""
    spacing = float(np.clip(0.3 * skeleton[..., 3].mean(), 1.2, 3.0))
    along = _resampled(skeleton, spacing)
    across = _resampled(np.swapaxes(along, 0, 1), spacing)
    return np.ascontiguousarray(across.reshape(-1, 4), dtype=np.float32)


def _resampled(skeleton: Controls, spacing: float) -> Controls:
    if len(skeleton) == 1:
        return skeleton
    steps = np.linalg.norm(np.diff(skeleton[..., :3], axis=0), axis=-1)
    position = np.concatenate([[0.0], np.cumsum(np.maximum(steps.mean(axis=1), 1e-3))])
    count = max(2, int(np.ceil(steps.sum(axis=0).max() / spacing)) + 1)
    return np.asarray(PchipInterpolator(position, skeleton, axis=0)(np.linspace(0, position[-1], count)))


def paint(grid: Grid, field: Field, balls: Balls) -> None:
    """Lower ``field`` to the distance from the balls, where that is less."""
    paint_owned(grid, field, _NOBODY, balls, 0)


def paint_owned(grid: Grid, field: Field, owner: ndarray, balls: Balls, code: int) -> None:
    """As ``paint``, and note in ``owner`` (uint8) whose the nearest surface is."""
    _paint(field, owner, np.asarray(grid.origin_mm, dtype=np.float32), np.float32(grid.voxel_mm), balls, code)


@njit(cache=True)  # pragma: no cover
def _span(centre: float, radius: float, origin: float, voxel: float, n: int) -> tuple[int, int]:
    first = int(np.ceil((centre - radius - origin) / voxel))
    last = int(np.floor((centre + radius - origin) / voxel))
    return max(first, 0), min(last + 1, n)


@njit(cache=True)  # pragma: no cover
def _paint(field, owner, origin, voxel, balls, code):  # type: ignore[no-untyped-def]
    is_owned = owner.size > 0
    for b in range(len(balls)):
        x, y, z, radius = balls[b]
        reach = radius + np.float32(REACH_MM)
        i0, i1 = _span(x, reach, origin[0], voxel, field.shape[0])
        j0, j1 = _span(y, reach, origin[1], voxel, field.shape[1])
        k0, k1 = _span(z, reach, origin[2], voxel, field.shape[2])
        for i in range(i0, i1):
            dx = origin[0] + i * voxel - x
            for j in range(j0, j1):
                dy = origin[1] + j * voxel - y
                flat = dx * dx + dy * dy
                for k in range(k0, k1):
                    dz = origin[2] + k * voxel - z
                    squared = flat + dz * dz
                    limit = field[i, j, k] + radius
                    if limit > 0 and squared < limit * limit and squared < reach * reach:
                        field[i, j, k] = np.sqrt(squared) - radius
                        if is_owned:
                            owner[i, j, k] = code
