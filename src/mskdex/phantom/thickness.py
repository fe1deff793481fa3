"""How thick a body is from place to place: muscles grow in proportion to it, so that they keep their shape."""

import numba
import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.types import ScalarVolume
from mskdex.types import Vector3

_SMOOTH_MM, _COARSE = 7.0, 2
_TRUNCATE = 4.0
_LEAST = np.float32(1e-4)
"""Share of the surroundings that is body: where it is less, the body is too far away to say."""


def local_radius(signed_mm: ScalarVolume, spacing_mm: Vector3) -> ScalarVolume:
    """Radius of the largest ball within a body that holds each of its voxels: half the "local thickness".

    Hildebrand and Ruegsegger, J Microsc 1997;185:67. A ball holds the voxels that it touches: their faces it reaches,
    not always their centres.

    Args:
        signed_mm: [i, j, k] distance from the body's surface, negative inside.
        spacing_mm: edges of a voxel.

    Returns:
        mm, 0 outside.
    """
    radius = np.zeros_like(signed_mm)
    _paint_balls(signed_mm, np.asarray(spacing_mm, np.float32), radius)
    return radius


def relative_thickness(signed_mm: ScalarVolume, spacing_mm: Vector3) -> ScalarVolume:
    """Thickness of a body about each place over its mean on the surface, smooth; also outside, as far as 25 mm.

    Args:
        signed_mm: [i, j, k] distance from the body's surface, negative inside.
        spacing_mm: edges of a voxel.

    Returns:
        1 where the body is as thick as its surface is on average, and where it is too far away.
    """
    inside = (signed_mm < 0).astype(np.float32)
    radius = local_radius(signed_mm, spacing_mm)
    thickness = _zoomed(_blurred(radius, spacing_mm), _blurred(inside, spacing_mm), signed_mm.shape)
    at_surface = np.abs(signed_mm) < float(spacing_mm.mean()) / 2 + 1e-3
    return np.asarray(np.where(thickness > 0, thickness / thickness[at_surface].mean(), np.float32(1)), np.float32)


def _blurred(volume: ScalarVolume, spacing_mm: Vector3) -> ScalarVolume:
    """Smoothed, on a grid of every second voxel."""
    ends = [-n % _COARSE for n in volume.shape]
    even = np.pad(volume, [(0, end) for end in ends])
    i, j, k = (n // _COARSE for n in even.shape)
    coarse = even.reshape(i, _COARSE, j, _COARSE, k, _COARSE).mean(axis=(1, 3, 5))
    sigma = _SMOOTH_MM / (spacing_mm * _COARSE)
    return np.asarray(ndimage.gaussian_filter(coarse, sigma, mode="constant", truncate=_TRUNCATE))


def _zoomed(radius: ScalarVolume, inside: ScalarVolume, shape: tuple[int, ...]) -> ScalarVolume:
    """Mean radius of the body's voxels about each place, on the fine grid; 0 where there are none."""
    mean = np.where(inside > _LEAST, radius / np.maximum(inside, _LEAST), 0)
    fine = mean.repeat(_COARSE, 0).repeat(_COARSE, 1).repeat(_COARSE, 2)
    return np.asarray(fine[tuple(slice(n) for n in shape)])


@numba.njit(cache=True, nogil=True)
def _paint_balls(signed: ScalarVolume, spacing: Float32[ndarray, "3"], radius: ScalarVolume) -> None:
    """Each inner voxel's ball, but for those within a neighbour's."""
    for i in range(signed.shape[0]):
        for j in range(signed.shape[1]):
            for k in range(signed.shape[2]):
                if signed[i, j, k] < 0 and not _is_within_a_neighbours(signed, spacing, i, j, k):
                    _paint_ball(signed, spacing, radius, i, j, k)


@numba.njit(cache=True, nogil=True)
def _is_within_a_neighbours(signed: ScalarVolume, spacing: Float32[ndarray, "3"], i: int, j: int, k: int) -> bool:
    ni, nj, nk = signed.shape
    for x in range(max(i - 1, 0), min(i + 2, ni)):
        for y in range(max(j - 1, 0), min(j + 2, nj)):
            for z in range(max(k - 1, 0), min(k + 2, nk)):
                apart = (((x - i) * spacing[0]) ** 2 + ((y - j) * spacing[1]) ** 2 + ((z - k) * spacing[2]) ** 2) ** 0.5
                if apart > 0 and signed[x, y, z] <= signed[i, j, k] - apart:
                    return True
    return False


@numba.njit(cache=True, nogil=True)
def _paint_ball(
    signed: ScalarVolume, spacing: Float32[ndarray, "3"], radius: ScalarVolume, i: int, j: int, k: int
) -> None:
    own = -signed[i, j, k]
    reach = own + spacing.mean() / 2
    a, b, c = int(reach / spacing[0]), int(reach / spacing[1]), int(reach / spacing[2])
    ni, nj, nk = signed.shape
    for x in range(max(i - a, 0), min(i + a + 1, ni)):
        for y in range(max(j - b, 0), min(j + b + 1, nj)):
            flat = ((x - i) * spacing[0]) ** 2 + ((y - j) * spacing[1]) ** 2
            if flat > reach * reach:
                continue
            for z in range(max(k - c, 0), min(k + c + 1, nk)):
                if flat + ((z - k) * spacing[2]) ** 2 <= reach * reach and signed[x, y, z] < 0:
                    radius[x, y, z] = max(radius[x, y, z], own)
