"""Time one training run in a process of several threads against several processes of one thread, on the same cores.

Command: python benchmarks/training_processes.py COHORT

Each way is the command line itself, as a user would start it, for so many steps; the speed is what the run logs over
its second half, the making of batches included. The ways take turns, and a round gives one ratio; the median over
rounds is reported.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from results import cohorts_of
from results import write_result

SPEED = re.compile(r"([\d.]+) steps/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds = []
    for _ in range(options.rounds):
        rounds.append([_speed(options, threads=options.cores), _speed(options, processes=options.cores)])
        print(rounds[-1], flush=True)
    seed, made = cohorts_of([options.cohort])
    figures = {
        "cores": options.cores,
        "steps": options.steps,
        "cohorts": made,
        "threads_steps_per_s": median(speeds[0] for speeds in rounds),
        "processes_steps_per_s": median(speeds[1] for speeds in rounds),
        "ratio": median(speeds[1] / speeds[0] for speeds in rounds),
    }
    command = f"python benchmarks/training_processes.py COHORT --steps {options.steps} --rounds {options.rounds}"
    write_result("training_processes", command, seed, "{anatomy}, phantom {phantom}".format(**made[0]), figures)
    print(figures)


def _speed(options: argparse.Namespace, **way: int) -> float:
    """Steps per second of the second half of a run."""
    with TemporaryDirectory() as folder:
        settings = {"steps": options.steps, "log-every": options.steps // 2, **way}
        settings |= {"validate-every": 10**6, "validation-subjects": 4}
        told = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
        train = ["train", str(options.cohort), "-o", f"{folder}/run", "--no-samples", *told]
        command = [sys.executable, "-m", "mskdex", *train]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(SPEED.findall(run.stdout + run.stderr)[-1])


if __name__ == "__main__":
    main()
