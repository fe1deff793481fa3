"""How automatic segmentations fail: known errors put into a label volume, for quality control to find."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Label
from mskdex.anatomy import opposite
from mskdex.phantom.distance import signed_distance
from mskdex.types import LabelVolume
from mskdex.types import Vector3

LEAK_MM = 10.0


class Failure(StrEnum):
    """What went wrong with a structure."""

    LOST = "lost"
    """It is not there at all; its voxels are the rest of the body."""
    SWAPPED = "swapped"
    """Left is called right, and right left."""
    LEAKED = "leaked"
    """It has run over into whatever lies within a centimetre of it."""


@dataclass(frozen=True)
class Failed:
    """A failure and the structure it befell."""

    failure: Failure
    label: Label


def sample_failure(rng: np.random.Generator, among: Sequence[Label]) -> Failed:
    """Draw one: any kind, any of these structures."""
    return Failed(list(Failure)[int(rng.integers(len(Failure)))], among[int(rng.integers(len(among)))])


def failed_segmentation(labels: LabelVolume, failed: Failed, spacing_mm: Vector3) -> LabelVolume:
    """The label volume [i, j, k] of voxels with these edges, with this failure in it."""
    spoilt = labels.copy()
    own, other = failed.label.value, opposite(failed.label).value
    if failed.failure is Failure.LOST:
        spoilt[labels == own] = REST_LABEL.value
    elif failed.failure is Failure.SWAPPED:
        spoilt[labels == own], spoilt[labels == other] = other, own
    else:
        near = signed_distance(labels == own, spacing_mm, 2 * LEAK_MM) < LEAK_MM
        spoilt[near & (labels > 0)] = own
    return spoilt
