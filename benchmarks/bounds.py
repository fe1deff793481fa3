"""What a perfect reader could know: regressions on what is true of the picture, instead of a network on the picture.

*Outlines*: the area that each structure truly covers on the detector, and how it lies (height and width of its bulk).
*Attenuation*: the noise-free attenuation averaged over each structure's area, as if contrast, scatter and noise were
undone. *Person*: sex, age, height, weight. What is left after all three is depth: how thick a structure is along the
rays, among others that overlap it.

Ridge regressions of log volume and log mass of what the detector sees, fitted on training patients of the same anatomy
source, their strength chosen on validation patients, scored on test patients. A better reader than a regression could
get more out of the same facts; but no reader has them all.

Command: python benchmarks/bounds.py COHORT...
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accuracy import WHOLE
from accuracy import person_of
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Label
from mskdex.cohort import Split
from mskdex.evaluation.agreement import pearson
from mskdex.training.library import Library
from mskdex.training.library import Patient
from results import write_result

COVERED_CM = 0.1
LEAST_CM3 = 0.5
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
KNOWING = {
    "person": ("person",),
    "outlines": ("outlines",),
    "outlines, attenuation": ("outlines", "attenuation"),
    "outlines, person": ("outlines", "person"),
    "outlines, attenuation, person": ("outlines", "attenuation", "person"),
}


@dataclass(frozen=True)
class Facts:
    """Patients of one source and split: features by kind, and the truth [patients, 41] within the canvas."""

    features: dict[str, np.ndarray]
    volume: np.ndarray
    mass: np.ndarray
    usable: np.ndarray

    def given(self, kinds: tuple[str, ...]) -> np.ndarray:
        return np.hstack([self.features[kind] for kind in kinds])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    options = parser.parse_args()
    facts = {split: _by_source(Library(options.cohorts, split)) for split in Split}
    sources = sorted(facts[Split.TEST])
    rows = [row for source in sources for row in _rows(source, {split: facts[split][source] for split in Split})]
    cohort = "; ".join(f"{len(facts[Split.TEST][source].volume)} test patients of {source}" for source in sources)
    write_result("bounds", "python benchmarks/bounds.py COHORT...", 539, cohort, {"rows": rows})
    for row in rows:
        print({key: value for key, value in row.items() if key != "per_structure"})


def _by_source(library: Library) -> dict[str, Facts]:
    sources = sorted({patient.subject.source for patient in library})
    return {source: _facts([p for p in library if p.subject.source == source]) for source in sources}


def _facts(patients: list[Patient]) -> Facts:
    features = [_features(patient) for patient in patients]
    area_cm2 = 0.36
    arrays = [patient.arrays for patient in patients]
    volume = np.array([each.thickness_cm[:41].astype(np.float64).sum((1, 2)) * area_cm2 for each in arrays])
    mass = np.array([each.mass_g_per_cm2.astype(np.float64).sum((1, 2)) * area_cm2 for each in arrays])
    known = [[label.name not in patient.subject.unmeasured for label in MEASURED_LABELS] for patient in patients]
    usable = np.array(known) & (volume > LEAST_CM3)
    return Facts({kind: np.array([each[kind] for each in features]) for kind in features[0]}, volume, mass, usable)


def _features(patient: Patient) -> dict[str, np.ndarray]:
    arrays = patient.arrays
    assert arrays.attenuation is not None
    stride = arrays.attenuation.shape[0] // arrays.thickness_cm.shape[1]
    rows, columns = arrays.thickness_cm.shape[1:]
    attenuation = arrays.attenuation.astype(np.float64).reshape(rows, stride, columns, stride).mean(axis=(1, 3))
    covered = arrays.thickness_cm[:41] > COVERED_CM
    area = covered.sum((1, 2))
    extents = [np.sqrt(_variances(one)) for one in covered]
    seen = (covered * attenuation).sum((1, 2)) / np.maximum(area, 1)
    return {
        "outlines": np.log(np.maximum(np.concatenate([area, *extents]), 0.3)),
        "attenuation": np.log(np.maximum(seen, 0.05)),
        "person": person_of(patient),
    }


def _variances(covered: np.ndarray) -> np.ndarray:
    """Of the rows and of the columns of what is covered."""
    place = np.argwhere(covered)
    return place.var(axis=0) if len(place) else np.zeros(2)


def _rows(source: str, facts: dict[Split, Facts]) -> Iterator[dict[str, object]]:
    for name, kinds in KNOWING.items():
        volume, mass = (_scores(facts, kinds, quantity) for quantity in ("volume", "mass"))
        yield {
            "anatomy": source,
            "knowing": name,
            "mean_pcc": _mean([*(volume[label.name] for label in WHOLE), *(mass[label.name] for label in WHOLE)]),
            "bone_mass_pcc": _mean([mass[label.name] for label in BONE_LABELS]),
            "bone_volume_pcc": _mean([volume[label.name] for label in BONE_LABELS]),
            "per_structure": {
                label.name: {"volume_pcc": volume[label.name], "mass_pcc": mass[label.name]}
                for label in (*WHOLE, *BONE_LABELS)
            },
        }


def _scores(facts: dict[Split, Facts], kinds: tuple[str, ...], quantity: str) -> dict[str, float]:
    return {label.name: _score(facts, kinds, quantity, label) for label in (*WHOLE, *BONE_LABELS)}


def _score(facts: dict[Split, Facts], kinds: tuple[str, ...], quantity: str, label: Label) -> float:
    def of(split: Split) -> tuple[np.ndarray, np.ndarray]:
        chosen = facts[split].usable[:, label.channel]
        return facts[split].given(kinds)[chosen], np.log(getattr(facts[split], quantity)[chosen, label.channel])

    (x, y), (x_validation, y_validation), (x_test, y_test) = (of(split) for split in Split)
    mean, spread = x.mean(0), np.maximum(x.std(0), 1e-9)
    x, x_validation, x_test = ((each - mean) / spread for each in (x, x_validation, x_test))
    weights = [
        np.linalg.solve(x.T @ x + strength * len(x) * np.eye(x.shape[1]), x.T @ (y - y.mean()))
        for strength in STRENGTHS
    ]
    best = min(weights, key=lambda each: float(np.mean((x_validation @ each + y.mean() - y_validation) ** 2)))
    return round(float(pearson(np.exp(x_test @ best + y.mean()), np.exp(y_test))), 4)


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4)


if __name__ == "__main__":
    main()
