"""Bone sizes and densities."""

from dataclasses import dataclass

import numpy as np

from mskdex.phantom.population.body import HEIGHT_CM
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.draws import deviates
from mskdex.phantom.population.person import Sex


@dataclass(frozen=True)
class Length:
    """A bone length: mean at the sex's mean height, SD, and correlation with height."""

    mean_mm: float
    sd_mm: float
    height_correlation: float

    def at(self, height_deviate: float, own_deviate: float) -> float:
        r = self.height_correlation
        return float(self.mean_mm + self.sd_mm * (r * height_deviate + np.sqrt(1 - r * r) * own_deviate))


HIP_CENTRE_DISTANCE: dict[Sex, Length] = {
    "female": Length(178.0, 9.0, 0.3),
    "male": Length(180.0, 9.0, 0.4),
}
PELVIS_HEIGHT: dict[Sex, Length] = {"female": Length(204.0, 10.0, 0.6), "male": Length(222.0, 11.0, 0.6)}
PELVIS_DEPTH: dict[Sex, Length] = {"female": Length(160.0, 9.0, 0.4), "male": Length(165.0, 9.0, 0.4)}
FEMUR_HEAD_DIAMETER: dict[Sex, Length] = {"female": Length(43.0, 2.2, 0.5), "male": Length(48.5, 2.6, 0.5)}
"""From memory of the literature named in docs/population.md, to be checked."""

DENSITY_AGES = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)
DENSITY: dict[Sex, tuple[float, ...]] = {
    "female": (0.955, 0.940, 0.920, 0.875, 0.815, 0.755, 0.700),
    "male": (1.067, 1.029, 1.040, 1.015, 0.997, 0.961, 0.920),
}
"""Total hip areal density, g/cm2, NHANES means by decade of age."""

YOUNG_DENSITY_SD: dict[Sex, float] = {"female": 0.122, "male": 0.130}
"""g/cm2; the unit of the T-score."""


@dataclass(frozen=True)
class Skeleton:
    """Sizes and densities of one person's bones; the fields of ``Person``."""

    hip_centre_distance_mm: float
    pelvis_height_mm: float
    pelvis_depth_mm: float
    femur_head_diameter_mm: float
    bone_density_scale: float
    cortical_scale: float


def mean_t_score(sex: Sex, age_years: float) -> float:
    """Expected T-score of the total hip."""
    means = DENSITY[sex]
    return float((np.interp(age_years, DENSITY_AGES, means) - means[0]) / YOUNG_DENSITY_SD[sex])


def sample_skeleton(rng: np.random.Generator, body: Body, t_score_range: tuple[float, float]) -> Skeleton:
    """Draw the bones of ``body``; all lengths share the person's height, each has its own deviation besides."""
    height = HEIGHT_CM[body.sex]
    stature = float(np.clip((body.height_cm - height.mean) / height.sd, -3, 3))
    own = deviates(rng, 4)
    t_score = Bounded(mean_t_score(body.sex, body.age_years), 1.0, *t_score_range).draw(rng)
    density = 1 + t_score * YOUNG_DENSITY_SD[body.sex] / DENSITY[body.sex][0]
    return Skeleton(
        hip_centre_distance_mm=HIP_CENTRE_DISTANCE[body.sex].at(stature, own[0]),
        pelvis_height_mm=PELVIS_HEIGHT[body.sex].at(stature, own[1]),
        pelvis_depth_mm=PELVIS_DEPTH[body.sex].at(stature, own[2]),
        femur_head_diameter_mm=FEMUR_HEAD_DIAMETER[body.sex].at(stature, own[3]),
        bone_density_scale=density,
        cortical_scale=float(np.clip(density**0.7 * np.exp(Bounded(0.0, 0.07, -0.2, 0.2).draw(rng)), 0.45, 1.4)),
    )
