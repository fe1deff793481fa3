"""Anatomy from an atlas: a folder of closed meshes, or a label volume with names, becomes a template.

Names are those of the structure's parts with a side, ``gluteus_medius_R``; what an atlas names beyond the vocabulary
(abdominal wall, back, pelvic floor, spine) becomes the matching part of the rest of the body.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import trimesh
from jaxtyping import Integer
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import Side
from mskdex.errors import UsageError
from mskdex.phantom.cavity import visceral_cavity
from mskdex.phantom.hips import hip_centre
from mskdex.phantom.smoothstep import smoothstep
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template
from mskdex.phantom.voxelise import inside_mesh
from mskdex.types import Affine
from mskdex.types import LabelVolume
from mskdex.types import Vector3

_OTHER_MUSCLES = {
    "ABDOMINAL_WALL": ("transversus_abdominis", "external_oblique", "internal_oblique", "rectus_abdominis"),
    "BACK_MUSCLES": ("longissimus_thoracis", "iliocostalis_lumborum", "quadratus_lumborum", "multifidus_lumborum"),
    "PELVIC_FLOOR": ("iliococcygeus", "pubococcygeus", "coccygeus"),
}
_MERGED = {
    "biceps_femoris_long_head": "hamstrings",
    "biceps_femoris_short_head": "hamstrings",
    "adductor_minimus": "adductors",
    "superior_gemellus": "obturator_internus",
    "inferior_gemellus": "obturator_internus",
}
_SIDES = {"R": Side.RIGHT, "L": Side.LEFT}
_SKIN = "skin_trunk_thigh"
_DRAWN_OUT_MM = 25.0
# What is left of the fat over the pubis and on the inner thighs where the atlas' genitals are taken out.
_PUBIC_FAT_MM, _INNER_THIGH_FAT_MM = 12.0, 14.0
# As much more is left between these distances from the midline, and heights over the hips: in front, and from below.
_AS_MUCH_MORE_MM = 60.0
_ASIDE_MM, _FRONT_ENDS_MM, _PERINEUM_MM = (25.0, 80.0), (-20.0, 30.0), (-85.0, -20.0)
_AROUND_THE_GROIN = tuple(
    label.value for label in LABELS if label.structure.name in ("hip_bone", "adductors", "gracilis", "pectineus")
)
# From the top of the femoral heads: down to above the knees, up to about the first lumbar vertebra.
_BELOW_HEADS_MM, _ABOVE_HEADS_MM = 290.0, 230.0


def parts_by_name() -> dict[str, int]:
    """Every atlas name that is understood, with its part."""
    known: dict[str, int] = {"coccyx": Part.COCCYX, "sacrum": LABEL_BY_NAME["sacrum"].value}
    known |= {f"vertebra_L{level}": Part.VERTEBRA for level in range(1, 6)}
    for letter, side in _SIDES.items():
        sided = [label for label in LABELS if label.side is side]
        for label in sided:
            known |= {f"{part}_{letter}": label.value for part in label.structure.parts}
            known |= {f"{part}_{letter}": label.value for part, name in _MERGED.items() if name == label.structure.name}
        for group, muscles in _OTHER_MUSCLES.items():
            known |= {f"{muscle}_{letter}": Part[f"{group}_{side.upper()}"] for muscle in muscles}
    return known


def template_from_labels(
    name: str,
    labels: Integer[ndarray, "i j k"],
    names: Mapping[int, str],
    voxel_to_world: Affine,
    *,
    voxel_mm: float = 2.5,
) -> Template:
    """A template from a label volume.

    Args:
        name: what cohorts call this anatomy.
        labels: the atlas' own codes; a code that ``names`` does not know is soft tissue of the body, 0 is outside.
        names: code -> part name with its side.
        voxel_to_world: LPS mm.
        voxel_mm: edge of the template's voxels.

    Raises:
        ValueError: a measured muscle or bone is not in the atlas.
    """
    known = parts_by_name()
    lookup = np.full(int(labels.max()) + 1, Part.FAT, dtype=np.uint8)
    for code, part_name in names.items():
        if code < len(lookup):
            lookup[code] = known.get(part_name, Part.FAT)
    lookup[0] = Part.OUTSIDE  # whatever the names call it
    parts, frame = _resample(lookup[labels], voxel_to_world, voxel_mm)
    return _finish(name, parts, frame)


def template_from_meshes(name: str, folder: Path, *, voxel_mm: float = 2.5) -> Template:
    """A template from a folder of closed PLY meshes in LPS mm, one per part, with a ``skin_trunk_thigh.ply``.

    Args:
        name: what cohorts call this anatomy.
        folder: where the meshes are.
        voxel_mm: edge of the template's voxels.

    Raises:
        UsageError: the folder holds no skin or no mesh that is understood, or one of them cannot be read.
        ValueError: a measured muscle or bone is not in the atlas.
    """
    known = parts_by_name()
    files = {path.stem: path for path in sorted(folder.glob("*.ply"))}
    if _SKIN not in files or not known.keys() & files.keys():
        raise UsageError(f"no atlas in this folder: expected {_SKIN}.ply and parts such as gluteus_medius_R.ply")
    meshes = {stem: _mesh(path) for stem, path in files.items() if stem in known}
    skin = _mesh(files[_SKIN])
    low, high = _window(meshes, skin, voxel_mm)
    frame = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    frame[:3, 3] = low
    shape = tuple(int(n) for n in np.ceil((high - low) / voxel_mm))
    parts = np.where(inside_mesh(skin, frame, shape), np.uint8(Part.FAT), np.uint8(Part.OUTSIDE))
    # Bones last: where meshes overlap, the rigid part is right. Other parts of the trunk have higher codes.
    for stem in sorted(meshes, key=lambda stem: (known[stem] >= BONE_LABELS[0].value, stem)):
        parts[inside_mesh(meshes[stem], frame, shape)] = known[stem]
    return _finish(name, parts, frame)


def _mesh(path: Path) -> trimesh.Trimesh:
    try:
        mesh = trimesh.load_mesh(path, process=False)
    except Exception as error:  # the reader of meshes raises whatever it stumbles over
        raise UsageError(f"{path.name} is no mesh that can be read: {error}") from error
    if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
        raise UsageError(f"{path.name} holds no surface")
    return mesh


def _window(meshes: Mapping[str, trimesh.Trimesh], skin: trimesh.Trimesh, voxel_mm: float) -> tuple[Vector3, Vector3]:
    """Corners of the box to cut out: as wide as the skin, and about the femoral heads as high as the parts reach."""
    low = np.min([mesh.bounds[0] for mesh in meshes.values()], axis=0)
    high = np.max([mesh.bounds[1] for mesh in meshes.values()], axis=0)
    head_top = max(mesh.bounds[1][2] for stem, mesh in meshes.items() if stem.startswith("femur"))
    low[2], high[2] = max(low[2], head_top - _BELOW_HEADS_MM), min(high[2], head_top + _ABOVE_HEADS_MM)
    high[2] = min(high[2], skin.bounds[1][2] - voxel_mm)
    low[:2], high[:2] = skin.bounds[0][:2] - voxel_mm, skin.bounds[1][:2] + voxel_mm
    return low, high


def _resample(parts: LabelVolume, voxel_to_world: Affine, voxel_mm: float) -> tuple[LabelVolume, Affine]:
    """Nearest-voxel resampling onto an axis-aligned grid of ``voxel_mm``."""
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in parts.shape])).reshape(3, -1)
    world = voxel_to_world[:3, :3] @ corners + voxel_to_world[:3, 3:]
    frame = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    frame[:3, 3] = world.min(axis=1)
    shape = tuple(int(n) for n in np.floor(np.ptp(world, axis=1) / voxel_mm) + 1)
    to_source = np.linalg.inv(voxel_to_world) @ frame
    resampled = ndimage.affine_transform(parts, to_source[:3, :3], to_source[:3, 3], output_shape=shape, order=0)
    return resampled, frame


def _finish(name: str, parts: LabelVolume, frame: Affine) -> Template:
    """Fill the belly, find the hips, and leave out what would make a layer of fat hang between the thighs."""
    parts[visceral_cavity(parts)] = Part.VISCERA
    # The last slice is drawn out upwards, so that a radiograph does not look over the atlas' upper end.
    parts = np.pad(parts, ((0, 0), (0, 0), (0, round(_DRAWN_OUT_MM / frame[2, 2]))), mode="edge")
    hips = (hip_centre(parts, frame, Side.RIGHT), hip_centre(parts, frame, Side.LEFT))
    _remove_genitals(parts, frame, float(hips[0][2]))
    return Template(
        name=name,
        sex=None,  # of whom it is made; ``dimorphism`` gives it one
        stature_cm=171.0,
        parts=np.ascontiguousarray(parts),
        voxel_to_world=frame,
        hip_centres_mm=hips,
    )


def _remove_genitals(parts: LabelVolume, frame: Affine, hip_z_mm: float) -> None:
    """Fat in front of the pubis and between the thighs, near the midline: a man's, while patients are of both sexes.

    More is left the farther from the midline and the higher up, so that nothing ends in an edge that a picture shows.
    """
    x, y, z = (np.arange(n) * frame[axis, axis] + frame[axis, 3] for axis, n in enumerate(parts.shape))
    near, below = np.abs(x) < _ASIDE_MM[1], z < hip_z_mm + _FRONT_ENDS_MM[1]
    everywhere = np.ones(len(y), bool)
    slab = parts[np.ix_(near, everywhere, below)]
    aside = _AS_MUCH_MORE_MM * smoothstep(np.abs(x[near]), *_ASIDE_MM)[:, None, None]
    height = z[below] - hip_z_mm
    firm_front = y[np.flatnonzero(np.isin(slab, _AROUND_THE_GROIN).any(axis=(0, 2)))[0]]
    in_front = (firm_front - y)[:, None] - _PUBIC_FAT_MM - _AS_MUCH_MORE_MM * smoothstep(height, *_FRONT_ENDS_MM)
    # Between the thighs, what no muscle, bone or gut is near.
    apart = ndimage.distance_transform_edt((slab == Part.OUTSIDE) | (slab == Part.FAT), np.diag(frame)[:3])
    between = apart - _INNER_THIGH_FAT_MM - _AS_MUCH_MORE_MM * smoothstep(height, *_PERINEUM_MM)
    hanging = (slab == Part.FAT) & (np.maximum(in_front, between) > aside)
    parts[np.ix_(near, everywhere, below)] = np.where(hanging, np.uint8(Part.OUTSIDE), slab)
