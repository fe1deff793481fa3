"""One person, as numbers: what the phantom builds a body from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from jaxtyping import Float64

from mskdex.anatomy import Side
from mskdex.phantom.subcutaneous import CREST
from mskdex.phantom.subcutaneous import subcutaneous_at

Sex = Literal["female", "male"]
_SPINE_AND_WALLS_MM, _ORGANS_OVER_HEIGHT = 95.0, 0.03
"""Depth of spine, back muscles and abdominal wall at the iliac crests, and of a belly's organs: our estimates."""

MuscleVector = Float64[np.ndarray, "36"]
"""One number per muscle label, in the order of ``anatomy.MUSCLE_LABELS`` (each muscle right, then left)."""


class Condition(StrEnum):
    """The strata of the population."""

    HEALTHY = "healthy"
    SARCOPENIA = "sarcopenia"
    HIP_OSTEOARTHRITIS = "hip_osteoarthritis"
    OBESITY = "obesity"
    OSTEOPOROSIS = "osteoporosis"


@dataclass(frozen=True, eq=False)
class Person:
    """A virtual person.

    Muscle volumes are those of whole muscles, whatever a radiograph holds of them. The pelvis' height is that
    of the box around both hip bones and the sacrum; ``pelvis_depth_share`` is its depth over what width and height make
    one expect. ``bone_density_scale`` and ``cortical_scale`` are 1 for the
    mean young adult of the same sex; ``other_muscle_scale`` (abdominal wall, back, pelvic floor) is 1 for the mean
    young adult of the same sex and height at a body mass index of 23. ``subcutaneous_fat_mm`` is the mean thickness
    around the body at the level of the hips, ``thigh_over_crest_fat`` that at mid-thigh over that at the iliac crest;
    ``intermuscular_fat_mm`` is the thickness of the layer between two muscles that touch.
    ``sagittal_abdominal_diameter_mm`` reaches from back to belly in the midline at the iliac crests, supine.
    """

    sex: Sex
    age_years: float
    height_cm: float
    weight_kg: float
    condition: Condition
    affected_side: Side | None
    muscle_volume_cm3: MuscleVector
    lean_fraction: MuscleVector
    hip_centre_distance_mm: float
    pelvis_height_mm: float
    pelvis_depth_share: float
    bone_density_scale: float
    cortical_scale: float
    subcutaneous_fat_mm: float
    other_muscle_scale: float
    intermuscular_fat_mm: float
    thigh_over_crest_fat: float
    sagittal_abdominal_diameter_mm: float

    @property
    def body_mass_index(self) -> float:
        """kg/m2."""
        return self.weight_kg / (self.height_cm / 100) ** 2

    @property
    def visceral_fat_fraction(self) -> float:
        """Share of fat in what the belly holds: whatever makes that deeper than the organs alone are."""
        crest_fat_mm = subcutaneous_at(CREST, self.subcutaneous_fat_mm, self.thigh_over_crest_fat)
        around_mm = _SPINE_AND_WALLS_MM + 2 * crest_fat_mm
        organs_mm = _ORGANS_OVER_HEIGHT * 10 * self.height_cm
        return 1 - organs_mm / max(self.sagittal_abdominal_diameter_mm - around_mm, organs_mm)
