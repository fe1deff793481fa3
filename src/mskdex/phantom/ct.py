"""What a CT scanner makes of a patient: the same HU, with noise."""

import numpy as np
from scipy import ndimage

from mskdex.phantom.patient import Patient
from mskdex.types import HounsfieldVolume

LOWEST_HU, HIGHEST_HU = -1024, 3071
"""Of a 12-bit scanner."""

_GRAIN_VOXELS = 0.7
"""SD of the reconstruction kernel that noise has gone through, in the plane of the slices."""


def scan(patient: Patient, rng: np.random.Generator, *, noise_sd_hu: float = 12.0) -> HounsfieldVolume:
    """The patient's CT, [i, j, k] on the patient's own voxels.

    Args:
        patient: in the pose of the CT.
        rng: source of the noise.
        noise_sd_hu: as measured in a homogeneous region; 10 to 20 HU in a pelvis of usual dose and slice thickness.
    """
    noise = rng.standard_normal(patient.hu.shape, np.float32)
    grain = ndimage.gaussian_filter(noise, (_GRAIN_VOXELS, _GRAIN_VOXELS, 0))
    noisy = patient.hu + grain * np.float32(noise_sd_hu / max(float(grain.std()), 1e-6))
    return np.asarray(np.clip(np.rint(noisy), LOWEST_HU, HIGHEST_HU).astype(np.int16))
