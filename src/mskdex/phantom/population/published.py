"""Published figures, whom each was measured on, and what may be said where the population misses one."""

from collections.abc import Callable
from dataclasses import dataclass

from mskdex.phantom.population.measures import affected_atrophy_percent
from mskdex.phantom.population.measures import affected_hu_loss
from mskdex.phantom.population.measures import attenuation_hu
from mskdex.phantom.population.measures import hip_density
from mskdex.phantom.population.measures import lean_thigh_volume_l
from mskdex.phantom.population.measures import side_difference_percent
from mskdex.phantom.population.measures import unaffected_hu
from mskdex.phantom.population.measures import volume_cm3
from mskdex.phantom.population.measures import volume_per_lean_mass
from mskdex.phantom.population.person import Condition
from mskdex.phantom.population.person import Person
from mskdex.phantom.population.person import Sex

Chosen = Callable[[Person], bool]
Measure = Callable[[Person], float]

_QUADRICEPS = ("rectus_femoris", "vastus_lateralis", "vastus_medialis")
_THIGH = (*_QUADRICEPS, "hamstrings", "adductors", "gracilis", "sartorius")


@dataclass(frozen=True)
class Published:
    """A published mean and SD, who it was measured on, and how to measure it on sampled people.

    ``built_in``: the population was made from this figure, so meeting it says only that what was put in comes out.
    ``reason`` says why a figure is allowed to miss the tolerance.
    """

    what: str
    mean: float
    sd: float
    source: str
    chosen: Chosen
    measure: Measure
    reason: str = ""
    built_in: bool = False


def _aged(sex: Sex | None, youngest: float, oldest: float) -> Chosen:
    return lambda person: (
        person.condition in (Condition.HEALTHY, Condition.OBESITY)
        and sex in (None, person.sex)
        and youngest <= person.age_years < oldest
    )


def _osteoarthritic(person: Person) -> bool:
    return person.condition is Condition.HIP_OSTEOARTHRITIS


def _healthy(person: Person) -> bool:
    return person.condition is Condition.HEALTHY


def _lean_adult(person: Person) -> bool:
    return person.condition is Condition.HEALTHY and person.age_years < 45 and person.body_mass_index < 25


def _healthy_adult(person: Person) -> bool:
    return person.condition is Condition.HEALTHY and person.age_years < 70


def _height(person: Person) -> float:
    return person.height_cm


def _abdominal_diameter(person: Person) -> float:
    """Over height, percent."""
    return 10 * person.sagittal_abdominal_diameter_mm / person.height_cm


def _volume(*muscles: str) -> Measure:
    return lambda person: volume_cm3(person, *muscles)


def _hu(*muscles: str) -> Measure:
    return lambda person: attenuation_hu(person, *muscles)


def _side_difference(muscle: str) -> Measure:
    return lambda person: side_difference_percent(person, muscle)


def _per_lean_mass(muscle: str) -> Measure:
    return lambda person: volume_per_lean_mass(person, muscle)


IQR_OVER_SD = 1.349
"""Interquartile range of a normal distribution over its SD."""

_HEIGHT = "NHSR 122 (2018); SD of 1960-62"
_ABDOMEN = "NHANES 2011-2014 (PMC5332027); mean and SD of the lognormal with its percentiles"
_NHANES = "NHANES 2005-2008 at second hand"
_ABC = "Goodpaster 2001, Health ABC"
_SIDES = "J Orthop Res 2018;36:963, limits of agreement / 1.96"
_IWASA = "Iwasa 2022; SD not known here, ours taken"
_YOUNG_OLD = "Exp Gerontol, May 2023, 10 young and 10 old men"
_LATERAL = "Surg Radiol Anat 2012;34:847, 20 women"
_CT = "CT of 102 people of 18-86, 2011 (PMID 21414832)"
_DIXON = "Belzunce 2022, 51 people, median and IQR / 1.349"
_BIOBANK = "UK Biobank, Anderson 2024 (PMID 39133460); that the largest is the youngest decade is inferred"
_PSOAS = "Lawlor 2022, one slice of 193 people"
_TRAUMA = "Chin J Trauma 2015;31:517, posterior muscles at the ischial tuberosity, 14 people"
_THA = "Iwasa 2025 (PMID 39836355), 53 women and 8 men; SD not known here, ours taken"

_SMALL = "20 women whose size we do not know; Handsfield's relation gives less"
_TEN = "ten men of like size"
_RAMP = "attenuation falls from 25 years on here, and the lean ramp ends at 55 HU"
_OUTLINE = "their outlines hold less maximus and more medius than Handsfield's; fat-free mass is an equation's here"
_WHICH = "which muscles their thigh holds is not in the abstract; volunteers of imaging, healthier than most"
_SEXES = "one slice, its noise included; no difference of the sexes there, ours is the thigh's at 70-79"
_ROI = "14 people, outlined within muscle; our loss of the maximus is an estimate and may be too large"
_FOLLOWS_ABC = "ours follows Health ABC, heavier people, and has the arthritic's as heavy; two sources that disagree"


def _given(what: str, mean: float, sd: float, source: str, chosen: Chosen, measure: Measure) -> Published:
    """A figure that the population was made from."""
    return Published(what, mean, sd, source, chosen, measure, built_in=True)


