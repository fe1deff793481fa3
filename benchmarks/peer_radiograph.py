"""The primary radiograph of the same body by mskdex and by gVirtualXRay, a published peer: how far apart?

Three bodies, each at 60 keV and with the whole spectrum of 75 kV (spekpy's photons times what the detector absorbs,
handed to the peer as they are): slabs of each material, where only cross sections and the summation over energies
differ; a block of muscle with a shaft of bone and balls of water, fat and titanium, where mskdex knows HU in
voxels of 1 mm and the peer knows triangles, compositions and densities; and a virtual patient in three uniform tissues,
whose surfaces run along the voxels' own faces, so that both see one and the same geometry.

Commands: python benchmarks/peer_radiograph.py              (peer_gvxr.py says how gvxr is installed)
          python benchmarks/peer_radiograph.py --draw FOLDER  (pictures side by side)
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import trimesh
from scipy import ndimage

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import imagine
from mskdex.geometry import ConeBeam
from mskdex.geometry import ap_camera
from mskdex.geometry import voxel_grid
from mskdex.phantom.beam import Beam
from mskdex.phantom.beam import primary_attenuation
from mskdex.phantom.patient import Patient
from mskdex.phantom.view import paths_g_per_cm2
from mskdex.physics import CORTICAL_DENSITY
from mskdex.physics import FAT_DENSITY
from mskdex.physics import HU_CORTICAL
from mskdex.physics import HU_FAT
from mskdex.physics import HU_LEAN
from mskdex.physics import HU_METAL
from mskdex.physics import MUSCLE_DENSITY
from mskdex.physics import TITANIUM_DENSITY
from mskdex.physics import Material
from mskdex.physics import attenuation_cm2_per_g
from mskdex.physics import detector_response
from mskdex.physics import spectrum
from peer_gvxr import Part
from peer_gvxr import attenuation as peer_attenuation
from peer_gvxr import voxel_faces
from peer_gvxr import with_cavities
from results import write_result

SEED = 24
BEAM = Beam()
SINGLE_KEV = np.array([60.0])
SEEN = 0.05
"""Attenuation below which a relative difference says nothing."""
JUMP = 0.3
"""Of attenuation within three pixels: the outline of a bone or of metal."""
FROM_EDGES_PIXELS = 3
BLOCK_MM = (220.0, 140.0, 220.0)
SHAFT_X_MM, SHAFT_MM, MARROW_MM, SHAFT_LENGTH_MM = 20.0, 14.0, 7.0, 160.0
BALLS_MM = {
    Material.WATER: ((-60.0, 10.0, 50.0), 28.0),
    Material.FAT: ((-60.0, -20.0, -50.0), 28.0),
    Material.TITANIUM: ((60.0, 5.0, 70.0), 12.0),
}
DENSITIES = {
    Material.LEAN: MUSCLE_DENSITY,
    Material.FAT: FAT_DENSITY,
    Material.WATER: 1.0,
    Material.CORTICAL_BONE: CORTICAL_DENSITY,
    Material.TITANIUM: TITANIUM_DENSITY,
}
HU_OF = {
    Material.LEAN: HU_LEAN,
    Material.FAT: HU_FAT,
    Material.WATER: 0.0,
    Material.CORTICAL_BONE: HU_CORTICAL,
    Material.TITANIUM: HU_METAL,
}
SLABS_CM = {
    Material.LEAN: (2.0, 10.0, 25.0),
    Material.FAT: (2.0, 10.0, 25.0),
    Material.WATER: (2.0, 10.0, 25.0),
    Material.CORTICAL_BONE: (0.5, 2.0, 5.0),
    Material.TITANIUM: (0.2, 1.0, 3.0),
}

Seeing = Callable[[np.ndarray], np.ndarray]
"""From paths [4, rows, columns] in g/cm2 to attenuation."""


@dataclass(frozen=True)
class Photons:
    """One beam, for both: what mskdex makes of paths, and the bins that the peer is given."""

    name: str
    energy_kev: np.ndarray
    count: np.ndarray
    seeing: Seeing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", type=Path, metavar="FOLDER")
    folder = parser.parse_args().draw
    slabs, block, person = {}, {}, {}
    for photons in (_single(), _spectrum()):
        slabs[photons.name] = _slabs(photons)
        block[photons.name] = _compared(*_block(photons), folder and folder / f"block-{photons.name}.png")
        person[photons.name] = _compared(*_patient(photons), folder and folder / f"patient-{photons.name}.png")
        print(photons.name, slabs[photons.name], block[photons.name], person[photons.name], sep="\n")
    figures = {"peer": f"gvxr {version('gvxr')}", "slabs": slabs, "block": block, "patient": person}
    write_result("peer_radiograph", "python benchmarks/peer_radiograph.py", SEED, "one built-in patient", figures)


def _single() -> Photons:
    materials = (Material.LEAN, Material.FAT, Material.BONE_MINERAL, Material.TITANIUM)
    per_gram = np.array([attenuation_cm2_per_g(material, SINGLE_KEV)[0] for material in materials])
    return Photons("60_kev", SINGLE_KEV, np.ones(1), lambda paths: np.tensordot(per_gram, paths, axes=1))


def _spectrum() -> Photons:
    energy_kev, fluence = spectrum(BEAM.kvp, BEAM.filtration_mm_al)
    # The peer weights every photon with its energy itself.
    absorbed = fluence * detector_response(energy_kev) / energy_kev
    return Photons("75_kvp", energy_kev, absorbed / absorbed.sum(), lambda paths: primary_attenuation(paths, BEAM))


def _slabs(photons: Photons) -> dict[str, list[float]]:
    """Relative difference (ours less the peer's) in the middle of slabs, per material and thickness."""
    camera = ap_camera((0, 0, 0), sdd_mm=1150, object_to_detector_mm=200, rows=33, columns=33, spacing_mm=2)
    found = {}
    for material, thicknesses_cm in SLABS_CM.items():
        found[str(material)] = [round(_slab(material, cm, camera, photons), 5) for cm in thicknesses_cm]
    return found


def _slab(material: Material, thickness_cm: float, camera: ConeBeam, photons: Photons) -> float:
    box = trimesh.creation.box((200, 10 * thickness_cm, 200))
    part = Part("slab", box, material, DENSITIES[material])
    peer = peer_attenuation([part], camera, photons.energy_kev, photons.count)[16, 16]
    edge = 10 * thickness_cm / 20
    hu = np.full((20, 20, 20), HU_OF[material], np.int16)
    grid = voxel_grid((10, edge, 10), (-95, -9.5 * edge, -95))
    return float(_ours(hu, grid, camera, photons)[16, 16] / peer - 1)


def _block(photons: Photons) -> tuple[np.ndarray, np.ndarray]:
    """Muscle with a shaft of bone, marrow in it, and balls: voxels of 1 mm for us, triangles for the peer."""
    camera = ap_camera((3, 0, -4), sdd_mm=1150, object_to_detector_mm=160, rows=256, columns=256, spacing_mm=1.1)
    hu, grid = _block_of_voxels()
    ours = _ours(hu, grid, camera, photons)
    return ours, peer_attenuation(_block_of_meshes(), camera, photons.energy_kev, photons.count)


def _block_of_voxels() -> tuple[np.ndarray, np.ndarray]:
    axes = [np.arange(n) - (n - 1) / 2 for n in np.array(BLOCK_MM, int)]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    hu = np.full(np.array(BLOCK_MM, int), HU_OF[Material.LEAN], np.int16)
    from_axis = np.hypot(x - SHAFT_X_MM, y) + 0 * z
    hu[(from_axis < SHAFT_MM) & (np.abs(z) < SHAFT_LENGTH_MM / 2)] = HU_OF[Material.CORTICAL_BONE]
    hu[(from_axis < MARROW_MM) & (np.abs(z) < SHAFT_LENGTH_MM / 2)] = HU_OF[Material.FAT]
    for material, (at, radius) in BALLS_MM.items():
        hu[(x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2 < radius**2] = HU_OF[material]
    return hu, voxel_grid(1.0, [axis[0] for axis in axes])


def _block_of_meshes() -> list[Part]:
    balls = {material: _ball(np.array(at), radius) for material, (at, radius) in BALLS_MM.items()}
    bone, marrow = (
        trimesh.creation.cylinder(radius, SHAFT_LENGTH_MM, sections=256) for radius in (SHAFT_MM, MARROW_MM)
    )
    shell = trimesh.creation.annulus(MARROW_MM, SHAFT_MM, SHAFT_LENGTH_MM, sections=256)
    for mesh in (bone, marrow, shell):
        mesh.apply_translation((SHAFT_X_MM, 0, 0))
    muscle = with_cavities(trimesh.creation.box(BLOCK_MM), bone, *balls.values())
    solids = {Material.CORTICAL_BONE: shell, Material.LEAN: muscle, **balls}
    parts = [Part(str(material), mesh, material, DENSITIES[material]) for material, mesh in solids.items()]
    return [*parts, Part("marrow", marrow, Material.FAT, FAT_DENSITY)]


def _ball(at_mm: np.ndarray, radius_mm: float) -> trimesh.Trimesh:
    """A ball of many faces that has the volume of a round one."""
    ball = trimesh.creation.icosphere(subdivisions=5, radius=radius_mm)
    ball.apply_scale((4 / 3 * np.pi * radius_mm**3 / ball.volume) ** (1 / 3))
    ball.apply_translation(at_mm)
    return ball


def _patient(photons: Photons) -> tuple[np.ndarray, np.ndarray]:
    """A virtual patient whose bones are cortical, whose muscles lean and whose rest is fat: the same faces for both."""
    plan = VirtualPlan("builtin", 1, SEED, per_template=1, voxel_mm=3.0, implant_share=0.0)
    made = imagine(plan, 0, np.random.default_rng(SEED), plan.canvas, oversampling=1)
    labels, grid = made.patient.labels, made.patient.voxel_to_world
    bone, muscle = (np.isin(labels, [label.value for label in of]) for of in (BONE_LABELS, MUSCLE_LABELS))
    tissue = {
        Material.CORTICAL_BONE: bone,
        Material.LEAN: muscle,
        Material.FAT: (labels > 0) & ~bone & ~muscle,
    }
    hu = np.full(labels.shape, -1000, np.int16)
    for material, inside in tissue.items():
        hu[inside] = HU_OF[material]
    camera = made.camera.with_grid(256, 256, 1.6)
    parts = [Part(str(m), voxel_faces(inside, grid), m, DENSITIES[m]) for m, inside in tissue.items()]
    return _ours(hu, grid, camera, photons), peer_attenuation(parts, camera, photons.energy_kev, photons.count)


def _ours(hu: np.ndarray, grid: np.ndarray, camera: ConeBeam, photons: Photons) -> np.ndarray:
    body = Patient((hu > -1000).astype(np.uint8), hu, hu, grid, np.zeros((2, 3)))
    return np.asarray(photons.seeing(paths_g_per_cm2(body, camera)))


def _compared(ours: np.ndarray, peer: np.ndarray, picture: Path | None) -> dict[str, float]:
    """Relative differences where the body is; and away from where the attenuation jumps, which voxels and triangles
    sample differently."""
    seen = (peer > SEEN) & (ours > SEEN)
    relative = (ours - peer) / np.maximum(peer, SEEN)
    steep = ndimage.maximum_filter(peer, 3) - ndimage.minimum_filter(peer, 3) > JUMP
    calm = seen & ~ndimage.binary_dilation(steep | ~seen, iterations=FROM_EDGES_PIXELS)
    if picture:
        _draw(picture, ours, peer, relative)
    return {
        "pixels": int(seen.sum()),
        "median_relative": round(float(np.median(relative[seen])), 5),
        "median_absolute_relative": round(float(np.median(np.abs(relative[seen]))), 5),
        "p95_absolute_relative": round(float(np.percentile(np.abs(relative[seen]), 95)), 5),
        "p95_away_from_edges": round(float(np.percentile(np.abs(relative[calm]), 95)), 5),
        "share_away_from_edges": round(float(calm.sum() / seen.sum()), 3),
        "correlation": round(float(np.corrcoef(ours[seen], peer[seen])[0, 1]), 7),
        "largest_attenuation": round(float(peer.max()), 3),
    }


def _draw(path: Path, ours: np.ndarray, peer: np.ndarray, relative: np.ndarray) -> None:
    from PIL import Image as Pillow

    grey = [image / peer.max() for image in (ours, peer)] + [0.5 + 5 * relative]
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray((255 * np.clip(np.hstack(grey), 0, 1)).astype(np.uint8)).save(path)


if __name__ == "__main__":
    main()
