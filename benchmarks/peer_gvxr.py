"""gVirtualXRay (gvxr, BSD-3) as a peer: the same bodies as closed meshes, the same camera, the same photons.

    python -m pip install gvxr json5
    apt-get install libegl1 libxcb-ewmh2 libxcb-res0 libxcb-composite0 libxcb-xinerama0 libxcb-keysyms1 libxcb-icccm4

gvxr rasterises triangles in OpenGL (a software renderer will do) and takes its cross sections from xraylib; none of
that is shared with mskdex, which follows rays through voxels and takes Elam's tables from xraydb.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from mskdex.geometry import ConeBeam
from mskdex.physics import MASS_FRACTIONS
from mskdex.physics import Material

LONGEST_EDGE_MM = 6.0
_EDGE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


@dataclass(frozen=True)
class Part:
    """A homogeneous closed surface (mm). Parts do not overlap: what lies within another is a cavity of it."""

    name: str
    mesh: trimesh.Trimesh
    material: Material
    density_g_per_cm3: float


def attenuation(parts: Sequence[Part], camera: ConeBeam, energy_kev: np.ndarray, photons: np.ndarray) -> np.ndarray:
    """``-ln(I / I0)`` [rows, columns] that gvxr sees; photons are weighted with their energy."""
    gvxr = _renderer()
    gvxr.removePolygonMeshesFromSceneGraph()
    gvxr.removePolygonMeshesFromXRayRenderer()
    _look_through(gvxr, camera)
    gvxr.resetBeamSpectrum()
    for energy, count in zip(energy_kev, photons, strict=True):
        gvxr.addEnergyBinToSpectrumPerPixelAtSDD(float(energy), "keV", float(count))
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            path = Path(folder) / f"{part.name}.stl"
            _cut_small(part.mesh).export(path)
            gvxr.loadMeshFile(part.name, str(path), "mm")
            fractions = MASS_FRACTIONS[part.material]
            gvxr.setMixture(part.name, list(fractions), list(fractions.values()))
            gvxr.setDensity(part.name, part.density_g_per_cm3, "g/cm3")
    seen = np.array(gvxr.computeXRayImage(), np.float64)[::-1]  # its first row is the lowest
    return -np.log(seen / float(np.sum(energy_kev * photons) / 1000))  # gvxr counts MeV


def voxel_faces(inside: np.ndarray, voxel_to_world: np.ndarray) -> trimesh.Trimesh:
    """The surface of a mask [x, y, z] along its voxels' own faces: the very body that the projector sees."""
    quads = []
    padded = np.pad(inside, 1).astype(np.int8)
    for axis in range(3):
        step = np.diff(padded, axis=axis)
        for sign in (1, -1):
            quads.append(_faces(np.argwhere(step == sign), axis, sign))
    corners = np.concatenate(quads)
    first = 4 * np.arange(len(corners))[:, None]
    triangles = np.concatenate([first + np.array(half) for half in ((0, 1, 2), (0, 2, 3))])
    vertices = corners.reshape(-1, 3) @ voxel_to_world[:3, :3].T + voxel_to_world[:3, 3]
    if np.linalg.det(voxel_to_world[:3, :3]) < 0:
        triangles = triangles[:, ::-1]
    return trimesh.Trimesh(vertices, triangles, process=False)


def with_cavities(outer: trimesh.Trimesh, *inner: trimesh.Trimesh) -> trimesh.Trimesh:
    """A surface whose inside lacks what the inner ones, wholly within it, enclose."""
    turned = [mesh.copy() for mesh in inner]
    for mesh in turned:
        mesh.invert()
    return trimesh.util.concatenate([outer, *turned])


def _cut_small(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """gvxr interpolates a ray's way linearly over each triangle: a side of a block seen at a slant, as two large
    triangles, was up to 15 % too thick. Small ones agree with the chords that geometry gives."""
    if mesh.edges_unique_length.max() <= LONGEST_EDGE_MM:
        return mesh
    return trimesh.Trimesh(*trimesh.remesh.subdivide_to_size(mesh.vertices, mesh.faces, LONGEST_EDGE_MM), process=False)


def _faces(before: np.ndarray, axis: int, sign: int) -> np.ndarray:
    """Corners [faces, 4, 3] in voxel coordinates; ``before`` indexes the padded voxel on the low side of each face."""
    corners = np.repeat(before[:, None, :].astype(np.float64), 4, axis=1) - 1
    # Unpadded, the voxel on the low side has index - 1 along each axis; its face lies half a voxel further.
    corners[:, :, axis] += 0.5
    for along, other in enumerate(((axis + 1) % 3, (axis + 2) % 3)):
        corners[:, :, other] += _EDGE[:, along] - 0.5
    return corners[:, ::-1] if sign > 0 else corners


def _look_through(gvxr: Any, camera: ConeBeam) -> None:
    axes = camera.camera_to_world[:3, :3]
    middle = camera.pixel_centres_mm.reshape(-1, 3).mean(axis=0)
    gvxr.setSourcePosition(*map(float, camera.source_mm), "mm")
    gvxr.usePointSource()
    gvxr.setDetectorPosition(*map(float, middle), "mm")
    gvxr.setDetectorUpVector(*map(float, -axes[:, 1]))
    gvxr.setDetectorRightVector(*map(float, axes[:, 0]))
    gvxr.setDetectorNumberOfPixels(camera.columns, camera.rows)
    gvxr.setDetectorPixelSize(camera.spacing_mm, camera.spacing_mm, "mm")


@cache
def _renderer() -> Any:
    """gvxr with a context that needs no screen; one per process."""
    from gvxrPython3 import gvxr

    gvxr.createWindow(-1, 0, "EGL")
    return gvxr
