"""``mskdex train``."""

from typing import Annotated

from cyclopts import Parameter

from mskdex.cli.console import OUT
from mskdex.training.config import TrainConfig


def train(config: Annotated[TrainConfig, Parameter(name="*")], /) -> int:
    """Train a model on a cohort; a run folder that is there already is continued."""
    import logging

    from mskdex.workflows.train import train as run

    logging.getLogger("mskdex").setLevel(logging.INFO)
    OUT.print(f"trained: {run(config)}", markup=False)
    return 0
