"""Affine maps of space: rigid poses as values, and the plain 4x4 matrices that volumes carry."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from mskdex.types import Affine
from mskdex.types import Points
from mskdex.types import Vector3

_RIGID_TOLERANCE = 1e-6


def transform_points(affine: Affine, points: ArrayLike) -> Points:
    """Send points ``[..., 3]`` through a 4x4 affine."""
    return np.asarray(np.asarray(points, np.float64) @ affine[:3, :3].T + affine[:3, 3])


def voxel_grid(spacing_mm: float | Sequence[float], origin_mm: ArrayLike) -> Affine:
    """The ``voxel_to_world`` of an axis-aligned grid: voxel (0, 0, 0) is centred at ``origin_mm``."""
    affine = np.eye(4)
    affine[:3, :3] = np.diag(np.broadcast_to(np.asarray(spacing_mm, np.float64), 3))
    affine[:3, 3] = origin_mm
    return affine


def finer_grid(voxel_to_world: Affine, factor: int) -> Affine:
    """The affine of the grid that cuts every voxel into ``factor`` x ``factor`` x ``factor``."""
    return np.asarray(np.asarray(voxel_to_world, np.float64) @ voxel_grid(1 / factor, [(1 / factor - 1) / 2] * 3))


@dataclass(frozen=True, eq=False, repr=False)
class Rigid:
    """A rotation followed by a translation (mm), as a float64 4x4 matrix that keeps the last row ``0 0 0 1``.

    ``a @ b`` does ``b`` first, then ``a``.

    Raises:
        ValueError: the matrix is no rotation and translation (scaled, sheared, mirrored or not finite).
    """

    matrix: Affine

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or (matrix[3] != (0, 0, 0, 1)).any():
            raise ValueError("a rigid pose is a finite 4x4 matrix whose last row is 0 0 0 1")
        rotation = matrix[:3, :3]
        if abs(rotation @ rotation.T - np.eye(3)).max() > _RIGID_TOLERANCE or np.linalg.det(rotation) < 0:
            raise ValueError("a rigid pose neither scales nor shears nor mirrors: its 3x3 part must be a rotation")
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def identity(cls) -> "Rigid":
        return cls(np.eye(4))

    @classmethod
    def translation(cls, offset_mm: ArrayLike) -> "Rigid":
        return cls(voxel_grid(1.0, offset_mm))

    @classmethod
    def rotation(cls, rotation_vector_deg: ArrayLike, *, about_mm: ArrayLike = (0.0, 0.0, 0.0)) -> "Rigid":
        """Turn about the axis along ``rotation_vector_deg`` by its length in degrees; ``about_mm`` stays put."""
        centre = np.asarray(about_mm, np.float64)
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec(np.asarray(rotation_vector_deg, np.float64), degrees=True).as_matrix()
        matrix[:3, 3] = centre - matrix[:3, :3] @ centre
        return cls(matrix)

    @property
    def inverse(self) -> "Rigid":
        matrix = np.eye(4)
        matrix[:3, :3] = self.matrix[:3, :3].T
        matrix[:3, 3] = -self.matrix[:3, :3].T @ self.matrix[:3, 3]
        return Rigid(matrix)

    @property
    def translation_mm(self) -> Vector3:
        return self.matrix[:3, 3]

    @property
    def rotation_vector_deg(self) -> Vector3:
        """Rotation axis times angle in degrees."""
        return np.asarray(Rotation.from_matrix(self.matrix[:3, :3]).as_rotvec(degrees=True))

    def __matmul__(self, other: "Rigid") -> "Rigid":
        return Rigid(self.matrix @ other.matrix)

    def apply(self, points_mm: ArrayLike) -> Points:
        """Send points ``[..., 3]`` through the pose."""
        return transform_points(self.matrix, points_mm)

    def __repr__(self) -> str:
        turn = ", ".join(f"{x:.3f}" for x in self.rotation_vector_deg)
        shift = ", ".join(f"{x:.3f}" for x in self.translation_mm)
        return f"Rigid(rotation_vector_deg=({turn}), translation_mm=({shift}))"
