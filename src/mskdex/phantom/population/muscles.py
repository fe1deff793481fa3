"""Muscle volumes: a mean from body size, sex and age, and a factor structure around it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from mskdex.anatomy import MUSCLES
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.body import fat_fraction
from mskdex.phantom.population.draws import deviates
from mskdex.phantom.population.person import MuscleVector
from mskdex.phantom.population.person import Sex
from mskdex.phantom.population.tables import HANDSFIELD
from mskdex.phantom.population.tables import MUSCLE_TABLE
from mskdex.phantom.population.tables import Region

PerMuscle = Float64[np.ndarray, "18"]

GENERAL_SD = 0.075
"""SD of log volume that all muscles share beyond height x mass, sex and age. Handsfield 2014: height x mass explains
92 % of the variance of total lower-limb volume, whose SD is 27 % of its mean (from memory; looked for, not found)."""

REGION_SD = 0.05
"""SD of log volume that the muscles of one region (hip, thigh) share: an estimate of ours."""

SEX_LOG_VOLUME: dict[Sex, float] = {"female": -0.093, "male": 0.047}
"""Handsfield's relation pools 8 women and 16 men. Janssen 2000: women's lower-body muscle is 33 % less than men's; body
size alone, through that relation, leaves a log difference of 0.14, shared out so that the pooled mean stays."""

_REFERENCE_FAT: dict[Sex, float] = {"female": 0.288, "male": 0.177}
"""Fat fraction (Gallagher 2000) at 25 years and a body mass index of 22.5 and 24: Handsfield's lean young sample."""


@dataclass(frozen=True)
class Factors:
    """The standard deviates behind one person's muscles, before their SDs."""

    general: float
    region: Float64[np.ndarray, "2"]
    muscle: PerMuscle
    side: MuscleVector

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Factors":
        z = deviates(rng, 3 + 3 * len(MUSCLES))
        return cls(float(z[0]), z[1:3], z[3 : 3 + len(MUSCLES)], z[3 + len(MUSCLES) :])


_REGION_INDEX = np.array([list(Region).index(MUSCLE_TABLE[muscle.name].region) for muscle in MUSCLES])
_MUSCLE_SD: PerMuscle = np.array([MUSCLE_TABLE[muscle.name].muscle_sd for muscle in MUSCLES])
_SIDE_SD: PerMuscle = np.array([MUSCLE_TABLE[muscle.name].side_sd for muscle in MUSCLES])
_AGE_LOG_LOSS: PerMuscle = np.log1p(-np.array([MUSCLE_TABLE[muscle.name].loss_25_to_75 for muscle in MUSCLES]))
_SLOPE: PerMuscle = np.array([sum(HANDSFIELD[part][0] for part in MUSCLE_TABLE[m.name].parts) for m in MUSCLES])
_INTERCEPT: PerMuscle = np.array([sum(HANDSFIELD[part][1] for part in MUSCLE_TABLE[m.name].parts) for m in MUSCLES])


def muscle_bearing_mass_kg(body: Body) -> float:
    """Body mass as height x mass scaling should see it: excess fat does not carry muscle.

    Handsfield's sample was lean; Janssen 2000 found muscle to rise less and less with weight. Up to the sample's body
    mass index it is the body mass; above it, the mass whose fat-free part at the sample's fat fraction is the same.
    """
    fat = fat_fraction(body.sex, 25.0, body.body_mass_index)
    return body.weight_kg * min(1.0, (1 - fat) / (1 - _REFERENCE_FAT[body.sex]))


def age_course(age_years: float) -> float:
    """How far the loss from 25 to 75 years has gone: 0 to the age of 40, 1 at 75, more after.

    Janssen 2000: no noticeable loss before the end of the fifth decade, then faster; the power is ours.
    """
    return float((max(age_years - 40.0, 0.0) / 35.0) ** 1.2)


def lower_limb_volume_cm3(height_m: float, mass_kg: float) -> float:
    """All muscles of one lower limb, Handsfield 2014: 47 H M + 1285."""
    return 47.0 * height_m * mass_kg + 1285.0


def mean_volume_cm3(body: Body) -> PerMuscle:
    """Expected (geometric mean) volume of each muscle of a healthy body, one side, in the order of ``MUSCLES``."""
    total = lower_limb_volume_cm3(body.height_m, muscle_bearing_mass_kg(body))
    young = _SLOPE * total + _INTERCEPT
    return np.asarray(young * np.exp(SEX_LOG_VOLUME[body.sex] + _AGE_LOG_LOSS * age_course(body.age_years)))


def log_residual(factors: Factors) -> MuscleVector:
    """Deviation of log volume from the healthy mean, per muscle label."""
    shared = GENERAL_SD * factors.general + REGION_SD * factors.region[_REGION_INDEX] + _MUSCLE_SD * factors.muscle
    return np.asarray(np.repeat(shared, 2) + np.repeat(_SIDE_SD, 2) * factors.side)


def muscle_covariance() -> Float64[np.ndarray, "36 36"]:
    """Covariance of log volume between muscle labels, given sex, age, height and weight, healthy."""
    same_region = _REGION_INDEX[:, None] == _REGION_INDEX[None, :]
    between = GENERAL_SD**2 + REGION_SD**2 * same_region + np.diag(_MUSCLE_SD**2)
    return np.asarray(np.kron(between, np.ones((2, 2))) + np.diag(np.repeat(_SIDE_SD, 2) ** 2))


def muscle_correlation() -> Float64[np.ndarray, "36 36"]:
    """Correlation of log volume between muscle labels (order of ``anatomy.MUSCLE_LABELS``), given body size and age."""
    covariance = muscle_covariance()
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))
