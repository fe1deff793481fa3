"""Muscles grown or shrunk to given volumes against their neighbours: a power diagram on signed distances.

Every voxel goes to the muscle whose signed distance, less that muscle's radius, is smallest and below zero; radii are
solved so that each muscle holds its target. Bones never move, and nothing overlaps: two muscles that grow towards each
other meet where their offset surfaces meet.
"""

from dataclasses import dataclass

import numba
import numpy as np
from jaxtyping import Bool
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int64
from jaxtyping import UInt8
from numpy import ndarray
from scipy import ndimage

from mskdex.phantom.distance import signed_distance
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import RIGID
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

REACH_MM = 17.0
"""How far a muscle may grow from where the template has it."""
_CANDIDATES = 4
_FAR_MM = 160.0  # deeper or farther than this no layer of fat asks
_NO_MUSCLE_MM = 99.0
_MARGIN_MM = 40.0  # room around the template for a thicker layer of fat
_UNDER_SKIN_MM = 4.0
_THINNEST_FAT_MM = 3.0
# Newton's steps, damped because what one muscle gains its neighbours lose, and held short of what the surface can tell.
_NEWTON_STEPS = 12
_DAMPING, _LONGEST_STEP_MM = 0.8, 3.0
_FIRST_RADIUS_MM, _RADIUS_MM = (-6, 14), (-9, REACH_MM - 1)
_LEAST_CM3 = 0.5  # a muscle that was squeezed out counts as this much, so that it can come back
_HIP_SLAB_MM = 40.0
_PART_OF_WINNER = np.asarray((Part.OUTSIDE, *GROWING), dtype=np.uint8)
FAT = int(Part.FAT)

PerGrowing = Float64[ndarray, " growing"]
"""One number for each part of ``GROWING``."""
Radii = Float32[ndarray, " growing"]
Nearest = UInt8[ndarray, "active ranks"]
Distances = Float32[ndarray, "active ranks"]


@dataclass(frozen=True)
class Growable:
    """A template made ready to grow: computed once, grown for many patients.

    Volumes are [i, j, k] on the template's grid, padded by a margin; distances in mm, negative inside.

    Attributes:
        template: what grows.
        origin_mm: of voxel (0, 0, 0) of the padded grid.
        rigid: bones, 0 elsewhere.
        base: belly or fat, as if there were neither muscle nor bone.
        skin_mm: distance from the skin.
        firm_mm: distance from the template's muscles and bones.
        rigid_mm: distance from its bones.
        active: flat indices of the voxels that some muscle can reach.
        candidates: [active, ranks] the nearest muscles, as indices into ``GROWING``.
        distances_mm: [active, ranks] from them.
        volume_cm3: what the template holds of each part of ``GROWING``.
        area_mm2: of each part's surface.
    """

    template: Template
    origin_mm: Vector3
    rigid: LabelVolume
    base: LabelVolume
    skin_mm: ScalarVolume
    firm_mm: ScalarVolume
    rigid_mm: ScalarVolume
    active: Int64[ndarray, " active"]
    candidates: Nearest
    distances_mm: Distances
    volume_cm3: PerGrowing
    area_mm2: PerGrowing


def prepare(template: Template) -> Growable:
    """Distances, candidates and depths of a template."""
    spacing = template.spacing_mm
    pad = [int(np.ceil(_MARGIN_MM / s)) for s in spacing[:2]]
    parts = np.pad(template.parts, ((pad[0],) * 2, (pad[1],) * 2, (0, 0)))
    nearest, volume, area = _nearest_muscles(parts, spacing)
    candidates, distances = nearest
    active = np.flatnonzero(distances[:, 0] < REACH_MM)
    is_rigid = np.isin(parts, RIGID)
    is_firm = is_rigid | np.isin(parts, GROWING)
    return Growable(
        template=template,
        origin_mm=template.origin_mm - np.array([*pad, 0]) * spacing,
        rigid=np.where(is_rigid, parts, np.uint8(0)),
        base=np.where((parts == Part.VISCERA) | (parts == Part.GAS), np.uint8(Part.VISCERA), np.uint8(Part.FAT)),
        skin_mm=signed_distance(parts > 0, spacing, _FAR_MM),
        firm_mm=signed_distance(is_firm, spacing, _FAR_MM),
        rigid_mm=signed_distance(is_rigid, spacing, _FAR_MM),
        active=active,
        candidates=candidates[active],
        distances_mm=distances[active],
        volume_cm3=volume,
        area_mm2=area,
    )


