"""How automatic segmentations fail: known errors put into a label volume, for quality control to find."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import ndimage

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import opposite
from mskdex.types import LabelVolume

_LEAK_VOXELS = 4


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


def sample_failure(rng: np.random.Generator) -> Failed:
    """Draw one: any kind, any muscle."""
    return Failed(list(Failure)[rng.integers(len(Failure))], MUSCLE_LABELS[rng.integers(len(MUSCLE_LABELS))])


def failed_segmentation(labels: LabelVolume, failed: Failed, rest: int) -> LabelVolume:
    """The label volume with this failure in it; ``rest`` is the label of the rest of the body."""
    spoilt = labels.copy()
    own, other = failed.label.value, opposite(failed.label).value
    if failed.failure is Failure.LOST:
        spoilt[labels == own] = rest
    elif failed.failure is Failure.SWAPPED:
        spoilt[labels == own], spoilt[labels == other] = other, own
    else:
        inside = labels > 0
        spoilt[ndimage.binary_dilation(labels == own, iterations=_LEAK_VOXELS) & inside] = own
    return spoilt
