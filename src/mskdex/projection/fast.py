"""The projector for every day: exact voxel paths, all labels, thickness and mass in one pass over the rays (numba).

Follows each ray from voxel to voxel (Siddon 1985; incremental form of Jacobs et al. 1998). In the ray parameter t, 0 at
the source and 1 at the pixel, a segment from t0 to t1 weighs D (t1^3 - t0^3)/3 with ``Weight.VOLUME`` and L (t1 - t0)
with ``Weight.PATH``: both are differences of one function at the ends, so a run of voxels of one label costs one
subtraction. t stays in float64; in float32 that difference would cancel.

``numba.set_num_threads`` chooses how many cores work. With one thread no thread pool is started, so that worker
processes may be forked.
"""

import math

import numba
import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.geometry import ConeBeam
from mskdex.projection.maps import Projection
from mskdex.projection.maps import Weight
from mskdex.projection.volume import ProjectionVolume

Rays = Float64[ndarray, "4 3"]
"""Source, centre of pixel (0, 0), step to the next row, step to the next column; in voxels from the volume's corner."""
Scale = Float64[ndarray, "rows columns"]

_TILE_ROWS, _TILE_COLUMNS = 64, 2  # neighbours along a column share the cache lines of a volume whose k runs along z


def project(
    volume: ProjectionVolume,
    camera: ConeBeam,
    n_labels: int = len(LABELS),
    weight: Weight = Weight.VOLUME,
    *,
    oversample: int = 1,
) -> Projection:
    """Project every label's thickness (cm) and mass (g/cm2) onto the detector.

    Args:
        volume: the packed body.
        camera: where source and detector are.
        n_labels: channels of the result, channel = label - 1.
        weight: what a bit of tissue counts, see ``Weight``.
        oversample: rays along each side of a pixel, whose mean is its value; time grows with the square. One ray
            through the centre misses a volume by up to 2 % if the object is 10 pixels across, by 0.2 % if 40.

    Raises:
        ValueError: the volume holds a label above ``n_labels``, or ``oversample`` is less than 1.
    """
    volume.require_labels_up_to(n_labels)
    if oversample < 1:
        raise ValueError(f"oversample must be 1 or more, not {oversample}")
    shape = (n_labels, camera.rows, camera.columns)
    thickness_cm, mass_g_per_cm2 = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    fine = camera.magnified(oversample)
    scale_cm = _scale_cm(fine, weight) / oversample**2
    trace = _trace_serial if numba.get_num_threads() == 1 else _trace_parallel
    cubic = weight is Weight.VOLUME
    trace(volume.packed, _rays(volume, fine), scale_cm, cubic, oversample, thickness_cm, mass_g_per_cm2)
    return Projection(thickness_cm, mass_g_per_cm2, camera.pixel_area_cm2)


def _rays(volume: ProjectionVolume, camera: ConeBeam) -> Rays:
    pose, (row, column) = camera.camera_to_world, camera.principal_point
    right, down = pose[:3, 0] * camera.spacing_mm, pose[:3, 1] * camera.spacing_mm
    first = pose[:3, 3] + camera.sdd_mm * pose[:3, 2] - row * down - column * right
    corners = volume.corner_coordinates([camera.source_mm, first, first + down, first + right])
    corners[2:] -= corners[1]
    return corners


def _scale_cm(camera: ConeBeam, weight: Weight) -> Scale:
    """Per pixel, what one unit of the weight's function of t is worth in cm."""
    if weight is Weight.VOLUME:
        return np.full((camera.rows, camera.columns), camera.sdd_mm / 3 / 10)
    return np.asarray(np.linalg.norm(camera.pixel_centres_mm - camera.source_mm, axis=-1) / 10)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _plane_crossings(source: float, step: float, size: int) -> tuple[float, float, float]:
    """Entry and exit of one axis' inner slab ``1 .. size - 1``, and the parameter from plane to plane."""
    if abs(step) < 1e-12:
        if 1 <= source < size - 1:
            return -math.inf, math.inf, math.inf
        return math.inf, -math.inf, math.inf
    low, high = (1 - source) / step, (size - 1 - source) / step
    return min(low, high), max(low, high), 1 / abs(step)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _first_plane(source: float, step: float, t: float, size: int) -> tuple[int, float]:
    """The voxel of one axis that holds the ray at ``t``, and where the ray leaves it."""
    voxel = min(max(math.floor(source + t * step), 1), size - 2)
    if abs(step) < 1e-12:
        return voxel, math.inf
    return voxel, (voxel + (step > 0) - source) / step


