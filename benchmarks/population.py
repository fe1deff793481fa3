"""The population as it is in a cohort: what the people drawn were to have, and what their bodies came to.

The people are drawn once more from the cohort's seeds (and refused if they are not the cohort's), so that sampled and
realised spreads are of the same people. Spread is that of log volume given sex, age, log height and log weight (a
linear regression), of log(right/left) in people without one arthritic hip, and the correlation between muscles of one
side, given the same. Muscles that the view cuts have no realised whole; they are left out of the means. Bones are
weighed in healthy people under 50 and set beside the ICRP's adult reference phantoms. Patients with a prosthesis are
left out. Writes the page's section too: docs/population.md, between its two marks.

Command: python benchmarks/population.py COHORT...
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import MUSCLES
from mskdex.anatomy import View
from mskdex.cohort import Cohort
from mskdex.cohort import Subject
from mskdex.cohort.randomness import patient_randomness
from mskdex.cohort.virtual import person_facts
from mskdex.errors import CohortError
from mskdex.phantom.population import Condition
from mskdex.phantom.population import Person
from mskdex.phantom.population import sample_person
from mskdex.physics import MUSCLE_DENSITY
from population_page import write_section
from results import write_result

COUNT = len(MUSCLE_LABELS)
YOUNG_YEARS = 50.0
ICRP_MASS_G = {
    "hip_bone": {"male": (398.62 + 681.18) / 2, "female": (259.84 + 445.07) / 2},
    "sacrum": {"male": 109.23 + 173.51, "female": 140.44},
    "femur": {"male": (261.68 + 472.05 + 25.78) / 2, "female": (247.75 + 225.05 + 39.51) / 2},
}
"""ICRP Publication 110 (2009), adult reference phantoms (176 cm, 73 kg; 163 cm, 60 kg), cortical, spongiosa and
medullary cavity; read from a public copy of the organ masses that Geant4's example ships. Pelvis and femora halved to
one side; of the femur the upper half; the female sacrum has no cortex of its own there. No SD is published."""
ICRP_DENSITY = {
    "male": (398.62 + 681.18) / (398.62 / 1.92 + 681.18 / 1.123),
    "female": (259.84 + 445.07) / (259.84 / 1.92 + 445.07 / 1.109),
}
"""Mass over volume of the hip bones, g/cm3: cortical bone 1.92, spongiosa of the pelvis 1.123 and 1.109 (same)."""


@dataclass(frozen=True)
class People:
    """Patients of one anatomy source: who they are, what they were to have, and what they have.

    Arrays are [people, 36] for muscles and [people, 5] for bones.
    """

    persons: list[Person]
    volume_cm3: np.ndarray
    lean_fraction: np.ndarray
    bone_volume_cm3: np.ndarray
    bone_mass_g: np.ndarray

    @property
    def target_cm3(self) -> np.ndarray:
        return np.array([person.muscle_volume_cm3 for person in self.persons])

    @property
    def target_lean_fraction(self) -> np.ndarray:
        return np.array([person.lean_fraction for person in self.persons])

    def where(self, *conditions: Condition) -> np.ndarray:
        return np.array([person.condition in conditions for person in self.persons])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    cohorts = [Cohort.open(folder) for folder in parser.parse_args().cohorts]
    seeds = sorted({subject.seed for cohort in cohorts for subject in cohort.subjects})
    rows = [_row(source, people) for cohort in cohorts for source, people in _by_source(cohort)]
    told = "; ".join(f"{row['people']} virtual patients of {row['anatomy']}" for row in rows)
    write_result("population", "python benchmarks/population.py COHORT...", seeds[0], told, {"rows": rows})
    write_section(rows)
    for row in rows:
        print({key: value for key, value in row.items() if key not in ("per_muscle", "bones")})


def _by_source(cohort: Cohort) -> Iterator[tuple[str, People]]:
    whole = [subject for subject in cohort.subjects if not subject.metal]
    for source in sorted({subject.source for subject in whole}):
        yield source, _people(cohort, [subject for subject in whole if subject.source == source])


def _people(cohort: Cohort, subjects: list[Subject]) -> People:
    arrays = [cohort.read(subject) for subject in subjects]
    volume = np.array([each.whole_volume_cm3 for each in arrays], np.float64)
    mass = np.array([each.whole_mass_g for each in arrays], np.float64)
    lean = mass[:, :COUNT] / (MUSCLE_DENSITY * volume[:, :COUNT])
    per_template = int(cohort.provenance["per_template"])
    persons = [person_again(subject, per_template) for subject in subjects]
    return People(persons, volume[:, :COUNT], lean, volume[:, COUNT:], mass[:, COUNT:])


def person_again(subject: Subject, per_template: int) -> Person:
    """Draw a virtual patient's person once more: the next of the template's sex.

    Raises:
        CohortError: another person comes out, so the cohort was drawn from another population than this one.
    """
    index = int(subject.id.rsplit("-", 1)[1])
    rng = patient_randomness(subject.source, subject.seed, index, per_template)
    person = sample_person(rng)
    while person.sex != subject.person["sex"]:
        person = sample_person(rng)
    if person_facts(person) != subject.person:
        raise CohortError(f"subject {subject.id} is not of this population: draw the cohort again")
    return person


def _row(source: str, people: People) -> dict[str, Any]:
    muscles = list(_per_muscle(people))
    whole = [one for one in muscles if one["whole_in_view"]]
    return {
        "anatomy": source,
        "people": len(people.persons),
        "whole_muscles": len(whole),
        **{
            f"mean_{key}": _mean([one[key] for one in whole])
            for key in ("sd_sampled", "sd_realised", "side_sd_sampled", "side_sd_realised", "error_mean", "error_sd")
        },
        **_misses(people, [one["whole_in_view"] for one in muscles]),
        **_correlations(people),
        "lean_fraction_sampled": _spread(people.target_lean_fraction),
        "lean_fraction_realised": _spread(people.lean_fraction),
        "bones": list(_bones(people)),
        "per_muscle": muscles,
    }


def _per_muscle(people: People) -> Iterator[dict[str, Any]]:
    """By muscle, mean of the sides."""
    target, realised = np.log(people.target_cm3), np.log(people.volume_cm3)
    sampled_sd, realised_sd = (residual(each, people.persons).std(0, ddof=5) for each in (target, realised))
    even = ~people.where(Condition.HIP_OSTEOARTHRITIS)
    sides = [(each[even, ::2] - each[even, 1::2]).std(0, ddof=1) for each in (target, realised)]
    error = realised - target
    for row, muscle in enumerate(MUSCLES):
        both = slice(2 * row, 2 * row + 2)
        yield {
            "muscle": muscle.name,
            "whole_in_view": muscle.view is View.WHOLE,
            "sd_sampled": _mean(sampled_sd[both]),
            "sd_realised": _mean(realised_sd[both]),
            "side_sd_sampled": round(float(sides[0][row]), 4),
            "side_sd_realised": round(float(sides[1][row]), 4),
            "error_mean": _mean(error[:, both].mean(0)),
            "error_sd": _mean(error[:, both].std(0, ddof=1)),
        }


def _misses(people: People, whole_in_view: list[bool]) -> dict[str, float]:
    """How far whole muscles are off what was drawn at worst, and how many by more than 0.5 %."""
    whole = np.repeat(whole_in_view, 2)
    off_percent = 100 * np.abs(people.volume_cm3 / people.target_cm3 - 1)[:, whole]
    return {
        "off_over_half_a_percent": round(float((off_percent > 0.5).mean()), 5),
        "worst_off_percent": round(float(off_percent.max()), 2),
    }


def residual(log_values: np.ndarray, persons: list[Person]) -> np.ndarray:
    """[people, columns] what sex, age, log height and log weight leave of each column."""
    facts = [
        (1.0, person.sex == "male", person.age_years, np.log(person.height_cm), np.log(person.weight_kg))
        for person in persons
    ]
    design = np.array(facts, np.float64)
    return np.asarray(log_values - design @ np.linalg.lstsq(design, log_values, rcond=None)[0])


def _correlations(people: People) -> dict[str, float]:
    """Between different whole muscles of the right side, and between the sides of one."""
    whole = [2 * row for row, muscle in enumerate(MUSCLES) if muscle.view is View.WHOLE]
    matrices = [
        np.corrcoef(residual(np.log(each), people.persons).T) for each in (people.target_cm3, people.volume_cm3)
    ]
    other = ~np.eye(len(whole), dtype=bool)
    between = [matrix[np.ix_(whole, whole)][other] for matrix in matrices]
    across = [np.array([matrix[index, index + 1] for index in whole]) for matrix in matrices]
    return {
        "mean_correlation_sampled": _mean(between[0]),
        "mean_correlation_realised": _mean(between[1]),
        "mean_correlation_difference": _mean(np.abs(between[1] - between[0])),
        "mean_side_correlation_sampled": _mean(across[0]),
        "mean_side_correlation_realised": _mean(across[1]),
    }


def _spread(lean_fraction: np.ndarray) -> dict[str, float]:
    """Over the muscles: their mean, and the mean of their SDs between people."""
    return {"mean": _mean(lean_fraction), "sd": _mean(lean_fraction.std(0, ddof=1))}


def _bones(people: People) -> Iterator[dict[str, Any]]:
    young = np.array([person.age_years < YOUNG_YEARS for person in people.persons]) & people.where(Condition.HEALTHY)
    for sex in ("male", "female"):
        chosen = young & np.array([person.sex == sex for person in people.persons])
        for bone, reference in ICRP_MASS_G.items():
            columns = [k for k, label in enumerate(BONE_LABELS) if label.structure.name == bone]
            mass, volume = (each[chosen][:, columns] for each in (people.bone_mass_g, people.bone_volume_cm3))
            yield {
                "bone": bone,
                "sex": sex,
                "people": int(chosen.sum()),
                "mass_g": round(float(mass.mean()), 1),
                "mass_sd_g": round(float(mass.std(0, ddof=1).mean()), 1),
                "density_g_per_cm3": round(float(mass.sum() / volume.sum()), 3),
                "icrp_mass_g": round(reference[sex], 1),
                "icrp_density_g_per_cm3": round(ICRP_DENSITY[sex], 3) if bone == "hip_bone" else None,
            }


def _mean(values: Any) -> float:
    return round(float(np.mean(values)), 4)


if __name__ == "__main__":
    main()
