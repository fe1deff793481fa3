"""Is the mean of several models' maps better than the models? Held-out patients of virtual cohorts, read by each of
them and by all together.

Command: python benchmarks/ensemble.py COHORT... --models RUN/model RUN/model...
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accuracy_cases import MODEL_ROWS
from accuracy_cases import Group
from accuracy_cases import Reader
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

TOGETHER = "mean of all"


@dataclass(frozen=True)
class Ensemble:
    """Models whose maps are averaged."""

    models: tuple[OnnxModel, ...]

    def run(self, batch: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        thickness, mass = zip(*(model.run(batch, told) for model in self.models), strict=True)
        return np.asarray(np.mean(thickness, axis=0)), np.asarray(np.mean(mass, axis=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohorts", nargs="+", type=Path)
    parser.add_argument("--models", nargs="+", type=Path, required=True)
    parser.add_argument("--fold", type=int)
    options = parser.parse_args()
    test = Library(options.cohorts, Split.TEST, fold=options.fold)
    models = {f"{folder.parent.name}/{folder.name}": load_model(folder) for folder in options.models}
    readers: dict[str, Reader] = {**models, TOGETHER: Ensemble(tuple(models.values()))}
    read = {name: groups(test, reader) for name, reader in readers.items()}
    rows = list(_rows(read))
    seed, made = cohorts_of(options.cohorts)
    counts = "; ".join(
        f"{len(group)} held-out virtual patients of {source}" for source, group in read[TOGETHER].items()
    )
    members = {name: model.card.sha256 for name, model in models.items()}
    command = "python benchmarks/ensemble.py COHORT... --models RUN/model..."
    write_result("ensemble", command, seed, counts, {"members": members, "cohorts": made, "rows": rows})
    for row in rows:
        print(row)


def _rows(read: dict[str, dict[str, Group]]) -> Iterator[dict[str, object]]:
    for source, together in read[TOGETHER].items():
        for reader, way in ((reader, way) for reader in read for way in MODEL_ROWS):
            alone = read[reader][source]
            figures = {**summary(score(alone, way)), **intervals(alone, way)}
            gains = {f"{key}_gain": gain(alone, together, way, figure) for key, figure in HEADLINES.items()}
            yield {"reader": reader, "row": way, "anatomy": source, **figures, **(gains if reader != TOGETHER else {})}


if __name__ == "__main__":
    main()
