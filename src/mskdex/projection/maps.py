"""What a projector gives: one map per label of thickness and of areal mass."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.types import MapStack

PerLabel = Float64[ndarray, "labels"]


class Weight(StrEnum):
    """How a bit of tissue on a ray counts.

    With D the source-detector distance, z the depth of the tissue, t = z/D, and a ray of length L that makes the angle
    theta with the perpendicular:

    * ``VOLUME``: (z/D)^2 cos(theta) ds = D t^2 dt (docs/projection.md). A map's sum times the pixel area is the volume.
    * ``PATH``: ds = L dt, the plain line integral that attenuates X-rays.
    """

    VOLUME = "volume"
    PATH = "path"


@dataclass(frozen=True, eq=False)
class Projection:
    """Maps of every label on the detector; channel = label - 1.

    Attributes:
        thickness_cm: float32 ``[labels, rows, columns]``.
        mass_g_per_cm2: float32 ``[labels, rows, columns]``.
        pixel_area_cm2: of one detector pixel.
    """

    thickness_cm: MapStack
    mass_g_per_cm2: MapStack
    pixel_area_cm2: float

    @property
    def volume_cm3(self) -> PerLabel:
        """Sum of each thickness map: the volume of what lies in the field, if projected with ``Weight.VOLUME``."""
        return np.asarray(self.thickness_cm.sum(axis=(1, 2), dtype=np.float64) * self.pixel_area_cm2)

    @property
    def mass_g(self) -> PerLabel:
        """Sum of each mass map: the mass of what lies in the field, if projected with ``Weight.VOLUME``."""
        return np.asarray(self.mass_g_per_cm2.sum(axis=(1, 2), dtype=np.float64) * self.pixel_area_cm2)
