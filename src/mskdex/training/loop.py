"""Train a generator on a cohort: read this file from top to bottom and you know what happens."""

import json
import logging
import math
import time
from pathlib import Path

import torch
from jaxtyping import Float32
from lightning_fabric import Fabric
from numpy import ndarray
from safetensors.torch import save
from torch import Tensor
from torch import nn

from mskdex.cohort import Split
from mskdex.cohort.atomic import FolderLock
from mskdex.cohort.atomic import write_bytes
from mskdex.errors import TrainingDivergedError
from mskdex.errors import UsageError
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.model.losses import map_l1
from mskdex.model.losses import mean_density
from mskdex.model.losses import owis
from mskdex.model.losses import sums
from mskdex.training.config import TrainConfig
from mskdex.training.feed import Batch
from mskdex.training.feed import Feed
from mskdex.training.library import Library
from mskdex.training.library import Sampler
from mskdex.training.metrics import MetricsLog
from mskdex.training.scores import Predictor
from mskdex.training.scores import predict_sums
from mskdex.training.scores import score
from mskdex.training.state import Average
from mskdex.training.state import Norms
from mskdex.training.state import Progress
from mskdex.training.state import Training
from mskdex.training.state import latest
from mskdex.training.typical import measure

logger = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints"
CONFIG = "config.json"
GENERATOR = "generator.safetensors"
FINAL_LEARNING_RATE = 0.01
_MAY_CHANGE = {"cohorts", "run", "threads", "accelerator", "minutes", "reread_cohort"}


def train(config: TrainConfig) -> Path:
    """Train until the schedule ends, continuing the run folder's last checkpoint if it has one.

    Returns:
        The run's folder: ``config.json``, ``metrics.csv``, ``tensorboard/``, ``checkpoints/`` and, when the schedule
        has ended, ``generator.safetensors`` with the averaged weights.

    Raises:
        TrainingDivergedError: the loss or its gradient is not finite; names the patients of that step.
        UsageError: the folder holds a run with other settings.
        CohortError: the cohort cannot be trained on.
    """
    config.run.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(config.run / "run.lock")
    lock.acquire()
    try:
        _keep_config(config)
        torch.set_num_threads(config.threads)
        fabric = Fabric(accelerator=str(config.accelerator), devices=1, precision=str(config.precision))  # type: ignore[arg-type]
        library = Library(config.cohorts, Split.TRAIN)
        training = _begin(config, library, fabric.device)
        checkpoint = latest(config.run / CHECKPOINTS)
        if checkpoint is not None:
            training.load(checkpoint)
            logger.info("continuing after step %d", training.progress.step)
        _run(config, fabric, training, library)
        write_bytes(config.run / GENERATOR, _averaged_weights(training))
    finally:
        lock.release()
    return config.run


def _averaged_weights(training: Training) -> bytes:
    state = training.average.network.state_dict()
    return save({name: tensor.cpu().contiguous() for name, tensor in state.items()})


def _begin(config: TrainConfig, library: Library, device: torch.device) -> Training:
    torch.manual_seed(config.seed)
    bounds, norms = measure(library)
    widths = Widths().scaled(config.width)
    network = Generator(bounds, widths).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    twin = Generator(bounds, widths).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    average = Average(network, twin, config.ema_decay)
    return Training(network, average, optimizer, norms.to(device), Progress())


def _run(config: TrainConfig, fabric: Fabric, training: Training, library: Library) -> None:
    validation = Library(config.cohorts, Split.VALIDATION, at_most=config.validation_subjects)
    network, optimizer = fabric.setup(training.network, training.optimizer)
    progress = training.progress
    sampler = Sampler(library, seed=config.seed, position=progress.position, reread=config.reread_cohort)
    recent: list[Tensor] = []
    network.train()
    with Feed(sampler, batch=config.batch, seed=config.seed) as feed, MetricsLog(config.run, progress.step) as log:
        while (done := _share_done(config, progress)) < 1.0:
            started = time.monotonic()
            batch = feed.next().to(fabric.device)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(config, progress.step, done)
            parts = losses(config, training.norms, network(batch.radiograph, batch.person), batch)
            optimizer.zero_grad(set_to_none=True)
            fabric.backward(parts[0])
            length = fabric.clip_gradients(network, optimizer, max_norm=config.clip_norm, error_if_nonfinite=False)
            _check_finite(parts, length, progress, batch)
            optimizer.step()
            training.average.update(training.network, progress.step)
            recent.append(parts.detach())
            progress.step += 1
            progress.position = batch.position
            progress.elapsed_s += time.monotonic() - started
            if progress.step % config.log_every == 0:
                _log_training(log, progress, torch.stack(recent).mean(0))
                recent.clear()
            if progress.step % config.validate_every == 0:
                _validate(log, fabric, training, validation)
            if progress.step % config.checkpoint_every == 0:
                training.save(config.run / CHECKPOINTS)
        if progress.step % config.checkpoint_every != 0:
            training.save(config.run / CHECKPOINTS)


