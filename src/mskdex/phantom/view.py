"""What the X-ray machine sees of a patient: the camera, the truth on its detector, and the attenuation."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.geometry import ConeBeam
from mskdex.geometry import ap_camera
from mskdex.phantom.beam import Beam
from mskdex.phantom.beam import Paths
from mskdex.phantom.beam import primary_attenuation
from mskdex.phantom.patient import Patient
from mskdex.physics import CORTICAL_DENSITY
from mskdex.physics import FAT_DENSITY
from mskdex.physics import HU_FAT
from mskdex.physics import HU_LEAN
from mskdex.physics import HU_METAL
from mskdex.physics import MINERAL_OF_CORTICAL
from mskdex.physics import MUSCLE_DENSITY
from mskdex.physics import TITANIUM_DENSITY
from mskdex.physics import partial_densities_g_per_cm3
from mskdex.projection import Projection
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project
from mskdex.types import Image
from mskdex.types import MapStack

DEFAULT_BEAM = Beam()
_AIRY, _SOFT, _BONY, _METAL = 1, 2, 3, 4


@dataclass(frozen=True)
class View:
    """One exposure's truth.

    Attributes:
        truth: thickness (cm) and measured mass (g/cm2) of all 42 labels on the detector.
        attenuation: noise-free -ln(I/I0) on the same detector.
    """

    truth: Projection
    attenuation: Image

    @classmethod
    def of(cls, patient: Patient, camera: ConeBeam, beam: Beam = DEFAULT_BEAM, *, oversampling: int = 2) -> "View":
        """Project the truth and the attenuation.

        Args:
            patient: who is looked at.
            camera: source and detector, in the patient's world.
            beam: what the tube emits.
            oversampling: rays along each side of a detector pixel, whose mean is its value; of the attenuation it is
                the mean of the X-rays that come through, as in a detector.
        """
        fine = camera.magnified(oversampling)
        volume = ProjectionVolume.from_arrays(patient.labels, patient.measured_density(), patient.voxel_to_world)
        truth = project(volume, fine)
        paths = paths_g_per_cm2(patient, fine)
        paths[_METAL - 1] *= np.float32(beam.metal_density / TITANIUM_DENSITY)  # HU say metal, not which
        attenuation = primary_attenuation(paths, beam)
        return cls(
            truth=Projection(
                pooled(truth.thickness_cm, oversampling),
                pooled(truth.mass_g_per_cm2, oversampling),
                camera.pixel_area_cm2,
            ),
            attenuation=-np.log(pooled(np.exp(-attenuation[None]), oversampling)[0]),
        )


class Setup(NamedTuple):
    """Where source, patient and detector are.

    Attributes:
        camera: source and detector.
        table_detector_mm: from what the patient's back lies on to the detector.
    """

    camera: ConeBeam
    table_detector_mm: float


def sample_setup(rng: np.random.Generator, patient: Patient, *, rows: int, columns: int, spacing_mm: float) -> Setup:
    """An AP hip or pelvis exposure: source at about 1.15 m, the patient's back a few centimetres above the detector.

    The beam is centred midway between the iliac spines and the symphysis, as radiographers are taught, give or take.

    Args:
        rng: source of randomness.
        patient: who is looked at.
        rows: of the detector.
        columns: of the detector.
        spacing_mm: edge of a detector pixel.
    """
    last = np.flatnonzero(patient.labels.any(axis=(0, 2)))[-1]
    body_back = patient.voxel_to_world[1, 3] + (last + 0.5) * patient.voxel_to_world[1, 1]
    target = np.array([rng.normal(0, 8), 0.0, rng.normal(5, 10)])
    sdd_mm, table_detector_mm = float(rng.uniform(1000, 1250)), float(rng.uniform(20, 90))
    camera = ap_camera(
        target,
        sdd_mm=sdd_mm,
        object_to_detector_mm=float(body_back + table_detector_mm),
        rows=rows,
        columns=columns,
        spacing_mm=spacing_mm,
    )
    return Setup(camera, table_detector_mm)


def paths_g_per_cm2(patient: Patient, camera: ConeBeam) -> Paths:
    """Plain line integrals [4, rows, columns] of lean tissue, fat, bone mineral and metal.

    In each band of HU the partial densities are linear in one of them (``physics.partial_densities_g_per_cm3``), so one
    pass over the rays, with the bands as labels, gives all four.
    """
    band, leading = (table[patient.mixed_hu.view(np.uint16)] for table in _by_hu_bits())
    band[patient.labels == 0] = 0
    projected = project(
        ProjectionVolume.from_arrays(band, leading, patient.voxel_to_world), camera, n_labels=4, weight=Weight.PATH
    )
    length, mass = projected.thickness_cm, projected.mass_g_per_cm2
    compact = mass[_BONY - 1] / (MINERAL_OF_CORTICAL * CORTICAL_DENSITY)
    lean_path = mass[_SOFT - 1] + MUSCLE_DENSITY * (length[_BONY - 1] - compact)
    lean_path += (1 - MINERAL_OF_CORTICAL) * CORTICAL_DENSITY * compact
    fat_path = mass[_AIRY - 1] + FAT_DENSITY * (length[_SOFT - 1] - mass[_SOFT - 1] / MUSCLE_DENSITY)
    paths = np.stack([lean_path, fat_path, mass[_BONY - 1], mass[_METAL - 1]])
    return np.asarray(np.maximum(paths, 0).astype(np.float32))


@cache
def _by_hu_bits() -> tuple[UInt8[ndarray, "65536"], Float32[ndarray, "65536"]]:
    """Band and partial density of every int16, by its bits: a look-up is quicker than four curves over a volume."""
    hu = np.arange(2**16, dtype=np.uint16).view(np.int16)
    band = np.where(hu < HU_FAT, np.uint8(_AIRY), np.uint8(_SOFT))
    band[hu > HU_LEAN] = _BONY
    band[hu >= HU_METAL] = _METAL
    lean, fat, mineral, metal = partial_densities_g_per_cm3(hu)
    leading = np.select([band == _AIRY, band == _SOFT, band == _BONY], [fat, lean, mineral], metal)
    return band, leading


def pooled(maps: MapStack, factor: int) -> MapStack:
    """Means of ``factor`` x ``factor`` pixels of maps [labels, rows, columns]; both sizes are multiples of it."""
    if factor == 1:
        return maps
    total = sum(maps[:, row::factor, column::factor] for row in range(factor) for column in range(factor))
    return np.asarray(total / np.float32(factor**2))
