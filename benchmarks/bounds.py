"""What is in the picture: regressions on what is true of it, instead of a network that has to find it out.

*Outlines*: the area that each structure covers on the detector, and how it lies (height and width of its bulk).
*Attenuation*: the noise-free attenuation averaged over each structure's area, as if contrast curve, scatter and noise
were undone. *Person*: sex, age, height, weight. *Setup*: how far source and table were from the detector. Ridge
regressions of log volume, log mass and log lean fraction, fitted on training patients of the same anatomy source, their
strength chosen on validation patients, scored on the same test patients and structures as benchmarks/accuracy.py. No
bound in the strict sense: a reader who makes more of the pattern inside an outline may know more; but no reader of
radiographs sees the outlines of overlapping muscles so exactly. So in some rows every outline is off, as a whole, by
chance: its area by ``AREAS_OFF``, its height and width by half as much (in logarithms, of each structure by itself, in
all splits alike, so that the regression knows how far it may trust them; the attenuation stays that of the true area).
Cohorts must say how far source and table were from the detector.

Command: python benchmarks/bounds.py COHORT...
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accuracy_cases import TRUTH
from accuracy_cases import WHOLE
from accuracy_cases import Group
from accuracy_cases import groups
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Label
from mskdex.cohort import Split
from mskdex.evaluation.agreement import pearson
from mskdex.evaluation.controls import partial_correlation
from mskdex.training.controls import R1_SETUP
from mskdex.training.controls import person_of
from mskdex.training.controls import setup_of
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.scores import Sums
from mskdex.training.scores import lean_fraction
from results import cohorts_of
from results import write_result

COVERED_CM = 0.1
AREAS_OFF = {"outlines, 3 % off": 0.03, "outlines, 7 % off": 0.07}
"""Standard deviations of the logarithm of an area."""
SEED = 7
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
KNOWING = {
    "person": ("person",),
    "outlines": ("outlines",),
    "outlines, attenuation": ("outlines", "attenuation"),
    "outlines, person": ("outlines", "person"),
    "outlines, attenuation, person": ("outlines", "attenuation", "person"),
    "outlines, attenuation, person, setup": ("outlines", "attenuation", "person", "setup"),
}
KNOWING |= {
    name.replace("outlines", off, 1): (off, *kinds[1:])
    for off in AREAS_OFF
    for name, kinds in KNOWING.items()
    if "outlines" in kinds
}
"""The same with outlines that are off."""


@dataclass(frozen=True)
class Facts:
    """Patients of one source and split, and what is told of them, by kind."""

    group: Group
    features: dict[str, np.ndarray]

    def given(self, kinds: tuple[str, ...]) -> np.ndarray:
        return np.hstack([self.features[kind] for kind in kinds])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    options = parser.parse_args()
    facts = {split: _by_source(Library(options.cohorts, split)) for split in Split}
    sources = sorted(facts[Split.TEST])
    rows = [row for source in sources for row in _rows(source, {split: facts[split][source] for split in Split})]
    cohort = "; ".join(
        f"{len(facts[Split.TEST][source].group)} held-out virtual patients of {source}" for source in sources
    )
    seed, made = cohorts_of(options.cohorts)
    write_result("bounds", "python benchmarks/bounds.py COHORT...", seed, cohort, {"cohorts": made, "rows": rows})
    for row in rows:
        print({key: value for key, value in row.items() if key != "per_structure"})


def _by_source(library: Library) -> dict[str, Facts]:
    facts = {}
    for source, group in groups(library, None).items():
        features = [_features(patient) for patient in library if patient.subject.source == source]
        facts[source] = Facts(group, {kind: np.array([each[kind] for each in features]) for kind in features[0]})
    return facts


def _features(patient: Patient) -> dict[str, np.ndarray]:
    arrays = patient.arrays
    assert arrays.attenuation is not None
    stride = arrays.attenuation.shape[0] // arrays.thickness_cm.shape[1]
    rows, columns = arrays.thickness_cm.shape[1:]
    attenuation = arrays.attenuation.astype(np.float64).reshape(rows, stride, columns, stride).mean(axis=(1, 3))
    covered = arrays.thickness_cm[: len(MEASURED_LABELS)] > COVERED_CM
    area = covered.sum((1, 2))
    extents = [np.sqrt(_variances(one)) for one in covered]
    seen = (covered * attenuation).sum((1, 2)) / np.maximum(area, 1)
    outlines = np.log(np.maximum([area, *np.transpose(extents)], 0.3))
    return {
        "outlines": outlines.ravel(),
        **{name: off(outlines, patient.subject.id, by).ravel() for name, by in AREAS_OFF.items()},
        "attenuation": np.log(np.maximum(seen, 0.05)),
        "person": person_of(patient),
        "setup": setup_of(patient),
    }


def off(outlines: np.ndarray, patient: str, by: float) -> np.ndarray:
    """Logarithms of area, height and width [3, structures], each structure's outline grown or shrunk by chance.

    The patient's id decides how, so that rows and cohorts differ in nothing else.
    """
    rng = np.random.default_rng([SEED, *patient.encode()])
    grown = by * rng.standard_normal(outlines.shape[1])
    return outlines + np.outer([1.0, 0.5, 0.5], grown)


def _variances(covered: np.ndarray) -> np.ndarray:
    """Of the rows and of the columns of what is covered."""
    place = np.argwhere(covered)
    return place.var(axis=0) if len(place) else np.zeros(2)


def _rows(source: str, facts: dict[Split, Facts]) -> Iterator[dict[str, object]]:
    for name, kinds in KNOWING.items():
        scores = {label.name: _score(facts, kinds, label) for label in (*WHOLE, *BONE_LABELS)}
        muscles = [scores[label.name] for label in WHOLE]
        bones = [scores[label.name] for label in BONE_LABELS]
        yield {
            "anatomy": source,
            "knowing": name,
            "mean_pcc": _mean([one[key] for one in muscles for key in ("volume_pcc", "mass_pcc")]),
            "mean_partial_pcc": _mean(
                [one[key] for one in muscles for key in ("volume_partial_pcc", "mass_partial_pcc")]
            ),
            "mean_volume_partial_pcc": _mean([one["volume_partial_pcc"] for one in muscles]),
            "mean_lean_mass_partial_pcc": _mean([one["mass_partial_pcc"] for one in muscles]),
            "mean_lean_fraction_pcc": _mean([one["lean_fraction_pcc"] for one in muscles]),
            "mean_lean_fraction_partial_pcc": _mean([one["lean_fraction_partial_pcc"] for one in muscles]),
            "bone_mass_pcc": _mean([one["mass_pcc"] for one in bones]),
            "bone_mass_partial_pcc": _mean([one["mass_partial_pcc"] for one in bones]),
            "per_structure": scores,
        }


def _score(facts: dict[Split, Facts], kinds: tuple[str, ...], label: Label) -> dict[str, float]:
    test = facts[Split.TEST].group
    figures = {}
    for quantity in ("volume", "mass", *(() if label in BONE_LABELS else ("lean_fraction",))):
        predicted, true, chosen = _told(facts, kinds, quantity, label)
        sex, given = test.person[chosen, 0], test.beside_sex(R1_SETUP if "setup" in kinds else "R1")[chosen]
        figures[f"{quantity}_pcc"] = round(float(pearson(predicted, true)), 4)
        figures[f"{quantity}_partial_pcc"] = round(partial_correlation(predicted, true, given, sex), 4)
    return figures


def _told(
    facts: dict[Split, Facts], kinds: tuple[str, ...], quantity: str, label: Label
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Regressed and true values of the test patients who show the structure whole, and which those are."""

    def of(split: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        truth = facts[split].group.rows[TRUTH]
        values = _true(truth.sums, quantity)[:, label.channel]
        chosen = truth.usable[:, label.channel] & (values > 0)
        return facts[split].given(kinds)[chosen], np.log(values[chosen]), chosen

    (x, y, _), (x_validation, y_validation, _), (x_test, y_test, chosen) = (of(split) for split in Split)
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-9)
    x, x_validation, x_test = ((each - mean) / spread for each in (x, x_validation, x_test))
    weights = [
        np.linalg.solve(x.T @ x + strength * len(x) * np.eye(x.shape[1]), x.T @ (y - y.mean()))
        for strength in STRENGTHS
    ]
    best = min(weights, key=lambda each: float(np.mean((x_validation @ each + y.mean() - y_validation) ** 2)))
    return np.exp(x_test @ best + y.mean()), np.exp(y_test), chosen


def _true(sums: Sums, quantity: str) -> np.ndarray:
    if quantity == "lean_fraction":
        return lean_fraction(sums.true_mass, sums.true_volume)
    return np.asarray(getattr(sums, f"true_{quantity}"))


def _mean(values: list[float]) -> float:
    return round(float(np.nanmean(values)), 4)


if __name__ == "__main__":
    main()
