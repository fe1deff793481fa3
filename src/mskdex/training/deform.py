"""New patients from old ones: a patient deformed sideways is again a patient whose maps are known exactly.

If a body is deformed only across the beam, what a detector point sees comes from another point with its whole ray:
attenuation and maps are looked up at the same moved place, thickness unchanged; pictures sharply, maps linearly. If a
body grows by a factor in all directions, its picture is magnified by it and every ray grows by it too. Sums change with
the body, and stay its volumes and masses. A stored radiograph moves likewise with its field, but its greys stay: how
they follow from the attenuation nobody knows. Nothing else may be done to a pair: a deeper body of the same outline
would be truth that no radiograph shows.
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

    at = rows / canvas.spacing_mm, columns / canvas.spacing_mm

    def seen(picture: ndarray) -> ndarray:
        return _sharp(np.asarray(picture, np.float32), *at)

    other = replace(
        arrays.one_pose(),
        thickness_cm=moved(arrays.thickness_cm),
        mass_g_per_cm2=moved(arrays.mass_g_per_cm2),
    )
    if arrays.attenuation is not None:
        attenuation = np.maximum(seen(arrays.attenuation) * np.float32(size), 0)
        return replace(other, attenuation=attenuation.astype(np.float16))
    radiograph = np.clip(seen(arrays.radiograph), arrays.radiograph.min(), arrays.radiograph.max())
    field = _lookup(arrays.field[None].astype(np.float32), *at, 1.0)[0] > 0.5
    return replace(other, radiograph=radiograph.astype(np.float16), field=field)


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


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _sharp(picture: ndarray, rows: ndarray, columns: ndarray) -> ndarray:
    """Look-up of a picture by the cubic through four pixels along each axis (Catmull-Rom): between pixels, a bilinear
    one blurs, and a network learns that pictures are blurred."""
    height, width = picture.shape
    result = np.zeros(rows.shape, np.float32)
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            y = min(max(rows[r, c] + (height - 1) / 2, 0.0), height - 1.0)
            x = min(max(columns[r, c] + (width - 1) / 2, 0.0), width - 1.0)
            i, j = int(y), int(x)
            total = 0.0
            for di in range(-1, 3):
                along_row, row = _weight(y - i - di), min(max(i + di, 0), height - 1)
                for dj in range(-1, 3):
                    total += along_row * _weight(x - j - dj) * picture[row, min(max(j + dj, 0), width - 1)]
            result[r, c] = total
    return result


@numba.njit(cache=True, nogil=True, inline="always")
def _weight(distance: float) -> float:
    """Of a pixel so far away, in pixels (Keys, IEEE TASSP 1981;29:1153, a = -1/2)."""
    d = abs(distance)
    if d < 1:
        return (1.5 * d - 2.5) * d * d + 1
    return ((-0.5 * d + 2.5) * d - 4) * d + 2 if d < 2 else 0.0
