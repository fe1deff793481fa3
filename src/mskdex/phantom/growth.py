"""Muscles grown or shrunk to given volumes against their neighbours: a power diagram on signed distances.

Every voxel goes to the muscle whose signed distance, less that muscle's radius, is smallest and below zero; radii are
solved so that each muscle holds its target. Bones never move, and nothing overlaps: two muscles that grow towards each other
meet where their offset surfaces meet.
"""

from dataclasses import dataclass

import numba
import numpy as np
from scipy import ndimage

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
_MARGIN_MM = 40.0  # room around the template for a thicker layer of fat
_UNDER_SKIN_MM = 4.0
_THINNEST_FAT_MM = 3.0
_NEWTON_STEPS = 12
FAT = int(Part.FAT)


@dataclass(frozen=True)
class Growable:
    """A template made ready to grow: computed once, grown for many patients.

    Volumes are [i, j, k] on the template's grid, padded by a margin; distances in mm, negative inside.
    """

    template: Template
    origin_mm: Vector3
    rigid: LabelVolume
    base: LabelVolume
    skin_mm: ScalarVolume
    firm_mm: ScalarVolume  # from the template's muscles and bones
    rigid_mm: ScalarVolume  # from its bones
    active: np.ndarray  # flat indices of the voxels that some muscle can reach
    candidates: np.ndarray  # [active, 4] index into GROWING
    distances_mm: np.ndarray  # [active, 4]
    volume_cm3: np.ndarray  # [GROWING] what the template holds
    area_mm2: np.ndarray  # [GROWING] of each muscle's surface


def prepare(template: Template) -> Growable:
    """Distances, candidates and depths of a template."""
    spacing = template.spacing_mm
    pad = [int(np.ceil(_MARGIN_MM / s)) for s in spacing[:2]]
    parts = np.pad(template.parts, ((pad[0],) * 2, (pad[1],) * 2, (0, 0)))
    distance, volume, area = _muscle_distances(parts, spacing)
    flat = distance.reshape(len(GROWING), -1)
    active = np.flatnonzero(flat.min(axis=0) < REACH_MM)
    near = flat[:, active]
    order = np.argpartition(near, _CANDIDATES, axis=0)[:_CANDIDATES]
    is_rigid = np.isin(parts, RIGID)
    is_firm = is_rigid | np.isin(parts, GROWING)
    return Growable(
        template=template,
        origin_mm=template.origin_mm - np.array([*pad, 0]) * spacing,
        rigid=np.where(is_rigid, parts, np.uint8(0)),
        base=np.where((parts == Part.VISCERA) | (parts == Part.GAS), np.uint8(Part.VISCERA), np.uint8(Part.FAT)),
        skin_mm=_signed_distance(parts > 0, spacing),
        firm_mm=_signed_distance(is_firm, spacing),
        rigid_mm=_signed_distance(is_rigid, spacing),
        active=active,
        candidates=np.ascontiguousarray(order.T.astype(np.uint8)),
        distances_mm=np.ascontiguousarray(np.take_along_axis(near, order, axis=0).T),
        volume_cm3=volume,
        area_mm2=area,
    )


