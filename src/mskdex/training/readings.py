"""How well a finished model does, told this or that: what its card says of its readings."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import PELVIS
from mskdex.anatomy import PELVIS_QUANTITIES
from mskdex.anatomy import Quantity
from mskdex.cohort import Split
from mskdex.model.card import Interval
from mskdex.model.card import Reading
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.told import Knowing
from mskdex.training.calibration import intervals
from mskdex.training.calibration import pelvis_intervals
from mskdex.training.calibration import training_range
from mskdex.training.controls import Seen
from mskdex.training.controls import control_scores
from mskdex.training.controls import facts_of
from mskdex.training.controls import partial_scores
from mskdex.training.factors import Factors
from mskdex.training.hospital import as_known
from mskdex.training.library import Library
from mskdex.training.rows import Recipe
from mskdex.training.scores import predict_sums
from mskdex.training.scores import score
from mskdex.training.scores import told_of

logger = logging.getLogger(__name__)

_DECIMALS = 7
"""A card is also read by people, and nobody wants a float's last digits."""


@dataclass(frozen=True)
class HeldOut:
    """Patients that a model is calibrated and scored on.

    Attributes:
        cohorts: Theirs.
        fold: As `TrainConfig` has it.
        training_patients: So many training patients, per anatomy source, are read too.
        recipe: Of the model's row, which says what its calibration may know of them; scores are against the truth.
    """

    cohorts: tuple[Path, ...]
    fold: int | None
    training_patients: int
    recipe: Recipe


def readings(held_out: HeldOut, model: OnnxModel, factors: Factors, level: float) -> dict[Knowing, Reading]:
    """How well the model does, told this or that, as far as all splits know it."""
    seen: dict[Knowing, dict[Split, Seen]] = {knowing: {} for knowing in Knowing}
    for split in Split:
        at_most = held_out.training_patients if split is Split.TRAIN else None
        library = Library(held_out.cohorts, split, at_most=at_most, fold=held_out.fold)
        for knowing in Knowing:
            known = told_of(library, knowing)
            if known:
                logger.info("predicting %d %s patients, %s", len(known), split, knowing.words)
                judged = as_known(known, held_out.recipe) if split is Split.VALIDATION else known
                sums = predict_sums(judged, model.run, knowing=knowing)
                seen[knowing][split] = Seen(sums, facts_of(known))
    return {
        knowing: _reading(each, level, factors, knowing) for knowing, each in seen.items() if len(each) == len(Split)
    }


def _reading(seen: Mapping[Split, Seen], level: float, factors: Factors, knowing: Knowing) -> Reading:
    train, validation, test = (seen[split] for split in (Split.TRAIN, Split.VALIDATION, Split.TEST))
    calibration = factors.cross_fitted(validation.sums)
    setup = knowing in (Knowing.SETUP, Knowing.BOTH)
    partial = partial_scores(test, setup=setup)
    metrics = {source: {**figures, **partial.get(source, {})} for source, figures in score(test.sums).items()}
    reading = Reading(
        metrics=_finite(metrics),
        controls={row: _finite(figures) for row, figures in control_scores(train, test, setup=setup).items()},
        intervals=intervals(calibration, test.sums, level),
        pelvis=pelvis_intervals(calibration, test.sums, level),
        training_range=training_range(train.sums, validation.sums),
    )
    lacking = without_interval(reading.intervals, reading.pelvis)
    if lacking:
        names = "any structure" if len(lacking) > len(MEASURED_LABELS) else ", ".join(lacking)
        why = "too few validation patients show it, or some are read as having none of it"
        logger.warning("no interval, %s, of %s: %s", knowing.words, names, why)
    return reading


def without_interval(
    labels: Mapping[str, Mapping[Quantity, Interval]], pelvis: Mapping[Quantity, Interval]
) -> list[str]:
    """Structures of which some quantity could not be calibrated."""
    wanted = {label.name: label.structure.quantities for label in MEASURED_LABELS}
    lacking = [name for name, quantities in wanted.items() if set(quantities) - set(labels.get(name, {}))]
    return [*lacking, *([PELVIS] if set(PELVIS_QUANTITIES) - set(pelvis) else [])]


def _finite(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {
        group: {name: round(value, _DECIMALS) for name, value in figures.items() if np.isfinite(value)}
        for group, figures in metrics.items()
    }
