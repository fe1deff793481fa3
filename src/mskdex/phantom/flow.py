"""How what cannot be compressed moves into sinks: a potential flow through open cells, free to come from outside."""

import numba
import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

FIRST_ROUNDS, ROUNDS, _OVER = 100, 40, 1.9
"""Of successive over-relaxation, in the first step and in the others, which begin with what was found; its factor."""

Shift = Float32[ndarray, "3 i j k"]
"""Displacements along x, y and z of cells, mm."""


@numba.njit(cache=True, error_model="numpy")
def solve(pressure: ScalarVolume, sink: ScalarVolume, is_open: MaskVolume, edges_mm: Vector3, rounds: int) -> None:
    """Successive over-relaxation of  -div grad p = sink.

    No flow through closed cells, nor through the ends of the body; at its sides, far outside, p is 0.
    """
    rows, columns, slices = pressure.shape
    along = (1 / edges_mm[0] ** 2, 1 / edges_mm[1] ** 2, 1 / edges_mm[2] ** 2)
    for _ in range(rounds):
        for i in range(rows):
            for j in range(columns):
                for k in range(slices):
                    if not is_open[i, j, k]:
                        continue
                    weight, total = 0.0, sink[i, j, k]
                    for axis in range(3):
                        for step in (-1, 1):
                            a, b, c = i, j, k
                            if axis == 0:
                                a += step
                            elif axis == 1:
                                b += step
                            else:
                                c += step
                            if c < 0 or c >= slices:
                                continue
                            if a < 0 or b < 0 or a >= rows or b >= columns:
                                weight += along[axis]
                            elif is_open[a, b, c]:
                                weight += along[axis]
                                total += along[axis] * pressure[a, b, c]
                    if weight > 0:
                        pressure[i, j, k] += np.float32(_OVER * (total / weight - pressure[i, j, k]))


def flow_mm(pressure: ScalarVolume, is_open: MaskVolume, edges_mm: Vector3) -> Shift:
    """Displacement, mm: the mean of what flows through both faces of a cell along each axis."""
    flow = np.zeros((3, *pressure.shape), np.float32)
    for axis in range(3):
        ahead = np.diff(pressure, axis=axis) / np.float32(edges_mm[axis])
        both = np.diff(is_open.astype(np.int8), axis=axis) == 0
        through = np.where(both & np.take(is_open, range(1, is_open.shape[axis]), axis), ahead, np.float32(0))
        room = [(0, 0)] * 3
        room[axis] = (1, 1)
        faces = np.pad(through, room)
        low, high = (np.take(faces, span, axis) for span in (range(faces.shape[axis] - 1), range(1, faces.shape[axis])))
        flow[axis] = 0.5 * (low + high)
    return flow
