"""Train a row's networks on a cohort: read this file from top to bottom and you know what happens."""

import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Generic

import torch
from lightning_fabric import Fabric
from safetensors.torch import save
from torch import Tensor
from torch import nn
from torch.optim import Optimizer

from mskdex.cohort import Split
from mskdex.cohort.atomic import FolderLock
from mskdex.cohort.atomic import write_bytes
from mskdex.errors import TrainingDivergedError
from mskdex.training.begin import Beginning
from mskdex.training.begin import begin
from mskdex.training.config import TrainConfig
from mskdex.training.feed import B
from mskdex.training.feed import Feed
from mskdex.training.feed import Origin
from mskdex.training.feed import on_device
from mskdex.training.library import Library
from mskdex.training.library import Sampler
from mskdex.training.metrics import MetricsLog
from mskdex.training.objective import Objective
from mskdex.training.objective import Paired
from mskdex.training.objective import Parts
from mskdex.training.settings import keep_settings
from mskdex.training.state import Progress
from mskdex.training.state import Training
from mskdex.training.state import latest
from mskdex.training.translation import Players
from mskdex.training.translation import Translated
from mskdex.training.validation import validate

logger = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints"
GENERATOR = "generator.safetensors"
FINAL_LEARNING_RATE = 0.01


def train(config: TrainConfig) -> Path:
    """Train until the schedule ends, continuing the run folder's last checkpoint if it has one.

    Returns:
        The run's folder: ``config.json``, ``metrics.csv``, ``tensorboard/``, ``checkpoints/`` and, when the schedule
        has ended, ``generator.safetensors`` with the averaged weights.

    Raises:
        TrainingDivergedError: the loss or its gradient is not finite; names the patients of that step.
        UsageError: the folder holds a run with other settings.
        CohortError: the cohort cannot be trained on, or lacks what the row sees.
        ModelError: a checkpoint, or the weights to start from, cannot be used.
    """
    config.run.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(config.run / "run.lock")
    lock.acquire()
    try:
        keep_settings(config)
        torch.set_num_threads(config.threads)
        fabric = Fabric(accelerator=str(config.accelerator), devices=1, precision=str(config.precision))  # type: ignore[arg-type]
        library = Library(config.cohorts, Split.TRAIN, fold=config.fold)
        beginning = begin(config, library, fabric.device)
        training = beginning.training
        checkpoint = latest(config.run / CHECKPOINTS)
        if checkpoint is not None:
            training.load(checkpoint)
            logger.info("continuing after step %d", training.progress.step)
        _run(config, fabric, beginning, library)
        write_bytes(config.run / GENERATOR, _averaged_weights(training))
    finally:
        lock.release()
    return config.run


def _averaged_weights(training: Training) -> bytes:
    state = training.average.network.state_dict()
    return save({name: tensor.cpu().contiguous() for name, tensor in state.items()})


@dataclass(frozen=True)
class _Stage(Generic[B]):
    """A row as Fabric runs it: the generator, who moves which weights, and what is asked."""

    network: nn.Module
    optimizer: Optimizer
    judges_optimizer: Optimizer | None
    objective: Objective[B]


def _run(config: TrainConfig, fabric: Fabric, beginning: Beginning, library: Library) -> None:
    training, translation = beginning.training, config.recipe.translation
    network, optimizer = fabric.setup(training.network, training.optimizer)
    network.train()
    if translation is None or training.rivals is None:
        paired = _Stage(network, optimizer, None, Paired(config.recipe, training.norms))
        _steps(config, fabric, training, paired, library)
        return
    players = Players(**{name: fabric.setup_module(module) for name, module in training.rivals.modules().items()})
    judges_optimizer: Any = fabric.setup_optimizers(training.rivals.optimizer)
    objective = Translated(config.recipe, translation, training.norms, beginning.scale, players)
    _steps(config, fabric, training, _Stage(network, optimizer, judges_optimizer, objective), library)


