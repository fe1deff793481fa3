"""A template made ready to grow: how far every voxel is from skin, bone and the muscles about it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import PELVIS_PARTS
from mskdex.anatomy import Side
from mskdex.errors import UsageError
from mskdex.phantom.distance import signed_distance
from mskdex.phantom.fibres import Turns
from mskdex.phantom.fibres import fibre_turns
from mskdex.phantom.nearest import Nearest
from mskdex.phantom.nearest import PerGrowing
from mskdex.phantom.nearest import nearest_muscles
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import RIGID
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template
from mskdex.phantom.template import Texture
from mskdex.types import LabelVolume
from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

THINNEST_FAT_MM = 3.0
"""Of the layer under the skin."""
_FAR_MM = 160.0  # deeper or farther than this no layer of fat asks
_MARGIN_MM = 40.0  # room around the template for a thicker layer of fat
_THICKEST_FAT_MM = 80.0
_SKIN_SMOOTH_MM, _COARSE = 20.0, 4
_ALONG_SMOOTH_MM = 15.0
"""Of the median layer of a slice, along the body."""
_MIDLINE = 0.23
"""Nearer to the midline than this, in distances between the hips, nobody measures the layer: thighs meet there, and
where they part their inner sides would count all at once."""
_RESTING = 0.35
"""Below the pelvis, in the midline: thighs rest on each other, so their inner layer varies by this share alone."""
_JOINT_MM = 5.0
"""Where two bones are nearer than this to a place, it lies in their joint."""
_SURFACE_SMOOTH = 1.0
"""SD in voxels."""

PerSlice = Float64[ndarray, " slices"]
"""One number for each slice, from below."""


@dataclass(frozen=True)
class Growable:
    """A template made ready to grow: computed once, grown for many patients.

    Volumes are [i, j, k] on the template's grid, padded by a margin; distances in mm, negative inside.

    Attributes:
        template: what grows.
        origin_mm: of voxel (0, 0, 0) of the padded grid.
        rigid: bones, 0 elsewhere.
        base: belly, cartilage or fat, as if there were neither muscle nor bone.
        skin_mm: distance from the skin.
        firm_mm: distance from the template's muscles and bones.
        rigid_mm: distance from its bones.
        layer_mm: how far the skin about each place moves when the fat under it becomes twice as thick: the layer's own
            thickness, smoothed, but less between the thighs.
        at_skin: flat indices of the voxels on the skin away from the midline, slice by slice.
        active: flat indices of the voxels that some muscle can reach.
        nearest: [active, ranks] the muscles about them.
        parting_mm: the x midway between the muscles of both sides, slice by slice.
        volume_cm3: what the template holds of each part of ``GROWING``.
        area_mm2: of each part's surface.
        fibres: [parts] rotations of voxel coordinates onto each part's fibres.
        texture: the template's own, or None.
    """

    template: Template
    origin_mm: Vector3
    rigid: LabelVolume
    base: LabelVolume
    skin_mm: ScalarVolume
    firm_mm: ScalarVolume
    rigid_mm: ScalarVolume
    layer_mm: ScalarVolume
    at_skin: Int64[ndarray, " skin"]
    active: Int64[ndarray, " active"]
    nearest: Nearest
    parting_mm: PerSlice
    volume_cm3: PerGrowing
    area_mm2: PerGrowing
    fibres: Turns
    texture: Texture | None

    @property
    def over_hips(self) -> PerSlice:
        """Heights of the slices over the hip centres, in distances between those."""
        z = self.origin_mm[2] + np.arange(self.skin_mm.shape[2]) * self.template.spacing_mm[2]
        return np.asarray((z - self.template.middle_mm[2]) / self.template.hip_centre_distance_mm)

    def on_grid(self, of_template: MaskVolume) -> MaskVolume:
        """A mask of the template's own voxels [i, j, k], on the padded grid."""
        margin = [(n - own) // 2 for n, own in zip(self.skin_mm.shape, of_template.shape, strict=True)]
        return np.pad(of_template, [(m, m) for m in margin])

    def body_with(self, fat_mm: PerSlice, growth_mm: float) -> MaskVolume:
        """Where a body would be whose muscles grew by ``growth_mm``, with this median layer of fat, roughly."""
        firm = self.firm_mm - np.float32(growth_mm)
        return np.asarray((self.skin_mm <= self.swelling(firm, fat_mm) * self.layer_mm) | (firm <= THINNEST_FAT_MM))

    def swelling(self, firm_mm: ScalarVolume, fat_mm: PerSlice) -> Float32[ndarray, " slices"]:
        """By which share of ``layer_mm`` the skin moves outwards, so that the median layer of a slice is ``fat_mm``.

        Args:
            firm_mm: distance from the person's muscles and bones.
            fat_mm: wanted distance of the skin from them; 0 and less count as the thinnest.
        """
        now, layer = self._about_the_skin(firm_mm, self.layer_mm)
        return np.asarray((np.maximum(fat_mm, THINNEST_FAT_MM) - now) / layer, np.float32)

    def _about_the_skin(self, *fields: ScalarVolume) -> list[PerSlice]:
        """Medians over the template's skin in each slice, away from the midline, smoothed along the body."""
        count = self.skin_mm.shape[2]
        slices, first = np.unique(self.at_skin % count, return_index=True)
        medians = []
        for field in fields:
            each = [np.median(values) for values in np.split(field.ravel()[self.at_skin], first[1:])]
            median = np.interp(np.arange(count), slices, each)
            smooth = _ALONG_SMOOTH_MM / self.template.spacing_mm[2]
            medians.append(ndimage.gaussian_filter1d(median, smooth, mode="nearest"))
        return medians


def prepare(template: Template) -> Growable:
    """What growing needs to know of a template.

    Raises:
        UsageError: a part that is to grow has no voxel.
    """
    _demand_growing(template)
    spacing = template.spacing_mm
    pad = [int(np.ceil(_MARGIN_MM / s)) for s in spacing[:2]]
    margin = ((pad[0],) * 2, (pad[1],) * 2, (0, 0))
    parts = np.pad(template.parts, margin)
    everywhere, volume, area = nearest_muscles(parts, spacing)
    nearest, active = everywhere.within_reach()
    is_rigid = np.isin(parts, RIGID)
    is_firm = is_rigid | np.isin(parts, GROWING)
    skin_mm, firm_mm = (signed_distance(mask, spacing, _FAR_MM) for mask in (parts > 0, is_firm))
    origin_mm = template.origin_mm - np.array([*pad, 0]) * spacing
    beside = _beside_midline(template, origin_mm[0] + np.arange(len(parts)) * spacing[0])
    return Growable(
        template=template,
        origin_mm=origin_mm,
        rigid=np.where(is_rigid, parts, np.uint8(0)),
        base=_base(parts, spacing),
        skin_mm=skin_mm,
        firm_mm=firm_mm,
        rigid_mm=_without_steps(signed_distance(is_rigid, spacing, _FAR_MM)),
        layer_mm=_layer_mm(firm_mm, skin_mm, spacing) * _moving(template, beside),
        at_skin=_at_skin(skin_mm, spacing, beside),
        active=active,
        nearest=nearest,
        parting_mm=_parting_mm(template),
        volume_cm3=volume,
        area_mm2=area,
        fibres=fibre_turns(parts, spacing),
        texture=None if template.texture is None else np.pad(template.texture, margin),
    )


def _base(parts: LabelVolume, spacing: Vector3) -> LabelVolume:
    base = np.full(parts.shape, np.uint8(Part.FAT))
    base[(parts == Part.VISCERA) | (parts == Part.GAS)] = Part.VISCERA
    base[_joints(parts, spacing) & (parts == Part.FAT) | (parts == Part.CARTILAGE)] = Part.CARTILAGE
    return base


def _joints(parts: LabelVolume, spacing: Vector3) -> MaskVolume:
    """Where two bones are near each other; vertebrae count as one."""
    near, steps = np.zeros(parts.shape, np.uint8), max(1, round(_JOINT_MM / float(spacing.mean())))
    boxes = ndimage.find_objects(parts)
    for bone in RIGID:
        if bone > len(boxes) or boxes[bone - 1] is None:
            continue
        box = tuple(slice(max(side.start - steps, 0), side.stop + steps) for side in boxes[bone - 1])
        near[box] += ndimage.binary_dilation(parts[box] == bone, iterations=steps)
    return near > 1


def _demand_growing(template: Template) -> None:
    missing = sorted(set(GROWING) - set(np.unique(template.parts).tolist()))
    if missing:
        names = ", ".join(Part(part).name.lower() for part in missing)
        raise UsageError(f"no person can be grown from '{template.name}': it lacks {names}")


def _without_steps(distance_mm: ScalarVolume) -> ScalarVolume:
    """A surface's distance without the steps of its voxels, smoothed such that what is round stays where it is.

    A Gaussian moves a curved surface by half its variance times the curvature, which the second term takes back.
    """
    smooth = ndimage.gaussian_filter(distance_mm, _SURFACE_SMOOTH)
    shift = _SURFACE_SMOOTH**2 / 2 * ndimage.gaussian_laplace(distance_mm, _SURFACE_SMOOTH)
    return np.asarray(smooth - shift)


def _beside_midline(template: Template, x_mm: Float64[ndarray, " i"]) -> Float64[ndarray, " i"]:
    """How far from the midline, in distances between the hips."""
    return np.asarray(np.abs(x_mm - template.middle_mm[0]) / template.hip_centre_distance_mm)


def _parting_mm(template: Template) -> PerSlice:
    """Midway between the innermost muscle voxels of both sides; between the hips where the sides overlap."""
    x = template.origin_mm[0] + np.arange(template.parts.shape[0]) * template.spacing_mm[0]
    right, left = (
        np.isin(template.parts, [label.value for label in MUSCLE_LABELS if label.side is side]).any(axis=1)
        for side in (Side.RIGHT, Side.LEFT)
    )
    inner_right = np.where(right, x[:, None], -np.inf).max(axis=0)
    inner_left = np.where(left, x[:, None], np.inf).min(axis=0)
    apart = np.isfinite(inner_right) & np.isfinite(inner_left) & (inner_right < inner_left)
    middle = np.full(len(apart), template.middle_mm[0])
    middle[apart] = (inner_right[apart] + inner_left[apart]) / 2
    return np.asarray(ndimage.gaussian_filter1d(middle, _ALONG_SMOOTH_MM / template.spacing_mm[2], mode="nearest"))


def _at_skin(skin_mm: ScalarVolume, spacing: Vector3, beside: Float64[ndarray, " i"]) -> Int64[ndarray, " skin"]:
    at_skin = np.abs(skin_mm) < float(spacing.mean()) / 2 + 1e-3
    flat = np.flatnonzero(at_skin & (beside > _MIDLINE)[:, None, None])
    return np.asarray(flat[np.argsort(flat % skin_mm.shape[2], kind="stable")])


def _moving(template: Template, beside: Float64[ndarray, " i"]) -> Float32[ndarray, "i 1 k"]:
    """[i, 1, k] by which share of its thickness the layer of fat varies."""
    pelvis = np.isin(template.parts, [LABEL_BY_NAME[name].value for name in PELVIS_PARTS])
    lowest = int(np.flatnonzero(pelvis.any(axis=(0, 1)))[0])
    share = np.ones((len(beside), 1, template.parts.shape[2]), np.float32)
    share[:, :, :lowest] = (_RESTING + (1 - _RESTING) * smoothstep(beside, 0.0, _MIDLINE))[:, None, None]
    return np.asarray(ndimage.gaussian_filter1d(share, _ALONG_SMOOTH_MM / template.spacing_mm[2], axis=2))


def _layer_mm(firm_mm: ScalarVolume, skin_mm: ScalarVolume, spacing: Vector3) -> ScalarVolume:
    """Distance of the skin from muscle or bone, without the dents between muscles: skin does not follow those.

    It changes slowly, so it is smoothed on every fourth voxel.
    """
    firm, skin = (each[::_COARSE, ::_COARSE, ::_COARSE] for each in (firm_mm, skin_mm))
    coarse = np.clip(firm - skin, THINNEST_FAT_MM, _THICKEST_FAT_MM)
    # Each place has the layer of the skin nearest to it: else what lies deep would count as thick, and be trimmed.
    away = np.abs(skin) > _COARSE / 2 * float(spacing.max())
    nearest = ndimage.distance_transform_edt(away, spacing, return_distances=False, return_indices=True)
    coarse = coarse[tuple(nearest)]
    smooth = ndimage.gaussian_filter(coarse, _SKIN_SMOOTH_MM / (spacing * _COARSE), mode="nearest")
    at = np.meshgrid(*(np.arange(n, dtype=np.float32) / _COARSE for n in firm_mm.shape), indexing="ij", sparse=True)
    places = np.broadcast_arrays(*at)
    return np.asarray(ndimage.map_coordinates(smooth, places, order=1, mode="nearest"))
