"""Sex, age, height, weight, and what follows from them: fat, and the mass that carries muscle."""

from dataclasses import dataclass

import numpy as np

from mskdex.phantom.population.conditions import Stratum
from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.person import Sex


@dataclass(frozen=True)
class Body:
    """A person's outside."""

    sex: Sex
    age_years: float
    height_cm: float
    weight_kg: float

    @property
    def height_m(self) -> float:
        return self.height_cm / 100

    @property
    def body_mass_index(self) -> float:
        return self.weight_kg / self.height_m**2

    @property
    def young_height_cm(self) -> float:
        """Height with what age takes given back: spines shrink, pelves do not."""
        return self.height_cm + height_loss_cm(self.sex, self.age_years)


HEIGHT_CM: dict[Sex, Bounded] = {
    "female": Bounded(162.5, 6.6, 142.0, 183.0),
    "male": Bounded(176.1, 7.2, 154.0, 198.0),
}
"""Young adults: US men of 20-39 years 176.1 cm (National Health Statistics Reports 122, 2018, at second hand); women
from memory of the same (looked for, not found). SDs: US adults 1960-62 (Vital and Health Statistics 11/8), 2.58 and
2.85 in."""

HEIGHT_LOSS_CM: dict[Sex, float] = {"female": 6.0, "male": 4.5}
"""Lower at 85 than at 40. Men of 60 and over measure 173.4 cm, same survey; the fall begins near 40 (Cline 1989)."""

LOG_BODY_MASS_INDEX: dict[Sex, tuple[float, float]] = {"female": (3.30, 0.22), "male": (3.32, 0.17)}
"""Mean and SD of ln(kg/m2); medians 27.1 and 27.7 and the SDs from memory of NHANES adults, whose mean was 28.0 in
1999-2000 (seen; these make 27.9); cut to each stratum's range."""


def height_loss_cm(sex: Sex, age_years: float) -> float:
    """How much shorter people of this age are than young adults: ageing and birth cohort together."""
    return HEIGHT_LOSS_CM[sex] * min(max((age_years - 40) / 45, 0.0), 1.1)


def fat_fraction(sex: Sex, age_years: float, body_mass_index: float) -> float:
    """Body fat as a fraction of weight, not below 0.05 and 0.12.

    Gallagher 2000 (AJCN 72:694), equation as several public transcriptions give it.
    """
    inverse = 1 / body_mass_index
    percent = 64.5 - 848 * inverse + 0.079 * age_years
    if sex == "male":
        percent += -16.4 + 0.05 * age_years + 39.0 * inverse
    return max(percent / 100, 0.05 if sex == "male" else 0.12)


def sample_body(rng: np.random.Generator, stratum: Stratum) -> Body:
    """Draw sex, age, height and weight of a member of ``stratum``."""
    sex: Sex = "female" if rng.random() < stratum.female_share else "male"
    youngest, oldest = stratum.age_range_years
    age = youngest + (oldest - youngest) * rng.random() ** (1 / stratum.age_power)
    height = HEIGHT_CM[sex].draw(rng) - height_loss_cm(sex, age)
    mean, sd = LOG_BODY_MASS_INDEX[sex]
    low, high = np.log(stratum.body_mass_index_range)
    index = float(np.exp(Bounded(mean, sd, low, high).draw(rng)))
    return Body(sex, age, height, index * (height / 100) ** 2)


_HIP_LEVEL: dict[Sex, float] = {"female": 1.8, "male": 1.6}
"""Fat at the hips against the mean over the body's surface: an estimate of ours, to be checked against CT."""


def sample_subcutaneous_fat_mm(rng: np.random.Generator, body: Body) -> float:
    """Mean thickness of the fat under the skin at the level of the hips.

    Fat mass (Gallagher 2000), four fifths of it under the skin, 0.92 g/cm3, spread over the body surface
    (Mosteller 1987), times the factor of the hip region; between persons, a log SD of 0.2. Within 3 to 90 mm.
    """
    fat_g = 1000 * body.weight_kg * fat_fraction(body.sex, body.age_years, body.body_mass_index)
    surface_cm2 = 1e4 * (body.height_cm * body.weight_kg / 3600) ** 0.5
    mean_mm = 10 * 0.8 * fat_g / 0.92 / surface_cm2
    thickness = mean_mm * _HIP_LEVEL[body.sex] * float(np.exp(Bounded(0.0, 0.2, -0.5, 0.5).draw(rng)))
    return float(np.clip(thickness, 3.0, 90.0))


