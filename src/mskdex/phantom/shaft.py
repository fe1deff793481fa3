"""The shaft of a femur, measured: where its axis runs, seen from the hip, and how thick it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.phantom.template import Template

_BELOW_HIP_MM = 90.0, 190.0
"""Where a shaft is straight and round: below the lesser trochanter, above the distal widening."""
_FEWEST_SLICES = 4


@dataclass(frozen=True)
class Shaft:
    """A straight line through the middles of the shaft's slices; mm from the hip centre, x outwards.

    Attributes:
        at_hip_mm: x and y at the height of the hip centre.
        per_mm_up: change of x and y with height.
        diameter_mm: of the circle with a slice's area, on average.
    """

    at_hip_mm: Float64[ndarray, "2"]
    per_mm_up: Float64[ndarray, "2"]
    diameter_mm: float

    def at_mm(self, height_mm: Float64[ndarray, " heights"]) -> Float64[ndarray, "2 heights"]:
        """x and y of the axis at these heights over the hip centre."""
        return np.asarray(self.at_hip_mm[:, None] + self.per_mm_up[:, None] * height_mm)

    @property
    def offset_mm(self) -> float:
        """Distance of the hip centre from the axis: the femoral offset."""
        direction = np.array([*self.per_mm_up, 1.0])
        point = np.array([*self.at_hip_mm, 0.0])
        return float(np.linalg.norm(np.cross(point, direction)) / np.linalg.norm(direction))


def measure_shaft(template: Template, side: Side) -> Shaft:
    """The shaft of one femur between 90 and 190 mm below its hip centre.

    Raises:
        ValueError: the femur ends above that.
    """
    outwards = 1.0 if side is Side.LEFT else -1.0
    voxels = np.argwhere(template.parts == LABEL_BY_NAME[f"femur_{side}"].value)
    points = (voxels * template.spacing_mm + template.origin_mm - dict(template.hips())[side]) * (outwards, 1.0, 1.0)
    height = points[:, 2]
    within = (height < -_BELOW_HIP_MM[0]) & (height > -_BELOW_HIP_MM[1])
    slices = [points[within & (voxels[:, 2] == k)] for k in np.unique(voxels[within, 2])]
    if len(slices) < _FEWEST_SLICES:
        raise ValueError(f"the {side} femur has no shaft")
    middles = np.array([each.mean(axis=0) for each in slices])
    line = np.polynomial.polynomial.polyfit(middles[:, 2], middles[:, :2], 1)
    pixel_mm2 = float(np.prod(template.spacing_mm[:2]))
    diameters = [2 * np.sqrt(len(each) * pixel_mm2 / np.pi) for each in slices]
    return Shaft(line[0], line[1], float(np.mean(diameters)))
