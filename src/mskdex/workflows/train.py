"""``train``: a cohort in, a run and a model out. Imports torch only when called."""

from importlib.util import find_spec
from pathlib import Path

from mskdex.errors import ResourceError
from mskdex.training.config import TrainConfig


def train(config: TrainConfig) -> Path:
    """Train until the schedule ends; a run folder that is there is continued.

    Raises:
        ResourceError: the training extra is not installed.
        CohortError: the cohort cannot be trained on.
    """
    if find_spec("torch") is None or find_spec("lightning_fabric") is None:
        raise ResourceError("training needs the extra packages: pip install 'mskdex[train]'")
    from mskdex.training.loop import train as run_loop

    return run_loop(config)
