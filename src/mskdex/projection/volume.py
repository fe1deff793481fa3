"""A labelled, weighed body packed for projection: one 32-bit word per voxel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt32
from numpy import ndarray
from numpy.typing import ArrayLike

from mskdex.geometry import finer_grid
from mskdex.projection.supersample import supersample as refine
from mskdex.types import Affine
from mskdex.types import DensityVolume
from mskdex.types import LabelVolume
from mskdex.types import Points

PackedVolume = UInt32[ndarray, "i j k"]
"""Word of a voxel: label in the low byte, density in mg/cm3 above it."""

_DENSITY_SHIFT = 8
_MG_PER_G = 1000.0
_MAX_MG_PER_CM3 = (1 << 24) - 1


@dataclass(frozen=True, eq=False)
class ProjectionVolume:
    """Labels and densities, cut to the box that holds labels and framed by one empty voxel on every side.

    The frame lets a projector step out of the box without looking where it treads.

    Attributes:
        packed: uint32 ``[i, j, k]`` with the frame; C order.
        voxel_to_world: of ``packed`` (mm; voxel centres at integer indices); any invertible affine.
        highest_label: the greatest label in it.
    """

    packed: PackedVolume
    voxel_to_world: Affine
    highest_label: int

    @classmethod
    def from_arrays(
        cls,
        labels: LabelVolume,
        density_g_per_cm3: DensityVolume,
        voxel_to_world: Affine,
        *,
        supersample: int = 1,
    ) -> "ProjectionVolume":
        """Pack a label volume and its densities (kept to 1 mg/cm3).

        Args:
            labels: uint8 ``[i, j, k]``; 0 is outside and is never projected.
            density_g_per_cm3: same shape; whatever the density is meant to weigh (mass, lean mass, mineral).
            voxel_to_world: 4x4, mm.
            supersample: draw the labels' boundaries anew on a grid this many times finer (see ``supersample``); costs
                its third power in memory.

        Raises:
            ValueError: shapes that differ, labels not uint8, negative or non-finite densities, a singular affine.
        """
        _check(labels, density_g_per_cm3, voxel_to_world)
        labels, density_g_per_cm3 = refine(labels, density_g_per_cm3, supersample)
        voxel_to_world = finer_grid(voxel_to_world, supersample)
        box = _label_box(labels)
        weight = np.rint(density_g_per_cm3[box] * _MG_PER_G).astype(np.uint32)
        inner = labels[box].astype(np.uint32) | (weight << np.uint32(_DENSITY_SHIFT))
        return cls._framed(inner, box, voxel_to_world, int(labels.max(initial=0)))

    def only(self, labels: Sequence[int]) -> "ProjectionVolume":
        """The voxels of these labels alone, numbered 1, 2, ... in the order given."""
        number = np.zeros(256, np.uint8)
        number[list(labels)] = np.arange(1, len(labels) + 1)
        numbers = number[self.packed & 0xFF]
        box = _label_box(numbers)
        kept = (self.packed[box] >> _DENSITY_SHIFT << _DENSITY_SHIFT) | numbers[box]
        inner = np.where(numbers[box] > 0, kept, np.uint32(0))
        return self._framed(inner, box, self.voxel_to_world, int(numbers.max(initial=0)))

    @classmethod
    def _framed(
        cls, inner: PackedVolume, box: tuple[slice, slice, slice], voxel_to_world: Affine, highest_label: int
    ) -> "ProjectionVolume":
        corner = np.eye(4)
        corner[:3, 3] = [side.start - 1 for side in box]
        return cls(np.pad(inner, 1), voxel_to_world @ corner, highest_label)

    @property
    def labels(self) -> LabelVolume:
        return (self.packed & 0xFF).astype(np.uint8)

    @property
    def density_g_per_cm3(self) -> DensityVolume:
        return ((self.packed >> _DENSITY_SHIFT) / _MG_PER_G).astype(np.float32)

    def require_labels_up_to(self, n_labels: int) -> None:
        """Raise ValueError if the volume holds a label above ``n_labels``."""
        if self.highest_label > n_labels:
            raise ValueError(f"the volume holds label {self.highest_label}, but only {n_labels} labels were asked for")

    @property
    def voxel_volume_cm3(self) -> float:
        return float(abs(np.linalg.det(self.voxel_to_world[:3, :3]))) / 1000

    def corner_coordinates(self, points_mm: ArrayLike) -> Points:
        """World points ``[..., 3]`` in units of voxels counted from the corner: voxel i spans i to i + 1."""
        world_to_voxel = np.linalg.inv(self.voxel_to_world)
        return np.asarray(np.asarray(points_mm) @ world_to_voxel[:3, :3].T + (world_to_voxel[:3, 3] + 0.5))


def _label_box(labels: LabelVolume) -> tuple[slice, slice, slice]:
    """The smallest box that holds all nonzero labels (empty at the first voxel if there are none)."""
    occupied = labels != 0
    sides = []
    for axis in range(3):
        hit = np.flatnonzero(occupied.any(axis=tuple(other for other in range(3) if other != axis)))
        sides.append(slice(int(hit[0]), int(hit[-1]) + 1) if hit.size else slice(0, 0))
    return sides[0], sides[1], sides[2]


def _check(labels: LabelVolume, density_g_per_cm3: DensityVolume, voxel_to_world: Affine) -> None:
    if labels.dtype != np.uint8 or labels.ndim != 3:
        raise ValueError(f"labels must be uint8 [i, j, k], not {labels.dtype} with {labels.ndim} axes")
    if density_g_per_cm3.shape != labels.shape:
        raise ValueError(f"density has shape {density_g_per_cm3.shape}, labels have {labels.shape}")
    low, high = density_g_per_cm3.min(initial=0.0), density_g_per_cm3.max(initial=0.0)
    if not (low >= 0 and high * _MG_PER_G <= _MAX_MG_PER_CM3):  # NaN fails both comparisons
        raise ValueError("densities must be finite and not negative, in g/cm3")
    matrix = np.asarray(voxel_to_world)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or np.linalg.det(matrix[:3, :3]) == 0:
        raise ValueError("voxel_to_world must be a finite 4x4 affine that can be inverted")
