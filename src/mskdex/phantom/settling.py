"""Soft tissue settles on the bones: fat that a person's muscles, smaller than the template's, leave between them goes.

Muscles grow and shrink by moving their surfaces, so a person of slighter muscles than the template's would have wide
clefts of fat between them. Here most of that fat is taken away, and everything about it moves in without being
compressed: a flow with sinks in the clefts, no way through bones and belly, and free to come from outside (a Poisson
equation). A few small steps follow one another, since muscles move with the flow and clefts close.

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
from mskdex.phantom.template import Part
from mskdex.types import MaskVolume
from mskdex.types import Points
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

FAT_CM2_PER_MM = 6.0
"""Fat between the muscles of a slice of a thigh, over the thickness of the layer between two that touch. Published:
median 11 to 12 cm2 a thigh at 74 to 85 years (Farsijani 2019, Health ABC, abstract, if that is of both thighs), when
our layer has 1.9 mm."""
_CLEFT_MM = 22.0
"""Fat farther than this from muscles on one side lies in no cleft: half the width of the widest that is closed."""
_THIGH = (-1.1, -0.45)
"""Where fat between muscles is measured: heights over the hip centres, in distances between those."""
_LEAST_KEPT = 0.1
_STEPS = 3
_FINE, _COARSE = 2, 2
"""Clefts are looked for on every second voxel; the flow is solved on every second of those."""
_STILL = 0.3
"""Share of bone, belly and what encloses it from which on a cell lets nothing through."""
_HALF, _MEASURED = 0.5, len(MUSCLE_LABELS)
_BETWEEN = (_COARSE - 1) / 2
"""From the first fine cell of a coarse one to its middle."""


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

    def volume_ratio(self, template_mm: Points) -> Float64[ndarray, " points"]:
        """Settled volume over volume before, of what the template has about these points."""
        slopes = np.stack([np.stack(np.gradient(each, *self.apart_mm)) for each in self.shift_mm.astype(np.float64)])
        fills = np.linalg.det(np.moveaxis(slopes, (0, 1), (-2, -1)) + np.eye(3))
        settled_mm = template_mm - np.moveaxis(_looked_up(self.shift_mm, self._cells(template_mm)), 0, -1)
        return np.asarray(1 / ndimage.map_coordinates(fills, self._cells(settled_mm), order=1, mode="nearest"))

    def _cells(self, template_mm: Float64[ndarray, "*grid 3"]) -> ndarray:
        return np.asarray(np.moveaxis((template_mm - self.first_mm) / self.apart_mm, -1, 0))


def settled(growable: Growable, template_cm3: PerGrowing, intermuscular_mm: float) -> Settling:
    """How a person's soft tissue settles.

    Args:
        growable: the prepared template.
        template_cm3: what the person's muscles are to hold of it.
        intermuscular_mm: thickness of the fat between two muscles that touch, in the template's mm.
    """
    spacing = growable.template.spacing_mm
    fine_mm, cell_mm = spacing * _FINE, spacing * _FINE * _COARSE
    body = _body(growable, first_radius_mm(growable, template_cm3))
    is_open = np.asarray(_means(body.still, _COARSE) < _STILL)
    shift, pressure = np.zeros((3, *is_open.shape), np.float32), np.zeros(is_open.shape, np.float32)
    firm = float(body.bone.sum()) + template_cm3[:_MEASURED].sum() * 1000 / np.prod(fine_mm)
    wanted = 0.0
    for step in range(_STEPS):
        inside, cleft = _clefts(body, shift, fine_mm)
        if not cleft.any():
            break
        # Muscle beside a cleft is pressed with it and grows back into it, others shrink farther: so what clefts will
        # hold is what they enclose but for what muscles and bones will.
        held = float(np.count_nonzero(inside)) - firm
        if step == 0:
            found_cm2 = _in_thighs_cm2(growable, cleft, fine_mm) * held / cleft.sum()
            kept = np.clip(FAT_CM2_PER_MM * intermuscular_mm / max(found_cm2, 1e-6), _LEAST_KEPT, 1)
            wanted = float(held * kept)
        excess = held - wanted
        if excess <= 0:
            break
        sink = _means(cleft, _COARSE) * np.float32(excess / (_STEPS - step) / cleft.sum())
        solve(pressure, sink, is_open, cell_mm, FIRST_ROUNDS if step == 0 else ROUNDS)
        shift = _then(flow_mm(pressure, is_open, cell_mm), shift, cell_mm)
    return Settling(shift, growable.origin_mm + (_FINE * _COARSE - 1) / 2 * spacing, cell_mm)


class _Body(NamedTuple):
    """Shares of cells of ``_FINE`` voxels: of measured muscle and bone (firm), of fat, of bone, and of what stays."""

    firm: ScalarVolume
    fat: ScalarVolume
    bone: ScalarVolume
    still: ScalarVolume


def _body(growable: Growable, radius_mm: Radii) -> _Body:
    held, bone = held_freely(growable, radius_mm), growable.rigid > 0
    muscle, trunk = (held > 0) & (held < Part.FAT), (held > Part.FAT) | (growable.base == Part.VISCERA)
    fat = (growable.base == Part.FAT) & (held == 0) & ~bone
    return _Body(*(_means(each.astype(np.float32), _FINE) for each in (muscle | bone, fat, bone, bone | trunk)))


def _clefts(body: _Body, shift_mm: Shift, edges_mm: Vector3) -> tuple[MaskVolume, ScalarVolume]:
    """After tissue has moved so far: what muscles and bones enclose with the clefts between them, and fat in clefts."""
    firm, fat = np.empty_like(body.firm), np.empty_like(body.fat)
    _carry(body, shift_mm / edges_mm[:, None, None, None].astype(np.float32), firm, fat)
    reach = _CLEFT_MM / edges_mm
    inside = _closed(firm > _HALF, reach[0], reach[1])
    return inside, np.where(inside, fat, np.float32(0))


@numba.njit(cache=True, error_model="numpy")
def _carry(body: _Body, shift: Shift, firm: ScalarVolume, fat: ScalarVolume) -> None:
    """Shares after tissue has moved by ``shift``, in fine cells, of which one of the shift's holds ``_COARSE`` along
    each axis."""
    last = firm.shape[0] - 1, firm.shape[1] - 1, firm.shape[2] - 1
    for i in range(firm.shape[0]):
        for j in range(firm.shape[1]):
            for k in range(firm.shape[2]):
                place = (i - _BETWEEN) / _COARSE, (j - _BETWEEN) / _COARSE, (k - _BETWEEN) / _COARSE
                origin = (
                    min(max(i + _at(shift[0], place), 0.0), last[0]),
                    min(max(j + _at(shift[1], place), 0.0), last[1]),
                    min(max(k + _at(shift[2], place), 0.0), last[2]),
                )
                firm[i, j, k], fat[i, j, k] = _at(body.firm, origin), _at(body.fat, origin)


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
def _closed(firm: MaskVolume, reach_i: float, reach_j: float) -> MaskVolume:
    """Closing by a disc, slice by slice, of each half of the grid by itself: nothing is closed across the midline."""
    middle = firm.shape[0] // 2
    near, closed = firm.copy(), np.ones_like(firm)
    for first, last in ((0, middle), (middle, firm.shape[0])):
        _spread(firm, True, near, (first, last), (reach_i, reach_j))
        _spread(near, False, closed, (first, last), (reach_i, reach_j))
        far = int(reach_i)
        for i in range(first, last):
            if abs(i - middle + 0.5) < far:
                closed[i] = False
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


def _in_thighs_cm2(growable: Growable, cleft: ScalarVolume, edges_mm: Vector3) -> float:
    """Fat in the clefts of a slice of a thigh, on average."""
    over_hips = growable.over_hips[::_FINE][: cleft.shape[2]]
    thighs = cleft[:, :, (over_hips > _THIGH[0]) & (over_hips < _THIGH[1])]
    if thighs.size == 0:
        return 0.0
    return float(thighs.sum(axis=(0, 1)).mean() * edges_mm[0] * edges_mm[1] / 100 / 2)


def _means(volume: ScalarVolume, factor: int) -> ScalarVolume:
    """Over blocks; what is left at the far ends is filled up with the last voxels."""
    padded = np.pad(volume, [(0, -n % factor) for n in volume.shape], mode="edge")
    i, j, k = (n // factor for n in padded.shape)
    means: ScalarVolume = padded.reshape(i, factor, j, factor, k, factor).mean((1, 3, 5), dtype=np.float32)
    return means


def _then(moved_mm: Shift, shift_mm: Shift, edges_mm: Vector3) -> Shift:
    """The shift of both moves: tissue comes from where the flow brought it from, and there from where it was before."""
    before = np.indices(shift_mm.shape[1:], dtype=np.float32) - moved_mm / edges_mm[:, None, None, None]
    return np.asarray(_looked_up(shift_mm, before) - moved_mm, np.float32)


def _looked_up(field: Shift, cells: ndarray) -> ndarray:
    return np.stack([ndimage.map_coordinates(each, cells, order=1, mode="nearest") for each in field])
