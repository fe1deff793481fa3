"""Muscles grown or shrunk to given volumes against their neighbours: a power diagram on signed distances.

Every voxel goes to the muscle whose signed distance, less how far that muscle's surface moves there, is smallest and
below zero. A surface moves in proportion to how thick the muscle is about there, so that a muscle that grows or shrinks
keeps its shape: its thin ends neither vanish nor become thick. How far it moves on average is the muscle's radius;
radii are solved so that each muscle holds its target. Bones never move, and nothing overlaps: two muscles that grow
towards each other meet where their offset surfaces meet, with a layer of intermuscular fat between them.

A voxel counts for what the caller says it is worth. Growing for a pose, that is the volume of all that the posed
patient shows of it, so that a muscle holds the same volume in every pose, wherever it is squeezed or stretched.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.phantom.growable import THINNEST_FAT_MM
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import PerSlice
from mskdex.phantom.nearest import REACH_MM
from mskdex.phantom.nearest import Nearest
from mskdex.phantom.nearest import PerGrowing
from mskdex.phantom.subcutaneous import subcutaneous_at
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import Part
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

# Newton's steps, damped because what one muscle gains its neighbours lose, and held short of what the surface can tell.
# A muscle that its neighbours squeeze gains little by a step: its steps lengthen. One that overshoots takes shorter
# ones, else one of few voxels would swing about its target for ever.
_NEWTON_STEPS = 20
_DAMPING, _LONGEST_STEP_MM = 0.8, 3.0
_FAR, _SLOW = 0.01, 0.5
"""Slow is a step that ends this share of the target off, or more, and leaves over that share of what was off before."""
_LONGER, _SHORTER, _LEAST_DAMPED = 1.3, 0.7, 3.0
"""So many times as long are steps after a slow one, and after one that overshot; at most so many times Newton's."""
_CLOSE_ENOUGH = 0.001
_FIRST_RADIUS_MM, _RADIUS_MM = (-6, 14), (-9, REACH_MM - 1)
_FARTHEST_MM = np.float32(REACH_MM - 1)
"""Nowhere does a surface move farther, however thick its muscle."""
_STRETCHED = (0.3, 3.0)
_LEAST_CM3 = 0.5  # a muscle that was squeezed out counts as this much, so that it can come back
_PART_OF_WINNER = np.asarray((Part.OUTSIDE, *GROWING), dtype=np.uint8)
FAT = int(Part.FAT)

Radii = Float32[ndarray, " growing"]
Worth = Float32[ndarray, " voxels"]
"""cm3 that each voxel of a flattened grid counts for."""


@dataclass(frozen=True)
class Layers:
    """Fat of a person, in the template's mm.

    Attributes:
        subcutaneous_mm: median thickness of the fat under the skin about the body, at the height of the hips; of other
            heights see ``thigh_over_crest``. Within a slice, the template's layer, smoothed, is made thicker or thinner
            by one share.
        intermuscular_mm: thickness of the fat between two muscles that touch.
        thigh_over_crest: thickness under the skin at the middle of the thigh over that at the crest of the ilium.
    """

    subcutaneous_mm: float
    intermuscular_mm: float = 0.0
    thigh_over_crest: float = 1.0

    def subcutaneous_at(self, over_hips: PerSlice) -> PerSlice:
        """Median thickness, mm, at heights over the hip centres, given in distances between those."""
        return subcutaneous_at(over_hips, self.subcutaneous_mm, self.thigh_over_crest)


class _Gap(NamedTuple):
    """The layer between two muscles: so wide, and so dense. A layer thinner than a voxel is one with holes.

    Distances come in steps of a voxel, so the layer's edges are blurred by one: else it would have a whole number of
    voxels everywhere.
    """

    width_mm: np.float32
    share: np.float32
    blur_mm: np.float32

    @classmethod
    def of(cls, thickness_mm: float, spacing_mm: Vector3) -> "_Gap":
        voxel = float(spacing_mm.mean())
        width = max(thickness_mm, voxel)
        return cls(np.float32(width), np.float32(thickness_mm / width), np.float32(voxel))


_NO_GAP = _Gap(np.float32(0), np.float32(0), np.float32(0))


