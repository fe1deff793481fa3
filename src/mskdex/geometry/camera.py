"""The cone-beam camera: a point source and a flat detector of square pixels."""

import math
from dataclasses import dataclass
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from mskdex.geometry.affine import Rigid
from mskdex.geometry.affine import transform_points
from mskdex.types import Affine
from mskdex.types import Points
from mskdex.types import Vector3

_AP_AXES = np.array([(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)])
"""Camera x, y, z as columns in LPS: columns to the patient's left, rows to the feet, rays to the back."""

_CENTRE = (math.inf, math.inf)  # stands for the detector's centre until the size is known


@dataclass(frozen=True, eq=False)
class ConeBeam:
    """A point source over a flat detector.

    Camera frame: the source at the origin, +z perpendicular to the detector, +x along its columns (to the right of the
    image), +y along its rows (down). Pixel ``(row, column)`` has its centre at integer coordinates.

    Attributes:
        camera_to_world: rigid 4x4, millimetres, read-only.
        sdd_mm: distance from source to detector.
        rows, columns: of the detector.
        spacing_mm: side of a pixel, on the detector.
        principal_point: ``(row, column)``, in pixels, where the perpendicular ray hits; default: the centre.

    Raises:
        ValueError: the pose is not rigid, or a size is not positive.
    """

    camera_to_world: Affine
    sdd_mm: float
    rows: int
    columns: int
    spacing_mm: float
    principal_point: tuple[float, float] = _CENTRE

    def __post_init__(self) -> None:
        if not (self.sdd_mm > 0 and self.spacing_mm > 0 and self.rows > 0 and self.columns > 0):
            raise ValueError(
                "a cone beam needs a positive sdd_mm, spacing_mm, rows and columns, "
                f"not {self.sdd_mm}, {self.spacing_mm}, {self.rows} and {self.columns}"
            )
        object.__setattr__(self, "camera_to_world", Rigid(self.camera_to_world).matrix)
        if self.principal_point == _CENTRE:
            object.__setattr__(self, "principal_point", ((self.rows - 1) / 2, (self.columns - 1) / 2))

    @property
    def source_mm(self) -> Vector3:
        """Where the focal spot is, in the world."""
        return self.camera_to_world[:3, 3]

    @property
    def pixel_area_cm2(self) -> float:
        return (self.spacing_mm / 10) ** 2

    @property
    def pixel_centres_mm(self) -> Points:
        """World positions ``[rows, columns, 3]`` of the pixel centres."""
        row, column = np.mgrid[: self.rows, : self.columns].astype(np.float64)
        y, x = ((index - at) * self.spacing_mm for index, at in zip((row, column), self.principal_point, strict=True))
        return transform_points(self.camera_to_world, np.stack([x, y, np.full_like(x, self.sdd_mm)], axis=-1))

    def project_points(self, points_mm: ArrayLike) -> Points:
        """Where world points ``[..., 3]`` in front of the source land: ``(row, column)`` ``[..., 2]`` in pixels."""
        camera = Rigid(self.camera_to_world).inverse.apply(points_mm)
        plane_mm = camera[..., 1::-1] * (self.sdd_mm / camera[..., 2:])
        return np.asarray(plane_mm / self.spacing_mm + np.asarray(self.principal_point))

    def with_grid(self, rows: int, columns: int, spacing_mm: float) -> "ConeBeam":
        """The same source and detector centre under another pixel grid."""
        old, new = np.array([self.rows, self.columns]), np.array([rows, columns])
        offset_mm = (np.asarray(self.principal_point) - (old - 1) / 2) * self.spacing_mm
        row, column = (new - 1) / 2 + offset_mm / spacing_mm
        return replace(
            self, rows=rows, columns=columns, spacing_mm=spacing_mm, principal_point=(float(row), float(column))
        )

    def magnified(self, factor: float) -> "ConeBeam":
        """The same field sampled by pixels ``factor`` times smaller, as many of them as still fit."""
        rows, columns = (max(1, int(n * factor + 1e-9)) for n in (self.rows, self.columns))
        return self.with_grid(rows, columns, self.spacing_mm / factor)

    def moved(self, motion: Rigid) -> "ConeBeam":
        """Source and detector carried through the world by ``motion``."""
        return replace(self, camera_to_world=motion.matrix @ self.camera_to_world)


def ap_camera(
    target_mm: ArrayLike, *, sdd_mm: float, object_to_detector_mm: float, rows: int, columns: int, spacing_mm: float
) -> ConeBeam:
    """An anteroposterior view: source in front of the patient, detector at the back.

    The perpendicular ray goes through ``target_mm`` to the detector's centre. Image columns run to the patient's left
    and rows to the feet, so that the patient's right is at the left of the image.

    Raises:
        ValueError: the target is not between source and detector.
    """
    if not 0 <= object_to_detector_mm < sdd_mm:
        raise ValueError(f"object_to_detector_mm must be from 0 to sdd_mm ({sdd_mm}), not {object_to_detector_mm}")
    pose = np.eye(4)
    pose[:3, :3] = _AP_AXES
    pose[:3, 3] = np.asarray(target_mm, np.float64) - (sdd_mm - object_to_detector_mm) * _AP_AXES[:, 2]
    return ConeBeam(pose, sdd_mm, rows, columns, spacing_mm)
