"""The patient in a CT, without the table: the largest piece of anything denser than air."""

import numpy as np
from jaxtyping import Bool
from numpy import ndarray
from scipy import ndimage

from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume

AIR_BELOW_HU = -300.0
"""Halfway between air and fat, about: the table's foam and the lungs of a blanket are air."""
_THINNEST_MM = 6.0
"""What hangs on the patient by less than this in a slice, table and sheets, is none of it."""


def body_mask(hu: ScalarVolume, voxel_mm: float) -> MaskVolume:
    """The body [i, j, k], with the air inside it.

    Args:
        hu: [i, j, k] with k along the body.
        voxel_mm: edge of a voxel.
    """
    dense = hu > AIR_BELOW_HU
    disc = _disc(_THINNEST_MM / 2 / voxel_mm)
    pieces, count = ndimage.label(ndimage.binary_erosion(dense, disc))
    if count == 0:
        return np.zeros(hu.shape, bool)
    largest = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    body = ndimage.binary_dilation(largest, disc) & dense
    return np.stack([ndimage.binary_fill_holes(body[:, :, k]) for k in range(hu.shape[2])], axis=2)


def _disc(radius_voxels: float) -> Bool[ndarray, "i j 1"]:
    """In the plane of a slice, because the body goes on above and below the volume."""
    reach = max(int(np.ceil(radius_voxels)), 1)
    steps = np.arange(-reach, reach + 1)
    return np.asarray((np.hypot(steps[:, None], steps[None]) <= max(radius_voxels, 1.0))[:, :, None])
