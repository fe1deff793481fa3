"""From noise-free attenuation to the picture a hospital has: scatter, noise, blur, processing, an unknown contrast.

``sample_exposure`` holds all choices, ``expose`` none: it repeats to the bit for the same exposure and seed. It makes
the radiographs of virtual patients and, on the fly, the training's randomisation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mskdex.phantom.beam import Beam
from mskdex.types import Image
from mskdex.types import ImageMask

_BODY_ATTENUATION = 1.0
"""Above it a pixel lies behind the body: about 5 cm of tissue."""
_HEEL_LENGTH_MM = 400.0
_MM2_PER_PIXEL_MIN = 1e-4
_POWERS = (0.25, 4.0)


@dataclass(frozen=True)
class Exposure:
    """One radiograph's physics and presentation, as plain numbers (``dataclasses.asdict`` makes JSON of it)."""

    kvp: float = 75.0
    filtration_mm_al: float = 3.0
    scatter_to_primary: float = 0.6
    """Behind the body, median, after the grid: 0.2 (good grid, thin patient) to 2 (no grid)."""
    scatter_width_mm: float = 35.0
    heel_along_rows: float = 0.0
    """Relative change of fluence over 400 mm: the anode's heel effect; along columns a grid or tube off centre."""
    heel_along_columns: float = 0.0
    quanta_per_mm2: float = 30_000.0
    """Detected, behind the median of the body; noise follows fluence and pixel size."""
    electronic_noise: float = 0.0
    """Of a pixel of 1 mm2, relative to the signal behind the median of the body."""
    blur_mm: float = 0.2
    """SD of focal spot, motion and detector together."""
    detail_width_mm: float = 30.0
    detail_gain: float = 1.0
    """Contrast of what is smaller than ``detail_width_mm`` ..."""
    thickness_gain: float = 1.0
    """... and of what is larger (multi-frequency processing flattens the body's outline)."""
    edge_gain: float = 0.0
    edge_width_mm: float = 2.0
    window_low_percentile: float = 1.0
    window_high_percentile: float = 99.5
    window_low_margin: float = 0.0
    """How far the window reaches beyond those percentiles of the body, in units of their distance."""
    window_high_margin: float = 0.0
    middle: float | None = None
    """Grey that the body's median gets, as automatic presentation sets it, by a power of the window's greys ..."""
    gamma: float = 1.0
    """... and the power, where nothing sets it."""
    toe_and_shoulder: float = 0.0
    """Slope of a sigmoid film curve; 0 is a straight line."""
    bits: int = 12
    border: float = 0.0
    """Grey level outside the collimated field."""

    @property
    def beam(self) -> Beam:
        return Beam(self.kvp, self.filtration_mm_al)


PLAIN_EXPOSURE = Exposure(
    scatter_to_primary=0.0,
    quanta_per_mm2=1e12,
    blur_mm=0.0,
    window_low_percentile=0.0,
    window_high_percentile=100.0,
    bits=16,
)
"""No scatter, no blur, no noise to speak of, no processing: grey is linear in the attenuation of the body."""