def grow(growable: Growable, target_cm3: PerGrowing, fat_mm: float) -> tuple[LabelVolume, PerGrowing]:
    """Soft parts of a patient of the template's size, and the volumes reached.

    Args:
        growable: the prepared template.
        target_cm3: [GROWING] volumes to reach inside the template's grid.
        fat_mm: median thickness of the fat under the skin at the height of the hips; everywhere else the template's
            layer is made thicker or thinner in the same ratio.

    Returns:
        parts [i, j, k], with muscles also where bones will cut into them, so that posed bones leave no holes; and the
        volumes [GROWING] in cm3, bones left out.
    """
    grown = _grown(growable, target_cm3)
    soft = growable.base.copy()
    soft.ravel()[growable.active[grown.winner > 0]] = _PART_OF_WINNER[grown.winner[grown.winner > 0]]
    # How deep the fat is: from the grown muscles where they reach; elsewhere from the template's, moved by the mean
    # growth.
    firm = growable.firm_mm - np.float32(grown.radius_mm.mean())
    firm.ravel()[growable.active] = np.minimum(grown.power_mm, growable.rigid_mm.ravel()[growable.active])
    ratio = np.float32(fat_mm / _fat_thickness_mm(growable, firm))
    _trim_skin(soft, growable.rigid, firm, growable.skin_mm, ratio)
    return soft, grown.volume_cm3


@dataclass(frozen=True)
class _Grown:
    """Radii that give the targets, and whose each active voxel then is (index + 1 into GROWING, 0 nobody's)."""

    radius_mm: Radii
    winner: UInt8[ndarray, " active"]
    power_mm: Float32[ndarray, " active"]
    volume_cm3: PerGrowing


def _grown(growable: Growable, target_cm3: PerGrowing) -> _Grown:
    """Newton's method on the radii: a volume changes with its radius by the muscle's area."""
    beneath = growable.skin_mm.ravel()[growable.active] <= -_UNDER_SKIN_MM
    countable = beneath & (growable.rigid.ravel()[growable.active] == 0)
    wanted_mm = (target_cm3 - growable.volume_cm3) * 1000 / growable.area_mm2
    radius = np.clip(wanted_mm, *_FIRST_RADIUS_MM).astype(np.float32)
    for step in range(_NEWTON_STEPS):
        winner, power, counts = _assign(growable.candidates, growable.distances_mm, radius, countable)
        volume = np.maximum(counts * growable.template.voxel_cm3, _LEAST_CM3)
        if step == _NEWTON_STEPS - 1:
            break
        area = growable.area_mm2 * np.clip(volume / growable.volume_cm3, 0.5, 2) ** (2 / 3)
        wanted_mm = _DAMPING * (target_cm3 - volume) * 1000 / area
        radius += np.clip(wanted_mm, -_LONGEST_STEP_MM, _LONGEST_STEP_MM).astype(np.float32)
        np.clip(radius, *_RADIUS_MM, out=radius)
    winner[~beneath] = 0
    return _Grown(radius, winner, power, volume)


def _fat_thickness_mm(growable: Growable, firm_mm: ScalarVolume) -> float:
    """Median distance of muscle or bone from the skin, in slices near the hips' height."""
    spacing = growable.template.spacing_mm
    z = growable.origin_mm[2] + np.arange(firm_mm.shape[2]) * spacing[2]
    slab = np.abs(z - np.mean([centre[2] for centre in growable.template.hip_centres_mm])) < _HIP_SLAB_MM
    at_skin = np.abs(growable.skin_mm[:, :, slab]) < float(spacing.mean()) / 2 + 1e-3
    return max(float(np.median(firm_mm[:, :, slab][at_skin])), _THINNEST_FAT_MM)


