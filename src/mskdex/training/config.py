"""One training run's settings. Imports no torch, so that a command line can be made from them."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from mskdex.errors import UsageError
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Recipe
from mskdex.training.rows import Row

MODEL_FOLDER = "model"
"""Where in a run's folder its finished model lies."""


class Precision(StrEnum):
    AUTO = "auto"
    BFLOAT16 = "bf16-mixed"
    FLOAT32 = "32-true"


class Accelerator(StrEnum):
    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a training run; the run folder keeps them as ``config.json``.

    Attributes:
        cohorts: The cohorts' folders; all their training patients are used alike.
        run: The run's folder; a run that is there already is continued.
        row: Row of the ablation: what is trained, by which losses.
        fold: Which fold of the cohorts is held out; by default the split that they were made with.
        start: Model to begin with: a model's folder, a finished run's, or hip, the one that comes with mskdex.
        steps: Length of the cosine schedule, in optimizer steps.
        minutes: If given, the schedule runs by the clock instead and `steps` is ignored. Such a run is not repeatable.
        batch: Patients per step.
        learning_rate: Peak, reached after `warmup_steps`; by default the row's own.
        muon: Muon's learning rate for the generator's filters, as a multiple of AdamW's for all else; by default the
            row's own. 0: AdamW moves all.
        weight_decay: AdamW's.
        warmup_steps: Steps over which the learning rate rises.
        clip_norm: Gradients longer than this are shortened to it.
        ema_decay: Of the running average of weights, which is what is validated and exported.
        owis_weight: Of the sums' loss, times the row's own weight.
        density_weight: Of the loss on each structure's mass per volume, times the row's own weight.
        width: Channels of the networks, as a share of the usual ones.
        precision: By default the one that its run was begun with, else the faster on this machine: bf16-mixed where it
            knows bfloat16, 32-true elsewhere.
        accelerator: Where it runs.
        threads: CPU threads of the network; one more prepares the batches.
        seed: Of the first weights, of the order of patients and of every exposure.
        log_every: Steps between lines of the metrics log: mean losses since the last line or checkpoint.
        validate_every: Steps between validations.
        samples: Draw a validation patient's radiograph and maps at each validation.
        validation_subjects: At most so many per anatomy source, shared evenly by the cohorts that have it.
        checkpoint_every: Steps between checkpoints; the last two are kept.
        reread_cohort: Look for new training patients before each pass over the cohort.
    """

    cohorts: tuple[Path, ...]
    run: Path
    row: Row = Row.U
    fold: int | None = None
    start: Path | None = None
    steps: int = 20_000
    minutes: float | None = None
    batch: int = 8
    learning_rate: float | None = None
    muon: float | None = None
    weight_decay: float = 1e-3
    warmup_steps: int = 200
    clip_norm: float = 1.0
    ema_decay: float = 0.999
    owis_weight: float = 1.0
    density_weight: float = 1.0
    width: float = 1.0
    precision: Precision = Precision.AUTO
    accelerator: Accelerator = Accelerator.AUTO
    threads: int = 2
    seed: int = 0
    log_every: int = 50
    validate_every: int = 500
    samples: bool = True
    validation_subjects: int = 64
    checkpoint_every: int = 500
    reread_cohort: bool = False

    def __post_init__(self) -> None:
        if not self.cohorts:
            raise UsageError("name at least one cohort to train on")
        self._check_row()
        positive = ("steps", "batch", "peak_learning_rate", "clip_norm", "width", "threads", "log_every",
                    "validate_every", "validation_subjects", "checkpoint_every")  # fmt: skip
        for name in positive:
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} must be greater than 0, not {getattr(self, name)}")
        if self.minutes is not None and not self.minutes > 0:
            raise UsageError(f"minutes must be greater than 0, not {self.minutes}")
        if not self.recipe.muon >= 0:
            raise UsageError(f"muon must be 0 or greater, not {self.muon}")
        if not 0 <= self.ema_decay < 1:
            raise UsageError(f"ema_decay lies between 0 and 1, not at {self.ema_decay}")

    @property
    def recipe(self) -> Recipe:
        """The row's, with this run's factors on its weights."""
        recipe = RECIPES[self.row]
        muon = recipe.muon if self.muon is None else self.muon
        owis, density = recipe.owis * self.owis_weight, recipe.density * self.density_weight
        return replace(recipe, owis=owis, density=density, muon=muon)

    @property
    def peak_learning_rate(self) -> float:
        return self.recipe.learning_rate if self.learning_rate is None else self.learning_rate

    def to_dict(self) -> dict[str, Any]:
        """The settings, resolved, as JSON holds them."""
        return {
            **asdict(self),
            "cohorts": [str(folder) for folder in self.cohorts],
            "run": str(self.run),
            "start": None if self.start is None else str(self.start),
            "learning_rate": self.peak_learning_rate,
            "muon": self.recipe.muon,
        }

    def _check_row(self) -> None:
        if self.row not in RECIPES:
            raise UsageError(
                f"row {self.row} is a control without a network, so there is nothing to train: "
                "python benchmarks/accuracy.py COHORT... fits and scores R0 and R1 beside a model"
            )
        if self.recipe.pretrained and self.start is None:
            raise UsageError(f"row {self.row} starts from a finished model: name its folder with start")
