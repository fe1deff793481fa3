"""Published figures, and how to measure each on sampled people."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import MUSCLES
from mskdex.anatomy import Side
from mskdex.phantom.population.bones import DENSITY
from mskdex.phantom.population.lean import FAT_HU
from mskdex.phantom.population.lean import LEAN_HU
from mskdex.phantom.population.person import Condition
from mskdex.phantom.population.person import Person
from mskdex.phantom.population.person import Sex

Values = Float64[np.ndarray, " people"]

_QUADRICEPS = ("rectus_femoris", "vastus_lateralis", "vastus_medialis")
_THIGH = (*_QUADRICEPS, "hamstrings", "adductors", "gracilis", "sartorius")


@dataclass(frozen=True)
class Published:
    """A published mean and SD, who it was measured on, and how to measure it on sampled people.

    ``reason`` says why a figure is allowed to miss the tolerance.
    """

    what: str
    mean: float
    sd: float
    source: str
    chosen: Callable[[Person], bool]
    measure: Callable[[Person], float]
    reason: str = ""


def volume_cm3(person: Person, *muscles: str) -> float:
    """Volume of the named muscles, mean of the sides."""
    return float(sum(_pair(person.muscle_volume_cm3, muscle).mean() for muscle in muscles))


def attenuation_hu(person: Person, *muscles: str) -> float:
    """Mean HU of the named muscles, weighted by their volume, both sides."""
    volumes = np.concatenate([_pair(person.muscle_volume_cm3, muscle) for muscle in muscles])
    lean = np.concatenate([_pair(person.lean_fraction, muscle) for muscle in muscles])
    return float(np.average(FAT_HU + (LEAN_HU - FAT_HU) * lean, weights=volumes))


def side_difference_percent(person: Person, muscle: str) -> float:
    """Right minus left over their mean."""
    right, left = _pair(person.muscle_volume_cm3, muscle)
    return float(200 * (right - left) / (right + left))


def affected_atrophy_percent(person: Person) -> float:
    """Loss of all muscles' volume on the affected side against the other."""
    affected, other = _affected_first(person, person.muscle_volume_cm3)
    return float(100 * (1 - (affected / other).mean()))


def affected_hu_loss(person: Person) -> float:
    affected, other = _affected_first(person, person.lean_fraction)
    return float((LEAN_HU - FAT_HU) * (other - affected).mean())


def hip_density(person: Person) -> float:
    """Areal density of the total hip, g/cm2."""
    return person.bone_density_scale * DENSITY[person.sex][0]


def _pair(values: Float64[np.ndarray, "36"], muscle: str) -> Float64[np.ndarray, "2"]:
    first = 2 * [structure.name for structure in MUSCLES].index(muscle)
    return values[first : first + 2]


def _affected_first(person: Person, values: Float64[np.ndarray, "36"]) -> tuple[Values, Values]:
    right = np.array([label.side is Side.RIGHT for label in MUSCLE_LABELS])
    affected = right if person.affected_side is Side.RIGHT else ~right
    return values[affected], values[~affected]


def _aged(sex: Sex | None, youngest: float, oldest: float) -> Callable[[Person], bool]:
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


_ABC = "Goodpaster 2001, Health ABC"
_YOUNG_OLD = "Exp Gerontol, May 2023, 10 young and 10 old men"
_LATERAL = "Surg Radiol Anat 2012;34:847, 20 women"
_SIDES = "J Orthop Res 2018;36:963, limits of agreement / 1.96"
_SMALL = "20 women whose size we do not know; Handsfield's relation gives less"
_TEN = "ten men of like size"
_LEAN = "attenuation falls from 25 years on here, and the lean ramp ends at 55 HU"
_HEIGHT = "NHSR 122 (2018); SD of 1960-62"
_NHANES = "NHANES 2005-2008 at second hand"
_MALL = "Mall 2000"
_IWASA = "Iwasa 2022; SD not known here, ours taken"

