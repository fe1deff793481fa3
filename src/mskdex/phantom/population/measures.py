"""What a publication measures, measured on one sampled person."""

import numpy as np
from jaxtyping import Float64

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import MUSCLES
from mskdex.anatomy import Side
from mskdex.phantom.population.body import fat_fraction
from mskdex.phantom.population.bones import DENSITY
from mskdex.phantom.population.person import MuscleVector
from mskdex.phantom.population.person import Person
from mskdex.physics import HU_FAT
from mskdex.physics import HU_LEAN

Values = Float64[np.ndarray, " values"]
GROUPS = {
    "gluteus maximus": ("gluteus_maximus",),
    "gluteus medius and minimus": ("gluteus_medius", "gluteus_minimus"),
    "iliopsoas": ("psoas_major", "iliacus"),
    "quadriceps": ("rectus_femoris", "vastus_lateralis", "vastus_medialis"),
    "hamstrings": ("hamstrings",),
    "adductors": ("adductors",),
}
"""Six groups of hip and thigh; a publication that means six (Iwasa 2025) does not name them in its abstract."""

_PSOAS = "psoas_major"
_ON_THE_RIGHT = np.array([label.side is Side.RIGHT for label in MUSCLE_LABELS])


def volume_cm3(person: Person, *muscles: str) -> float:
    """Volume of the named muscles, mean of the sides."""
    return float(sum(of_muscle(person.muscle_volume_cm3, muscle).mean() for muscle in muscles))


def attenuation_hu(person: Person, *muscles: str) -> float:
    """Mean HU of the named muscles, weighted by their volume, both sides."""
    volumes = np.concatenate([of_muscle(person.muscle_volume_cm3, muscle) for muscle in muscles])
    lean = np.concatenate([of_muscle(person.lean_fraction, muscle) for muscle in muscles])
    return float(np.average(HU_FAT + (HU_LEAN - HU_FAT) * lean, weights=volumes))


def side_difference_percent(person: Person, muscle: str) -> float:
    """Right minus left over their mean."""
    right, left = of_muscle(person.muscle_volume_cm3, muscle)
    return float(200 * (right - left) / (right + left))


def affected_atrophy_percent(person: Person) -> float:
    """Loss of all muscles' volume on the affected side against the other."""
    affected, other = _affected_first(person, person.muscle_volume_cm3)
    return float(100 * (1 - (affected / other).mean()))


def affected_hu_loss(person: Person) -> float:
    """HU that the affected side's muscles have less than the other's, mean of the muscles."""
    affected, other = _affected_first(person, person.lean_fraction)
    return float((HU_LEAN - HU_FAT) * (other - affected).mean())


def hip_density(person: Person) -> float:
    """Areal density of the total hip, g/cm2."""
    return person.bone_density_scale * DENSITY[person.sex][0]


def volume_per_lean_mass(person: Person, muscle: str) -> float:
    """Volume of one side over the body's fat-free mass, cm3/kg."""
    lean_kg = person.weight_kg * (1 - fat_fraction(person.sex, person.age_years, person.body_mass_index))
    return volume_cm3(person, muscle) / lean_kg


def lean_thigh_volume_l(person: Person) -> float:
    """All our muscles but the psoas, both sides, without their fat."""
    lean = person.muscle_volume_cm3 * person.lean_fraction
    return float(lean.sum() - of_muscle(lean, _PSOAS).sum()) / 1000


def unaffected_hu(person: Person) -> float:
    """HU of the side without arthritis, mean of the six ``GROUPS``."""
    return float(np.mean([_other_side_hu(person, muscles) for muscles in GROUPS.values()]))


def _other_side_hu(person: Person, muscles: tuple[str, ...]) -> float:
    side = 1 if person.affected_side is Side.RIGHT else 0
    volumes = [of_muscle(person.muscle_volume_cm3, muscle)[side] for muscle in muscles]
    lean = [of_muscle(person.lean_fraction, muscle)[side] for muscle in muscles]
    return float(np.average(HU_FAT + (HU_LEAN - HU_FAT) * np.array(lean), weights=volumes))


def of_muscle(values: MuscleVector, muscle: str) -> Float64[np.ndarray, "2"]:
    """The two sides of a muscle, right first."""
    first = 2 * [structure.name for structure in MUSCLES].index(muscle)
    return values[first : first + 2]


def _affected_first(person: Person, values: MuscleVector) -> tuple[Values, Values]:
    affected = _ON_THE_RIGHT if person.affected_side is Side.RIGHT else ~_ON_THE_RIGHT
    return values[affected], values[~affected]
