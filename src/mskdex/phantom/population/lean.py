"""Lean fraction of each muscle, through its mean CT attenuation."""

import numpy as np
from jaxtyping import Float64

from mskdex.anatomy import MUSCLES
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.draws import deviates
from mskdex.phantom.population.muscles import Factors
from mskdex.phantom.population.muscles import PerMuscle
from mskdex.phantom.population.person import MuscleVector
from mskdex.phantom.population.tables import MUSCLE_TABLE
from mskdex.physics import HU_FAT
from mskdex.physics import HU_LEAN

LEAN_FRACTION_RANGE = (0.30, 0.995)

HU_PER_BODY_MASS_INDEX = -0.6
"""HU per kg/m2, between two sources: lumbar muscle loses 6.7 HU from a body mass index of 17-20 to one of 30-35, at any
age (van der Werf 2018, table 3); obese volunteers' thighs have 9.9 HU less than lean ones' (Goodpaster 2000)."""

FEMALE_HU = -2.6
"""Women against men, thigh at 70-79 years, 34.7 and 37.3 HU (Goodpaster 2001)."""

YOUNG_SD_HU = 2.8
"""Between lean volunteers, thigh (Goodpaster 2000). At 70-79 it is 6.9 for the quadriceps and 8.7 for the hamstrings
(Goodpaster 2001, body size included): muscles that lose more vary more, which ``old_sd_hu`` takes up."""

SHARED = 0.65
"""Correlation of attenuation between muscles of a person: thigh with calf 0.60, psoas 0.65, erector spinae 0.77
(Goodpaster 2000)."""

SIDE = 0.08
"""Share of the variance that is one side's own: an estimate of ours."""

MUSCULARITY_COUPLING = 0.4
"""Correlation between the deviates that all muscles share in attenuation and in volume: atrophy and fat come together.
An estimate of ours."""

_HU_YOUNG: PerMuscle = np.array([MUSCLE_TABLE[muscle.name].hu_young for muscle in MUSCLES])
_HU_LOSS: PerMuscle = np.array([MUSCLE_TABLE[muscle.name].hu_loss for muscle in MUSCLES])


def mean_attenuation_hu(body: Body) -> PerMuscle:
    """Expected HU of each muscle of a healthy body, in the order of ``MUSCLES``; the loss is linear in age after 25."""
    shift = HU_PER_BODY_MASS_INDEX * (body.body_mass_index - 24.0) + (FEMALE_HU if body.sex == "female" else 0.0)
    return np.asarray(_HU_YOUNG - _HU_LOSS * (body.age_years - 25.0) / 50.0 + shift)


def attenuation_sd_hu(age_years: float) -> PerMuscle:
    """SD of a muscle's HU between people of one sex, age and body mass index."""
    old_sd_hu = 3.4 + 0.35 * _HU_LOSS
    course = min(max((age_years - 25.0) / 50.0, 0.0), 1.2)
    return np.asarray(YOUNG_SD_HU + (old_sd_hu - YOUNG_SD_HU) * course)


def attenuation_correlation() -> Float64[np.ndarray, "36 36"]:
    """Correlation of HU between muscle labels, given sex, age and body mass index."""
    between = SHARED + np.diag(np.full(len(MUSCLES), 1 - SHARED - SIDE))
    return np.asarray(np.kron(between, np.ones((2, 2))) + SIDE * np.eye(2 * len(MUSCLES)))


def sample_attenuation_hu(rng: np.random.Generator, body: Body, factors: Factors) -> MuscleVector:
    """Mean HU of each muscle label."""
    z = deviates(rng, 1 + 3 * len(MUSCLES))
    person = MUSCULARITY_COUPLING * factors.general + (1 - MUSCULARITY_COUPLING**2) ** 0.5 * z[0]
    muscle = SHARED**0.5 * person + (1 - SHARED - SIDE) ** 0.5 * z[1 : 1 + len(MUSCLES)]
    deviation = np.repeat(muscle, 2) + SIDE**0.5 * z[1 + len(MUSCLES) :]
    return np.asarray(
        np.repeat(mean_attenuation_hu(body), 2) + np.repeat(attenuation_sd_hu(body.age_years), 2) * deviation
    )


def lean_fraction(attenuation_hu: MuscleVector) -> MuscleVector:
    """The ramp between them, kept within ``LEAN_FRACTION_RANGE``."""
    return np.clip((attenuation_hu - HU_FAT) / (HU_LEAN - HU_FAT), *LEAN_FRACTION_RANGE)
