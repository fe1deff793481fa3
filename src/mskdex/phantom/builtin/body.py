"""From the parts inside to the whole body: fat and skin."""

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.ndimage import gaussian_filter

from mskdex.phantom.builtin.medial import Field
from mskdex.phantom.builtin.medial import Grid
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.smoothstep import smoothstep
from mskdex.types import MaskVolume

_CLOSING_MM = 40.0
"""Hollows between muscles narrower than twice this are filled with fat."""
_PERINEUM_MM = -84.0
"""Below this height the thighs are apart."""
_SKIN_ROUNDING_MM = 6.0


def skin(grid: Grid, core: MaskVolume, shape: BuiltinShape) -> MaskVolume:
    """The body (left half) around ``core``, all that is not subcutaneous fat."""
    x, _, z = grid.axes_mm()
    between_thighs = (z < _PERINEUM_MM) & (x < 2.0)
    outside = distance_transform_edt(~core, sampling=grid.voxel_mm).astype(np.float32)
    hull = (outside < _CLOSING_MM) & ~between_thighs
    hull[-1], hull[:, 0], hull[:, -1] = False, False, False
    closed = _CLOSING_MM - distance_transform_edt(hull, sampling=grid.voxel_mm).astype(np.float32)
    distance = np.where(hull, np.minimum(closed, outside), outside) - _fat_thickness_mm(grid, shape)
    body = gaussian_filter(distance, _SKIN_ROUNDING_MM / grid.voxel_mm, mode="nearest", truncate=2.5) < 0
    return np.asarray((body & ~between_thighs) | core)


def _fat_thickness_mm(grid: Grid, shape: BuiltinShape) -> Field:
    """Thickest on buttock, lower belly and the side of the thigh, thinnest on the back and the front of the thigh."""
    x, y, z = grid.axes_mm()
    buttock = np.exp(-(((z + 20) / 75) ** 2)) * smoothstep(y, 20, 90)
    belly = np.exp(-(((z - 90) / 80) ** 2)) * smoothstep(-y, 30, 90)
    side = np.exp(-(((z + 110) / 110) ** 2)) * smoothstep(x, 90, 140)
    thigh = smoothstep(-z, 90, 200)
    factor = 0.8 + 0.7 * buttock + 0.5 * belly + 0.8 * side - 0.15 * thigh
    return np.asarray(2.0 + shape.subcutaneous_fat_mm * factor, dtype=np.float32)
