"""Score a model on the held-out test patients of virtual cohorts, beside what body size alone gives (rows R0 and R1).

U is the model reading the image alone; "U, person known" is the same model told sex, age, height and weight besides.
R0 regresses each quantity on the logarithms of sizes that a reader with a ruler would get from the radiograph: the
body's width at three heights, the pelvis' width and height (taken from the true bone maps, so the control reads
perfectly). R1 adds sex, age, height and weight. Both are fitted on training patients of the same source.

Command: python benchmarks/accuracy.py COHORT... [--model FOLDER]
"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

import numpy as np

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import Side
from mskdex.anatomy import View
from mskdex.anatomy import opposite
from mskdex.cohort import Split
from mskdex.evaluation.agreement import icc_of_pair
from mskdex.evaluation.agreement import mean_absolute_percentage_error
from mskdex.evaluation.agreement import pearson
from mskdex.evaluation.controls import asymmetry_correlation
from mskdex.evaluation.controls import fit_log_linear
from mskdex.evaluation.controls import partial_correlation
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.physics import MUSCLE_DENSITY
from mskdex.training.examples import stored_example
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.scores import IN_VIEW
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums
from results import write_result

WHOLE = [label for label in MUSCLE_LABELS if label.structure.view is View.WHOLE]
HIPS = [LABEL_BY_NAME[f"hip_bone_{side}"].channel for side in (Side.RIGHT, Side.LEFT)]
FLOOR = 1e-2
BEHIND_THE_BODY, CLIPPED = 1.0, 0.05
TRUTH = "truth"
MODEL_ROWS = {"U": False, "U, person known": True}
TRAINING_PATIENTS = 500


@dataclass(frozen=True)
class Group:
    """Patients of one anatomy source: predicted and true sums per row, and what the controls may know."""

    rows: dict[str, "Read"]
    sizes: np.ndarray  # [patients, 5] logarithms
    person: np.ndarray  # [patients, 4] sex, age, log height, log weight
    clear: np.ndarray  # [patients] whether the radiograph shows nearly all of the body neither black nor white

    def of(self, chosen: np.ndarray) -> "Group":
        """The patients where ``chosen`` is True."""
        rows = {name: Read(read.sums.of(chosen), read.pixel_correlation[chosen]) for name, read in self.rows.items()}
        return Group(rows, self.sizes[chosen], self.person[chosen], self.clear[chosen])


@dataclass(frozen=True)
class Read:
    """What a row of the table read from the patients' radiographs."""

    sums: Sums
    pixel_correlation: np.ndarray  # [patients, 41]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    model = load_model(options.model)
    test = _by_source(Library(options.cohorts, Split.TEST), model)
    train = _by_source(Library(options.cohorts, Split.TRAIN, at_most=TRAINING_PATIENTS), None)
    rows = [row for source in sorted(test) for row in _rows(source, test[source], train[source])]
    cohort = "; ".join(f"{len(test[source].sizes)} held-out virtual patients of {source}" for source in sorted(test))
    command = "python benchmarks/accuracy.py COHORT... (cohorts as model's card names them)"
    write_result("accuracy", command, 539, cohort, {"model_sha256": model.card.sha256, "rows": rows})
    for row in rows:
        print({key: value for key, value in row.items() if key != "per_structure"})


def _by_source(library: Library, model: OnnxModel | None) -> dict[str, Group]:
    sources = sorted({patient.subject.source for patient in library})
    return {source: _group([p for p in library if p.subject.source == source], model) for source in sources}


def _group(patients: list[Patient], model: OnnxModel | None) -> Group:
    if model is None:
        rows = {TRUTH: Read(predict_sums(patients, _nothing), np.empty(0))}
    else:
        rows = {row: _read(patients, model, person_known) for row, person_known in MODEL_ROWS.items()}
    sizes, person, clear = (
        np.array([each(patient) for patient in patients]) for each in (_sizes, person_of, _is_clear)
    )
    return Group(rows, sizes, person, clear)


