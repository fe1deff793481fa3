"""From a radiograph of unknown contrast to what the network sees. Training and prediction both call this."""

import numpy as np
from jaxtyping import Float32

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.types import Image
from mskdex.types import ImageMask

LOW_PERCENTILE = 2.0
HIGH_PERCENTILE = 98.0
LIMIT = 1.5
"""Low and high percentile become -1 and 1; what lies beyond (metal, markers, open air) ends at the limit."""

INPUT_RULE = {
    "channels": ["radiograph", "field"],
    "low_percentile": LOW_PERCENTILE,
    "high_percentile": HIGH_PERCENTILE,
    "range": [-1.0, 1.0],
    "limit": LIMIT,
    "outside_field": 0.0,
    "polarity": "bright is dense",
}
"""The rule as a model's card records it; a card with another rule is another program's model."""


def network_input(pixels: Image, field: ImageMask) -> Float32[np.ndarray, "2 rows columns"]:
    """The network's two channels: the radiograph scaled by robust percentiles of its field, and the field itself.

    Any brightening or rescaling of the image (``a * pixels + b``, a > 0) gives the same input.

    Args:
        pixels: Radiograph on the model's grid, bright = dense; any range; values outside the field do not matter.
        field: True where the detector was exposed.

    Raises:
        ImageRefused: ``no_contrast`` if the field is empty or (nearly) one single value.
    """
    inside = np.asarray(pixels, np.float32)[field]
    if inside.size == 0:
        raise ImageRefused(Refusal.NO_CONTRAST, "the radiograph has no exposed field")
    low, high = _percentiles(inside)
    if not high - low > 1e-6 * max(abs(low), abs(high)):
        raise ImageRefused(Refusal.NO_CONTRAST, "the radiograph is one single grey inside its field")
    channels = np.zeros((2, *field.shape), np.float32)
    channels[0][field] = np.clip((inside - low) * np.float32(2 / (high - low)) - 1, -LIMIT, LIMIT)
    channels[1] = field
    return channels


def _percentiles(values: Float32[np.ndarray, "*values"]) -> tuple[float, float]:
    low, high = ((values.size - 1) * p / 100 for p in (LOW_PERCENTILE, HIGH_PERCENTILE))
    ranks = sorted({int(np.floor(low)), int(np.ceil(low)), int(np.floor(high)), int(np.ceil(high))})
    ordered = np.partition(values, ranks)
    return float(_at(ordered, low)), float(_at(ordered, high))


def _at(ordered: Float32[np.ndarray, "*values"], rank: float) -> float:
    below = int(rank)
    above = min(below + 1, ordered.size - 1)
    return (
        float(ordered[below] + (ordered[above] - ordered[below]) * (rank - below))
        if rank > below
        else float(ordered[below])
    )