_BUILT_IN = (
    _given("Height, men 20-39, cm", 176.1, 7.2, _HEIGHT, _aged("male", 20, 40), _height),
    _given("Height, men 60 and over, cm", 173.4, 7.2, _HEIGHT, _aged("male", 60, 90), _height),
    _given("Abdominal diameter, men, % of height", 13.22, 2.45, _ABDOMEN, _aged("male", 20, 90), _abdominal_diameter),
    Published(
        "Abdominal diameter, women, % of height",
        13.50,
        2.88,
        _ABDOMEN,
        _aged("female", 20, 90),
        _abdominal_diameter,
        "body mass index is cut at 30 for the healthy and at 45 for the obese",
        built_in=True,
    ),
    _given("Hip density, men 21-30, g/cm2", 1.067, 0.120, _NHANES, _aged("male", 21, 31), hip_density),
    _given("Hip density, men 51-60, g/cm2", 1.015, 0.142, _NHANES, _aged("male", 51, 61), hip_density),
    _given("Hip density, men 71-80, g/cm2", 0.961, 0.143, _NHANES, _aged("male", 71, 81), hip_density),
    _given("Hip density, women 21-30, g/cm2", 0.971, 0.114, _NHANES, _aged("female", 21, 31), hip_density),
    Published(
        "Thigh, lean adults under 45, HU", 49.2, 2.8, "Goodpaster 2000", _lean_adult, _hu(*_THIGH), _RAMP, built_in=True
    ),
    _given("Thigh, men 70-79, HU", 37.3, 6.5, _ABC, _aged("male", 70, 80), _hu(*_THIGH)),
    _given("Thigh, women 70-79, HU", 34.7, 7.0, _ABC, _aged("female", 70, 80), _hu(*_THIGH)),
    _given("Quadriceps, 70-79, HU", 41.1, 6.9, _ABC, _aged(None, 70, 80), _hu(*_QUADRICEPS)),
    _given("Hamstrings, 70-79, HU", 28.7, 8.7, _ABC, _aged(None, 70, 80), _hu("hamstrings")),
    _given("Hamstrings, right - left, %", 0.0, 5.8, _SIDES, _healthy, _side_difference("hamstrings")),
    _given("Vastus medialis, right - left, %", 0.0, 6.1, _SIDES, _healthy, _side_difference("vastus_medialis")),
    _given("Rectus femoris, right - left, %", 0.0, 10.9, _SIDES, _healthy, _side_difference("rectus_femoris")),
    _given("Atrophy of the affected side, %", 16.3, 5.0, _IWASA, _osteoarthritic, affected_atrophy_percent),
    _given("HU lost on the affected side", 7.9, 3.0, _IWASA, _osteoarthritic, affected_hu_loss),
)


def _gluteal(muscle: str, name: str, median: float, iqr: float) -> Published:
    what = f"{name}, cm3 per kg of fat-free mass"
    return Published(what, median, iqr / IQR_OVER_SD, _DIXON, _healthy_adult, _per_lean_mass(muscle), _OUTLINE)


def _biobank(sex: Sex, who: str, youngest: float, mean_l: float, sd_l: float) -> Published:
    chosen = _aged(sex, youngest, youngest + 10)
    what = f"Lean thigh, both sides, {who} {youngest:.0f}-{youngest + 9:.0f}, L"
    return Published(what, mean_l, sd_l, _BIOBANK, chosen, lean_thigh_volume_l, _WHICH)


_INDEPENDENT = (
    Published("Quadriceps, men 20-35, cm3", 2300, 400, _YOUNG_OLD, _aged("male", 20, 35), _volume(*_QUADRICEPS), _TEN),
    Published("Quadriceps, men 65-77, cm3", 1600, 200, _YOUNG_OLD, _aged("male", 65, 77), _volume(*_QUADRICEPS), _TEN),
    Published(
        "Gluteus medius, adults 20-86, cm3",
        289,
        72,
        _CT,
        _aged(None, 20, 87),
        _volume("gluteus_medius"),
        "mean met, SD at the limit: strata of obesity and sarcopenia, a third of ours, lie far apart",
    ),
    Published(
        "Gluteus medius, women 30-70, cm3",
        292.5,
        33.3,
        _LATERAL,
        _aged("female", 30, 70),
        _volume("gluteus_medius"),
        _SMALL,
    ),
    Published(
        "Gluteus minimus, women 30-70, cm3",
        82.1,
        12.1,
        _LATERAL,
        _aged("female", 30, 70),
        _volume("gluteus_minimus"),
        _SMALL,
    ),
    Published(
        "Tensor fasciae latae, women 30-70, cm3",
        49.7,
        18.9,
        _LATERAL,
        _aged("female", 30, 70),
        _volume("tensor_fasciae_latae"),
        _SMALL,
    ),
    _gluteal("gluteus_maximus", "Gluteus maximus", 12.6, 13.8 - 10.8),
    _gluteal("gluteus_medius", "Gluteus medius", 6.3, 6.7 - 5.6),
    _gluteal("gluteus_minimus", "Gluteus minimus", 1.6, 1.7 - 1.4),
    _biobank("male", "men", 45, 13.26, 1.85),
    _biobank("male", "men", 75, 11.16, 1.40),
    _biobank("female", "women", 45, 8.80, 1.29),
    _biobank("female", "women", 75, 7.60, 0.97),
    Published("Psoas, men 19-40, HU", 48.4, 5.5, _PSOAS, _aged("male", 19, 41), _hu("psoas_major"), _SEXES),
    Published("Psoas, women 19-40, HU", 48.18, 5.5, _PSOAS, _aged("female", 19, 41), _hu("psoas_major"), _SEXES),
    Published("Gluteus maximus, 61-69, HU", 39.2, 5.3, _TRAUMA, _aged(None, 61, 69), _hu("gluteus_maximus"), _ROI),
    Published("Side without arthritis, six groups, HU", 46.0, 7.0, _THA, _osteoarthritic, unaffected_hu, _FOLLOWS_ABC),
)

FIGURES: tuple[Published, ...] = _BUILT_IN + _INDEPENDENT
