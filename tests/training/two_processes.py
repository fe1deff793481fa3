"""What `test_processes` has torchrun start twice: train, and leave what this process came to as RANK.pt."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

from mskdex.cohort import Split
from mskdex.errors import TrainingDivergedError
from mskdex.training import loop
from mskdex.training.begin import begin
from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.feed import Feed
from mskdex.training.library import Library
from mskdex.training.library import Position
from mskdex.training.library import Sampler
from mskdex.training.objective import Paired
from mskdex.training.objective import Parts
from mskdex.training.processes import average_over_processes
from mskdex.training.processes import launch
from mskdex.training.processes import share_of
from mskdex.training.rows import Row
from mskdex.training.share import Share
from mskdex.training.state import Training
from mskdex.training.step import Stage
from mskdex.training.step import set_stage
from mskdex.training.step import take_step

States = dict[str, dict[str, Tensor]]
taken: list[int] = []
"""How many examples this process had in each step."""


def main(cohort: Path, output: Path) -> None:
    config = TrainConfig(
        (cohort,),
        output / "U",
        steps=4,
        batch=4,
        warmup_steps=1,
        width=0.1,
        density_weight=0.0,
        precision=Precision.FLOAT32,
        accelerator=Accelerator.CPU,
        threads=1,
        log_every=1,
        validate_every=2,
        checkpoint_every=2,
    )
    found: dict[str, object] = {
        "U": trained(config),
        "A": trained(replace(config, row=Row.A, run=output / "A", learning_rate=2e-4)),
        "by the clock": trained(replace(config, run=output / "clock", minutes=0.02)),
        "diverged": diverged(replace(config, run=output / "diverged")),
    }
    found["examples"] = taken
    fabric = launch(config)
    # Without sums: a share's mean of those that are wholly in view is another one than the batch's.
    for each in (config, replace(config, row=Row.B, owis_weight=0.0)):
        found[f"gradients {each.row}"] = [gradients(each, fabric, share) for share in (share_of(fabric), Share())]
    torch.save(found, output / f"{os.environ['RANK']}.pt")


def trained(config: TrainConfig) -> States:
    """Every network's weights at the end."""
    begun: list[Training] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "begin", lambda *arguments: begun.append(begin(*arguments)) or begun[0])
        patch.setattr(loop, "take_step", counted_step)
        loop.train(config)
    training = begun[0]
    rivals = {} if training.rivals is None else training.rivals.modules()
    networks = {"network": training.network, "average": training.average.network, **rivals}
    return {name: network.state_dict() for name, network in networks.items()}


def counted_step(config: TrainConfig, fabric: Fabric, stage: Stage[Any], batch: Any, step: int, done: float) -> Parts:
    taken.append(len(batch.radiograph))
    return take_step(config, fabric, stage, batch, step, done)


def diverged(config: TrainConfig) -> str:
    """What is said where the second process alone has a loss that is not a number, in the third step."""
    real, calls = Paired.losses, []

    def exploding(*arguments):  # type: ignore[no-untyped-def]
        calls.append(1)
        spoilt = os.environ["RANK"] == "1" and len(calls) == 3
        return real(*arguments) * (float("nan") if spoilt else 1.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Paired, "losses", exploding)
        with pytest.raises(TrainingDivergedError) as error:
            loop.train(config)
    return str(error.value)


def gradients(config: TrainConfig, fabric: Fabric, share: Share) -> list[Tensor]:
    """Of one batch, the mean over processes that have a share of it each (or all of it each), and the losses."""
    library = Library(config.cohorts, Split.TRAIN)
    training = begin(config, library, fabric.device)
    stage = set_stage(config, fabric, training)
    stage.network.eval()  # else batch normalisation sees its share alone
    sampler = Sampler(library, seed=0, position=Position())
    with Feed(sampler, stage.objective.draw, batch=config.batch, seed=0, share=share) as feed:
        batch = feed.next()
    losses, forgery = stage.objective.generators(stage.network, batch)
    fabric.backward(losses[0])
    if forgery is not None:
        verdict = stage.objective.discriminators(batch, forgery)
        fabric.backward(verdict[0])
        losses = torch.cat([losses, verdict])
    learning = [parameter for network in training.networks for parameter in network.parameters()]
    found = [losses.detach(), *(parameter.grad for parameter in learning if parameter.grad is not None)]
    average_over_processes(fabric, found)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
