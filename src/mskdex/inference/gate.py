"""Is this an AP radiograph of hips like those of the training? Measure, measure with flags, or refuse."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.codes import FlagCode
from mskdex.codes import Refusal
from mskdex.codes import flag
from mskdex.errors import ImageRefused
from mskdex.inference.maps import Maps
from mskdex.inference.maps import at_map_resolution
from mskdex.model.card import TrainingRange
from mskdex.result import Flag

YOUNGEST_YEARS = 18.0
"""Virtual patients are adults; growing bones were never seen."""

RECOMPOSITION_DOUBTFUL = 0.75
RECOMPOSITION_ABSURD = 0.3
"""The correlation of the radiograph with the sum of its parts: below the first flagged, below the second refused."""

ABSURD_DISTANCE = 4.0
"""This many times the training's distance threshold is no pelvis that anybody has: refused."""

_BONE_OVER_SOFT = 0.5


@dataclass(frozen=True)
class Likeness:
    """How like the training a radiograph's maps are.

    Attributes:
        recomposition: Correlation of the radiograph with the sum of its predicted parts, in [-1, 1].
        distance: Distance of the log volumes from the training's mean in units of the card's threshold; 0 without one.
        within_range: Per measured label, whether volume and mass are among those of the training.
    """

    recomposition: float
    distance: float
    within_range: tuple[bool, ...]


def likeness(channels: Float32[ndarray, "2 rows columns"], maps: Maps, training: TrainingRange | None) -> Likeness:
    """Compare the maps with the image that they came from, and their sums with those of the training."""
    recomposition = _recomposition(channels[0], maps)
    if training is None:
        return Likeness(recomposition, 0.0, (True,) * len(MEASURED_LABELS))
    channel = [label.channel for label in MEASURED_LABELS]
    log_volume, log_mass = (
        np.log(np.maximum(sums[channel], training.floor)) for sums in (maps.volume_cm3, maps.mass_g)
    )
    away = log_volume - np.array(training.mean)
    distance = float(np.sqrt(max(away @ np.array(training.precision) @ away, 0.0)))
    within = _between(log_volume, training.log_volume_low, training.log_volume_high) & _between(
        log_mass, training.log_mass_low, training.log_mass_high
    )
    return Likeness(recomposition, distance / training.distance_threshold, tuple(bool(one) for one in within))


def admit(found: Likeness) -> tuple[Flag, ...]:
    """Flags for a radiograph that is unlike the training.

    Raises:
        ImageRefused: ``wrong_anatomy`` where the maps neither add up to the image nor look like a pelvis.
    """
    # Written so that what is not a number is refused too.
    if not (found.recomposition >= RECOMPOSITION_ABSURD and found.distance <= ABSURD_DISTANCE):
        raise ImageRefused(
            Refusal.WRONG_ANATOMY,
            "this does not look like an AP radiograph of both hips of an adult, which is all that the model knows",
        )
    flags = []
    if found.distance > 1:
        flags.append(
            flag(
                FlagCode.UNLIKE_TRAINING,
                "the measured sizes, taken together, are unlike those of the patients that the model was trained on; "
                "the intervals may not hold",
            )
        )
    if found.recomposition < RECOMPOSITION_DOUBTFUL:
        flags.append(
            flag(
                FlagCode.PARTS_DO_NOT_ADD_UP,
                f"the parts found do not add up well to the radiograph (correlation {found.recomposition:.2f}); "
                "look at the pictures before using a number",
            )
        )
    return tuple(flags)


def refuse_children(age_years: float | None) -> None:
    """Raises ImageRefused ``age_out_of_range`` for a patient who is known to be a child."""
    if age_years is not None and age_years < YOUNGEST_YEARS:
        raise ImageRefused(
            Refusal.AGE_OUT_OF_RANGE, f"the model knows adults only; the patient is given as {age_years:g} years old"
        )


def _between(values: Float64[ndarray, " labels"], low: list[float], high: list[float]) -> Float64[ndarray, " labels"]:
    return (values >= np.array(low)) & (values <= np.array(high))


def _recomposition(image: Float32[ndarray, "rows columns"], maps: Maps) -> float:
    """Bone counts half as much again per g/cm2 as soft tissue per cm: exact weights matter little, as the radiograph's
    contrast curve is unknown."""
    bones = [label.channel for label in BONE_LABELS]
    parts = maps.thickness_cm.sum(axis=0) + _BONE_OVER_SOFT * maps.mass_g_per_cm2[bones].sum(axis=0)
    seen, composed = at_map_resolution(image, maps.field.shape[0])[maps.field], parts[maps.field]
    if seen.size < 2 or seen.std() == 0 or composed.std() == 0:
        return 0.0
    return float(np.corrcoef(seen, composed)[0, 1])
