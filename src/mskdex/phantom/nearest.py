"""Which muscles are near: of every voxel the few that could come to hold it."""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int64
from jaxtyping import UInt8
from numpy import ndarray
from scipy import ndimage

from mskdex.phantom.distance import signed_distance
from mskdex.phantom.template import GROWING
from mskdex.phantom.thickness import relative_thickness
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

REACH_MM = 22.0
"""How far a muscle may grow from where the template has it."""
_RANKS = 4
_NO_MUSCLE_MM = 99.0

PerGrowing = Float64[ndarray, " growing"]
"""One number for each part of ``GROWING``."""


class Nearest(NamedTuple):
    """The nearest muscles of voxels, in order.

    Attributes:
        muscle: [..., ranks] which, as indices into ``GROWING``.
        distance_mm: [..., ranks] from its surface, negative inside; off by up to 0.4 voxels, at random.
        thickness: [..., ranks] how thick it is about there, over its mean on its surface: where a muscle is twice as
            thick, its surface moves twice as far.
    """

    muscle: UInt8[ndarray, "*grid ranks"]
    distance_mm: Float32[ndarray, "*grid ranks"]
    thickness: Float32[ndarray, "*grid ranks"]

    @classmethod
    def nobody(cls, shape: tuple[int, ...]) -> "Nearest":
        """Of a grid without muscles."""
        ranks = (*shape, _RANKS)
        return cls(np.zeros(ranks, np.uint8), np.full(ranks, _NO_MUSCLE_MM, np.float32), np.ones(ranks, np.float32))

    def within(self, box: tuple[slice, ...]) -> "Nearest":
        """Of the voxels in a box, to be read and written."""
        return Nearest(*(each[box] for each in self))

    def within_reach(self) -> tuple["Nearest", Int64[ndarray, " active"]]:
        """Of the voxels that some muscle can reach, and their flat indices."""
        flat = [each.reshape(-1, _RANKS) for each in self]
        active = np.flatnonzero(flat[1][:, 0] < REACH_MM)
        return Nearest(*(each[active] for each in flat)), active


def nearest_muscles(parts: LabelVolume, spacing: Vector3) -> tuple[Nearest, PerGrowing, PerGrowing]:
    """The nearest muscles of every voxel; volumes (cm3) and surface areas (mm2) of all."""
    # Distances between voxels are quantised; without jitter a radius would gain whole shells at once.
    jitter = (np.random.default_rng(0).random(parts.shape, dtype=np.float32) - 0.5) * np.float32(spacing.mean() * 0.8)
    nearest = Nearest.nobody(parts.shape)
    volume, area = np.zeros(len(GROWING)), np.zeros(len(GROWING))
    reach = REACH_MM + 3
    margin = np.ceil(reach / spacing).astype(int)
    boxes = ndimage.find_objects(parts)
    for index, part in enumerate(GROWING):
        box = tuple(
            slice(max(side.start - m, 0), min(side.stop + m, n))
            for side, m, n in zip(boxes[part - 1], margin, parts.shape, strict=True)
        )
        mask = parts[box] == part
        signed = signed_distance(mask, spacing, reach)
        shell_mm = float(spacing.mean())
        muscle = _Muscle(signed, jitter[box], relative_thickness(signed, spacing))
        _insert(nearest.within(box), np.uint8(index), muscle, np.float32(reach))
        volume[index] = mask.sum() * np.prod(spacing) / 1000
        area[index] = (np.abs(signed) < shell_mm / 2 + 1e-3).sum() * np.prod(spacing) / shell_mm
    return nearest, volume, area


class _Muscle(NamedTuple):
    """Of one muscle about its box: distance in mm, what is added to it, and relative thickness."""

    signed: ScalarVolume
    jitter: ScalarVolume
    thickness: ScalarVolume


@numba.njit(cache=True, nogil=True)
def _insert(nearest: Nearest, index: np.uint8, muscle: _Muscle, reach: np.float32) -> None:
    """Put a muscle among each voxel's nearest, which are in order; beyond ``reach`` nobody knows how far it is."""
    muscles, distances, thickness = nearest
    signed, jitter, thick = muscle
    last = muscles.shape[3] - 1
    for i in range(signed.shape[0]):
        for j in range(signed.shape[1]):
            for k in range(signed.shape[2]):
                distance, rank = signed[i, j, k] + jitter[i, j, k], last
                if signed[i, j, k] >= reach or distance >= distances[i, j, k, last]:
                    continue
                while rank > 0 and distance < distances[i, j, k, rank - 1]:
                    distances[i, j, k, rank] = distances[i, j, k, rank - 1]
                    muscles[i, j, k, rank] = muscles[i, j, k, rank - 1]
                    thickness[i, j, k, rank] = thickness[i, j, k, rank - 1]
                    rank -= 1
                distances[i, j, k, rank] = distance
                muscles[i, j, k, rank] = index
                thickness[i, j, k, rank] = thick[i, j, k]
