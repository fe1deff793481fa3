"""How a benchmark leaves its figures: benchmarks/results/NAME.json, with all that a reader needs to get them again."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

from mskdex.cohort import Cohort

RESULTS = Path(__file__).parent / "results"


def write_result(name: str, command: str, seed: int, cohort: str, figures: dict[str, Any]) -> Path:
    """Write ``benchmarks/results/NAME.json``: name, command, commit, date, hardware, seed, cohort, then the figures."""
    record = {
        "name": name,
        "command": command,
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": hardware(),
        "seed": seed,
        "cohort": cohort,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**record, **figures}, indent=1) + "\n")
    return path


def cohorts_of(folders: Iterable[Path]) -> tuple[int, list[dict[str, Any]]]:
    """The seed of the first cohort, and how each of them says that it was made."""
    made = [Cohort.open(folder).provenance for folder in folders]
    return int(made[0]["seed"]), made


def hardware() -> str:
    """The processor's name and how many cores this process may use."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def _commit() -> str:
    head = _git("rev-parse", "--short", "HEAD")
    # Results and the pages made of them change by running; anything else that changed makes the commit a half-truth.
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":!/benchmarks/results", ":!/docs")
    return (head or "unknown") + ("-dirty" if changed else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=RESULTS.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip()