@numba.njit(cache=True, error_model="numpy", fastmath={"contract"})
def _trace_ray(packed, source, ray, scale_cm, cubic, sums):  # type: ignore[no-untyped-def]
    """Add one ray to ``sums`` [label, (thickness in cm, mass in mg/cm2)]."""
    n0, n1, n2 = packed.shape
    flat = packed.reshape(-1)
    in0, out0, gap0 = _plane_crossings(source[0], ray[0], n0)
    in1, out1, gap1 = _plane_crossings(source[1], ray[1], n1)
    in2, out2, gap2 = _plane_crossings(source[2], ray[2], n2)
    t, end = max(in0, in1, in2, 0.0), min(out0, out1, out2, 1.0)
    if not t < end:
        return
    i, next0 = _first_plane(source[0], ray[0], t, n0)
    j, next1 = _first_plane(source[1], ray[1], t, n1)
    k, next2 = _first_plane(source[2], ray[2], t, n2)
    stride0 = n1 * n2 if ray[0] > 0 else -n1 * n2
    stride1 = n2 if ray[1] > 0 else -n2
    stride2 = 1 if ray[2] > 0 else -1
    at = (i * n1 + j) * n2 + k
    value = t * t * t if cubic else t
    run_label, run_start, run_mg = 0, value, 0.0
    while t < end:
        word = flat[at]
        if next0 < next1:
            if next0 < next2:
                t = next0
                next0 += gap0
                at += stride0
            else:
                t = next2
                next2 += gap2
                at += stride2
        elif next1 < next2:
            t = next1
            next1 += gap1
            at += stride1
        else:
            t = next2
            next2 += gap2
            at += stride2
        t = min(t, end)
        label = word & 0xFF
        if label != run_label:
            sums[run_label, 0] += (value - run_start) * scale_cm
            sums[run_label, 1] += run_mg * scale_cm
            run_label, run_start, run_mg = label, value, 0.0
        previous, value = value, (t * t * t if cubic else t)
        run_mg += (value - previous) * (word >> 8)
    sums[run_label, 0] += (value - run_start) * scale_cm
    sums[run_label, 1] += run_mg * scale_cm


@numba.njit(cache=True, error_model="numpy")
def _trace_tile(packed, rays, scale_cm, cubic, oversample, tile, thickness_cm, mass_g_per_cm2):  # type: ignore[no-untyped-def]
    n_labels, rows, columns = thickness_cm.shape
    across = (columns + _TILE_COLUMNS - 1) // _TILE_COLUMNS
    first_row, first_column = tile // across * _TILE_ROWS, tile % across * _TILE_COLUMNS
    sums = np.zeros((n_labels + 1, 2))
    ray = np.empty(3)
    for column in range(first_column, min(first_column + _TILE_COLUMNS, columns)):
        for row in range(first_row, min(first_row + _TILE_ROWS, rows)):
            for x in range(column * oversample, (column + 1) * oversample):
                for y in range(row * oversample, (row + 1) * oversample):
                    for axis in range(3):
                        ray[axis] = rays[1, axis] - rays[0, axis] + y * rays[2, axis] + x * rays[3, axis]
                    _trace_ray(packed, rays[0], ray, scale_cm[y, x], cubic, sums)
            for label in range(1, n_labels + 1):
                if sums[label, 0] != 0:
                    thickness_cm[label - 1, row, column] = sums[label, 0]
                    mass_g_per_cm2[label - 1, row, column] = sums[label, 1] / 1000
                    sums[label, 0] = sums[label, 1] = 0.0


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _trace_parallel(packed, rays, scale_cm, cubic, oversample, thickness_cm, mass_g_per_cm2):  # type: ignore[no-untyped-def]
    _, rows, columns = thickness_cm.shape
    for tile in numba.prange(
        ((rows + _TILE_ROWS - 1) // _TILE_ROWS) * ((columns + _TILE_COLUMNS - 1) // _TILE_COLUMNS)
    ):
        _trace_tile(packed, rays, scale_cm, cubic, oversample, tile, thickness_cm, mass_g_per_cm2)


@numba.njit(cache=True, error_model="numpy")
def _trace_serial(packed, rays, scale_cm, cubic, oversample, thickness_cm, mass_g_per_cm2):  # type: ignore[no-untyped-def]
    _, rows, columns = thickness_cm.shape
    for tile in range(((rows + _TILE_ROWS - 1) // _TILE_ROWS) * ((columns + _TILE_COLUMNS - 1) // _TILE_COLUMNS)):
        _trace_tile(packed, rays, scale_cm, cubic, oversample, tile, thickness_cm, mass_g_per_cm2)
