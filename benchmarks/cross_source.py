"""How a model trained on one anatomy source reads patients of another: row U, three models of one size and length.

Commands: mskdex train BUILTIN -o runs/builtin --steps 2000 --width 0.5 --seed 541
          mskdex train ATLAS -o runs/atlas --steps 2000 --width 0.5 --seed 541
          mskdex train BUILTIN ATLAS -o runs/both --steps 2000 --width 0.5 --seed 541
          python benchmarks/cross_source.py BUILTIN ATLAS --runs runs

Cohorts must say how far source and table were from the detector. All models are scored on the same held-out patients of
both sources, whose templates none of them has seen. A drop is what a model loses against the one that was trained on
the tested source itself; its interval is of a bootstrap over templates.
"""

import argparse
from pathlib import Path
from typing import Any

from accuracy_cases import MODEL_ROWS
from accuracy_cases import SETUP_ROWS
from accuracy_cases import Group
from accuracy_cases import demand_stored_split
from accuracy_cases import groups
from accuracy_scores import HEADLINES
from accuracy_scores import gain
from accuracy_scores import intervals
from accuracy_scores import score
from accuracy_scores import summary
from mskdex.cohort import Split
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.training.library import Library
from results import cohorts_of
from results import write_result

ALIKE = ("row", "recipe", "width", "batch", "steps_done", "seed", "start_sha256")
"""Settings that all runs must share."""
WAYS = {"alone": "U", "person_known": "U, person known", "all_known": "U, person and setup known"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohorts", nargs="+", type=Path)
    parser.add_argument(
        "--runs", type=Path, required=True, help="holds a run per anatomy source, named like it, and both"
    )
    options = parser.parse_args()
    test = Library(options.cohorts, Split.TEST)
    folders = sorted(card.parents[1] for card in options.runs.glob("*/model/card.json"))
    models = {folder.name: load_model(folder / "model") for folder in folders}
    _demand_comparable(models, {patient.subject.source for patient in test})
    ways = {name: knowing for name, knowing in {**MODEL_ROWS, **SETUP_ROWS}.items() if name in WAYS.values()}
    read = {name: groups(test, model, ways) for name, model in models.items()}
    rows = [_row(read, trained, source) for source in sorted(read[min(read)]) for trained in read]
    seed, made = cohorts_of(options.cohorts)
    training = next(iter(models.values())).card.training
    figures = {"training": {key: training[key] for key in ALIKE}, "cohorts": made, "rows": rows}
    counts = "; ".join(
        f"{len(group)} held-out virtual patients of {source}" for source, group in read[min(read)].items()
    )
    write_result("cross_source", "python benchmarks/cross_source.py BUILTIN ATLAS --runs runs", seed, counts, figures)
    for row in rows:
        print(row)


def _demand_comparable(models: dict[str, OnnxModel], sources: set[str]) -> None:
    """One run per source, and all of one size and length: else what differs says nothing of the anatomy."""
    if missing := sorted(sources - set(models)):
        raise SystemExit(f"no finished run is named {', '.join(missing)}")
    for model in models.values():
        demand_stored_split(model.card)
    trained = [model.card.training for model in models.values()]
    if other := [key for key in ALIKE if any(one[key] != trained[0][key] for one in trained)]:
        raise SystemExit(f"the runs differ in {', '.join(other)}")


def _row(read: dict[str, dict[str, Group]], trained: str, source: str) -> dict[str, Any]:
    """One model on the patients of one source: from the image alone, and told more."""
    group, at_home = read[trained][source], read[source][source]
    figures: dict[str, Any] = {"trained_on": trained, "tested_on": source, "subjects": len(group)}
    for way, name in WAYS.items():
        means = {**summary(score(group, name)), **intervals(group, name)}
        drops = {f"{key}_drop": gain(group, at_home, name, figure) for key, figure in HEADLINES.items()}
        if trained == source:
            drops = {}
        figures[way] = {**means, **drops}
    return figures


if __name__ == "__main__":
    main()
