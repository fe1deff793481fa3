"""``train``: cohorts in, a run and a calibrated model out. Imports torch only when called."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from mskdex.errors import ExitCode
from mskdex.errors import ResourceError
from mskdex.files import demand_no_file
from mskdex.training.config import MODEL_FOLDER
from mskdex.training.config import TrainConfig
from mskdex.training.launched import is_first
from mskdex.training.launched import started_here
from mskdex.workflows.run import Run

NEEDED = ("torch", "lightning_fabric", "onnx", "onnxscript", "safetensors")


def train(config: TrainConfig, *, watch: Callable[[int, int], None] | None = None) -> Path | None:
    """Train until the schedule ends, then export, calibrate and score; a run folder that is there is continued.

    Args:
        config: Settings.
        watch: Told after each step how much of the schedule is done, and of how much.

    Returns:
        The model's folder: ``card.json`` and ``weights.onnx``. None where ``torchrun`` started several processes and
        this one is not the first, which writes them.

    Raises:
        UsageError: the run's folder is a file.
        ResourceError: the training extra is not installed, or the disk has no room for the run.
        TrainingDivergedError: a loss is not finite any more; the last good checkpoint is kept.
        CohortError: the cohorts cannot be trained on.
    """
    demand_no_file(config.run)
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ResourceError(
            f"training needs packages that are not here ({', '.join(missing)}): pip install 'mskdex[train]'"
        )
    from mskdex.training.finish import FinishConfig
    from mskdex.training.finish import finish
    from mskdex.training.library import demand_every_split
    from mskdex.training.loop import train as run_loop

    if not config.reread_cohort:  # else they may still come
        demand_every_split(config.cohorts, config.fold)
    settings = {name: value for name, value in config.to_dict().items() if name not in ("cohorts", "run", "start")}
    record = Run("train", settings)
    folder = run_loop(config, watch)
    if not is_first():
        return None
    threads = config.threads * started_here()  # the other processes have ended
    cohorts = tuple(config.cohorts)
    model = finish(FinishConfig(config.run, cohorts, folder / MODEL_FOLDER, threads=threads, fold=config.fold))
    record.finish(folder, ExitCode.ALL_MEASURED)
    return model
