"""``simulate``: virtual patients whose truth is known exactly, as a cohort on disk."""

from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from mskdex.cohort.simulate import simulate as make
from mskdex.cohort.virtual import VirtualPlan
from mskdex.errors import ExitCode
from mskdex.workflows.run import Run


@dataclass(frozen=True)
class SimulateConfig:
    """Settings of one ``simulate``.

    Attributes:
        output: The cohort's folder; a cohort begun with the same settings is continued.
        plan: Which patients.
        workers: Processes; as many as there are cores by default.
    """

    output: Path
    plan: VirtualPlan
    workers: int | None = None


def simulate(config: SimulateConfig, *, watch: Callable[[int, int], None]) -> int:
    """Write the cohort, telling ``watch`` (patients there, patients wanted); returns how many there are.

    Raises:
        CohortError: the folder holds a cohort of another plan, or another process writes it.
        UsageError: the anatomy is not there.
    """
    # The anatomy without its path, which is this machine's business.
    run = Run("simulate", {**asdict(config.plan), "anatomy": config.plan.anatomy.partition(":")[0]})
    done = 0
    for done, wanted in make(config.plan, config.output, workers=config.workers):
        watch(done, wanted)
    run.finish(config.output, ExitCode.ALL_MEASURED, patients=done)
    return done