def _steps(config: TrainConfig, fabric: Fabric, training: Training, stage: _Stage[B], library: Library) -> None:
    validation = Library(config.cohorts, Split.VALIDATION, at_most=config.validation_subjects, fold=config.fold)
    progress = training.progress
    sampler = Sampler(library, seed=config.seed, position=progress.position, reread=config.reread_cohort)
    feed: Feed[B] = Feed(sampler, stage.objective.draw, batch=config.batch, seed=config.seed)
    recent: list[Tensor] = []
    with feed, MetricsLog(config.run, progress.step) as log:
        while (done := _share_done(config, progress)) < 1.0:
            started = time.monotonic()
            batch = on_device(feed.next(), fabric.device)
            recent.append(_step(config, fabric, stage, batch, progress.step, done))
            training.average.update(training.network, progress.step)
            progress.step += 1
            progress.position = batch.origin.position
            progress.elapsed_s += time.monotonic() - started
            if progress.step % config.log_every == 0:
                _log_training(log, progress, stage.objective.names, torch.stack(recent).mean(0))
                recent.clear()
            if progress.step % config.validate_every == 0:
                validate(log, progress.step, fabric, training.average.network, validation)
            if progress.step % config.checkpoint_every == 0:
                training.save(config.run / CHECKPOINTS)
        if progress.step % config.checkpoint_every != 0:
            training.save(config.run / CHECKPOINTS)


def _step(config: TrainConfig, fabric: Fabric, stage: _Stage[B], batch: B, step: int, done: float) -> Parts:
    """The generators move first, then the discriminators, on what the generators made before they moved."""
    rate = learning_rate(config, step, done)
    descent = _Descent(fabric, stage.network, config.clip_norm, step, batch.origin)
    parts, forgery = stage.objective.generators(stage.network, batch)
    descent.descend(stage.optimizer, parts, rate)
    if stage.judges_optimizer is None or forgery is None:
        return parts.detach()
    judged = stage.objective.discriminators(batch, forgery)
    descent.descend(stage.judges_optimizer, judged, rate * config.recipe.judges_rate)
    return torch.cat([parts.detach(), judged.detach()])


@dataclass(frozen=True)
class _Descent:
    """How one step moves weights down a loss, and whose patients are to blame where it cannot."""

    fabric: Fabric
    network: nn.Module
    clip_norm: float
    step: int
    origin: Origin

    def descend(self, optimizer: Optimizer, parts: Parts, rate: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(parts[0])
        length = self.fabric.clip_gradients(self.network, optimizer, max_norm=self.clip_norm, error_if_nonfinite=False)
        if not torch.isfinite(parts).all() or (length is not None and not torch.isfinite(length)):
            raise TrainingDivergedError(
                f"the loss or its gradient is not finite at step {self.step + 1} "
                f"(patients {', '.join(self.origin.ids)}); "
                "the last checkpoint is from before: lower the learning rate, or look at these patients"
            )
        optimizer.step()


def learning_rate(config: TrainConfig, step: int, done: float) -> float:
    """A linear rise, then half a cosine over the whole schedule, ending at one hundredth of the peak."""
    rise = min(1.0, (step + 1) / max(config.warmup_steps, 1))
    cosine = 0.5 * (1.0 + math.cos(math.pi * done))
    return config.peak_learning_rate * rise * (FINAL_LEARNING_RATE + (1.0 - FINAL_LEARNING_RATE) * cosine)


def _share_done(config: TrainConfig, progress: Progress) -> float:
    if config.minutes is not None:
        return progress.elapsed_s / (60.0 * config.minutes)
    return progress.step / config.steps


def _log_training(log: MetricsLog, progress: Progress, names: tuple[str, ...], parts: Parts) -> None:
    figures = {name: float(value) for name, value in zip(names, parts, strict=True)}
    log.add(progress.step, "train", figures)
    shown = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
    rate = progress.step / max(progress.elapsed_s, 1e-9)
    logger.info("step %d  %s  %.2f steps/s", progress.step, shown, rate)
