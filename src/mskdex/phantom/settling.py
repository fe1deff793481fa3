"""Soft tissue settles on the bones: fat that a person's muscles, smaller than the template's, leave between them goes;
and muscles much larger than the template's push outwards what lies about them.

Muscles grow and shrink by moving their surfaces, so a person of slighter muscles than the template's would have wide
clefts of fat between them. Here most of that fat is taken away, and everything about it moves in without being
compressed: a flow with sinks in the clefts, no way through bones and belly, and free to come from outside (a Poisson
equation). And a much stronger person's muscles could not all grow into each other: they are sources of the same flow,
so that they swell where they lie, and the skin moves out. A few small steps follow one another, since muscles move with
the flow and clefts close.

What remains is the person's fat between muscles. How far muscles are displaced need not be exact: they are grown to
their volumes afterwards, as they are shown.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.flow import FIRST_ROUNDS
from mskdex.phantom.flow import ROUNDS
from mskdex.phantom.flow import Shift
from mskdex.phantom.flow import flow_mm
from mskdex.phantom.flow import solve
from mskdex.phantom.growable import Growable
from mskdex.phantom.growth import Radii
from mskdex.phantom.growth import first_radius_mm
from mskdex.phantom.growth import held_freely
from mskdex.phantom.nearest import PerGrowing
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.template import Part
from mskdex.types import MaskVolume
from mskdex.types import Points
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

_CLEFT_MM = 22.0
"""Fat farther than this from muscles on one side lies in no cleft: half the width of the widest that is closed."""
_THIGH = (-1.1, -0.45)
"""Where fat between muscles is measured: heights over the hip centres, in distances between those."""
_LEAST_KEPT = 0.1
_STEPS = 3
_BY_SURFACE, _MOST = 1.1, 3.0
"""A muscle's surface alone takes it to so many times the template's volume; it swells at most so many times."""
_ENCLOSED = ("iliacus", "psoas_major", "piriformis", "obturator_internus")
"""Between bone and belly: they have nowhere to swell to."""
_FINE_MM, _COARSE = 5.0, 2
"""About the edge of the cells on which clefts are looked for; the flow is solved on cells twice as long."""
_STILL = 0.3
"""Share of bone, cartilage, belly and what encloses it from which on a cell lets nothing through."""
_FIRM = 0.5
"""Share of muscle and bone from which on a cell is theirs."""
_MEASURED = len(MUSCLE_LABELS)
_HALF_VOXEL = 0.5
_TO_MIDDLE = (_COARSE - 1) / 2
"""From the first fine cell of a coarse one to its middle, in fine cells."""

Three = tuple[ScalarVolume, ScalarVolume, ScalarVolume]


@dataclass(frozen=True)
class Settling:
    """Where settled tissue comes from: at ``x``, mm in the template, lies what the template has at ``x + shift(x)``.

    Attributes:
        shift_mm: [3, i, j, k] on cells.
        first_mm: centre of cell (0, 0, 0).
        apart_mm: edges of a cell.
    """

    shift_mm: Shift
    first_mm: Vector3
    apart_mm: Vector3

    @classmethod
    def none(cls) -> "Settling":
        """Nothing moves."""
        return cls(np.zeros((3, 2, 2, 2), np.float32), np.zeros(3), np.ones(3))

    def origin_mm(self, template_mm: Float64[ndarray, "*grid 3"]) -> Float64[ndarray, "*grid 3"]:
        """Where in the template as it was the tissue comes from that now lies at these points."""
        return np.asarray(template_mm + np.moveaxis(_looked_up(self.shift_mm, self._cells(template_mm)), 0, -1))

    def settled_mm(self, template_mm: Float64[ndarray, "*grid 3"]) -> Float64[ndarray, "*grid 3"]:
        """About where tissue comes to lie that the template has at these points."""
        return np.asarray(template_mm - np.moveaxis(_looked_up(self.shift_mm, self._cells(template_mm)), 0, -1))

    def volume_ratio(self, template_mm: Points) -> Float64[ndarray, " points"]:
        """Settled volume over volume before, of what the template has about these points."""
        slopes = np.stack([np.stack(np.gradient(each, *self.apart_mm)) for each in self.shift_mm.astype(np.float64)])
        fills = np.linalg.det(np.moveaxis(slopes, (0, 1), (-2, -1)) + np.eye(3))
        at = self._cells(self.settled_mm(template_mm))
        return np.asarray(1 / ndimage.map_coordinates(fills, at, order=1, mode="nearest"))

    def _cells(self, template_mm: Float64[ndarray, "*grid 3"]) -> ndarray:
        return np.asarray(np.moveaxis((template_mm - self.first_mm) / self.apart_mm, -1, 0))


def settled(growable: Growable, template_cm3: PerGrowing, between_cm2: float) -> Settling:
    """How a person's soft tissue settles.

    Args:
        growable: the prepared template.
        template_cm3: what the person's muscles are to hold of it.
        between_cm2: fat that is to be left between the muscles of a slice of a thigh, as the template's cm2.
    """
    spacing = growable.template.spacing_mm
    fine = max(1, round(_FINE_MM / float(spacing.mean())))
    fine_mm, cell_mm = spacing * fine, spacing * fine * _COARSE
    swelling = _swelling(growable, template_cm3)
    before = _before(growable, first_radius_mm(growable, template_cm3 / np.exp(swelling)), swelling, fine)
    is_open = np.asarray(_means(before.still, _COARSE) < _STILL)
    shift, pressure = np.zeros((3, *is_open.shape), np.float32), np.zeros(is_open.shape, np.float32)
    # Muscle beside a cleft is pressed with it and grows back into it, others shrink farther than ``before`` has them:
    # what clefts will hold is what muscles, bones and clefts hold now, but for what muscles and bones will.
    own = float(before.bone.sum()) + template_cm3[:_MEASURED].sum() * 1000 / np.prod(fine_mm)
    wanted = 0.0
    for step in range(_STEPS):
        firm, cleft, source = _moved(before, shift, fine_mm)
        left = _STEPS - step
        held = firm + float(np.expm1(source * (left / _STEPS)).sum() + cleft.sum()) - own
        found = _in_thighs_cm2(growable, cleft, fine)
        if step == 0 and found > 0:
            wanted = held * float(np.clip(between_cm2 / (found * held / cleft.sum()), _LEAST_KEPT, 1))
        too_much = max(held - wanted, 0.0) if found > 0 else 0.0
        if too_much == 0 and not source.any():
            break
        sink = _means(cleft * np.float32(too_much / left / max(cleft.sum(), 1.0)) - source / _STEPS, _COARSE)
        solve(pressure, sink, is_open, cell_mm, FIRST_ROUNDS if step == 0 else ROUNDS)
        shift = _both(flow_mm(pressure, is_open, cell_mm), shift, cell_mm)
    return Settling(shift, growable.origin_mm + (fine * _COARSE - 1) / 2 * spacing, cell_mm)


def _swelling(growable: Growable, template_cm3: PerGrowing) -> PerGrowing:
    """The logarithm of how many times as large each muscle becomes by swelling."""
    times = np.clip(template_cm3 / growable.volume_cm3 / _BY_SURFACE, 1, _MOST)
    times[_MEASURED:] = 1
    times[[label.channel for label in MUSCLE_LABELS if label.structure.name in _ENCLOSED]] = 1
    return np.asarray(np.log(times))


class _Before(NamedTuple):
    """Shares of fine cells: of measured muscle and bone (firm), of fat, of what swells, times how much (source), of
    bone, and of what stays; and the cell at which the left half begins."""

    firm: ScalarVolume
    fat: ScalarVolume
    source: ScalarVolume
    bone: ScalarVolume
    still: ScalarVolume
    left: int


def _before(growable: Growable, radius_mm: Radii, swelling: PerGrowing, fine: int) -> _Before:
    held, base, bone = held_freely(growable, radius_mm), growable.base, growable.rigid > 0
    muscle, trunk = (held > 0) & (held < Part.FAT), (held > Part.FAT) | (base != Part.FAT)
    fat = (base == Part.FAT) & (held == 0) & ~bone & (growable.skin_mm <= 0)
    of_part = np.zeros(N_PARTS, np.float32)
    of_part[list(GROWING)] = swelling
    source = np.where(bone, np.float32(0), of_part[held])
    firm, fat, source, bone, still = (
        _means(each.astype(np.float32), fine) for each in (muscle | bone, fat, source, bone, bone | trunk)
    )
    middle = (growable.template.middle_mm - growable.origin_mm)[0] / growable.template.spacing_mm[0]
    left = round(float(middle + _HALF_VOXEL) / fine)
    return _Before(firm, fat, source, bone, still, left)


def _moved(before: _Before, shift_mm: Shift, edges_mm: Vector3) -> tuple[float, ScalarVolume, ScalarVolume]:
    """After tissue has moved so far: how much muscle and bone there is, the fat in clefts between them, and what
    swells."""
    firm, fat, source = (np.empty_like(before.firm) for _ in range(3))
    shift = shift_mm / edges_mm[:, None, None, None].astype(np.float32)
    _carry((before.firm, before.fat, before.source), shift, (firm, fat, source))
    reach = _CLEFT_MM / edges_mm
    inside = _closed(firm > _FIRM, before.left, reach[0], reach[1])
    return float(firm.sum()), np.where(inside, fat, np.float32(0)), source


@numba.njit(cache=True, error_model="numpy")
def _carry(before: Three, shift: Shift, after: Three) -> None:
    """Three volumes of fine cells after tissue has moved by ``shift``, in fine cells, of which one of the shift's holds
    ``_COARSE`` along each axis."""
    rows, columns, slices = before[0].shape
    for i in range(rows):
        for j in range(columns):
            for k in range(slices):
                place = (i - _TO_MIDDLE) / _COARSE, (j - _TO_MIDDLE) / _COARSE, (k - _TO_MIDDLE) / _COARSE
                origin = i + _at(shift[0], place), j + _at(shift[1], place), k + _at(shift[2], place)
                for one in range(3):
                    after[one][i, j, k] = _at(before[one], origin)


@numba.njit(cache=True, error_model="numpy", inline="always")
def _at(field: ScalarVolume, place: tuple[float, float, float]) -> float:
    """Trilinear; beyond the field as at its edge."""
    x = min(max(place[0], 0.0), field.shape[0] - 1.001)
    y = min(max(place[1], 0.0), field.shape[1] - 1.001)
    z = min(max(place[2], 0.0), field.shape[2] - 1.001)
    i, j, k = int(x), int(y), int(z)
    u, v, w = x - i, y - j, z - k
    value = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                share = (u if di else 1 - u) * (v if dj else 1 - v) * (w if dk else 1 - w)
                value += share * field[i + di, j + dj, k + dk]
    return value


@numba.njit(cache=True)
def _closed(firm: MaskVolume, left: int, reach_i: float, reach_j: float) -> MaskVolume:
    """Closing by a disc, slice by slice, of each half of the grid by itself; nothing about the midline is closed."""
    near, closed = firm.copy(), np.ones_like(firm)
    for first, last in ((0, left), (left, firm.shape[0])):
        _spread(firm, True, near, (first, last), (reach_i, reach_j))
        _spread(near, False, closed, (first, last), (reach_i, reach_j))
    closed[max(left - int(reach_i), 0) : left + int(reach_i)] = False
    return np.asarray(closed & near | firm)


@numba.njit(cache=True)
def _spread(mask: MaskVolume, value: bool, into: MaskVolume, half: tuple[int, int], reach: tuple[float, float]) -> None:
    """Write ``value`` about every voxel of one half where the mask has it."""
    rows, columns = int(reach[0]), int(reach[1])
    for i in range(half[0], half[1]):
        for j in range(mask.shape[1]):
            for k in range(mask.shape[2]):
                if mask[i, j, k] != value or _is_within(mask, value, (i, j, k), half):
                    continue
                for di in range(max(-rows, half[0] - i), min(rows, half[1] - 1 - i) + 1):
                    for dj in range(max(-columns, -j), min(columns, mask.shape[1] - 1 - j) + 1):
                        if (di / reach[0]) ** 2 + (dj / reach[1]) ** 2 <= 1:
                            into[i + di, j + dj, k] = value


@numba.njit(cache=True, inline="always")
def _is_within(mask: MaskVolume, value: bool, at: tuple[int, int, int], half: tuple[int, int]) -> bool:
    """Whether a voxel's neighbours in the slice have the value too: then theirs reach farther than its own."""
    i, j, k = at
    if i == half[0] or i == half[1] - 1 or j == 0 or j == mask.shape[1] - 1:
        return False
    around = mask[i - 1, j, k] == value and mask[i + 1, j, k] == value
    return bool(around and mask[i, j - 1, k] == value and mask[i, j + 1, k] == value)


