"""Which way a muscle's fibres run, so that the fat between them lies in streaks along them."""

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import N_PARTS
from mskdex.types import LabelVolume
from mskdex.types import Vector3

FANS = frozenset(
    label.value
    for label in MUSCLE_LABELS
    if label.structure.name in ("gluteus_maximus", "gluteus_medius", "gluteus_minimus", "iliacus")
)
"""Broad muscles whose fibres run together downwards to a tendon; all others' run along the belly."""

_EVERY = 2
_LOWEST = 0.1

Turns = Float32[ndarray, "parts 3 3"]


def fibre_turns(parts: LabelVolume, spacing_mm: Vector3) -> Turns:
    """For each part a rotation of voxel coordinates whose third row is the direction of its fibres.

    A belly's direction is its longest axis; a fan's leads from its centre to the lowest tenth of it, where its tendon
    begins. That is the mean direction: within a fan fibres differ from it by some 30 degrees. What is no muscle keeps
    its axes.

    Args:
        parts: [i, j, k] codes of ``Part``.
        spacing_mm: edges of a voxel.
    """
    turns = np.tile(np.eye(3, dtype=np.float32), (N_PARTS, 1, 1))
    coarse = parts[::_EVERY, ::_EVERY, ::_EVERY]
    voxels = np.argwhere(np.isin(coarse, GROWING))
    part = coarse[tuple(voxels.T)]
    points = voxels * _EVERY * spacing_mm
    for value in np.unique(part).tolist():
        own = points[part == value]
        if len(own) > 3:
            turns[value] = _rotation_onto(_direction(own, is_fan=value in FANS))
    return turns


def _direction(points_mm: Float64[ndarray, "points 3"], *, is_fan: bool) -> Vector3:
    centre = points_mm.mean(axis=0)
    if is_fan:
        low = points_mm[points_mm[:, 2] <= np.quantile(points_mm[:, 2], _LOWEST)]
        along = low.mean(axis=0) - centre
    else:
        along = np.linalg.svd(points_mm - centre, full_matrices=False)[2][0]
    return np.asarray(along / np.linalg.norm(along))


def _rotation_onto(along: Vector3) -> Float64[ndarray, "3 3"]:
    """A rotation matrix whose third row is ``along``."""
    aside = np.eye(3)[np.argmin(np.abs(along))]
    first = np.cross(aside, along)
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(along, first), along])
