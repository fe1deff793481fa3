"""Train a row's networks on a cohort: read this file from top to bottom and you know what happens."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from safetensors.torch import save
from torch import set_num_threads

from mskdex.cohort import Split
from mskdex.files import write_bytes
from mskdex.locks import FolderLock
from mskdex.training.begin import begin
from mskdex.training.config import TrainConfig
from mskdex.training.feed import B
from mskdex.training.feed import Batches
from mskdex.training.feed import Feed
from mskdex.training.feed import on_device
from mskdex.training.library import Library
from mskdex.training.library import Sampler
from mskdex.training.metrics import MetricsLog
from mskdex.training.plan import demand_room
from mskdex.training.precision import with_precision
from mskdex.training.processes import agreed
from mskdex.training.processes import demand_full_batches
from mskdex.training.processes import launch
from mskdex.training.processes import share_of
from mskdex.training.settings import keep_settings
from mskdex.training.state import CHECKPOINTS
from mskdex.training.state import Training
from mskdex.training.state import latest
from mskdex.training.step import Stage
from mskdex.training.step import set_stage
from mskdex.training.step import take_step
from mskdex.training.watch import Run
from mskdex.training.watch import Tell
from mskdex.training.watch import Watch

logger = logging.getLogger(__name__)

GENERATOR = "generator.safetensors"


def train(config: TrainConfig, tell: Tell | None = None) -> Path:
    """Train until the schedule ends, continuing the run folder's last checkpoint if it has one.

    Of several processes that ``torchrun`` started, the first alone writes.

    Args:
        config: Settings.
        tell: Hears after each step how far the run is.

    Returns:
        The run's folder: ``config.json``, ``metrics.csv``, ``tensorboard/``, ``samples/``, ``checkpoints/`` and, when
        the schedule has ended, ``generator.safetensors`` with the averaged weights.

    Raises:
        TrainingDivergedError: the loss or its gradient is not finite; names the step, its patients and the last good
            checkpoint.
        ResourceError: the disk has no room for what the run writes.
        UsageError: the folder holds a run with other settings, or the batch cannot be shared by the processes.
        CohortError: the cohort cannot be trained on, or lacks what the row sees.
        ModelError: a checkpoint, or the weights to start from, cannot be used.
    """
    config = with_precision(config)
    set_num_threads(config.threads)
    fabric = launch(config)
    writes = fabric.is_global_zero
    config.run.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(config.run / "run.lock")
    if writes:
        lock.acquire()
    try:
        if writes:
            keep_settings(config, fabric.world_size)
        fabric.barrier()
        library = Library(config.cohorts, Split.TRAIN, fold=config.fold)
        demand_full_batches(config, fabric, len(library))
        run = Run(config, fabric, begin(config, library, fabric.device))
        _continue(run)
        if writes:
            demand_room(config, run.training)
        _follow(run, library, tell)
        if writes:
            write_bytes(config.run / GENERATOR, _averaged_weights(run.training))
    finally:
        if writes:
            lock.release()
    return config.run


def steps(run: Run, stage: Stage[B], feed: Batches[B], watch: Watch | None) -> Iterator[int]:
    """Take the steps that are left of the schedule, yielding after each how many there were in all.

    Args:
        run: What is trained; moves with every step.
        stage: How.
        feed: On what.
        watch: Looks on; None in all processes but the first.
    """
    config, fabric, progress = run.config, run.fabric, run.progress
    while (done := _share_done(run)) < 1.0:
        started = time.monotonic()
        batch = on_device(feed.next(), fabric.device)
        losses = take_step(config, fabric, stage, batch, progress.step, done)
        run.training.average.update(run.training.network, progress.step)
        progress.step += 1
        progress.position = batch.origin.position
        progress.elapsed_s += time.monotonic() - started
        if watch is not None:
            watch.after_step(losses)
        yield progress.step


def _continue(run: Run) -> None:
    checkpoint = latest(run.config.run / CHECKPOINTS)
    if checkpoint is None:
        return
    run.training.load(checkpoint)
    if run.fabric.is_global_zero:
        logger.info("continuing after step %d", run.progress.step)


def _follow(run: Run, library: Library, tell: Tell | None) -> None:
    config = run.config
    stage = set_stage(config, run.fabric, run.training)
    sampler = Sampler(library, seed=config.seed, position=run.progress.position, reread=config.reread_cohort)
    draw = stage.objective.draw
    with Feed(sampler, draw, batch=config.batch, seed=config.seed, share=share_of(run.fabric)) as feed:
        if not run.fabric.is_global_zero:
            _exhaust(steps(run, stage, feed, None))
            return
        validation = Library(config.cohorts, Split.VALIDATION, at_most=config.validation_subjects, fold=config.fold)
        with MetricsLog(config.run, run.progress.step) as log:
            watch = Watch(run, stage.objective.names, log, validation, tell)
            _exhaust(steps(run, stage, feed, watch))
            watch.at_end()


def _exhaust(steps_taken: Iterator[int]) -> None:
    for _ in steps_taken:
        pass


def _share_done(run: Run) -> float:
    config, progress = run.config, run.progress
    if config.minutes is not None:
        # Clocks differ a little, and all processes must end at the same step.
        return agreed(run.fabric, progress.elapsed_s / (60.0 * config.minutes))
    return progress.step / config.steps


def _averaged_weights(training: Training) -> bytes:
    state = training.average.network.state_dict()
    return save({name: tensor.cpu().contiguous() for name, tensor in state.items()})