_THIGH_OVER_CREST: dict[Sex, float] = {"female": 1.1, "male": 0.65}
"""Chosen beside three studies. Girth of the thigh below the gluteal fold: median 55 cm in Danish men (BMJ
2009;339:b3292). Thigh, its distal third, by ultrasound: women 16.7 mm, men 6.5 (40 people of 20-50; Krauze
2019, DOI 10.15557/JoU.2019.0015); the middle has somewhat more. Trunk at the third lumbar vertebra, by CT: women 147
cm2, men 117 (1787 people of body mass index 23.5; Kong 2022, PMC9082940), over a waist of 80 cm 18 and 15 mm. Skinfolds
say more (women 2.1, men 1.17; Jackson and Pollock, from memory)."""


def sample_thigh_over_crest_fat(rng: np.random.Generator, sex: Sex) -> float:
    """Thickness of the fat under the skin at mid-thigh over that at the iliac crest; between persons, a log SD of 0.25,
    which is ours.
    """
    return _THIGH_OVER_CREST[sex] * float(np.exp(Bounded(0.0, 0.25, -0.6, 0.6).draw(rng)))


_ABDOMINAL_DIAMETER_OVER_HEIGHT: dict[Sex, tuple[float, float]] = {"female": (0.132, 0.211), "male": (0.130, 0.184)}
"""Median and log SD, from the 10th, 50th and 90th percentiles: 0.102, 0.132, 0.175 and 0.103, 0.130, 0.165 (US adults,
NHANES 2011-2014, PMC5332027)."""

_ABDOMINAL_DIAMETER_BY_AGE_CM = (27.0, 42.0, 57.0, 72.0), (21.0, 22.5, 23.5, 23.4)
"""Ages and means of 20-34, 35-49, 50-64 years and 65 and more (NHANES 2011-2012; Kahn 2014)."""

_ABDOMINAL_DIAMETER_WITH_INDEX = 0.85
"""Correlation with the body mass index: men 0.85, women 0.85 (4032 people of 60 years; J Obes 2010, 757939)."""


_LEAST_WITHOUT_FAT_MM = 135.0
"""What is between the fat of the back and that of the belly of a lean person: our estimate."""


def sample_sagittal_abdominal_diameter_mm(rng: np.random.Generator, body: Body, crest_fat_mm: float) -> float:
    """From back to belly at the iliac crests, supine: lognormal, with height, body mass index and age.

    What is left between people of one age and index has the log SD that makes the published one. Nobody is flatter than
    the fat under their skin, ``crest_fat_mm`` at the crests, in front and behind, and what must be between.
    """
    median, sd = _ABDOMINAL_DIAMETER_OVER_HEIGHT[body.sex]
    ages, means_cm = _ABDOMINAL_DIAMETER_BY_AGE_CM
    by_age = np.log(np.array(means_cm) / 22.5)
    mean_index, sd_index = LOG_BODY_MASS_INDEX[body.sex]
    index = (np.log(body.body_mass_index) - mean_index) / sd_index
    own = np.sqrt(sd**2 * (1 - _ABDOMINAL_DIAMETER_WITH_INDEX**2) - by_age.var())
    deviation = sd * _ABDOMINAL_DIAMETER_WITH_INDEX * index + np.interp(body.age_years, ages, by_age)
    deviation += own * Bounded(0.0, 1.0, -2.5, 2.5).draw(rng)
    drawn_mm = 10 * body.height_cm * median * np.exp(deviation)
    return float(max(drawn_mm, _LEAST_WITHOUT_FAT_MM + 2 * crest_fat_mm))
