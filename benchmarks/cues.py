"""What a model takes the difference of the sexes from: skeleton, muscles or fat, exchanged one by one.

Command: python benchmarks/cues.py [--anatomy atlas:PATH --model FOLDER --patients 10]

The mean woman and the mean man of the population are taken apart and put together in all eight ways: the skeleton of
the one with the muscles of the other and the fat of either. All eight are deformed, posed and exposed alike. Of the
eight, only those with other muscles have other muscle volumes; what a model says of the others it takes from what goes
with a sex in its training, like a clerk who has seen the skeleton. Figures are natural logarithms, man over woman,
means over the muscles that all eight show whole. The model is told nothing of the person.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from accuracy_cases import WHOLE
from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.plan import PHANTOM
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.model.told import Told
from mskdex.phantom.builtin.shape import average_shape
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.patient import embody
from mskdex.phantom.population import Condition
from mskdex.phantom.population import Person
from mskdex.phantom.population import sample_person
from results import write_result
from virtual_radiograph import IN_VIEW
from virtual_radiograph import VOXEL_MM
from virtual_radiograph import see

SEED, PEOPLE = 4100, 2000
SEXES = ("female", "male")
CHANNELS = [label.channel for label in WHOLE]
TRAITS = {
    "skeleton": (
        "hip_centre_distance_mm",
        "pelvis_height_mm",
        "pelvis_depth_share",
        "bone_density_scale",
        "cortical_scale",
        "height_cm",
    ),
    "muscles": ("muscle_volume_cm3", "lean_fraction", "other_muscle_scale", "intermuscular_fat_mm"),
    "fat": ("subcutaneous_fat_mm", "thigh_over_crest_fat", "sagittal_abdominal_diameter_mm", "weight_kg"),
}

Whose = tuple[str, str, str]
"""The sex of the skeleton, of the muscles and of the fat."""
Logs = dict[Whose, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anatomy", help="beside the built-in one, an atlas: atlas:PATH")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--patients", type=int, default=10)
    options = parser.parse_args()
    model, means = load_model(options.model), _mean_people()
    rows = []
    for anatomy in map(Anatomy.parse, filter(None, ("builtin", options.anatomy))):
        pairs = [_read_and_true(model, anatomy, means, index) for index in range(options.patients)]
        for quantity, logs in zip(("read", "true"), zip(*pairs, strict=True), strict=True):
            effects = {trait: _effect(logs, place) for place, trait in enumerate(TRAITS)}
            rows.append({"anatomy": anatomy.kind, "quantity": quantity, **effects})
            print(rows[-1])
    cohort = f"the mean woman and man in all eight combinations, {options.patients} patients of each anatomy"
    command = "python benchmarks/cues.py --anatomy atlas:PATH"
    figures = {"phantom": PHANTOM, "rows": rows, "model_sha256": model.card.sha256}
    write_result("cues", command, SEED, cohort, figures)


def _mean_people() -> dict[str, Person]:
    rng = np.random.default_rng(SEED)
    people = [sample_person(rng, condition=Condition.HEALTHY) for _ in range(PEOPLE)]
    return {sex: _mean([person for person in people if person.sex == sex]) for sex in SEXES}


def _mean(people: list[Person]) -> Person:
    """Alike on both sides; of volumes the geometric mean."""
    numbers = {name: float(np.mean([getattr(each, name) for each in people])) for name in _names(people[0], float)}
    tables = {name: np.stack([getattr(each, name) for each in people]) for name in _names(people[0], np.ndarray)}
    tables["muscle_volume_cm3"] = np.log(tables["muscle_volume_cm3"])
    means = {name: _both_sides(table.mean(axis=0)) for name, table in tables.items()}
    means["muscle_volume_cm3"] = np.exp(means["muscle_volume_cm3"])
    return replace(people[0], **numbers, **means)


def _names(person: Person, kind: type) -> list[str]:
    return [name for name, value in vars(person).items() if isinstance(value, kind)]


def _both_sides(values: np.ndarray) -> np.ndarray:
    return np.repeat(values.reshape(-1, 2).mean(axis=1), 2)


def _read_and_true(model: OnnxModel, anatomy: Anatomy, means: dict[str, Person], index: int) -> tuple[Logs, Logs]:
    """Mean logarithms of muscle volume, as the model reads them and as they are, of the muscles that all eight show."""
    growables = {sex: _growable(anatomy, sex, index) for sex in SEXES}
    read, true, share = {}, {}, []
    for whose, person in _combined(means):
        rng = np.random.default_rng([SEED, index, 1])
        seen = see(embody(person, growables[whose[0]], rng), rng)
        thickness, _ = model.run(seen.channels[None], Told().vector()[None])
        read[whose], true[whose] = thickness[0, CHANNELS].sum(axis=(1, 2)), seen.in_field_cm3[CHANNELS]
        share.append(seen.share[CHANNELS])
    shown = np.min(share, axis=0) >= IN_VIEW
    of_read, of_true = ({whose: _mean_log(sums[shown]) for whose, sums in each.items()} for each in (read, true))
    return of_read, of_true


def _mean_log(sums: np.ndarray) -> float:
    return float(np.log(sums).mean())


def _growable(anatomy: Anatomy, sex: str, index: int) -> Growable:
    """The average body of a sex, deformed; of both sexes alike."""
    rng = np.random.default_rng([SEED, index, 0])
    return prepare(anatomy.body(average_shape(sex), rng, f"{anatomy.kind}-{sex}", VOXEL_MM))


def _combined(means: dict[str, Person]) -> Iterator[tuple[Whose, Person]]:
    for whose in product(SEXES, repeat=3):
        traits = {
            name: getattr(means[sex], name) for sex, names in zip(whose, TRAITS.values(), strict=True) for name in names
        }
        yield whose, replace(means[whose[0]], **traits)


def _effect(of_patients: tuple[Logs, ...], place: int) -> list[float]:
    """What exchanging one trait does, woman's to man's: the mean over patients, and its standard error."""
    each = [
        np.mean([value if whose[place] == "male" else -value for whose, value in logs.items()]) * 2
        for logs in of_patients
    ]
    return [round(float(np.mean(each)), 3), round(float(np.std(each, ddof=1) / np.sqrt(len(each))), 3)]


if __name__ == "__main__":
    main()