@numba.njit(cache=True, error_model="numpy")
def _trim_skin(
    soft: LabelVolume, rigid: LabelVolume, firm: ScalarVolume, skin: ScalarVolume, ratio: np.float32
) -> None:
    """Outside is what lies farther from muscle and bone than ``ratio`` times the template's layer of fat there."""
    for i in range(soft.shape[0]):
        for j in range(soft.shape[1]):
            for k in range(soft.shape[2]):
                layer = max(ratio * (firm[i, j, k] - skin[i, j, k]), _THINNEST_FAT_MM)
                is_fat = soft[i, j, k] == FAT and rigid[i, j, k] == 0
                if is_fat and firm[i, j, k] > layer:
                    soft[i, j, k] = 0


@numba.njit(cache=True)
def _assign(
    candidates: Nearest,
    distances: Distances,
    radius: Radii,
    countable: Bool[ndarray, " active"],
) -> tuple[UInt8[ndarray, " active"], Float32[ndarray, " active"], Int64[ndarray, " growing"]]:
    """The power diagram: its winner's index + 1 and power per voxel, and how many countable voxels each muscle won.

    The winner has the smallest power; nobody wins (0) where that is not below zero.
    """
    winner = np.zeros(len(candidates), dtype=np.uint8)
    power = np.zeros(len(candidates), dtype=np.float32)
    counts = np.zeros(len(radius), dtype=np.int64)
    for voxel in range(candidates.shape[0]):
        best = np.float32(1e3)
        won = 0
        for rank in range(candidates.shape[1]):
            muscle = candidates[voxel, rank]
            distance = distances[voxel, rank] - radius[muscle]
            if distance < best:
                best = distance
                won = muscle + 1
        power[voxel] = best
        if best >= 0:
            won = 0
        winner[voxel] = won
        if won > 0 and countable[voxel]:
            counts[won - 1] += 1
    return winner, power, counts


def _nearest_muscles(
    parts: LabelVolume, spacing: Vector3
) -> tuple[tuple[UInt8[ndarray, "voxels ranks"], Float32[ndarray, "voxels ranks"]], PerGrowing, PerGrowing]:
    """The nearest muscles of every voxel with their jittered distances, volumes (cm3) and surface areas (mm2)."""
    # Distances between voxels are quantised; without jitter a radius would gain whole shells at once.
    jitter = (np.random.default_rng(0).random(parts.shape, dtype=np.float32) - 0.5) * np.float32(spacing.mean() * 0.8)
    candidates = np.zeros((*parts.shape, _CANDIDATES), np.uint8)
    distances = np.full((*parts.shape, _CANDIDATES), _NO_MUSCLE_MM, np.float32)
    volume, area = np.zeros(len(GROWING)), np.zeros(len(GROWING))
    reach = REACH_MM + 3
    margin = np.ceil(reach / spacing).astype(int)
    boxes = ndimage.find_objects(parts)
    for index, part in enumerate(GROWING):
        box = tuple(
            slice(max(side.start - m, 0), min(side.stop + m, n))
            for side, m, n in zip(boxes[part - 1], margin, parts.shape, strict=True)
        )
        mask = parts[box] == part
        signed = signed_distance(mask, spacing, reach)
        shell_mm = float(spacing.mean())
        _insert(candidates[box], distances[box], np.uint8(index), signed + jitter[box])
        volume[index] = mask.sum() * np.prod(spacing) / 1000
        area[index] = (np.abs(signed) < shell_mm / 2 + 1e-3).sum() * np.prod(spacing) / shell_mm
    nearest = candidates.reshape(-1, _CANDIDATES), distances.reshape(-1, _CANDIDATES)
    return nearest, volume, area


@numba.njit(cache=True, nogil=True)
def _insert(
    candidates: UInt8[ndarray, "i j k ranks"],
    distances: Float32[ndarray, "i j k ranks"],
    muscle: np.uint8,
    signed: ScalarVolume,
) -> None:
    """Put a muscle among each voxel's nearest, which are in order."""
    last = candidates.shape[3] - 1
    for i in range(signed.shape[0]):
        for j in range(signed.shape[1]):
            for k in range(signed.shape[2]):
                distance, rank = signed[i, j, k], last
                if distance >= distances[i, j, k, last]:
                    continue
                while rank > 0 and distance < distances[i, j, k, rank - 1]:
                    distances[i, j, k, rank] = distances[i, j, k, rank - 1]
                    candidates[i, j, k, rank] = candidates[i, j, k, rank - 1]
                    rank -= 1
                distances[i, j, k, rank] = distance
                candidates[i, j, k, rank] = muscle