def sample_exposure(rng: np.random.Generator) -> Exposure:
    """Draw one exposure of an adult hip: computed or digital radiography, with or without heavy processing."""
    processed = rng.random() < 0.85
    pale = rng.random() < 0.2  # exports that use a quarter of the grey scale are common
    # No real radiograph of ours has more than 0.03 % of the body all black or all white (docs/realism.md); some will.
    cut = rng.random() < 0.2
    low_margin = float(rng.normal(0, 0.15))
    return Exposure(
        kvp=float(np.clip(np.round(rng.normal(75, 5)), 60, 90)),
        filtration_mm_al=float(rng.choice((2.5, 3.0, 3.5, 4.0))),
        scatter_to_primary=_log_uniform(rng, 0.2, 2.0),
        scatter_width_mm=_log_uniform(rng, 20, 60),
        heel_along_rows=float(rng.normal(0, 0.10)),
        heel_along_columns=float(rng.normal(0, 0.05)),
        quanta_per_mm2=_log_uniform(rng, 5e3, 1e5),
        electronic_noise=_log_uniform(rng, 5e-4, 5e-3),
        blur_mm=_log_uniform(rng, 0.1, 1.0),
        detail_width_mm=_log_uniform(rng, 10, 60),
        detail_gain=_log_uniform(rng, 1.0, 2.5) if processed else 1.0,
        thickness_gain=float(rng.uniform(0.15, 0.8)) if processed else 1.0,
        edge_gain=float(rng.exponential(0.4)) if rng.random() < 0.6 else 0.0,
        edge_width_mm=_log_uniform(rng, 0.5, 5),
        window_low_percentile=float(rng.uniform(0, 20 if cut else 0.5)),
        window_high_percentile=float(rng.uniform(97 if cut else 99.8, 100)),
        window_low_margin=(low_margin if cut else abs(low_margin)) + (float(rng.uniform(0, 0.5)) if pale else 0.0),
        window_high_margin=float(rng.uniform(0.5, 2)) if pale else float(np.abs(rng.normal(0, 0.2))),
        middle=None if pale else float(np.clip(rng.normal(0.48, 0.12), 0.2, 0.8)),
        gamma=_log_uniform(rng, 0.6, 2.2) if pale else 1.0,
        toe_and_shoulder=float(rng.uniform(1, 6)) if rng.random() < 0.4 else 0.0,
        bits=int(rng.choice((8, 10, 12, 14, 16), p=(0.25, 0.15, 0.4, 0.1, 0.1))),
        border=float(rng.choice((0.0, 1.0), p=(0.8, 0.2))),
    )


def expose(
    attenuation: Image,
    spacing_mm: float,
    exposure: Exposure,
    rng: np.random.Generator,
    field: ImageMask | None = None,
) -> Image:
    """Make a radiograph of ``attenuation`` (``-ln(I / I0)`` of the primary beam): float32 0..1, bright is dense.

    The window is set within ``field`` (everything, where None) as an automatic window is: on the body and not on what
    the open beam blackened. ``rng`` draws the noise alone. Outside the field the image is ``exposure.border``.
    """
    field = np.ones(attenuation.shape, bool) if field is None else field
    body = field & (attenuation > _BODY_ATTENUATION)
    if not body.any():
        body = field if field.any() else np.ones(attenuation.shape, bool)
    signal = _detected(attenuation.astype(np.float32), body, spacing_mm, exposure)
    signal = _with_noise(signal, body, spacing_mm, exposure, rng)
    density = _processed(-np.log(signal), body, spacing_mm, exposure)
    grey = _presented(density, body, exposure)
    return np.where(field, grey, np.float32(exposure.border))


def blurred(image: Image, sd_pixels: float) -> Image:
    """Gaussian blur whose cost does not grow with its width; weights are normalised at the borders.

    A wide blur is smooth, so it is sampled every half SD, by one small matrix per axis, and interpolated back.
    """
    if sd_pixels < 0.2:
        return image
    if sd_pixels < 3:
        return np.asarray(ndimage.gaussian_filter(image, sd_pixels, mode="nearest", truncate=3), np.float32)
    rows, columns = (_smoothing(n, sd_pixels) for n in image.shape)
    (sample_rows, spread_rows), (sample_columns, spread_columns) = rows, columns
    return np.asarray(spread_rows @ (sample_rows @ image @ sample_columns.T) @ spread_columns.T, np.float32)


