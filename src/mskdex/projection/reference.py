"""The projector to believe: what ``fast`` computes, written to be read. Slow; float64 numpy, one ray at a time."""

import numpy as np
from jaxtyping import Float64
from jaxtyping import Int64
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.geometry import ConeBeam
from mskdex.projection.maps import Projection
from mskdex.projection.maps import Weight
from mskdex.projection.volume import ProjectionVolume
from mskdex.types import Vector3

Ends = Float64[ndarray, "segments 2"]
Voxels = Int64[ndarray, "segments 3"]
PerSegment = Float64[ndarray, "segments"]
Maps = Float64[ndarray, "2 labels rows columns"]


def project(
    volume: ProjectionVolume,
    camera: ConeBeam,
    n_labels: int = len(LABELS),
    weight: Weight = Weight.VOLUME,
    *,
    oversample: int = 1,
) -> Projection:
    """Project every label's thickness (cm) and mass (g/cm2) onto the detector; called as ``fast.project``."""
    volume.require_labels_up_to(n_labels)
    maps = _project_rays(volume, camera.magnified(oversample), n_labels, weight)
    blocks = maps.reshape(2, n_labels, camera.rows, oversample, camera.columns, oversample)
    thickness_cm, mass_g_per_cm2 = blocks.mean(axis=(3, 5)).astype(np.float32)
    return Projection(thickness_cm, mass_g_per_cm2, camera.pixel_area_cm2)


def _project_rays(volume: ProjectionVolume, camera: ConeBeam, n_labels: int, weight: Weight) -> Maps:
    labels, density_g_per_cm3 = volume.labels, volume.density_g_per_cm3.astype(np.float64)
    maps = np.zeros((2, 1 + n_labels, camera.rows, camera.columns))
    pixels_mm = camera.pixel_centres_mm
    source, pixels = volume.corner_coordinates(camera.source_mm), volume.corner_coordinates(pixels_mm)
    for row, column in np.ndindex(camera.rows, camera.columns):
        t, voxel = ray_segments(source, pixels[row, column], labels.shape)
        length_mm = float(np.linalg.norm(pixels_mm[row, column] - camera.source_mm))
        thickness_cm = segment_weights_mm(t, camera.sdd_mm, length_mm, weight) / 10
        label, density = labels[tuple(voxel.T)], density_g_per_cm3[tuple(voxel.T)]
        maps[0, :, row, column] = np.bincount(label, thickness_cm, minlength=1 + n_labels)
        maps[1, :, row, column] = np.bincount(label, thickness_cm * density, minlength=1 + n_labels)
    return maps[:, 1:]


def ray_segments(source: Vector3, pixel: Vector3, shape: tuple[int, ...]) -> tuple[Ends, Voxels]:
    """The pieces of a ray inside the voxels that it crosses: both ends in t (source 0, pixel 1), and the voxel.

    Source and pixel are in voxels from the volume's corner. A ray that runs in the plane between two voxels belongs to
    the voxel on the upper side.
    """
    ray = pixel - source
    crossings = [
        (np.arange(size + 1) - start) / step for size, start, step in zip(shape, source, ray, strict=True) if step
    ]
    t = np.unique(np.clip(np.concatenate([[0.0, 1.0], *crossings]), 0.0, 1.0))
    middle = (t[:-1] + t[1:]) / 2
    voxel = np.floor(source + middle[:, np.newaxis] * ray).astype(np.int64)
    inside = ((voxel >= 0) & (voxel < shape)).all(axis=1)
    return np.stack([t[:-1], t[1:]], axis=1)[inside], voxel[inside]


def segment_weights_mm(t: Ends, sdd_mm: float, length_mm: float, weight: Weight) -> PerSegment:
    """What each piece of a ray of ``length_mm`` counts: the integral of ``Weight`` between its ends, in closed form.

    (t1^3 - t0^3)/3 is written as dt (t1^2 + t1 t0 + t0^2)/3, which does not cancel for short pieces.
    """
    start, end = t.T
    if weight is Weight.PATH:
        return np.asarray(length_mm * (end - start))
    return np.asarray(sdd_mm * (end - start) * (end**2 + end * start + start**2) / 3)
