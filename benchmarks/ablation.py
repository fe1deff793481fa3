"""Train the rows of the ablation on one two-pose cohort, score them on the same held-out patients, compare them.

Commands: mskdex simulate --preset virtualhip-539 -o virtualhip
          python benchmarks/ablation.py virtualhip runs --steps 6000 --width 0.6
          python benchmarks/ablation_page.py virtualhip runs

Each row and fold is one run of ``mskdex train`` in RUNS/ROW-foldK: killed and started again it goes on, and what is
finished is not trained again, unless it was trained otherwise: that is refused. Rows that start from pairs of another
anatomy need ``--start`` (a run of row U on another source). Rows R0 and R1 are fitted on the fold's training patients.
Intervals, and those of the difference to the row that each was made from (``rows.PARENT``) and to the method itself
(row C, for rows after it), are of a bootstrap over templates.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from accuracy_cases import MODEL_ROWS
from accuracy_cases import SETUP_ROWS
from accuracy_cases import Group
from accuracy_cases import groups
from accuracy_cases import with_controls
from accuracy_scores import HEADLINES
from accuracy_scores import gain
from accuracy_scores import intervals
from accuracy_scores import score
from accuracy_scores import summary
from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.model.card import CARD
from mskdex.model.checkpoint import load_model
from mskdex.model.told import Knowing
from mskdex.training.config import MODEL_FOLDER
from mskdex.training.config import TrainConfig
from mskdex.training.controls import CONTROLS
from mskdex.training.library import Library
from mskdex.training.precision import with_precision
from mskdex.training.rows import PARENT
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Row
from mskdex.training.settings import keep_settings
from mskdex.workflows.train import train
from results import write_result

KNOWN = ", person and setup known"
"""Ends the name of a row that is told all that there is to tell; a row without it reads the image alone."""
_WAYS = {
    name: knowing for name, knowing in {**MODEL_ROWS, **SETUP_ROWS}.items() if knowing in (Knowing.IMAGE, Knowing.BOTH)
}
"""What ``accuracy_cases`` calls the two."""

_FORGOTTEN = 5
"""Lengths of the averaged weights' memory in a run: a short run must forget its beginning too."""


def main() -> None:
    options = _options()
    rows: list[dict[str, object]] = []
    for fold in options.folds:
        trained = [row for row in options.rows if _train(options, row, fold)]
        rows += _scored(options, trained, fold)
    folds, rows_asked = " ".join(map(str, options.folds)), " ".join(options.rows)
    size = f"--steps {options.steps} --width {options.width} --batch {options.batch} --threads {options.threads}"
    start = f" --seed {options.seed}" + ("" if options.start is None else " --start START")
    command = f"python benchmarks/ablation.py COHORT RUNS {size} --folds {folds}{start} --rows {rows_asked}"
    write_result("ablation", command, options.seed, _cohort(options), {"rows": rows})
    for row in rows:
        print({key: value for key, value in row.items() if key != "per_structure"})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--rows", nargs="+", type=Row, default=list(RECIPES))
    parser.add_argument("--folds", nargs="+", type=int, default=[0])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--width", type=float, default=0.6)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=539)
    parser.add_argument("--start", type=Path, help="a finished run of row U on another anatomy source")
    return parser.parse_args()


def _train(options: argparse.Namespace, row: Row, fold: int) -> bool:
    """Whether the row has a model, after training it if need be."""
    if RECIPES[row].pretrained and options.start is None:
        print(f"row {row} is left out: no --start")
        return False
    config = _config(options, row, fold)
    if (config.run / MODEL_FOLDER / CARD).exists():
        keep_settings(with_precision(config), processes=1)  # a model that was trained otherwise is none of this table's
    else:
        train(config)
    return True


def _config(options: argparse.Namespace, row: Row, fold: int) -> TrainConfig:
    return TrainConfig(
        (options.cohort,),
        _run(options, row, fold),
        row=row,
        fold=fold,
        start=options.start if RECIPES[row].pretrained else None,
        steps=options.steps,
        batch=options.batch,
        width=options.width,
        seed=options.seed,
        threads=options.threads,
        ema_decay=min(0.999, max(0.0, 1 - _FORGOTTEN / options.steps)),
        warmup_steps=min(200, options.steps // 10),
        validate_every=max(options.steps // 4, 1),
        checkpoint_every=max(options.steps // 12, 1),
    )


def _run(options: argparse.Namespace, row: Row, fold: int) -> Path:
    return Path(options.runs) / f"{row}-fold{fold}"


def _scored(options: argparse.Namespace, rows: list[Row], fold: int) -> Iterator[dict[str, object]]:
    test = Library((options.cohort,), Split.TEST, fold=fold)
    [truth] = groups(Library((options.cohort,), Split.TRAIN, fold=fold), None).values()
    read: dict[Row, Group] = {}
    for row in rows:
        model = load_model(_run(options, row, fold) / MODEL_FOLDER)
        [group] = groups(test, model, _WAYS).values()
        if not read:
            controls = with_controls(group, truth, tuple(CONTROLS))
            for control in CONTROLS:
                yield _figures(controls, control, control, fold)
        read[row] = group
        parent = PARENT.get(row)
        for way, knowing in _WAYS.items():
            name = str(row) if knowing is Knowing.IMAGE else f"{row}{KNOWN}"
            over: dict[str, object] = {"model_sha256": model.card.sha256}
            if parent in read:
                over |= {"parent": str(parent), **_over(read[parent], group, way, "parent")}
            if Row.C in read and row is not Row.C:
                over |= _over(read[Row.C], group, way, "C")
            yield {**_figures(group, way, name, fold), **over}


def _figures(group: Group, read: str, row: str, fold: int) -> dict[str, object]:
    per_structure = score(group, read)
    means = {**summary(per_structure), **intervals(group, read)}
    return {"row": row, "fold": fold, "subjects": len(group), **means, "per_structure": per_structure}


def _over(other: Group, group: Group, way: str, name: str) -> dict[str, object]:
    """Of the mean PCC of muscles, what it is above another row's on the same resampled patients, told as much."""
    over, low, high = gain(other, group, way, HEADLINES["mean_pcc"])
    return {f"mean_pcc_over_{name}": over, f"mean_pcc_over_{name}_95": [low, high]}


def _cohort(options: argparse.Namespace) -> str:
    cohort = Cohort.open(options.cohort)
    count = sum(len(cohort.of(split)) for split in Split)
    return f"{Path(options.cohort).name}: {count} virtual patients in two poses"


if __name__ == "__main__":
    main()