def _smoothing(n: int, sd_pixels: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Matrices [samples, n] that blurs and samples, and [n, samples] that interpolates back to every pixel."""
    position = np.arange(n, dtype=np.float32)
    centres = np.linspace(0, n - 1, max(2, int(np.ceil((n - 1) / (0.5 * sd_pixels))) + 1), dtype=np.float32)
    sample = np.exp(-0.5 * ((centres[:, None] - position) / sd_pixels) ** 2)
    spread = np.maximum(0, 1 - np.abs(position[:, None] - centres) / (centres[1] - centres[0]))
    return (sample / sample.sum(1, keepdims=True)).astype(np.float32), spread.astype(np.float32)


def _detected(attenuation: Image, body: ImageMask, spacing_mm: float, exposure: Exposure) -> Image:
    """Primary and scatter, blurred, relative to the open beam."""
    primary = np.exp(-attenuation)
    # Scattered photons per primary one double for every 10 cm of tissue, and they spread widely (grid or none).
    scatter = blurred(attenuation * np.exp(-0.9 * attenuation), exposure.scatter_width_mm / spacing_mm)
    share = float(np.median(scatter[body] / primary[body]))
    scatter *= np.float32(exposure.scatter_to_primary / max(share, 1e-12))
    rows, columns = (np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in attenuation.shape)
    along_rows = 1 + exposure.heel_along_rows * spacing_mm / _HEEL_LENGTH_MM * rows
    along_columns = 1 + exposure.heel_along_columns * spacing_mm / _HEEL_LENGTH_MM * columns
    fluence = np.clip(along_rows, 0.2, None)[:, None] * np.clip(along_columns, 0.2, None)
    signal = np.asarray((primary + scatter) * fluence, np.float32)
    return blurred(signal, exposure.blur_mm / spacing_mm)


def _with_noise(
    signal: Image, body: ImageMask, spacing_mm: float, exposure: Exposure, rng: np.random.Generator
) -> Image:
    """Quantum and electronic noise, Gaussian: even the thickest pixel of 0.15 mm counts hundreds of photons."""
    typical = float(np.median(signal[body]))
    pixel_mm2 = max(spacing_mm**2, _MM2_PER_PIXEL_MIN)
    relative = signal / np.float32(typical)
    variance = relative / np.float32(exposure.quanta_per_mm2 * pixel_mm2)
    variance += np.float32(exposure.electronic_noise**2 / pixel_mm2)
    noise = rng.standard_normal(signal.shape, np.float32)
    return np.maximum(relative + np.sqrt(variance) * noise, np.float32(1e-3))


def _processed(density: Image, body: ImageMask, spacing_mm: float, exposure: Exposure) -> Image:
    """Edge enhancement, then fine detail against the body's thickness, each with its own gain."""
    # The open beam is far below anything in the body and would ring into it.
    floor = np.float32(density[body].min() - 0.5)
    density = np.maximum(density, floor)
    if exposure.edge_gain > 0:
        density = density + exposure.edge_gain * (density - blurred(density, exposure.edge_width_mm / spacing_mm))
    if exposure.detail_gain != 1 or exposure.thickness_gain != 1:
        thickness = blurred(density, exposure.detail_width_mm / spacing_mm)
        density = exposure.detail_gain * (density - thickness) + exposure.thickness_gain * thickness
    return np.asarray(density, np.float32)


def _presented(density: Image, body: ImageMask, exposure: Exposure) -> Image:
    """Window, curve and quantisation."""
    low, high = np.percentile(density[body], (exposure.window_low_percentile, exposure.window_high_percentile))
    span = max(float(high - low), 1e-3)
    low, high = low - exposure.window_low_margin * span, high + exposure.window_high_margin * span
    grey = np.clip((density - np.float32(low)) / np.float32(max(high - low, 0.2 * span)), 0, 1)
    grey **= np.float32(exposure.gamma if exposure.middle is None else _power(grey[body], exposure.middle))
    if exposure.toe_and_shoulder > 0:
        half = np.float32(0.5 * exposure.toe_and_shoulder)
        grey = 0.5 + 0.5 * np.tanh(half * (grey - 0.5)) / np.tanh(0.5 * half)
    levels = np.float32(2**exposure.bits - 1)
    return np.asarray(np.round(grey * levels) / levels, np.float32)


def _power(greys: Image, middle: float) -> float:
    """What turns the median of greys 0..1 into ``middle``."""
    median = float(np.clip(np.median(greys), 0.02, 0.98))
    return float(np.clip(np.log(middle) / np.log(median), *_POWERS))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
