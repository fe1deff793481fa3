"""Write volumes as NIfTI: what a simulated study holds."""

import gzip
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

from mskdex.types import Affine

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def nifti_bytes(voxels: NDArray[Any], voxel_to_world: Affine) -> bytes:
    """A gzipped NIfTI-1 file; the same volume gives the same bytes.

    Args:
        voxels: [i, j, k] integers, of a type that NIfTI knows.
        voxel_to_world: LPS mm; turned into NIfTI's RAS.
    """
    affine = _LPS_TO_RAS @ voxel_to_world
    volume: Any = nibabel.Nifti1Image  # which has no types
    image = volume(voxels, affine, dtype=voxels.dtype)
    image.set_qform(affine, code=1)
    image.set_sform(affine, code=1)
    image.header.set_xyzt_units("mm")
    # gzip would else write the time of day into its header.
    return gzip.compress(image.to_bytes(), compresslevel=4, mtime=0)