FIGURES: tuple[Published, ...] = (
    Published("Height, men 20-39, cm", 176.1, 7.2, _HEIGHT, _aged("male", 20, 40), lambda p: p.height_cm),
    Published("Height, men 60 and over, cm", 173.4, 7.2, _HEIGHT, _aged("male", 60, 90), lambda p: p.height_cm),
    Published("Femoral head, men, mm", 49.0, 3.0, _MALL, _aged("male", 20, 90), lambda p: p.femur_head_diameter_mm),
    Published("Femoral head, women, mm", 43.5, 3.0, _MALL, _aged("female", 20, 90), lambda p: p.femur_head_diameter_mm),
    Published("Hip density, men 21-30, g/cm2", 1.067, 0.120, _NHANES, _aged("male", 21, 31), hip_density),
    Published("Hip density, men 51-60, g/cm2", 1.015, 0.142, _NHANES, _aged("male", 51, 61), hip_density),
    Published("Hip density, men 71-80, g/cm2", 0.961, 0.143, _NHANES, _aged("male", 71, 81), hip_density),
    Published("Hip density, women 21-30, g/cm2", 0.971, 0.114, _NHANES, _aged("female", 21, 31), hip_density),
    Published(
        "Quadriceps, men 20-35, cm3",
        2300,
        400,
        _YOUNG_OLD,
        _aged("male", 20, 35),
        lambda p: volume_cm3(p, *_QUADRICEPS),
        _TEN,
    ),
    Published(
        "Quadriceps, men 65-77, cm3",
        1600,
        200,
        _YOUNG_OLD,
        _aged("male", 65, 77),
        lambda p: volume_cm3(p, *_QUADRICEPS),
        _TEN,
    ),
    Published(
        "Gluteus medius, women 30-70, cm3",
        292.5,
        33.3,
        _LATERAL,
        _aged("female", 30, 70),
        lambda p: volume_cm3(p, "gluteus_medius"),
        _SMALL,
    ),
    Published(
        "Gluteus minimus, women 30-70, cm3",
        82.1,
        12.1,
        _LATERAL,
        _aged("female", 30, 70),
        lambda p: volume_cm3(p, "gluteus_minimus"),
        _SMALL,
    ),
    Published(
        "Tensor fasciae latae, women 30-70, cm3",
        49.7,
        18.9,
        _LATERAL,
        _aged("female", 30, 70),
        lambda p: volume_cm3(p, "tensor_fasciae_latae"),
        _SMALL,
    ),
    Published(
        "Thigh, lean adults under 45, HU",
        49.2,
        2.8,
        "Goodpaster 2000",
        _lean_adult,
        lambda p: attenuation_hu(p, *_THIGH),
        _LEAN,
    ),
    Published("Thigh, men 70-79, HU", 37.3, 6.5, _ABC, _aged("male", 70, 80), lambda p: attenuation_hu(p, *_THIGH)),
    Published("Thigh, women 70-79, HU", 34.7, 7.0, _ABC, _aged("female", 70, 80), lambda p: attenuation_hu(p, *_THIGH)),
    Published("Quadriceps, 70-79, HU", 41.1, 6.9, _ABC, _aged(None, 70, 80), lambda p: attenuation_hu(p, *_QUADRICEPS)),
    Published("Hamstrings, 70-79, HU", 28.7, 8.7, _ABC, _aged(None, 70, 80), lambda p: attenuation_hu(p, "hamstrings")),
    Published(
        "Hamstrings, right - left, %", 0.0, 5.8, _SIDES, _healthy, lambda p: side_difference_percent(p, "hamstrings")
    ),
    Published(
        "Vastus medialis, right - left, %",
        0.0,
        6.1,
        _SIDES,
        _healthy,
        lambda p: side_difference_percent(p, "vastus_medialis"),
    ),
    Published(
        "Rectus femoris, right - left, %",
        0.0,
        10.9,
        _SIDES,
        _healthy,
        lambda p: side_difference_percent(p, "rectus_femoris"),
    ),
    Published("Atrophy of the affected side, %", 16.3, 5.0, _IWASA, _osteoarthritic, affected_atrophy_percent),
    Published("HU lost on the affected side", 7.9, 3.0, _IWASA, _osteoarthritic, affected_hu_loss),
)
