"""``simulate``: virtual patients whose truth is known exactly, as a cohort to train on or as a hospital's study."""

from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.simulate import simulate as make
from mskdex.cohort.study import simulate_study
from mskdex.cohort.study_case import StudyPlan
from mskdex.errors import ExitCode
from mskdex.files import demand_no_file
from mskdex.workflows.run import Run


@dataclass(frozen=True)
class SimulateConfig:
    """Settings of one ``simulate``.

    Attributes:
        output: The folder; what was begun there with the same settings is continued.
        plan: Which patients; a `StudyPlan` writes them as a hospital has them.
        workers: Processes; as many as there are cores by default.
    """

    output: Path
    plan: VirtualPlan | StudyPlan
    workers: int | None = None


def simulate(config: SimulateConfig, *, watch: Callable[[int, int], None]) -> int:
    """Write the patients, telling ``watch`` (patients there, patients wanted); returns how many there are.

    Raises:
        CohortError: the folder holds the patients of another plan, or another process writes it.
        UsageError: the anatomy is not there, or the output is a file.
    """
    demand_no_file(config.output)
    plan = config.plan
    patients = plan.patients if isinstance(plan, StudyPlan) else plan
    # The anatomy without its path, which is this machine's business.
    named = {**asdict(patients), "anatomy": patients.anatomy.partition(":")[0]}
    if isinstance(plan, StudyPlan):
        run = Run("simulate", {**asdict(plan), "patients": named, "as": "study"})
        made = simulate_study(plan, config.output, workers=config.workers)
    else:
        run = Run("simulate", {**named, "as": "cohort"})
        made = make(plan, config.output, workers=config.workers)
    done = 0
    for done, wanted in made:
        watch(done, wanted)
    run.finish(config.output, ExitCode.ALL_MEASURED, patients=done)
    return done
