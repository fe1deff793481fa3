"""Bodies and cameras that the laws of projection are tried on."""

from dataclasses import dataclass

import numpy as np
import pytest

from mskdex.geometry import Rigid
from mskdex.geometry import ap_camera
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid in the world, with what is known about it exactly."""

    centre_mm: np.ndarray
    semi_axes_mm: np.ndarray

    def holds(self, points_mm):
        return (((points_mm - self.centre_mm) / self.semi_axes_mm) ** 2).sum(axis=-1) <= 1

    def chords_cm(self, camera):
        """Length of each ray inside: the difference of the roots of a quadratic."""
        start = (camera.source_mm - self.centre_mm) / self.semi_axes_mm
        ray_mm = camera.pixel_centres_mm - camera.source_mm
        ray = ray_mm / self.semi_axes_mm
        a, b, c = (ray**2).sum(-1), (ray * start).sum(-1), (start**2).sum() - 1
        root = np.sqrt(np.maximum(b**2 - a * c, 0))
        return 2 * root / a * np.linalg.norm(ray_mm, axis=-1) / 10


@pytest.fixture(scope="session")
def ellipsoid():
    return Ellipsoid(np.array([4.0, -3.0, 5.0]), np.array([35.0, 28.0, 31.0]))


@pytest.fixture(scope="session")
def voxelised():
    """A function: bodies (later ones cut out earlier ones) -> label volume 1, 2, ... and its affine."""

    def make(bodies, spacing_mm, half_size_mm=44.0):
        size = int(np.ceil(2 * half_size_mm / spacing_mm))
        voxel_to_world = voxel_grid(spacing_mm, [-(size - 1) / 2 * spacing_mm] * 3)
        points_mm = np.moveaxis(np.indices((size, size, size)), 0, -1) * spacing_mm + voxel_to_world[:3, 3]
        labels = np.zeros(points_mm.shape[:3], np.uint8)
        for label, body in enumerate(bodies, start=1):
            labels[body.holds(points_mm)] = label
        return labels, voxel_to_world

    return make


@pytest.fixture(scope="session")
def nested(voxelised, ellipsoid):
    """Three labels with a density each, in a grid that is turned against the world."""
    inner = Ellipsoid(ellipsoid.centre_mm + 6, ellipsoid.semi_axes_mm / 2)
    core = Ellipsoid(ellipsoid.centre_mm + 8, ellipsoid.semi_axes_mm / 4)
    labels, voxel_to_world = voxelised([ellipsoid, inner, core], 2.0)
    density = np.array([0, 0.95, 1.06, 1.85], np.float32)[labels]
    turned = Rigid.rotation((10, -35, 60)).matrix @ voxel_to_world
    return ProjectionVolume.from_arrays(labels, density, turned)


@pytest.fixture(scope="session")
def view():
    """A function: an AP camera over the origin, turned about it, its field wide enough for the bodies above."""

    def make(
        pixels, *, turn_deg=(0.0, 0.0, 0.0), sdd_mm=1000.0, object_to_detector_mm=200.0, offset_mm=(0.0, 0.0, 0.0)
    ):
        field_mm = 110 * sdd_mm / (sdd_mm - object_to_detector_mm - 40)
        camera = ap_camera(
            offset_mm,
            sdd_mm=sdd_mm,
            object_to_detector_mm=object_to_detector_mm,
            rows=pixels,
            columns=pixels,
            spacing_mm=field_mm / pixels,
        )
        return camera.moved(Rigid.rotation(turn_deg))

    return make