@dataclass(frozen=True)
class Shown:
    """What a pose shows of a template.

    Attributes:
        worth_cm3: [voxels] what each voxel of the flattened grid counts for where a muscle holds it.
        stretch: [GROWING] what the template's muscles, neither grown nor shrunk, are worth over their own volume.
    """

    worth_cm3: Worth
    stretch: PerGrowing

    @classmethod
    def of(cls, growable: Growable, worth_cm3: Worth) -> "Shown":
        """What this worth makes of the template's muscles."""
        still = np.zeros(len(GROWING), np.float32)
        held = _assign(growable.nearest, still, worth_cm3[growable.active], _NO_GAP)[2]
        return cls(worth_cm3, np.asarray(held / growable.volume_cm3))

    @classmethod
    def template(cls, growable: Growable) -> "Shown":
        """The template itself: its voxels at their own volume, those of bones at none."""
        own = np.where(growable.rigid.ravel() == 0, np.float32(growable.template.voxel_cm3), np.float32(0))
        return cls.of(growable, own)


def first_radius_mm(growable: Growable, template_cm3: PerGrowing) -> Radii:
    """How far each muscle must grow, on average, to hold so much of the template, if nothing is in its way."""
    wanted_mm = (template_cm3 - growable.volume_cm3) * 1000 / growable.area_mm2
    return np.asarray(np.clip(wanted_mm, *_FIRST_RADIUS_MM).astype(np.float32))


def held_freely(growable: Growable, radius_mm: Radii) -> LabelVolume:
    """Which muscle would be where if surfaces moved by these radii: its part's code, or 0."""
    worth = np.zeros(len(growable.active), np.float32)
    held = np.zeros(growable.rigid.shape, np.uint8)
    held.ravel()[growable.active] = _PART_OF_WINNER[_assign(growable.nearest, radius_mm, worth, _NO_GAP)[0]]
    return held


def grow(growable: Growable, target_cm3: PerGrowing, layers: Layers, shown: Shown) -> tuple[LabelVolume, PerGrowing]:
    """Soft parts of a patient of the template's size, and the volumes reached.

    Args:
        growable: the prepared template.
        target_cm3: [GROWING] volumes to reach.
        layers: the person's fat.
        shown: what the volumes are volumes of.

    Returns:
        parts [i, j, k], with muscles also where bones will cut into them, so that posed bones leave no holes; and the
        volumes [GROWING] in cm3, bones left out.
    """
    grown = _grown(growable, target_cm3, layers.intermuscular_mm, shown)
    soft = growable.base.copy()
    soft.ravel()[growable.active[grown.winner > 0]] = _PART_OF_WINNER[grown.winner[grown.winner > 0]]
    # How deep the fat is: from the grown muscles where they reach; elsewhere from the template's, moved by the mean
    # growth.
    firm = growable.firm_mm - np.float32(grown.radius_mm.mean())
    firm.ravel()[growable.active] = np.minimum(grown.power_mm, growable.rigid_mm.ravel()[growable.active])
    swelling = growable.swelling(firm, layers.subcutaneous_at(growable.over_hips))
    skin = growable.skin_mm - swelling * growable.layer_mm
    _trim_skin(soft, growable.rigid, firm, skin)
    return soft, grown.volume_cm3


@dataclass(frozen=True)
class _Grown:
    """Radii that give the targets, and whose each active voxel then is (index + 1 into GROWING, 0 nobody's)."""

    radius_mm: Radii
    winner: UInt8[ndarray, " active"]
    power_mm: Float32[ndarray, " active"]
    volume_cm3: PerGrowing