def losses(config: TrainConfig, norms: Norms, predicted: tuple[Tensor, Tensor], batch: Batch) -> Tensor:
    """The loss and its parts: [total, maps, sums, densities]."""
    thickness, mass = predicted[0].float(), predicted[1].float()
    weight, measured = batch.weight, batch.measured_weight
    maps = map_l1(thickness, batch.thickness_cm, norms.thickness, weight) + map_l1(
        mass, batch.mass_g_per_cm2, norms.mass, measured
    )
    volume, grams = sums(thickness), sums(mass)
    true_volume, true_grams = sums(batch.thickness_cm), sums(batch.mass_g_per_cm2)
    objects = owis(volume, true_volume, norms.thickness, weight) + owis(grams, true_grams, norms.mass, measured)
    count = mass.shape[1]
    densities = mean_density(
        (volume[:, :count], grams), (true_volume[:, :count], true_grams), norms.thickness[:count], measured
    )
    total = maps + config.owis_weight * objects + config.density_weight * densities
    return torch.stack([total, maps, objects, densities])


def learning_rate(config: TrainConfig, step: int, done: float) -> float:
    """A linear rise, then half a cosine over the whole schedule, ending at one hundredth of the peak."""
    rise = min(1.0, (step + 1) / max(config.warmup_steps, 1))
    cosine = 0.5 * (1.0 + math.cos(math.pi * done))
    return config.learning_rate * rise * (FINAL_LEARNING_RATE + (1.0 - FINAL_LEARNING_RATE) * cosine)


def _share_done(config: TrainConfig, progress: Progress) -> float:
    if config.minutes is not None:
        return progress.elapsed_s / (60.0 * config.minutes)
    return progress.step / config.steps


def _check_finite(parts: Tensor, gradient: Tensor | None, progress: Progress, batch: Batch) -> None:
    finite = bool(torch.isfinite(parts).all()) and (gradient is None or bool(torch.isfinite(gradient)))
    if not finite:
        raise TrainingDivergedError(
            f"the loss or its gradient is not finite at step {progress.step + 1} (patients {', '.join(batch.ids)}); "
            "the last checkpoint is from before: lower the learning rate, or look at these patients"
        )


def _log_training(log: MetricsLog, progress: Progress, parts: Tensor) -> None:
    total, maps, objects, densities = (float(value) for value in parts)
    rate = progress.step / max(progress.elapsed_s, 1e-9)
    figures = {"loss": total, "maps": maps, "sums": objects, "densities": densities}
    log.add(progress.step, "train", figures)
    logger.info("step %d  loss %.4f  maps %.4f  sums %.4f  densities %.4f  %.2f steps/s", progress.step, total, maps,
                objects, densities, rate)  # fmt: skip


def _validate(log: MetricsLog, fabric: Fabric, training: Training, patients: Library) -> None:
    predict = _predictor(fabric, training.average.network)
    for name, person_known in (("validation", False), ("validation-person-known", True)):
        for group, figures in score(predict_sums(patients, predict, person_known=person_known)).items():
            log.add(training.progress.step, f"{name}/{group}", figures)
            shown = "  ".join(f"{figure} {value:.3f}" for figure, value in figures.items())
            logger.info("step %d  %s %s: %s", training.progress.step, name, group, shown)


def _predictor(fabric: Fabric, network: nn.Module) -> Predictor:
    """A network as `predict_sums` calls it: arrays in, arrays out."""

    def predict(
        radiographs: Float32[ndarray, "batch 2 rows columns"], persons: Float32[ndarray, "batch facts"]
    ) -> tuple[ndarray, ndarray]:
        images = torch.from_numpy(radiographs).to(fabric.device, memory_format=torch.channels_last)
        with torch.no_grad(), fabric.autocast():
            thickness, mass = network(images, torch.from_numpy(persons).to(fabric.device))
        return thickness.float().cpu().numpy(), mass.float().cpu().numpy()

    return predict


def _keep_config(config: TrainConfig) -> None:
    """Write the settings down, or refuse to continue a run that was begun with others."""
    path = config.run / CONFIG
    if not path.exists():
        write_bytes(path, config.to_json().encode())
        return
    begun, now = json.loads(path.read_text(encoding="utf-8")), config.to_dict()
    changed = sorted(name for name in now if name not in _MAY_CHANGE and begun.get(name) != now[name])
    if changed:
        raise UsageError(f"{config.run.name} was begun with another {', '.join(changed)}; choose a new run folder")
