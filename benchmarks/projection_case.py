"""What the projectors are timed on: a body with 20 organs in it, as voxels and as exact chords."""

from dataclasses import dataclass

import numpy as np

from mskdex.geometry import ConeBeam
from mskdex.geometry import Rigid
from mskdex.geometry import ap_camera
from mskdex.geometry import voxel_grid

SEED = 7
N_LABELS = 21
SIZE, SPACING_MM = 256, 1.5
FIELD_MM = 512.0


@dataclass(frozen=True)
class Ellipsoid:
    label: int
    centre_mm: np.ndarray
    semi_axes_mm: np.ndarray
    density_g_per_cm3: float


def ellipsoids() -> list[Ellipsoid]:
    """A body and 20 organs that do not touch, four storeys of five."""
    rng = np.random.default_rng(SEED)
    floor = [(-84, 0), (-28, -38), (-28, 38), (40, 0), (104, 0)]
    organs = [(x, y, z) for z in (-108, -36, 36, 108) for x, y in floor]
    body = Ellipsoid(1, np.zeros(3), np.array([170.0, 112.0, 184.0]), 0.91)
    return [body] + [
        Ellipsoid(label, np.add(at, rng.uniform(-2, 2, 3)), (24, 30, 31) * rng.uniform(0.75, 1, 3), rng.uniform(1, 1.6))
        for label, at in enumerate(organs, start=2)
    ]


def voxelise(spacing_mm: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, densities and ``voxel_to_world``: every voxel is what its centre is in."""
    size = round(SIZE * SPACING_MM / spacing_mm)
    axis = (np.arange(size) - (size - 1) / 2) * spacing_mm
    labels, density = np.zeros((size,) * 3, np.uint8), np.zeros((size,) * 3, np.float32)
    for body in ellipsoids():
        x, y, z = (((axis - c) / s) ** 2 for c, s in zip(body.centre_mm, body.semi_axes_mm, strict=True))
        inside = x[:, None, None] + y[:, None] + z <= 1
        labels[inside], density[inside] = body.label, body.density_g_per_cm3
    return labels, density, voxel_grid(spacing_mm, [axis[0]] * 3)


def camera(pixels: int) -> ConeBeam:
    straight = ap_camera(
        (0, 0, 0),
        sdd_mm=1200,
        object_to_detector_mm=300,
        rows=pixels,
        columns=pixels,
        spacing_mm=FIELD_MM / pixels,
    )
    return straight.moved(Rigid.rotation((0, 0, 20)) @ Rigid.rotation((10, 0, 0)))


def analytic_chords_cm(view: ConeBeam) -> np.ndarray:
    """Exact thickness of every label ``[labels, rows, columns]``."""
    ray = view.pixel_centres_mm - view.source_mm
    chords = []
    for body in ellipsoids():
        start, step = (view.source_mm - body.centre_mm) / body.semi_axes_mm, ray / body.semi_axes_mm
        a, b, c = (step**2).sum(-1), (step * start).sum(-1), (start**2).sum() - 1
        chords.append(2 * np.sqrt(np.maximum(b**2 - a * c, 0)) / a * np.linalg.norm(ray, axis=-1) / 10)
    chords[0] -= np.sum(chords[1:], axis=0)
    return np.array(chords)
