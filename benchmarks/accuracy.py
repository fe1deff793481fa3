"""Score a model on the held-out test patients of virtual cohorts, beside what body size alone gives (rows R0 and R1).

U is the model reading the image alone; "U, person known" is the same model told sex, age, height and weight besides;
where the setup is known it is told how far source, table and detector were apart, which cohorts must say.
R0 regresses each quantity on the logarithms of sizes that a reader with a ruler would get from the radiograph: the
body's width at three heights, the pelvis' width and height (taken from the true bone maps, so the control reads
perfectly). R1 adds sex, age, height and weight, and "R1, setup known" the two distances, so that what the model makes
of them can be compared with what anybody would. All are fitted on training patients of the same source. Intervals,
of means and of how far they are above R1's, are of a bootstrap over templates, whose patients are alike.

Command: python benchmarks/accuracy.py COHORT... [--model FOLDER]
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from accuracy_cases import MODEL_ROWS
from accuracy_cases import SETUP_ROWS
from accuracy_cases import WHOLE
from accuracy_cases import Group
from accuracy_cases import control_of
from accuracy_cases import demand_stored_split
from accuracy_cases import groups
from accuracy_cases import with_controls
from accuracy_scores import AGREEMENT
from accuracy_scores import HEADLINES
from accuracy_scores import gain
from accuracy_scores import intervals
from accuracy_scores import intervals_of_structures
from accuracy_scores import score
from accuracy_scores import summary
from mskdex.anatomy import BONE_LABELS
from mskdex.cohort import Split
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.model.told import Knowing
from mskdex.training.controls import CONTROLS
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.scores import predict_sums
from results import cohorts_of
from results import write_result

TRAINING_PATIENTS = 1000
LEAST_CLEAR = 30
MISLED_MM = 20.0
FRACTION = "mean_lean_fraction_pcc"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    model = load_model(options.model)
    demand_stored_split(model.card)
    library = Library(options.cohorts, Split.TEST)
    test = groups(library, model, {**MODEL_ROWS, **SETUP_ROWS})
    train = groups(Library(options.cohorts, Split.TRAIN, at_most=TRAINING_PATIENTS), None)
    told = {source: with_controls(test[source], train[source], tuple(CONTROLS)) for source in sorted(test)}
    rows = [row for source, group in told.items() for row in _rows(source, group)]
    cohort = "; ".join(f"{len(test[source])} held-out virtual patients of {source}" for source in sorted(test))
    seed, made = cohorts_of(options.cohorts)
    misled = {"volume_percent_if_told_20_mm_more": _misled(list(library), model)}
    figures = {"model_sha256": model.card.sha256, "cohorts": made, **misled, "rows": rows}
    write_result("accuracy", "python benchmarks/accuracy.py COHORT...", seed, cohort, figures)
    for row in rows:
        print({key: value for key, value in row.items() if key != "per_structure"})


def _rows(source: str, test: Group) -> Iterator[dict[str, object]]:
    clear = test.of(test.clear)
    for suffix, group in (("", test), (", clear radiographs", clear)):
        if len(group) < LEAST_CLEAR:
            continue
        for row in group.rows:
            per_structure = score(group, row)
            over = _over_controls(group, row) if row in (*MODEL_ROWS, *SETUP_ROWS) else {}
            means = {**summary(per_structure), **intervals(group, row), **over}
            name = {"row": row + suffix, "anatomy": source, "subjects": len(group)}
            ends = intervals_of_structures(group, row)
            each = {structure: {**figures, **ends[structure]} for structure, figures in per_structure.items()}
            yield {**name, **means, "per_structure": each}


def _misled(patients: list[Patient], model: OnnxModel) -> dict[str, float]:
    """By how much volumes change, told of source or table 20 mm too far from the detector; medians, percent."""
    right = predict_sums(patients, model.run, knowing=Knowing.SETUP)
    changes = {}
    for distance in ("sdd_mm", "table_detector_mm"):
        wrong = predict_sums([_told_more(one, distance) for one in patients], model.run, knowing=Knowing.SETUP)
        for what, labels in (("muscles", WHOLE), ("bones", BONE_LABELS)):
            chosen = [label.channel for label in labels]
            change = np.median(wrong.volume[:, chosen] / right.volume[:, chosen]) - 1
            changes[f"{what}_{distance}"] = round(100 * float(change), 2)
    return changes


def _told_more(patient: Patient, distance: str) -> Patient:
    camera = {**patient.subject.camera, distance: patient.subject.camera[distance] + MISLED_MM}
    return Patient(replace(patient.subject, camera=camera), patient.arrays)


def _over_controls(group: Group, row: str) -> dict[str, list[float]]:
    """By how much each headline mean is above R1's, told as much of the setup, with its 95 % interval."""
    control = replace(group, rows={row: group.rows[control_of(row)]})
    figures = {**HEADLINES, FRACTION: AGREEMENT[FRACTION]}
    return {f"{name}_over_r1": gain(control, group, row, figure) for name, figure in figures.items()}


if __name__ == "__main__":
    main()
