"""Muscles that are as lean as was drawn, though the texture of each is but a sample, and cut off at fat and muscle."""

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray

from mskdex.phantom.painting import Grown
from mskdex.phantom.painting import Material
from mskdex.phantom.painting import texture_at
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.tissue import TEXTURE_STEPS

_LOWEST, _STEPS = -128, 256
"""Of the texture's integers."""
_ROUNDS = 30

Shares = Float64[ndarray, "parts steps"]


def as_lean_as_drawn(material: Material, grown: Grown, worth: Float32[ndarray, " voxels"]) -> Material:
    """The same material with each muscle's HU such that they are right on average once its texture is cut off.

    Args:
        material: its ``soft_hu`` says what the means of muscles are to be, HU.
        grown: whose voxels are whose.
        worth: cm3 that each of its voxels counts for, as it is shown.

    Returns:
        The material, whose ``soft_hu`` of muscles are means before the cut; a muscle that is not shown keeps its own.
    """
    held = _textures_held(material, grown, worth)
    texture = (np.arange(_STEPS) + _LOWEST) / TEXTURE_STEPS
    hu = material.soft_hu.copy()
    for part in GROWING:
        if held[part].any():
            hu[part] = _before_cut(material, part, texture, held[part] / held[part].sum())
    return material._replace(soft_hu=hu)


def _before_cut(material: Material, part: int, texture: ndarray, share: ndarray) -> float:
    """By bisection: the cut mean rises with the mean before."""
    wanted, sd = float(material.soft_hu[part]), float(material.soft_texture_hu[part])
    lowest, highest = material.soft_range_hu[:, part]
    reach = sd * -_LOWEST / TEXTURE_STEPS
    low, high = lowest - reach, highest + reach
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if share @ np.clip(middle + sd * texture, lowest, highest) < wanted:
            low = middle
        else:
            high = middle
    return float((low + high) / 2)


@numba.njit(cache=True, error_model="numpy")
def _textures_held(material: Material, grown: Grown, worth: Float32[ndarray, " voxels"]) -> Shares:
    """How much of each part has which texture, in its integers from ``_LOWEST`` on."""
    held = np.zeros((N_PARTS, _STEPS), np.float64)
    soft = grown.soft.ravel()
    _, rows, columns = grown.soft.shape
    for voxel in range(len(soft)):
        if worth[voxel] > 0:
            part = int(soft[voxel])
            at = (voxel // (rows * columns), voxel // columns % rows, voxel % columns)
            held[part, round(texture_at(part, at, grown, material) * TEXTURE_STEPS) - _LOWEST] += worth[voxel]
    return held