def grow(growable: Growable, target_cm3: np.ndarray, fat_mm: float) -> tuple[LabelVolume, np.ndarray]:
    """Soft parts of a patient of the template's size, and the volumes reached.

    Args:
        growable: the prepared template.
        target_cm3: [GROWING] volumes to reach inside the template's grid.
        fat_mm: median thickness of the fat under the skin at the height of the hips; everywhere else the template's layer is
            made thicker or thinner in the same ratio.

    Returns:
        parts [i, j, k], with muscles also where bones will cut into them, so that posed bones leave no holes; and the
        volumes [GROWING] in cm3, bones left out.
    """
    beneath = growable.skin_mm.ravel()[growable.active] <= -_UNDER_SKIN_MM
    countable = beneath & (growable.rigid.ravel()[growable.active] == 0)
    radius = np.clip((target_cm3 - growable.volume_cm3) * 1000 / growable.area_mm2, -6, 14).astype(np.float32)
    winner = np.zeros(len(growable.active), dtype=np.uint8)
    power = np.zeros(len(growable.active), dtype=np.float32)
    for step in range(_NEWTON_STEPS):
        counts = np.zeros(len(GROWING), dtype=np.int64)
        _assign(growable.candidates, growable.distances_mm, radius, countable, winner, power, counts)
        volume = np.maximum(counts * growable.template.voxel_cm3, 0.5)
        if step == _NEWTON_STEPS - 1:
            break
        area = growable.area_mm2 * np.clip(volume / growable.volume_cm3, 0.5, 2) ** (2 / 3)
        radius += np.clip(0.8 * (target_cm3 - volume) * 1000 / area, -3, 3).astype(np.float32)
        np.clip(radius, -9, REACH_MM - 1, out=radius)
    soft = growable.base.copy()
    grown = (winner > 0) & beneath
    soft.ravel()[growable.active[grown]] = np.asarray(GROWING, dtype=np.uint8)[winner[grown] - 1]
    # How deep the fat is: from the grown muscles where they reach, from the template's, moved by the mean growth, elsewhere.
    firm = growable.firm_mm - np.float32(radius.mean())
    firm.ravel()[growable.active] = np.minimum(power, growable.rigid_mm.ravel()[growable.active])
    _trim_skin(soft, growable.rigid, firm, growable.skin_mm, np.float32(fat_mm / _fat_thickness_mm(growable, firm)))
    return soft, volume


def _fat_thickness_mm(growable: Growable, firm_mm: ScalarVolume) -> float:
    """Median distance of muscle or bone from the skin, in slices within 40 mm of the hips' height."""
    spacing = growable.template.spacing_mm
    z = growable.origin_mm[2] + np.arange(firm_mm.shape[2]) * spacing[2]
    slab = np.abs(z - np.mean([centre[2] for centre in growable.template.hip_centres_mm])) < 40
    at_skin = np.abs(growable.skin_mm[:, :, slab]) < float(spacing.mean()) / 2 + 1e-3
    return max(float(np.median(firm_mm[:, :, slab][at_skin])), _THINNEST_FAT_MM)


@numba.njit(cache=True, error_model="numpy")
def _trim_skin(soft, rigid, firm, skin, ratio):  # type: ignore[no-untyped-def]
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
    candidates: np.ndarray,
    distances: np.ndarray,
    radius: np.ndarray,
    countable: np.ndarray,
    winner: np.ndarray,
    power: np.ndarray,
    counts: np.ndarray,
) -> None:
    """The power diagram: per voxel the smallest power, and the index + 1 of its muscle, 0 where that is not below zero."""
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


def _signed_distance(mask: np.ndarray, spacing: Vector3) -> ScalarVolume:
    half = float(spacing.mean()) / 2
    outside = ndimage.distance_transform_edt(~mask, spacing)
    inside = ndimage.distance_transform_edt(mask, spacing)
    return np.where(mask, half - inside, outside - half).astype(np.float32)


def _muscle_distances(parts: LabelVolume, spacing: Vector3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Jittered signed distances [GROWING, i, j, k], volumes (cm3) and surface areas (mm2)."""
    # Distances between voxels are quantised; without jitter a radius would gain whole shells at once.
    jitter = (np.random.default_rng(0).random(parts.shape, dtype=np.float32) - 0.5) * np.float32(spacing.mean() * 0.8)
    distance = np.full((len(GROWING), *parts.shape), 99, dtype=np.float32)
    volume, area = np.zeros(len(GROWING)), np.zeros(len(GROWING))
    reach = np.ceil((REACH_MM + 3) / spacing).astype(int)
    boxes = ndimage.find_objects(parts)
    for index, part in enumerate(GROWING):
        box = tuple(
            slice(max(side.start - r, 0), min(side.stop + r, n))
            for side, r, n in zip(boxes[part - 1], reach, parts.shape, strict=True)
        )
        mask = parts[box] == part
        signed = _signed_distance(mask, spacing)
        shell_mm = float(spacing.mean())
        distance[index][box] = signed + jitter[box]
        volume[index] = mask.sum() * np.prod(spacing) / 1000
        area[index] = (np.abs(signed) < shell_mm / 2 + 1e-3).sum() * np.prod(spacing) / shell_mm
    return distance, volume, area
