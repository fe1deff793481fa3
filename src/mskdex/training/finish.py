"""From a run to a model that others may use: exported, calibrated on held-out patients, scored once, with its card."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import load

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.errors import ModelError
from mskdex.files import write_bytes
from mskdex.images.grid import MODEL_GRID
from mskdex.images.normalise import INPUT_RULE
from mskdex.model.card import CARD
from mskdex.model.card import VOCABULARY
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.model.export import to_onnx
from mskdex.model.folded import with_factors
from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.model.head import Head
from mskdex.model.told import TOLD_RULE
from mskdex.training.factors import Factors
from mskdex.training.factors import fit_factors
from mskdex.training.hospital import as_known
from mskdex.training.library import Library
from mskdex.training.lineage import subject_counts
from mskdex.training.loop import GENERATOR
from mskdex.training.readings import HeldOut
from mskdex.training.readings import readings
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Recipe
from mskdex.training.rows import Row
from mskdex.training.scores import predict_sums
from mskdex.training.settings import CONFIG
from mskdex.training.state import CHECKPOINTS
from mskdex.training.state import latest

logger = logging.getLogger(__name__)

_OF_THIS_MACHINE = ("cohorts", "run", "start", "threads", "accelerator")

INTENDED_USE = (
    "Research only: estimates of hip and thigh muscle volume, lean mass and bone mass from one plain AP hip radiograph."
)
LIMITS = (
    "Trained and scored on virtual patients alone; its figures are not clinical accuracy.",
    "AP radiographs of adult hips, both sides, without rotation of the image; pixel size must be known.",
    "Thigh and psoas figures are of what lies within view.",
    "Muscle volume, lean mass and lean fraction are mostly prior: sex, age, height, weight and body size foretell them "
    "nearly as well without an image (controls, R1); the partial correlations are what the image adds to these.",
    "Lean fraction above all follows sex, age and build: to X-rays muscle and fat are nearly alike.",
    "It sees 384 mm from top to bottom and 432 mm from side to side at the detector; of a larger field, the middle.",
    "When all muscles waste it follows in part, when one wastes alone hardly at all.",
    "Told sex, age, height and weight, it leans on how they go with muscle in virtual patients: it follows wasting "
    "less, and wrong ones mislead it.",
    "Told how far source and table were from the detector, it believes it: a table 20 mm off is 3 to 5 % of a volume.",
    "An implant is often not noticed, and bones beside one unnoticed are wrong.",
)


@dataclass(frozen=True)
class FinishConfig:
    """Attributes:
    run: The training run's folder.
    cohorts: The cohorts; validation patients calibrate, by what the row knows of them (``hospital.as_known``); test
        patients are scored, by the truth.
    model: Where the model folder goes.
    name, version: What the card calls it.
    level: Coverage that the intervals are calibrated for.
    range_subjects: Training patients, per anatomy source, that tell what predictions normally look like, and that
        controls without the image are fitted on.
    threads: CPU threads.
    fold: Which fold was held out; by default the split that the cohorts were made with.
    """

    run: Path
    cohorts: tuple[Path, ...]
    model: Path
    name: str = "hip"
    version: str = "0.1.0"
    level: float = 0.9
    range_subjects: int = 500
    threads: int = 2
    fold: int | None = None


def finish(config: FinishConfig) -> Path:
    """Write ``weights.onnx`` and ``card.json``; the card is written last, so a folder with a card is complete.

    Raises:
        ModelError: the run has no weights yet.
        CohortError: the cohort lacks validation or test patients.
    """
    settings = json.loads((config.run / CONFIG).read_text(encoding="utf-8"))
    kept = {name: value for name, value in settings.items() if name not in _OF_THIS_MACHINE}
    weights, steps = exported(config.run)
    return complete(config, weights, {**kept, "steps_done": steps})


def complete(
    config: FinishConfig, weights: bytes, training: dict[str, Any], *, learnt_from: Mapping[str, Any] | None = None
) -> Path:
    """Set weights right in the mean, calibrate and score them, and write them with their card.

    Args:
        config: the cohorts, and where the model goes.
        weights: an ONNX file's bytes, as ``model.export.to_onnx`` makes them.
        training: what the card says of how they came about.
        learnt_from: the ``cohort`` of a card, if its training patients taught the weights and not those of the cohorts.

    Raises:
        CohortError: the cohort lacks validation or test patients.
    """
    config.model.mkdir(parents=True, exist_ok=True)
    (config.model / CARD).unlink(missing_ok=True)
    card = _blank_card(config, training, learnt_from)
    recipe = RECIPES[Row(training["row"])]
    factors = _factors(config, recipe, _as_predictions_load_it(card, weights, config.threads))
    weights = weights if factors.are_one else with_factors(weights, *factors.per_channel())
    write_bytes(config.model / WEIGHTS, weights)
    model = _as_predictions_load_it(card.model_copy(update={"factors": factors.named()}), weights, config.threads)
    held_out = HeldOut(config.cohorts, config.fold, config.range_subjects, recipe)
    card = model.card.model_copy(update={"readings": readings(held_out, model, factors, config.level)})
    write_bytes(config.model / CARD, card.to_json().encode())
    return config.model


def _factors(config: FinishConfig, recipe: Recipe, network: OnnxModel) -> Factors:
    """Of a network as it was trained, fitted on validation patients, of whom it is told nothing."""
    library = Library(config.cohorts, Split.VALIDATION, fold=config.fold)
    logger.info("predicting %d validation patients, to set readings right in the mean", len(library))
    return fit_factors(predict_sums(as_known(library, recipe), network.run))


def _as_predictions_load_it(card: Card, weights: bytes, threads: int) -> OnnxModel:
    card = card.model_copy(update={"sha256": hashlib.sha256(weights).hexdigest()})
    # Elsewhere: a card without intervals and training range, left behind by a kill, would pass for a finished model.
    with TemporaryDirectory() as folder:
        write_bytes(Path(folder) / WEIGHTS, weights)
        write_bytes(Path(folder) / CARD, card.to_json().encode())
        return load_model(Path(folder), threads=threads)


def exported(run: Path) -> tuple[bytes, int]:
    """A run's averaged weights as predictions read them, and the steps they took.

    Raises:
        ModelError: the run has no weights yet, or is of a row that there is no more.
    """
    settings = json.loads((run / CONFIG).read_text(encoding="utf-8"))
    state, steps = averaged_weights(run)
    if settings["row"] not in RECIPES:
        raise ModelError(f"{run.name} is a run of row {settings['row']}, which this version does not know")
    network = rebuilt(state, settings["width"], RECIPES[Row(settings["row"])].head)
    return to_onnx(network, MODEL_GRID.rows, MODEL_GRID.columns), steps


def averaged_weights(run: Path) -> tuple[dict[str, torch.Tensor], int]:
    """A run's averaged weights and the steps they took: its final ones, or its last checkpoint's.

    Raises:
        ModelError: it has neither.
    """
    checkpoint = latest(run / CHECKPOINTS)
    if checkpoint is None:
        raise ModelError(f"the run {run.name} has no checkpoint yet")
    state: dict[str, Any] = torch.load(checkpoint, weights_only=True, map_location="cpu")
    final = run / GENERATOR
    return (load(final.read_bytes()) if final.exists() else state["average"]), int(state["step"])


def rebuilt(state: dict[str, torch.Tensor], width: float, head: Head) -> Generator:
    """The network that a state is of."""
    # The bounds are buffers: whatever the network is built with, the state replaces them.
    unit, measured = [1.0] * len(LABELS), [1.0] * len(MEASURED_LABELS)
    generator = Generator(Bounds(unit, measured, measured), Widths().scaled(width), head)
    generator.load_state_dict(state)
    return generator


def _blank_card(config: FinishConfig, training: dict[str, Any], learnt_from: Mapping[str, Any] | None) -> Card:
    """Of weights that nobody has looked at yet; it speaks for none."""
    cohorts = [Cohort.open(folder) for folder in config.cohorts]
    return Card(
        schema=3,
        name=config.name,
        version=config.version,
        vocabulary=VOCABULARY,
        input=InputRule(
            rows=MODEL_GRID.rows,
            columns=MODEL_GRID.columns,
            spacing_mm=MODEL_GRID.spacing_mm,
            map_stride=MODEL_GRID.map_stride,
            normalisation=dict(INPUT_RULE),
            told=TOLD_RULE,
        ),
        sha256="0" * 64,
        cohort=_taught_by(cohorts, config.fold, learnt_from),
        training=training,
        readings={},
        sdd_mm=_range_mm("sdd_mm", cohorts, config.fold),
        table_detector_mm=_range_mm("table_detector_mm", cohorts, config.fold),
        intended_use=INTENDED_USE,
        limits=LIMITS,
    )


def _taught_by(cohorts: list[Cohort], fold: int | None, others: Mapping[str, Any] | None) -> dict[str, Any]:
    """Who trained, calibrated and tested; of others, if there are any, those who trained."""
    counts = subject_counts(cohorts, fold)
    if others is None:
        return {"provenance": [cohort.provenance for cohort in cohorts], "subjects": counts}
    kept = {key: count for key, count in counts.items() if not _trains(key)}
    taught = {key: count for key, count in others["subjects"].items() if _trains(key)}
    return {"provenance": others["provenance"], "subjects": dict(sorted({**kept, **taught}.items()))}


def _trains(key: str) -> bool:
    return key.startswith(f"{Split.TRAIN}/")


def _range_mm(distance: str, cohorts: list[Cohort], fold: int | None) -> tuple[float, float] | None:
    """Least and greatest of a distance of the training patients that say theirs, the other one or not: radiographs
    taken from elsewhere are flagged by it, whatever the network is told."""
    said = [one.camera.get(distance) for cohort in cohorts for one in cohort.of(Split.TRAIN, fold)]
    known = [float(each) for each in said if each is not None]
    return (round(min(known), 1), round(max(known), 1)) if known else None