def _in_thighs_cm2(growable: Growable, cleft: ScalarVolume, fine: int) -> float:
    """Fat in the clefts of a slice of a thigh, on average."""
    over_hips, edges_mm = growable.over_hips[::fine], growable.template.spacing_mm * fine
    thighs = cleft[:, :, (over_hips > _THIGH[0]) & (over_hips < _THIGH[1])]
    if thighs.size == 0:
        return 0.0
    return float(thighs.sum(axis=(0, 1)).mean() * edges_mm[0] * edges_mm[1] / 100 / 2)


def _means(volume: ScalarVolume, factor: int) -> ScalarVolume:
    """Over blocks; what is left at the far ends is filled up with the last voxels."""
    padded = np.pad(volume, [(0, -n % factor) for n in volume.shape], mode="edge")
    return _block_means(padded, factor)


@numba.njit(cache=True, error_model="numpy")
def _block_means(volume: ScalarVolume, factor: int) -> ScalarVolume:
    """NumPy's own, over a reshaped volume, takes six times as long."""
    rows, columns, slices = volume.shape[0] // factor, volume.shape[1] // factor, volume.shape[2] // factor
    means = np.empty((rows, columns, slices), np.float32)
    for i in range(rows):
        for j in range(columns):
            for k in range(slices):
                total = np.float32(0)
                for a in range(i * factor, (i + 1) * factor):
                    for b in range(j * factor, (j + 1) * factor):
                        row = np.float32(0)
                        for c in range(k * factor, (k + 1) * factor):
                            row += np.float32(volume[a, b, c])
                        total += row
                means[i, j, k] = total / np.float32(factor**3)
    return means


def _both(moved_mm: Shift, shift_mm: Shift, edges_mm: Vector3) -> Shift:
    """The shift of both moves: tissue comes from where the flow brought it from, and there from where it was before."""
    before = np.indices(shift_mm.shape[1:], dtype=np.float32) - moved_mm / edges_mm[:, None, None, None]
    return np.asarray(_looked_up(shift_mm, before) - moved_mm, np.float32)


def _looked_up(field: Shift, cells: ndarray) -> ndarray:
    return np.stack([ndimage.map_coordinates(each, cells, order=1, mode="nearest") for each in field])
