"""New patients from old ones: a patient deformed sideways is again a patient whose maps are known exactly.

If a body is deformed only across the beam, what a detector point sees comes from another point with its whole ray:
attenuation and maps are looked up at the same moved place, thickness unchanged. If a body grows by a factor in all
directions, its picture is magnified by it and every ray grows by it too. Sums change with the body, and stay its
volumes and masses. A stored radiograph moves likewise with its field, but its greys stay: how they follow from the
attenuation nobody knows. Nothing else may be done to a pair: a deeper body of the same outline would be truth that no
radiograph shows.
"""

from dataclasses import replace
from functools import cache

import numba
import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.cohort import Arrays
from mskdex.cohort import Canvas

SIZE_SD = 0.03
SHIFT_SD_MM = 4.0
KNOT_MM = 70.0

Field = Float32[ndarray, "rows columns"]


def draw_size(rng: np.random.Generator) -> float:
    """By what factor a patient becomes larger or smaller: 3 % SD."""
    return float(np.exp(rng.normal(0, SIZE_SD)))


def deformed(arrays: Arrays, canvas: Canvas, size: float, rng: np.random.Generator) -> Arrays:
    """The same patient, ``size`` times as large and smoothly deformed by 4 mm SD over 70 mm, with their own maps.

    Where the attenuation is known it is deformed, and the stored radiograph is left as it was: exposures are to be made
    anew. Else it is the radiograph. The 3-D truth is not deformed, since nobody asks for it, and the CT's maps are left
    out, for they show the undeformed patient.
    """
    rows, columns = _source_mm(canvas, size, rng)
    coarse_rows, coarse_columns = (_every(field, canvas.map_stride) for field in (rows, columns))
    map_mm = canvas.spacing_mm * canvas.map_stride

    def moved(maps: ndarray) -> ndarray:
        stack = np.ascontiguousarray(maps, np.float32)
        return _lookup(stack, coarse_rows / map_mm, coarse_columns / map_mm, size).astype(np.float16)

    def seen(*pictures: ndarray, factor: float = 1.0) -> ndarray:
        stack = np.stack([np.asarray(picture, np.float32) for picture in pictures])
        return _lookup(stack, rows / canvas.spacing_mm, columns / canvas.spacing_mm, factor)

    other = replace(
        arrays.one_pose(),
        thickness_cm=moved(arrays.thickness_cm),
        mass_g_per_cm2=moved(arrays.mass_g_per_cm2),
    )
    if arrays.attenuation is not None:
        return replace(other, attenuation=seen(arrays.attenuation, factor=size)[0].astype(np.float16))
    radiograph, field = seen(arrays.radiograph, arrays.field)
    return replace(other, radiograph=radiograph.astype(np.float16), field=field > 0.5)


def _source_mm(canvas: Canvas, size: float, rng: np.random.Generator) -> tuple[Field, Field]:
    """Where each pixel of the new picture looks, in mm from the centre of the canvas."""
    shape = (canvas.rows, canvas.columns)
    along_rows, along_columns = (_spline(n, int(np.ceil(n * canvas.spacing_mm / KNOT_MM)) + 1) for n in shape)
    fields = []
    for axis, n in enumerate(shape):
        place = (np.arange(n, dtype=np.float32) - (n - 1) / 2) * np.float32(canvas.spacing_mm / size)
        noise = rng.standard_normal((along_rows.shape[1], along_columns.shape[1])).astype(np.float32)
        smooth = along_rows @ (noise * np.float32(SHIFT_SD_MM)) @ along_columns.T
        fields.append(smooth + (place[:, None] if axis == 0 else place[None, :]))
    return fields[0], fields[1]


@cache
def _spline(n: int, knots: int) -> Float32[ndarray, "n knots"]:
    """What each knot adds to each of ``n`` places: the cubic spline through the knots, which is separable."""
    return np.asarray(ndimage.zoom(np.eye(knots), (n / knots, 1), order=3, mode="nearest"), np.float32)


def _every(field: Field, stride: int) -> Field:
    rows, columns = field.shape
    pooled = field.reshape(rows // stride, stride, columns // stride, stride).mean(axis=(1, 3))
    return np.asarray(pooled, np.float32)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _lookup(stack: ndarray, rows: ndarray, columns: ndarray, factor: float) -> ndarray:
    """Bilinear look-up of every map of a stack at places, in pixels from its centre, times ``factor``."""
    n_maps, height, width = stack.shape
    result = np.zeros((n_maps, rows.shape[0], rows.shape[1]), np.float32)
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            y, x = rows[r, c] + (height - 1) / 2, columns[r, c] + (width - 1) / 2
            # Beyond the canvas the body goes on as it is at the edge, in the picture and in the maps alike.
            y, x = min(max(y, 0.0), height - 1.001), min(max(x, 0.0), width - 1.001)
            i, j = int(y), int(x)
            v, u = y - i, x - j
            a, b, d, e = (1 - v) * (1 - u) * factor, (1 - v) * u * factor, v * (1 - u) * factor, v * u * factor
            for m in range(n_maps):
                result[m, r, c] = (
                    a * stack[m, i, j] + b * stack[m, i, j + 1] + d * stack[m, i + 1, j] + e * stack[m, i + 1, j + 1]
                )
    return result
