"""Finer labels from coarse ones: boundaries drawn between voxels instead of along their edges.

Hard labels put every boundary on a voxel face, which costs more than any projector's error. Here each label's indicator
is smoothed and read off on a grid ``factor`` times finer, and the strongest label wins each fine voxel. The smoothing
kernel 2 G(s) - G(sqrt(2) s), with G a Gaussian, has no second moment: unlike a Gaussian it does not shrink round
bodies, and a sheet of one voxel survives it.

A source that can be asked anywhere (an implicit surface, a mesh) is better sampled finely at once: what a label volume
has lost, smoothing only guesses.
"""

from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from numpy.typing import NDArray

from mskdex.types import DensityVolume
from mskdex.types import LabelVolume
from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume

SMOOTHING_VOXELS = 0.85
"""Standard deviation s: the best on ellipsoids (docs/projection.md) of those that let a sheet of one voxel live."""

_REACH = 4  # voxels; the wider Gaussian has fallen to 4e-3 there
_TIE = 1e-4  # in favour of what the voxel was: even patterns of voxels make exact ties
_SLAB = 16  # voxels worked on at a time, so that memory stays small

Box = tuple[slice, slice, slice]
Kernels = list[Float32[ndarray, "fine coarse"]]


def supersample(
    labels: LabelVolume, density_g_per_cm3: DensityVolume, factor: int
) -> tuple[LabelVolume, DensityVolume]:
    """Labels and densities on a grid ``factor`` times finer along each axis, covering the same voxels.

    A fine voxel that keeps its coarse voxel's label keeps its density; one that changes label takes the mean density of
    its new label nearby.

    Raises:
        ValueError: the factor is less than 1.
    """
    if factor < 1:
        raise ValueError(f"supersample must be 1 or more, not {factor}")
    if factor == 1:
        return labels, density_g_per_cm3
    fine_shape = [factor * size for size in labels.shape]
    fine_labels, fine_density = (np.empty(fine_shape, array.dtype) for array in (labels, density_g_per_cm3))
    for start in range(0, labels.shape[0], _SLAB):
        stop = min(start + _SLAB, labels.shape[0])
        low, high = max(start - _REACH, 0), min(stop + _REACH, labels.shape[0])
        near = _refine(labels[low:high], density_g_per_cm3[low:high], factor)
        own = slice(factor * (start - low), factor * (stop - low))
        fine_labels[factor * start : factor * stop] = near[0][own]
        fine_density[factor * start : factor * stop] = near[1][own]
    return fine_labels, fine_density


def _refine(labels: LabelVolume, density: DensityVolume, factor: int) -> tuple[LabelVolume, DensityVolume]:
    kept, old_density = _repeat(labels, factor), _repeat(density, factor)
    winner, new_density = kept.copy(), old_density.copy()
    best = np.zeros(kept.shape, np.float32)
    for label in np.unique(labels):
        box = _reach(labels == label)
        fine = tuple(slice(factor * side.start, factor * side.stop) for side in box)
        inside = (labels[box] == label).astype(np.float32)
        narrow = _kernels(inside.shape, factor, SMOOTHING_VOXELS)
        share = _smooth(inside, narrow)
        score = 2 * share - _smooth(inside, _kernels(inside.shape, factor, np.sqrt(2) * SMOOTHING_VOXELS))
        stays = kept[fine] == label
        score[stays] += _TIE
        wins = score > best[fine]
        winner[fine][wins], best[fine][wins] = label, score[wins]
        mean_density = _smooth(inside * density[box], narrow) / np.maximum(share, _TIE)
        new_density[fine][wins] = np.where(stays, old_density[fine], mean_density)[wins]
    return winner, new_density


def _repeat(volume: NDArray[Any], factor: int) -> NDArray[Any]:
    for axis in range(3):
        volume = volume.repeat(factor, axis=axis)
    return volume


def _reach(mask: MaskVolume) -> Box:
    """The box of a mask, widened by what smoothing reaches."""
    sides = []
    for axis in range(3):
        hit = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        sides.append(slice(max(int(hit[0]) - _REACH, 0), min(int(hit[-1]) + _REACH + 1, mask.shape[axis])))
    return sides[0], sides[1], sides[2]


def _kernels(shape: tuple[int, ...], factor: int, sigma: float) -> Kernels:
    """Per axis, the weights of the coarse voxels in each fine voxel; a volume ends as if its last voxels went on."""
    kernels = []
    for size in shape:
        at = (np.arange(size * factor) + 0.5) / factor - 0.5
        coarse = np.arange(-_REACH, size + _REACH)
        weights = np.exp(-0.5 * ((at[:, np.newaxis] - coarse) / sigma) ** 2)
        weights /= weights.sum(axis=1, keepdims=True)
        weights[:, _REACH] += weights[:, :_REACH].sum(axis=1)
        weights[:, -_REACH - 1] += weights[:, -_REACH:].sum(axis=1)
        kernels.append(weights[:, _REACH:-_REACH].astype(np.float32))
    return kernels


def _smooth(volume: ScalarVolume, kernels: Kernels) -> ScalarVolume:
    for kernel in kernels:
        volume = np.tensordot(volume, kernel, axes=(0, 1))  # the axis goes to the back: after three, all are in place
    return volume
