"""What one process shows of a run while it trains, and keeps of it: the plan, figures, samples, checkpoints."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from torch import Tensor

from mskdex.training.config import TrainConfig
from mskdex.training.library import Library
from mskdex.training.metrics import MetricsLog
from mskdex.training.objective import Parts
from mskdex.training.plan import MEASURED
from mskdex.training.plan import WARMING_UP
from mskdex.training.plan import Pace
from mskdex.training.plan import describe
from mskdex.training.plan import duration
from mskdex.training.samples import keep_sample
from mskdex.training.state import CHECKPOINTS
from mskdex.training.state import Progress
from mskdex.training.state import Training
from mskdex.training.validation import predictor
from mskdex.training.validation import validate

logger = logging.getLogger(__name__)

Tell = Callable[[int, int], None]
"""Hears after each step how much of the schedule is done, and of how much: steps, or seconds where the clock rules."""


@dataclass(frozen=True)
class Run:
    """A run as it goes on: its settings, where it runs, and all that is saved of it."""

    config: TrainConfig
    fabric: Fabric
    training: Training

    @property
    def progress(self) -> Progress:
        return self.training.progress


class Watch:
    """Looks at a run after each step."""

    def __init__(
        self, run: Run, names: tuple[str, ...], log: MetricsLog, validation: Library, tell: Tell | None = None
    ) -> None:
        """Begin to watch.

        Args:
            run: Where it is now, its pace is measured from.
            names: Of the losses.
            log: Where figures go.
            validation: Patients to validate on.
            tell: Hears how far the run is.
        """
        self._run, self._names, self._log, self._validation, self._tell = run, names, log, validation, tell
        self._began = run.progress.step
        self._warm_at_s = run.progress.elapsed_s
        self._recent: list[Tensor] = []

    def after_step(self, losses: Parts) -> None:
        """Whatever is due at this step."""
        config, step = self._run.config, self._run.progress.step
        self._recent.append(losses)
        self._plan(step - self._began)
        if step % config.log_every == 0:
            self._log_losses()
        if step % config.validate_every == 0:
            self._validate()
        if step % config.checkpoint_every == 0:
            self._keep()
        if self._tell is not None:
            self._tell(*_done_of(config, self._run.progress))

    def at_end(self) -> None:
        """Keep the last step, if that is not done."""
        if self._run.progress.step % self._run.config.checkpoint_every != 0:
            self._keep()

    def _plan(self, steps: int) -> None:
        run = self._run
        if steps == WARMING_UP:
            self._warm_at_s = run.progress.elapsed_s
        if steps == WARMING_UP + MEASURED:
            s_per_step = (run.progress.elapsed_s - self._warm_at_s) / MEASURED
            pace = Pace(s_per_step, run.progress.step, run.progress.elapsed_s)
            logger.info("%s", describe(run.config, run.fabric.device, run.training, pace, run.fabric.world_size))

    def _log_losses(self) -> None:
        progress = self._run.progress
        means = torch.stack(self._recent).mean(0)
        self._recent.clear()
        figures = {name: float(value) for name, value in zip(self._names, means, strict=True)}
        self._log.add(progress.step, "train", figures)
        shown = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
        rate = progress.step / max(progress.elapsed_s, 1e-9)
        done, total = _done_of(self._run.config, progress)
        left = progress.elapsed_s * (total - done) / max(done, 1)
        logger.info("step %d  %s  %.2f steps/s  %s left", progress.step, shown, rate, duration(left))

    def _validate(self) -> None:
        run = self._run
        predict = predictor(run.fabric, run.training.average.network)
        validate(self._log, run.progress.step, predict, self._validation)
        if run.config.samples:
            keep_sample(run.config.run, run.progress.step, self._validation, predict)

    def _keep(self) -> None:
        self._run.training.save(self._run.config.run / CHECKPOINTS)
        # A checkpoint holds no losses, so a run that goes on from it begins a new mean here: this one does so too.
        self._recent.clear()


def _done_of(config: TrainConfig, progress: Progress) -> tuple[int, int]:
    if config.minutes is None:
        return progress.step, config.steps
    total_s = round(60 * config.minutes)
    return min(round(progress.elapsed_s), total_s), total_s
