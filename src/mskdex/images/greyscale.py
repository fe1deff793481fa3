"""From stored values to what a viewer shows: modality, then values of interest, as a table over every stored value.

DICOM PS3.3 C.7.6.3, C.11.1, C.11.2. Policy, the same for training and prediction:

- A modality LUT or rescale is applied. One that is zero, not a number or contradicts itself is refused.
- "For presentation" images (and all that do not say otherwise) are taken as shown: the VOI LUT if there is a sound one,
  else the first sound window. Unsound ones, and windows that would clip most of the image, are ignored with a flag.
- "For processing" images have no presentation to apply: linear detector values are brought to the logarithm, which is
  what attenuation is linear in, and flagged.

The result is 0..1 in steps of 2**-20, so that ``1 - x`` is exact and polarity can be turned without rounding (law 5).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mskdex.codes import FlagCode
from mskdex.codes import Refusal
from mskdex.codes import flag
from mskdex.errors import ImageRefused
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.header import Lut
from mskdex.images.header import Photometric
from mskdex.result import Flag
from mskdex.types import Image

_STEPS = 2**20
_LEAST_UNCLIPPED = 0.25
"""A window that leaves fewer of the pixels between black and white shows something else than the anatomy."""
_SAMPLE_STEP = 4

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """An image as a viewer shows it: 0 black, 1 white; ``rises`` tells whether it brightens as stored values rise."""

    pixels: Image
    rises: bool
    flags: tuple[Flag, ...]


def show(decoded: Decoded) -> Shown:
    """Apply modality, values of interest and photometric interpretation.

    Raises:
        ImageRefused: ``bad_greyscale`` if the header's transforms cannot be applied, ``no_contrast`` if every stored
            value looks the same.
    """
    header, stored = decoded.header, decoded.stored
    lowest = -(2 ** (header.depth - 1)) if header.signed else 0
    sample = stored[::_SAMPLE_STEP, ::_SAMPLE_STEP].astype(np.int64) - lowest
    modality = _modality(np.arange(lowest, lowest + 2**header.depth, dtype=np.float64), header)
    table, flags = _values_of_interest(modality, sample, header)
    table = np.round(np.clip(table, 0, 1) * _STEPS) / _STEPS
    if header.photometric is Photometric.MONOCHROME1:
        table = 1 - table
    used = table[sample]
    if used.min() == used.max():
        raise ImageRefused(Refusal.NO_CONTRAST, "the image is one single grey")
    return Shown(_look_up(table.astype(np.float32), stored, lowest), _rises(table), flags)


def _look_up(table: NDArray[np.float32], stored: NDArray[np.integer[Any]], lowest: int) -> Image:
    indices = stored if lowest == 0 else stored.astype(np.int32) - lowest
    return table[indices]


def _rises(table: Table) -> bool:
    return bool(table[-1] > table[0]) if table[-1] != table[0] else bool(np.diff(table).sum() > 0)


def _modality(values: Table, header: Header) -> Table:
    if header.modality_lut is not None:
        if not header.modality_lut.values:
            raise ImageRefused(Refusal.BAD_GREYSCALE, "the modality lookup table contradicts its own descriptor")
        return _apply_lut(values, header.modality_lut)
    slope, intercept = header.rescale or (1.0, 0.0)
    if not (math.isfinite(slope) and math.isfinite(intercept)) or slope == 0:
        raise ImageRefused(Refusal.BAD_GREYSCALE, "the rescale slope or intercept is zero or not a number")
    return values * slope + intercept


def _values_of_interest(modality: Table, sample: NDArray[np.int64], header: Header) -> tuple[Table, tuple[Flag, ...]]:
    if header.kind is Kind.DX_PROCESSING:
        message = "the image is meant for processing, not for viewing; the model was trained on images for viewing"
        return _unprocessed(modality, header), (flag(FlagCode.PRESENTATION_INTENT, message),)
    candidates: list[Table | None] = []
    if header.voi_lut is not None:
        lut = header.voi_lut
        candidates.append(_apply_lut(modality, lut) / (2**lut.bits - 1) if lut.values else None)
    candidates += [_window(modality, window, header.voi_function) for window in header.windows]
    for position, table in enumerate(candidates):
        if table is not None and _keeps_enough(table, sample):
            return table, _ignored() if position else ()
    return _stretch(modality), _ignored() if candidates else ()


def _ignored() -> tuple[Flag, ...]:
    return (flag(FlagCode.WINDOW_IGNORED, "a display window in the file is unusable and was ignored"),)


def _unprocessed(modality: Table, header: Header) -> Table:
    if header.intensity_relationship != "LIN":
        return _stretch(modality)
    return _stretch(np.log(modality - modality.min() + (modality.max() - modality.min()) / 4096))


def _stretch(values: Table) -> Table:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _apply_lut(values: Table, lut: Lut) -> Table:
    outputs = np.asarray(lut.values, np.float64)
    return outputs[np.clip(np.round(values) - lut.first, 0, len(outputs) - 1).astype(np.intp)]


def _window(values: Table, window: tuple[float, float], function: str) -> Table | None:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3; None if the window is not a window."""
    centre, width = window
    if not (math.isfinite(centre) and math.isfinite(width)):
        return None
    if function == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))) if width > 0 else None
    if function == "LINEAR_EXACT":
        return (values - centre) / width + 0.5 if width > 0 else None
    return (values - (centre - 0.5)) / (width - 1) + 0.5 if width > 1 else None


def _keeps_enough(table: Table, sample: NDArray[np.int64]) -> bool:
    shown = table[sample]
    # Air and borders are black or white before any window; only what lies between can be lost by one.
    inner = (sample > sample.min()) & (sample < sample.max())
    between = (shown > 0) & (shown < 1) & inner
    return bool(between.sum() >= _LEAST_UNCLIPPED * inner.sum() and shown.max() > shown.min())
