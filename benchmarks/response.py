"""How a model's readings follow, when muscles waste and nothing else changes.

Command: python benchmarks/response.py [--anatomy builtin atlas:PATH --model FOLDER --patients 8]

Each patient is built, posed and exposed again with other muscles (``CHANGES``): everything else, skeleton, layer of
fat, pose, camera, exposure and what the model is told, stays. The response is the change of what is read over the
change of what is true, of logarithms of volumes (of lean fractions, their differences). A perfect reader has 1; one
that knows only who lies there, and how large, has 0, however well it does on people as they come. ``others`` is how
far readings of the muscles follow that have not changed, over the mean change of those that have: 0 is perfect. Of
structures that lie wholly in the field both times; intervals are of a bootstrap over patients, each of a template of
his own, of a seed that no cohort of ours has. "image" is from the image alone, "both" with person and setup told.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from accuracy_cases import WHOLE
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import Side
from mskdex.cohort.plan import PHANTOM
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import person_facts
from mskdex.cohort.virtual import person_for
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.model.person import PersonFacts
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.phantom.patient import embody
from mskdex.phantom.population import Person
from mskdex.training.scores import lean_fraction
from resampling import resamples
from results import write_result
from virtual_radiograph import IN_VIEW
from virtual_radiograph import VOXEL_MM
from virtual_radiograph import Seen
from virtual_radiograph import see

SEED = 4300
WASTED, ONE_SIDED, FATTIER = 0.75, 0.84, 0.10
"""Our choices, but for the 16 % that an arthritic hip costs its side (docs/population.md)."""
CHANNELS = [label.channel for label in WHOLE]
WAYS = (Knowing.IMAGE, Knowing.BOTH)


@dataclass(frozen=True)
class Change:
    """What becomes of a person, and of which labels."""

    apply: Callable[[Person], Person]
    labels: tuple[Label, ...]
    fraction: bool = False


class Readings(NamedTuple):
    """Of one radiograph: logarithms of volumes and lean fractions [ways, muscles], true volumes, and what is shown."""

    log_volume: np.ndarray
    fraction: np.ndarray
    true_log_volume: np.ndarray
    shown: np.ndarray


def _times(person: Person, labels: tuple[Label, ...], factor: float) -> Person:
    """With these muscles' volumes multiplied."""
    factors = np.array([factor if label in labels else 1.0 for label in MUSCLE_LABELS])
    return replace(person, muscle_volume_cm3=person.muscle_volume_cm3 * factors)


def _fattier(person: Person) -> Person:
    return replace(person, lean_fraction=person.lean_fraction - FATTIER)


ALL = tuple(MUSCLE_LABELS)
RIGHT = tuple(label for label in MUSCLE_LABELS if label.side is Side.RIGHT)
CHANGES = {
    "all muscles": Change(partial(_times, labels=ALL, factor=WASTED), ALL),
    "the right side's": Change(partial(_times, labels=RIGHT, factor=ONE_SIDED), RIGHT),
    "lean fraction of all": Change(_fattier, ALL, fraction=True),
    **{
        f"{label.structure.display_name} alone": Change(partial(_times, labels=(label,), factor=WASTED), (label,))
        for label in WHOLE
        if label.side is Side.RIGHT
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", nargs="+", default=["builtin"], help="builtin, atlas:PATH or ct:PATH")
    parser.add_argument("--patients", type=int, default=8, help="of each anatomy")
    options = parser.parse_args()
    model, rows = load_model(options.model), []
    kinds = [VirtualPlan(anatomy).settings()["anatomy"] for anatomy in options.anatomy]
    for kind, anatomy in zip(kinds, options.anatomy, strict=True):
        patients = [_patient(model, anatomy, index) for index in range(options.patients)]
        for name, change in CHANGES.items():
            pairs = [(readings["as they are"], readings[name]) for readings in patients]
            for number, way in enumerate(WAYS):
                rows.append({"anatomy": kind, "change": name, "told": str(way), **_row(pairs, change, number)})
                print(rows[-1])
    named = " ".join(kind if kind == "builtin" else f"{kind}:PATH" for kind in kinds)
    command = f"python benchmarks/response.py --patients {options.patients} --anatomy {named}"
    cohort = "; ".join(f"{options.patients} {kind} patients" for kind in kinds)
    figures = {"phantom": PHANTOM, "model_sha256": model.card.sha256, "rows": rows}
    write_result("response", command, SEED, cohort, figures)


def _patient(model: OnnxModel, anatomy: str, index: int) -> dict[str, Readings]:
    """A patient as he is, and after each change."""
    rng = np.random.default_rng([SEED, index])
    growable = growable_of(anatomy, SEED, index, VOXEL_MM)
    person = person_for(growable, rng)
    people = {"as they are": person, **{name: change.apply(person) for name, change in CHANGES.items()}}
    told = PersonFacts.of(person_facts(person))
    assert told is not None
    found = {}
    for name, each in people.items():
        same = np.random.default_rng([SEED, index, 1])
        found[name] = _read(model, see(embody(each, growable, same), same), told)
    return found


def _read(model: OnnxModel, seen: Seen, person: PersonFacts) -> Readings:
    everything = Told(person, seen.setup)
    vectors = np.stack([everything.only(way).vector() for way in WAYS])
    thickness, mass = model.run(np.stack([seen.channels] * len(WAYS)), vectors)
    volume, lean = (maps[:, CHANNELS].sum((2, 3), dtype=np.float64) for maps in (thickness, mass))
    shown = seen.share[CHANNELS] >= IN_VIEW
    return Readings(np.log(volume), lean_fraction(lean, volume), np.log(seen.in_field_cm3[CHANNELS]), shown)


def _row(pairs: list[tuple[Readings, Readings]], change: Change, way: int) -> dict[str, float | list[float]]:
    """Means over the muscles that changed, and over those that did not, and then over patients."""
    changed = np.array([label in change.labels for label in WHOLE])
    own, others = (np.array([_followed(*pair, which, change, way) for pair in pairs]) for which in (changed, ~changed))
    row: dict[str, float | list[float]] = {"response": _mean(own), "response_95": _interval(own)}
    if not changed.all():
        row |= {"others": _mean(others), "others_95": _interval(others)}
    return row


def _followed(before: Readings, after: Readings, which: np.ndarray, change: Change, way: int) -> float:
    shown = before.shown & after.shown
    changed = shown & np.array([label in change.labels for label in WHOLE])
    if not (shown & which).any() or not changed.any():
        return float("nan")
    if change.fraction:
        return float((after.fraction - before.fraction)[way, shown & which].mean() / -FATTIER)
    read = (after.log_volume - before.log_volume)[way, shown & which].mean()
    true = (after.true_log_volume - before.true_log_volume)[changed].mean()
    return float(read / true)


def _mean(values: np.ndarray) -> float:
    return round(float(np.nanmean(values)), 3)


def _interval(values: np.ndarray) -> list[float]:
    known = values[np.isfinite(values)]
    means = resamples(np.arange(len(known))) @ known / len(known)
    return [round(float(end), 3) for end in np.percentile(means, [2.5, 97.5])]


if __name__ == "__main__":
    main()
