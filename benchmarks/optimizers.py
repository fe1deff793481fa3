"""How fast a network learns under AdamW alone, and with Muon for its filters at several rates: row U, all else alike.

Command: python benchmarks/optimizers.py COHORT

Each run is the command line itself, as a user would start it, with the same first weights, patients and exposures. What
counts is the training loss over the last tenth of the steps, whose examples no run has seen before, and what the
averaged weights make of validation patients. Speeds hold on this machine, at this width.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from results import cohorts_of
from results import write_result

SPEED = re.compile(r"([\d.]+) steps/s")
ADAMW_ALONE = 0.0
RATES = (ADAMW_ALONE, 3.0, 8.0, 20.0, 50.0)


class _Line(NamedTuple):
    """One of a run's metrics."""

    step: int
    group: str
    figure: str
    value: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--width", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=541)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    options = parser.parse_args()
    runs = []
    for rate in options.rates:
        runs.append({"muon": rate, **_learnt(options, rate)})
        print(runs[-1], flush=True)
    seed, made = cohorts_of([options.cohort])
    settings = {"steps": options.steps, "width": options.width, "training_seed": options.seed}
    rates = " ".join(f"{rate:g}" for rate in options.rates)
    command = f"python benchmarks/optimizers.py COHORT --steps {options.steps} --width {options.width} --rates {rates}"
    described = "{anatomy}, phantom {phantom}".format(**made[0])
    write_result("optimizers", command, seed, described, {**settings, "cohorts": made, "runs": runs})


def _learnt(options: argparse.Namespace, muon: float) -> dict[str, float]:
    """What a run comes to: its figures at the end, and its speed."""
    with TemporaryDirectory() as folder:
        settings = {"muon": muon, "steps": options.steps, "width": options.width, "seed": options.seed}
        settings |= {"log-every": options.steps // 10, "validate-every": options.steps, "processes": options.processes}
        told = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
        train = ["train", str(options.cohort), "-o", f"{folder}/run", "--no-samples", *told]
        run = subprocess.run([sys.executable, "-m", "mskdex", *train], capture_output=True, text=True, check=True)
        lines = _metrics(Path(folder) / "run" / "metrics.csv")
    figures = {f"{each.group}_{each.figure}": each.value for each in lines if each.step == options.steps}
    return {**figures, "steps_per_s": float(SPEED.findall(run.stdout + run.stderr)[-1])}


def _metrics(table: Path) -> list[_Line]:
    with table.open(encoding="utf-8", newline="") as rows:
        return [_Line(int(r["step"]), r["group"], r["figure"], float(r["value"])) for r in csv.DictReader(rows)]


if __name__ == "__main__":
    main()