def _grown(growable: Growable, target_cm3: PerGrowing, gap_mm: float, shown: Shown) -> _Grown:
    """Newton's method on the radii: a volume changes with its radius by the muscle's area."""
    worth = shown.worth_cm3[growable.active]
    gap = _Gap.of(gap_mm, growable.template.spacing_mm)
    stretched = np.clip(shown.stretch, *_STRETCHED)
    radius = first_radius_mm(growable, target_cm3 / stretched)
    wanted_cm3 = np.maximum(target_cm3, _LEAST_CM3)
    damping, last_off = np.full(len(GROWING), _DAMPING), np.zeros(len(GROWING))
    for step in range(_NEWTON_STEPS):
        winner, power, volume = _assign(growable.nearest, radius, worth, gap)
        held = np.maximum(volume, _LEAST_CM3)
        off = 1 - held / wanted_cm3
        if step == _NEWTON_STEPS - 1 or np.all(np.abs(off) <= _CLOSE_ENOUGH):
            break
        _adapt(damping, off, last_off)
        last_off = off
        area = growable.area_mm2 * np.clip(held / stretched / growable.volume_cm3, 0.5, 2) ** (2 / 3)
        wanted_mm = damping * off * wanted_cm3 / stretched * 1000 / area
        radius += np.clip(wanted_mm, -_LONGEST_STEP_MM, _LONGEST_STEP_MM).astype(np.float32)
        np.clip(radius, *_RADIUS_MM, out=radius)
    return _Grown(radius, winner, power, volume)


def _adapt(damping: PerGrowing, off: PerGrowing, last_off: PerGrowing) -> None:
    """Lengthen or shorten each muscle's steps, given how far off it is and was before, as shares of the target."""
    overshot = off * last_off < 0
    slow = ~overshot & (np.abs(off) > np.maximum(_FAR, _SLOW * np.abs(last_off)))
    damping[slow] *= _LONGER
    damping[overshot] *= _SHORTER
    np.minimum(damping, _LEAST_DAMPED, out=damping)


@numba.njit(cache=True, error_model="numpy")
def _trim_skin(soft: LabelVolume, rigid: LabelVolume, firm: ScalarVolume, skin: ScalarVolume) -> None:
    """Outside is what lies outside of the moved ``skin``, but for the thinnest layer about muscle and bone."""
    for i in range(soft.shape[0]):
        for j in range(soft.shape[1]):
            for k in range(soft.shape[2]):
                is_fat = soft[i, j, k] == FAT and rigid[i, j, k] == 0
                if is_fat and skin[i, j, k] > 0 and firm[i, j, k] > THINNEST_FAT_MM:
                    soft[i, j, k] = 0


@numba.njit(cache=True)
def _assign(
    nearest: Nearest, radius: Radii, worth: Float32[ndarray, " active"], gap: _Gap
) -> tuple[UInt8[ndarray, " active"], Float32[ndarray, " active"], Float64[ndarray, " growing"]]:
    """The power diagram: its winner's index + 1 and power per voxel, and what each muscle's voxels are worth.

    The winner has the smallest power; nobody wins (0) where that is not below zero, or where the second best is so near
    that the voxel lies in the layer of fat between the two.
    """
    muscles, distances, thickness = nearest
    winner = np.zeros(len(muscles), dtype=np.uint8)
    power = np.zeros(len(muscles), dtype=np.float32)
    held = np.zeros(len(radius), dtype=np.float64)
    for voxel in range(muscles.shape[0]):
        best, second = np.float32(1e3), np.float32(1e3)
        won = 0
        for rank in range(muscles.shape[1]):
            muscle = muscles[voxel, rank]
            moved = min(radius[muscle] * thickness[voxel, rank], _FARTHEST_MM)
            distance = distances[voxel, rank] - moved
            if distance < best:
                best, second = distance, best
                won = muscle + 1
            elif distance < second:
                second = distance
        power[voxel] = best
        if best >= 0 or _is_between(voxel, second - best, gap):
            won = 0
        winner[voxel] = won
        if won > 0:
            held[won - 1] += worth[voxel]
    return winner, power, held


@numba.njit(cache=True, inline="always")
def _is_between(voxel: int, difference_mm: np.float32, gap: _Gap) -> bool:
    """Whether a voxel lies in the layer; the difference of two distances changes twice as fast across it as either."""
    if difference_mm >= gap.width_mm + gap.blur_mm:
        return False
    bits = voxel & 0xFFFFFFFF  # MurmurHash3's finaliser: looks random, and is always the same for a voxel
    bits = ((bits ^ (bits >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    bits = ((bits ^ (bits >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    bits ^= bits >> 16
    blurred_mm = difference_mm + gap.blur_mm * ((bits & 0xFFFF) / 32768.0 - 1.0)
    return bool(blurred_mm < gap.width_mm and (bits >> 16) / 65536.0 < gap.share)
