"""Train the rows of the ablation on one two-pose cohort, score them on the same held-out patients, compare them.

Commands: mskdex simulate --preset virtualhip-539 -o virtualhip
          python benchmarks/ablation.py virtualhip runs --steps 6000 --width 0.6 --split validation
          python benchmarks/ablation.py virtualhip runs --steps 6000 --width 0.6 --rows A B C ... --best D-carried
          python benchmarks/ablation_page.py virtualhip runs

Each row and fold is one run of ``mskdex train`` in RUNS/ROW-foldK: killed and started again it goes on, and what is
finished is not trained again, unless it was trained otherwise, or on another cohort: that is refused. Rows that start
from pairs of another anatomy need ``--start`` (a run of row U on another source). Rows R0 and R1 are fitted on the
fold's training patients. Rows are chosen on validation patients (``--split validation`` scores on these, and leaves
ablation_validation.json), so that test patients are scored once; ``--best`` names the row of D that is best there.

Intervals, and those of the difference to the row that each was made from (``rows.PARENT``), to the method itself (row
C), to R1, and of the best row of D to U, are of a bootstrap over templates. Of several folds each is scored, and all
their held-out patients together.
"""

import argparse
from pathlib import Path
from typing import Any

from ablation_scores import POOLED
from ablation_scores import WAYS
from ablation_scores import best_of_d
from ablation_scores import pooled
from ablation_scores import scored
from accuracy_cases import Group
from accuracy_cases import groups
from accuracy_cases import with_controls
from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.checkpoint import load_model
from mskdex.training.config import MODEL_FOLDER
from mskdex.training.config import TrainConfig
from mskdex.training.controls import CONTROLS
from mskdex.training.library import Library
from mskdex.training.lineage import model_of
from mskdex.training.lineage import subject_counts
from mskdex.training.precision import with_precision
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Row
from mskdex.training.settings import demand_begun_with
from mskdex.workflows.train import train
from results import cohorts_of
from results import write_result

_FORGOTTEN = 5
"""Lengths of the averaged weights' memory in a run: a short run must forget its beginning too."""


def main() -> None:
    options = _options()
    read = {fold: _read(options, fold) for fold in options.folds}
    scores: dict[int | str, dict[Row, Group]] = {**read, **({POOLED: pooled(read.values())} if len(read) > 1 else {})}
    rows = [row for fold, groups_read in scores.items() for row in scored(groups_read, fold)]
    best = [found for fold, one in scores.items() for found in best_of_d(one, fold, options.best, options.split)]
    _, made = cohorts_of([options.cohort])
    runs = {_run(options, row, fold) for fold, one in read.items() for row in one}
    models = {run.name: Card.read(run / MODEL_FOLDER / CARD).sha256 for run in sorted(runs)}
    trained = {"settings": _settings(options), "start": _start(options), "model_sha256": models}
    figures = {"cohorts": made, **trained, "best_d": best, "rows": rows}
    name = "ablation" if options.split is Split.TEST else f"ablation_{options.split}"
    write_result(name, _command(options), options.seed, _cohort(options), figures)
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
    parser.add_argument("--split", type=Split, choices=[Split.VALIDATION, Split.TEST], default=Split.TEST)
    parser.add_argument("--best", type=Row, help="row of D that was best on validation patients")
    return parser.parse_args()


def _command(options: argparse.Namespace) -> str:
    folds, rows = " ".join(map(str, options.folds)), " ".join(options.rows)
    size = f"--steps {options.steps} --width {options.width} --batch {options.batch} --threads {options.threads}"
    start = f" --seed {options.seed}" + ("" if options.start is None else " --start START")
    chosen = f" --split {options.split}" + ("" if options.best is None else f" --best {options.best}")
    return f"python benchmarks/ablation.py COHORT RUNS {size} --folds {folds}{start}{chosen} --rows {rows}"


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What the page says of the runs."""
    kept = {name: getattr(options, name) for name in ("steps", "width", "batch", "threads", "folds")}
    return {**kept, "split": str(options.split)}


def _start(options: argparse.Namespace) -> dict[str, Any] | None:
    """Of the model that pretrained rows begin with, what the page says."""
    if options.start is None:
        return None
    card = Card.read(model_of(options.start) / CARD)
    patients = {key: count for key, count in card.cohort["subjects"].items() if key.startswith(f"{Split.TRAIN}/")}
    told = {name: card.training.get(name) for name in ("row", "width", "steps_done")}
    return {"sha256": card.sha256, "patients": {key.split("/")[1]: n for key, n in patients.items()}, **told}


def _train(options: argparse.Namespace, row: Row, fold: int) -> bool:
    """Whether the row has a model, after training it if need be."""
    if RECIPES[row].pretrained and options.start is None:
        print(f"row {row} is left out: no --start")
        return False
    config = _config(options, row, fold)
    card = config.run / MODEL_FOLDER / CARD
    if card.exists():
        demand_begun_with(with_precision(config), processes=1)  # trained otherwise, it is none of this table's
        demand_of_cohort(Card.read(card), options.cohort, fold, config.run.name)
    else:
        train(config)
    return True


def demand_of_cohort(card: Card, cohort: Path, fold: int, name: str) -> None:
    """A run on other patients, if only of another phantom, is none of this table's either."""
    opened = Cohort.open(cohort)
    now = {"provenance": [opened.provenance], "subjects": subject_counts([opened], fold)}
    differ = [key for key, value in now.items() if card.cohort.get(key) != value]
    if differ:
        raise SystemExit(
            f"{name} was trained on another cohort than {cohort.name} is now ({', '.join(differ)} differ): "
            "name another folder of runs"
        )


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


def _read(options: argparse.Namespace, fold: int) -> dict[Row, Group]:
    """The fold's held-out patients as each row reads them, and as the controls do."""
    trained = [row for row in options.rows if _train(options, row, fold)]
    held_out = Library((options.cohort,), options.split, fold=fold)
    [truth] = groups(Library((options.cohort,), Split.TRAIN, fold=fold), None).values()
    read = {}
    for row in trained:
        [group] = groups(held_out, load_model(_run(options, row, fold) / MODEL_FOLDER), WAYS).values()
        read[row] = with_controls(group, truth, tuple(CONTROLS))
    return read


def _cohort(options: argparse.Namespace) -> str:
    cohort = Cohort.open(options.cohort)
    count = sum(len(cohort.of(split)) for split in Split)
    return f"{Path(options.cohort).name}: {count} virtual patients in two poses"


if __name__ == "__main__":
    main()
