"""Lean fraction of each muscle, through its mean CT attenuation."""

import numpy as np
from jaxtyping import Float64

from mskdex.anatomy import MUSCLES
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.draws import deviates
from mskdex.phantom.population.muscles import Factors
from mskdex.phantom.population.person import MuscleVector
from mskdex.phantom.population.tables import MUSCLE_TABLE

FAT_HU, LEAN_HU = -100.0, 55.0
"""METHOD 2: lean fraction is 0 at the first and 1 at the second."""

PERSON_SD_HU = 5.0
MUSCLE_SD_HU = 3.0
SIDE_SD_HU = 1.5
MUSCULARITY_COUPLING = 0.4
"""Correlation between the shared deviate of attenuation and that of volume: atrophy and fat come together."""

HU_PER_BODY_MASS_INDEX = -0.45
"""HU per kg/m2: van der Werf 2018 (EJCN, doi 10.1038/s41430-017-0034-5), table 3: about 6.7 HU lower from a body mass
index of 17-20 to one of 30-35, at any age, both sexes (lumbar muscle)."""

FEMALE_HU = -2.0
"""Women's muscle against men's: Goodpaster 2001, thigh at 70-79 years, about 3 HU (from memory, to be checked)."""

_HU_YOUNG: Float64[np.ndarray, "18"] = np.array([MUSCLE_TABLE[muscle.name].hu_young for muscle in MUSCLES])
_HU_LOSS: Float64[np.ndarray, "18"] = np.array([MUSCLE_TABLE[muscle.name].hu_loss for muscle in MUSCLES])
LEAN_FRACTION_RANGE = (0.35, 0.995)


def mean_attenuation_hu(body: Body) -> Float64[np.ndarray, "18"]:
    """Expected HU of each muscle of a healthy body, in the order of ``MUSCLES``; the loss is linear in age after 25."""
    shift = HU_PER_BODY_MASS_INDEX * (body.body_mass_index - 24.0) + (FEMALE_HU if body.sex == "female" else 0.0)
    return np.asarray(_HU_YOUNG - _HU_LOSS * (body.age_years - 25.0) / 50.0 + shift)


def sample_attenuation_hu(rng: np.random.Generator, body: Body, factors: Factors) -> MuscleVector:
    """Mean HU of each muscle label."""
    z = deviates(rng, 1 + 3 * len(MUSCLES))
    shared = MUSCULARITY_COUPLING * factors.general + (1 - MUSCULARITY_COUPLING**2) ** 0.5 * z[0]
    muscle = mean_attenuation_hu(body) + PERSON_SD_HU * shared + MUSCLE_SD_HU * z[1 : 1 + len(MUSCLES)]
    return np.asarray(np.repeat(muscle, 2) + SIDE_SD_HU * z[1 + len(MUSCLES) :])


def lean_fraction(attenuation_hu: MuscleVector) -> MuscleVector:
    """METHOD 2's ramp, kept within ``LEAN_FRACTION_RANGE``."""
    return np.clip((attenuation_hu - FAT_HU) / (LEAN_HU - FAT_HU), *LEAN_FRACTION_RANGE)
