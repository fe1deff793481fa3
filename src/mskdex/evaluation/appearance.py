"""How a radiograph looks, in numbers that need no truth: greys, spectrum, edges, noise.

They compare simulated with real pictures whose exposure and pixel size nobody knows, so greys are relative to the
picture's own range and lengths to its side.
"""

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.types import Image
from mskdex.types import ImageMask

_ENDS = (0.5, 99.5)
"""Percentiles that stand for black and white: a marker or a dead pixel is neither."""
_CALM_SHARE = 0.10
_BLOCK = 8


def normalised(image: Image, inside: ImageMask) -> Image:
    """Greys from 0 (0.5 % of ``inside`` are darker) to 1 (0.5 % are brighter), clipped; all 0 where all are alike."""
    low, high = np.percentile(image[inside], _ENDS)
    if high <= low:
        return np.zeros(image.shape, np.float32)
    return np.asarray(np.clip((image - low) / (high - low), 0, 1), np.float32)


def spectral_exponent(image: Image, low: float, high: float, *, axis: int | None = None) -> float:
    """``a`` of the power law ``power ~ frequency**-a``, fitted evenly over the logarithm of frequency.

    Power of noise that is white in two dimensions has ``a`` = 0, averaged over rings (``axis`` None) or taken along
    lines; a sharp edge has 2 along a line and 3 over rings. Greater is smoother.

    Args:
        image: square where ``axis`` is None; a Hann window takes its borders away.
        low: lowest frequency, in cycles per side (of ``axis``).
        high: highest.
        axis: along which lines are transformed, each by itself; None: both, averaged over rings.

    Raises:
        ValueError: the band is empty, or reaches beyond the Nyquist frequency.
    """
    side = min(image.shape) if axis is None else image.shape[axis]
    if not 1 <= low < high <= side / 2:
        raise ValueError(f"band is {low} to {high} cycles; expected a rising one from 1 to {side / 2}")
    power = _ring_power(image) if axis is None else _line_power(image, axis)
    cuts = np.geomspace(low, high, 13)
    which = np.digitize(np.arange(len(power)), cuts)
    bands = [power[which == k].mean() for k in range(1, 13) if (which == k).any()]
    middles = [np.log(np.arange(len(power))[which == k]).mean() for k in range(1, 13) if (which == k).any()]
    return float(-np.polyfit(middles, np.log(np.maximum(bands, 1e-30)), 1)[0])


def band_rms(image: Image, low: float, high: float, axis: int) -> float:
    """SD that structure of ``low`` to ``high`` cycles per side has along lines of ``axis``, in the picture's unit."""
    n = image.shape[axis]
    power = _line_power(image, axis)
    cycles = np.arange(len(power))
    within = power[(cycles >= low) & (cycles < high)].sum()
    return float(np.sqrt(2 * within / (n * (np.hanning(n) ** 2).sum())))


def local_spread(image: Image, inside: ImageMask, sd_pixels: float) -> Image:
    """SD of the greys ``inside`` about each pixel, under a Gaussian window of ``sd_pixels``; NaN outside."""
    counted = inside.astype(np.float64)
    weight = np.maximum(ndimage.gaussian_filter(counted, sd_pixels), 1e-6)
    centred = counted * (image - float(image[inside].mean()))
    mean = ndimage.gaussian_filter(centred, sd_pixels) / weight
    square = ndimage.gaussian_filter(centred**2, sd_pixels) / weight
    return np.where(inside, np.sqrt(np.maximum(square - mean**2, 0)), np.nan).astype(np.float32)


def edge_strengths(image: Image, inside: ImageMask, sd_pixels: float) -> Float64[ndarray, " pixels"]:
    """Gradient per pixel (of the picture blurred by one) over the local spread of greys, for every pixel inside.

    Contrast, and what makes a picture darker here than there, cancel: it says how abruptly greys change.
    """
    gradient = ndimage.gaussian_gradient_magnitude(image.astype(np.float64), 1.0)[inside]
    return np.asarray(gradient / np.maximum(local_spread(image, inside, sd_pixels)[inside], 1e-6), np.float64)


def noise_level(image: Image, inside: ImageMask) -> float:
    """SD of what a plane through each block of 8 pixels leaves, in the calmest tenth of blocks wholly ``inside``.

    The calmest of many blocks read a little low: white noise reads 0.84 of its SD. NaN where no block is inside.
    """
    rows, columns = (n // _BLOCK * _BLOCK for n in image.shape)
    blocks = _in_blocks(image[:rows, :columns].astype(np.float64))
    whole = _in_blocks(inside[:rows, :columns]).all(axis=1)
    if not whole.any():
        return float("nan")
    residual = blocks[whole] @ _beside_a_plane()
    spread = np.sqrt((residual**2).sum(axis=1) / (_BLOCK**2 - 3))
    return float(np.sort(spread)[: max(1, round(_CALM_SHARE * len(spread)))].mean())


def _ring_power(image: Image) -> Float64[ndarray, " frequencies"]:
    side = min(image.shape)
    square = image[:side, :side].astype(np.float64)
    window = np.hanning(side)[:, None] * np.hanning(side)
    power = np.abs(np.fft.fft2((square - square.mean()) * window)) ** 2
    cycles = np.fft.fftfreq(side, 1 / side)
    ring = np.rint(np.hypot(cycles[:, None], cycles)).astype(int)
    totals, counts = np.bincount(ring.ravel(), power.ravel()), np.bincount(ring.ravel())
    return np.asarray((totals / np.maximum(counts, 1))[: side // 2 + 1])


def _line_power(image: Image, axis: int) -> Float64[ndarray, " frequencies"]:
    lines = np.moveaxis(image.astype(np.float64), axis, -1)
    windowed = (lines - lines.mean(axis=-1, keepdims=True)) * np.hanning(lines.shape[-1])
    return np.asarray((np.abs(np.fft.rfft(windowed)) ** 2).mean(axis=0))


def _in_blocks(image: ndarray) -> ndarray:
    rows, columns = (n // _BLOCK for n in image.shape)
    return image.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2).reshape(rows * columns, -1)


def _beside_a_plane() -> Float64[ndarray, "pixels pixels"]:
    """Projects a block's pixels on what no plane explains."""
    v, u = np.mgrid[:_BLOCK, :_BLOCK].reshape(2, -1) - (_BLOCK - 1) / 2
    plane = np.stack([np.ones(_BLOCK**2), v, u], axis=1)
    return np.asarray(np.eye(_BLOCK**2) - plane @ np.linalg.pinv(plane))