def _nothing(radiographs: np.ndarray, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    empty = np.zeros((len(radiographs), 42, 64, 72), np.float32)
    return empty, empty[:, :41]


def _read(patients: list[Patient], model: OnnxModel, person_known: bool) -> Read:
    kept: list[np.ndarray] = []

    def predict(radiographs: np.ndarray, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        thickness, mass = model.run(radiographs, persons)
        kept.extend(thickness[:, :41])
        return thickness, mass

    sums = predict_sums(patients, predict, person_known=person_known)
    correlation = np.full((len(patients), 41), np.nan)
    for number, (patient, maps) in enumerate(zip(patients, kept, strict=True)):
        truth = stored_example(patient.subject, patient.arrays).thickness_cm[:41]
        flat, true = maps.reshape(41, -1).astype(np.float64), truth.reshape(41, -1).astype(np.float64)
        correlation[number] = pearson(flat, true)
    return Read(sums, correlation)


def _sizes(patient: Patient) -> np.ndarray:
    example = stored_example(patient.subject, patient.arrays)
    assert patient.arrays.attenuation is not None
    body = patient.arrays.attenuation.astype(np.float32) > 0.4
    widths = [body[row].sum() for row in (40, 75, 115)]
    pelvis = example.thickness_cm[HIPS].sum(axis=0) > 0.15
    extent = [np.ptp(np.flatnonzero(pelvis.any(axis=axis))) + 1 if pelvis.any() else 1 for axis in (0, 1)]
    return np.log(np.maximum([*widths, *extent], 1).astype(np.float64))


def person_of(patient: Patient) -> np.ndarray:
    """Sex, age and the logarithms of height and weight, as numbers."""
    facts = patient.subject.person
    return np.array(
        [facts["sex"] == "male", facts["age_years"] / 100, np.log(facts["height_cm"]), np.log(facts["weight_kg"])],
        float,
    )


def _is_clear(patient: Patient) -> bool:
    assert patient.arrays.attenuation is not None
    body = patient.arrays.field & (patient.arrays.attenuation > BEHIND_THE_BODY)
    grey = patient.arrays.radiograph[body].astype(np.float32)
    return float(np.mean((grey <= 0.005) | (grey >= 0.995))) <= CLIPPED


def _rows(source: str, test: Group, train: Group) -> Iterator[dict[str, object]]:
    known = {"R0": (test.sizes, train.sizes), "R1": (_with_person(test), _with_person(train))}
    truth = train.rows[TRUTH].sums
    for row, (given, given_train) in known.items():
        volume, mass = (_regressed(given, given_train, each) for each in (truth.true_volume, truth.true_mass))
        regressed = replace(test.rows["U"].sums, volume=volume, mass=mass)
        yield _score(row, source, test, Read(regressed, np.empty(0)))
    for row, read in test.rows.items():
        yield _score(row, source, test, read)
    clear = test.of(test.clear)
    for row, read in clear.rows.items():
        yield _score(f"{row}, clear radiographs", source, clear, read)


def _with_person(group: Group) -> np.ndarray:
    return np.column_stack([group.sizes, group.person])


def _regressed(given: np.ndarray, given_train: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.asarray(fit_log_linear(given_train, np.maximum(truth, FLOOR)).predict(given))


def _score(row: str, source: str, test: Group, read: Read) -> dict[str, object]:
    sums, volume, mass = read.sums, read.sums.volume, read.sums.mass
    usable = sums.known & (sums.share >= IN_VIEW)
    sex, given = test.person[:, 0], np.column_stack([test.sizes, test.person[:, 1:]])
    per_structure: dict[str, dict[str, float]] = {}
    for label in (*WHOLE, *BONE_LABELS):
        c, rows = label.channel, usable[:, label.channel]
        second = "lean_mass" if label in WHOLE else "bone_mass"
        figures: dict[str, float] = {"subjects": float(rows.sum())}
        for name, predicted, true in (("volume", volume, sums.true_volume), (second, mass, sums.true_mass)):
            a, b = predicted[rows, c], true[rows, c]
            figures[f"{name}_pcc"] = float(pearson(a, b))
            figures[f"{name}_icc"] = float(icc_of_pair(a, b))
            figures[f"{name}_mae_percent"] = float(mean_absolute_percentage_error(a, b))
            if read.pixel_correlation.size:
                figures[f"{name}_partial_pcc"] = partial_correlation(a, b, given[rows], sex[rows])
        if label in WHOLE:
            lean = _lean_fraction(volume[rows, c], mass[rows, c])
            true_lean = _lean_fraction(sums.true_volume[rows, c], sums.true_mass[rows, c])
            figures["lean_fraction_pcc"] = float(pearson(lean, true_lean))
        if label.side is Side.RIGHT:
            other = opposite(label).channel
            both = rows & usable[:, other]
            measured, truth = (volume[both][:, [c, other]].T, sums.true_volume[both][:, [c, other]].T)
            figures["asymmetry_pcc"] = asymmetry_correlation((measured[0], measured[1]), (truth[0], truth[1]))
        if read.pixel_correlation.size:
            figures["map_pixel_correlation"] = float(np.nanmean(read.pixel_correlation[rows, c]))
        per_structure[label.name] = {name: round(value, 4) for name, value in figures.items()}
    return {
        "row": row,
        "anatomy": source,
        "subjects": len(sums),
        **_summary(per_structure),
        "per_structure": per_structure,
    }


def _lean_fraction(volume_cm3: np.ndarray, lean_mass_g: np.ndarray) -> np.ndarray:
    return np.asarray(lean_mass_g / (MUSCLE_DENSITY * volume_cm3))


def _summary(per_structure: dict[str, dict[str, float]]) -> dict[str, float]:
    def mean(labels: Iterable[Label], *names: str) -> float:
        figures = [per_structure[label.name] for label in labels]
        values = [each[name] for each in figures for name in names if name in each]
        return round(float(np.nanmean(values)), 4) if values else float("nan")

    muscles = {
        "mean_pcc": mean(WHOLE, "volume_pcc", "lean_mass_pcc"),
        "mean_volume_pcc": mean(WHOLE, "volume_pcc"),
        "mean_lean_mass_pcc": mean(WHOLE, "lean_mass_pcc"),
        "mean_icc": mean(WHOLE, "volume_icc", "lean_mass_icc"),
        "mean_mae_percent": mean(WHOLE, "volume_mae_percent", "lean_mass_mae_percent"),
        "mean_partial_pcc": mean(WHOLE, "volume_partial_pcc", "lean_mass_partial_pcc"),
        "mean_asymmetry_pcc": mean(WHOLE, "asymmetry_pcc"),
        "mean_lean_fraction_pcc": mean(WHOLE, "lean_fraction_pcc"),
        "mean_map_pixel_correlation": mean(WHOLE, "map_pixel_correlation"),
    }
    bones = {
        "bone_mass_pcc": mean(BONE_LABELS, "bone_mass_pcc"),
        "bone_volume_pcc": mean(BONE_LABELS, "volume_pcc"),
        "bone_mass_icc": mean(BONE_LABELS, "bone_mass_icc"),
        "bone_mass_mae_percent": mean(BONE_LABELS, "bone_mass_mae_percent"),
        "bone_mass_partial_pcc": mean(BONE_LABELS, "bone_mass_partial_pcc"),
        "bone_map_pixel_correlation": mean(BONE_LABELS, "map_pixel_correlation"),
    }
    return {name: value for name, value in {**muscles, **bones}.items() if np.isfinite(value)}


if __name__ == "__main__":
    main()
