"""Bone sizes and densities."""

from dataclasses import dataclass

import numpy as np

from mskdex.phantom.population.body import HEIGHT_CM
from mskdex.phantom.population.body import LOG_BODY_MASS_INDEX
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.draws import deviates
from mskdex.phantom.population.person import Sex


@dataclass(frozen=True)
class Length:
    """A bone length: mean and SD of a sex's young adults, and its correlation with height."""

    mean_mm: float
    sd_mm: float
    height_correlation: float

    def at(self, height_deviate: float, own_deviate: float) -> float:
        r = self.height_correlation
        return float(self.mean_mm + self.sd_mm * (r * height_deviate + np.sqrt(1 - r * r) * own_deviate))


HIP_CENTRE_DISTANCE: dict[Sex, Length] = {"female": Length(172.0, 9.0, 0.4), "male": Length(175.0, 9.0, 0.4)}
"""Between the centres of the femoral heads. Harrington 2007: 2 (0.33 w + 7.3 mm) of the width w between the anterior
superior spines, 238 mm without a difference between the sexes (Augustine 2018): 172 mm. Rabari 2017 (500 Indian adults,
radiographs, not corrected for magnification): men 190, women 183 mm. SD: an estimate of ours."""

PELVIS_HEIGHT: dict[Sex, Length] = {"female": Length(205.0, 10.0, 0.6), "male": Length(221.0, 11.0, 0.6)}
"""A head 0.221 (men) and 0.211 (women) of the pelvis' height (Eur J Orthop Surg Traumatol 2014;24:947, 187 Chinese
adults) with heads of 49 and 43.5 mm (Mall 2000, 100 men and 70 women) gives 222 and 206 mm. SD and correlation:
estimates of ours."""

PELVIS_DEPTH_SHARE = Bounded(0.0, 0.04, -0.1, 0.1)
"""Of the logarithm of a pelvis' depth over what its width and height make one expect: an estimate of ours. Depth itself
is the anatomy's own: the two Visible Humans measure 183 (woman) and 173 mm (man), the Z-Anatomy pelvis 151 mm."""

DENSITY_AGES = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)
DENSITY: dict[Sex, tuple[float, ...]] = {
    "female": (0.971, 0.960, 0.945, 0.895, 0.850, 0.790, 0.725),
    "male": (1.067, 1.029, 1.040, 1.015, 0.997, 0.961, 0.920),
}
"""Total hip areal density, g/cm2, NHANES 2005-2008 by decade, as cited by doi 10.3389/fendo.2026.1748490, table 3 (men
to 80, women of 21-30); the rest from memory of the same survey (looked for, not found)."""

YOUNG_DENSITY_SD: dict[Sex, float] = {"female": 0.114, "male": 0.120}
"""g/cm2, same table; the unit of the T-score."""

T_SCORE_PER_WEIGHT_SD = 0.39
"""Mazess and Barden 1999: lowest and highest quartile of weight differ by 1 SD of density, and by 2.54 SD of weight."""


@dataclass(frozen=True)
class Skeleton:
    """Sizes and densities of one person's bones; the fields of ``Person``."""

    hip_centre_distance_mm: float
    pelvis_height_mm: float
    pelvis_depth_share: float
    bone_density_scale: float
    cortical_scale: float


def mean_t_score(sex: Sex, age_years: float) -> float:
    """Expected T-score of the total hip at mean body mass index."""
    means = DENSITY[sex]
    return float((np.interp(age_years, DENSITY_AGES, means) - means[0]) / YOUNG_DENSITY_SD[sex])


def _sample_t_score(rng: np.random.Generator, body: Body, t_score_range: tuple[float, float]) -> float:
    log_mean, log_sd = LOG_BODY_MASS_INDEX[body.sex]
    weight_deviate = float(np.clip((np.log(body.body_mass_index) - log_mean) / log_sd, -2.5, 2.5))
    mean = mean_t_score(body.sex, body.age_years) + T_SCORE_PER_WEIGHT_SD * weight_deviate
    return Bounded(mean, (1 - T_SCORE_PER_WEIGHT_SD**2) ** 0.5, *t_score_range).draw(rng)


def sample_skeleton(rng: np.random.Generator, body: Body, t_score_range: tuple[float, float]) -> Skeleton:
    """Draw the bones of ``body``; all lengths share the young adult's height, each has its own deviation besides."""
    height = HEIGHT_CM[body.sex]
    stature = float(np.clip((body.young_height_cm - height.mean) / height.sd, -3, 3))
    own = deviates(rng, 2)
    density = 1 + _sample_t_score(rng, body, t_score_range) * YOUNG_DENSITY_SD[body.sex] / DENSITY[body.sex][0]
    return Skeleton(
        hip_centre_distance_mm=HIP_CENTRE_DISTANCE[body.sex].at(stature, own[0]),
        pelvis_height_mm=PELVIS_HEIGHT[body.sex].at(stature, own[1]),
        pelvis_depth_share=float(np.exp(PELVIS_DEPTH_SHARE.draw(rng))),
        bone_density_scale=density,
        cortical_scale=_sample_cortical_scale(rng, density),
    )


def _sample_cortical_scale(rng: np.random.Generator, density_scale: float) -> float:
    """Cortical thickness follows density, less steeply; exponent and SD are estimates of ours.

    Poole 2010: from 25 to 85 years women's femoral neck cortex falls from 3.9 to 3.3 mm below and 1.63 to 0.33 above.
    """
    return float(np.clip(density_scale**0.7 * np.exp(Bounded(0.0, 0.07, -0.2, 0.2).draw(rng)), 0.45, 1.4))
