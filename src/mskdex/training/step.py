"""One optimizer step of a row: losses, gradients, the mean over processes, and the weights that move."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from typing import Generic

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch import nn
from torch.optim import Optimizer

from mskdex.errors import TrainingDivergedError
from mskdex.training.config import TrainConfig
from mskdex.training.feed import B
from mskdex.training.feed import Origin
from mskdex.training.objective import Objective
from mskdex.training.objective import Paired
from mskdex.training.objective import Parts
from mskdex.training.processes import average_over_processes
from mskdex.training.state import CHECKPOINTS
from mskdex.training.state import Training
from mskdex.training.state import latest
from mskdex.training.translation import Players
from mskdex.training.translation import Translated

FINAL_LEARNING_RATE = 0.01


@dataclass(frozen=True)
class Stage(Generic[B]):
    """A row as Fabric runs it: the generator, who moves which weights, and what is asked."""

    network: nn.Module
    optimizer: Optimizer
    judges_optimizer: Optimizer | None
    objective: Objective[B]


def set_stage(config: TrainConfig, fabric: Fabric, training: Training) -> Stage[Any]:
    """Hand the networks and optimizers of a row to Fabric."""
    recipe = config.recipe
    network, optimizer = fabric.setup(training.network, training.optimizer)
    network.train()
    if recipe.pairs is not None:
        return Stage(network, optimizer, None, Paired(recipe, recipe.pairs, training.norms))
    assert recipe.translation is not None
    assert training.rivals is not None
    players = Players(**{name: fabric.setup_module(module) for name, module in training.rivals.modules().items()})
    judges_optimizer: Any = fabric.setup_optimizers(training.rivals.optimizer)
    objective = Translated(recipe, recipe.translation, training.norms, training.rivals.scale, players)
    return Stage(network, optimizer, judges_optimizer, objective)


def take_step(config: TrainConfig, fabric: Fabric, stage: Stage[B], batch: B, step: int, done: float) -> Parts:
    """The generators move first, then the discriminators, on what the generators made before they moved.

    Args:
        config: Settings.
        fabric: Where it runs.
        stage: Who moves.
        batch: This process's share.
        step: Steps taken before this one.
        done: Share of the schedule behind it, 0..1.

    Returns:
        The losses before the step, in the order of ``stage.objective.names``, averaged over processes.

    Raises:
        TrainingDivergedError: a loss or its gradient is not finite; no weight of that loss has moved.
    """
    descent = _Descent(config, fabric, stage.network, step, batch.origin)
    rate = learning_rate(config, step, done)
    parts, forgery = stage.objective.generators(stage.network, batch)
    made = descent.descend(stage.optimizer, parts, rate, _running_statistics(stage.network))
    if stage.judges_optimizer is None or forgery is None:
        return made
    verdict = stage.objective.discriminators(batch, forgery)
    judged = descent.descend(stage.judges_optimizer, verdict, rate * config.recipe.judges_rate)
    return torch.cat([made, judged])


def learning_rate(config: TrainConfig, step: int, done: float) -> float:
    """A linear rise, then half a cosine over the whole schedule, ending at one hundredth of the peak."""
    rise = min(1.0, (step + 1) / max(config.warmup_steps, 1))
    cosine = 0.5 * (1.0 + math.cos(math.pi * done))
    return config.peak_learning_rate * rise * (FINAL_LEARNING_RATE + (1.0 - FINAL_LEARNING_RATE) * cosine)


@dataclass(frozen=True)
class _Descent:
    """How one step moves weights down a loss, and whose patients are to blame where it cannot."""

    config: TrainConfig
    fabric: Fabric
    network: nn.Module
    step: int
    origin: Origin

    def descend(self, optimizer: Optimizer, parts: Parts, rate: float, statistics: Iterable[Tensor] = ()) -> Parts:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(parts[0])
        parts = parts.detach()
        # The losses travel with their gradients: if one process's are not finite, all processes stop here together.
        average_over_processes(self.fabric, [*_gradients(optimizer), *statistics, parts])
        length = self.fabric.clip_gradients(
            self.network, optimizer, max_norm=self.config.clip_norm, error_if_nonfinite=False
        )
        if not torch.isfinite(parts).all() or (length is not None and not torch.isfinite(length)):
            raise TrainingDivergedError(self._diverged())
        optimizer.step()
        return parts

    def _diverged(self) -> str:
        kept = latest(self.config.run / CHECKPOINTS)
        good = "there is no checkpoint yet" if kept is None else f"the last good checkpoint, {kept.name}, is kept"
        return (
            f"the loss or its gradient is not finite at step {self.step + 1} "
            f"(patients {', '.join(self.origin.ids)}); {good}; "
            "look at these patients, or begin a new run with a lower learning rate"
        )


def _gradients(optimizer: Optimizer) -> list[Tensor]:
    parameters = (parameter for group in optimizer.param_groups for parameter in group["params"])
    return [parameter.grad for parameter in parameters if parameter.grad is not None]


def _running_statistics(network: nn.Module) -> list[Tensor]:
    """Those of batch normalisation, which prediction uses and training does not."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    found = [each for layer in layers for each in (layer.running_mean, layer.running_var)]
    return [each for each in found if each is not None]
