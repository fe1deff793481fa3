"""The whole built-in body: bones first, then muscles to the nearest, then cavity, fat and skin; one half, mirrored."""

import numpy as np
from scipy.ndimage import find_objects
from scipy.ndimage import label as connected

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.builtin.body import skin
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.hip_muscles import HIP_BELLIES
from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import Field
from mskdex.phantom.builtin.medial import Grid
from mskdex.phantom.builtin.medial import balls_of
from mskdex.phantom.builtin.medial import paint
from mskdex.phantom.builtin.medial import paint_owned
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.builtin.skeleton import Skeleton
from mskdex.phantom.builtin.skeleton import build_skeleton
from mskdex.phantom.builtin.thigh_muscles import THIGH_BELLIES
from mskdex.phantom.builtin.trunk import ABDOMINAL_WALL
from mskdex.phantom.builtin.trunk import BACK_MUSCLES
from mskdex.phantom.builtin.trunk import DISCS
from mskdex.phantom.builtin.trunk import PELVIC_FLOOR
from mskdex.phantom.builtin.trunk import PERINEAL_FAT
from mskdex.phantom.builtin.trunk import VISCERA
from mskdex.phantom.template import MIRRORED_PARTS
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template
from mskdex.types import LabelVolume

TOP_MM, BOTTOM_MM = 242.0, -262.0
"""About the third lumbar vertebra, and the middle of the thigh, from the hip centres."""
_FASCIA_MM = 1.5
"""Muscles swell this far beyond their skeletons' radii into what nobody claims."""
_BONE_GAP_MM = 7.0
"""Gaps between muscle and bone narrower than this are muscle."""


def builtin_template(shape: BuiltinShape, voxel_mm: float = 2.5) -> Template:
    """A labelled body of the given measures: world origin midway between the hip centres, isotropic voxels.

    The left half is built and mirrored, so right and left agree to the bit.
    """
    if not 0.5 <= voxel_mm <= 6:
        raise ValueError(f"voxel_mm must lie between 0.5 and 6, found {voxel_mm}")
    grid = _half_grid(shape, voxel_mm)
    half = _left_half(grid, shape)
    parts = np.concatenate([MIRRORED_PARTS[half[::-1]], half])
    whole = Grid((-grid.origin_mm[0] - (half.shape[0] - 1) * voxel_mm, *grid.origin_mm[1:]), voxel_mm, parts.shape)
    return _template(shape, parts, whole)


def _half_grid(shape: BuiltinShape, voxel_mm: float) -> Grid:
    """Voxel centres at half a voxel and on from the midline; room for the fat."""
    extent = 100 + shape.biiliac_breadth_mm * 0.3 + 1.6 * shape.subcutaneous_fat_mm
    depth = 140 + 2.0 * shape.subcutaneous_fat_mm
    counts = (int(extent / voxel_mm), int(2 * depth / voxel_mm), int((TOP_MM - BOTTOM_MM) / voxel_mm))
    return Grid((voxel_mm / 2, -depth - 10, BOTTOM_MM), voxel_mm, counts)


def _left_half(grid: Grid, shape: BuiltinShape) -> LabelVolume:
    frame = Frame.of(shape)
    bones = build_skeleton(grid, frame)
    nearest_bone = bones.nearest()
    muscle, owner = _muscles(grid, frame)
    parts = np.zeros(grid.shape, dtype=np.uint8)
    parts[_field(grid, frame, PERINEAL_FAT) < 0] = Part.FAT
    parts[_field(grid, frame, VISCERA) < 0] = Part.VISCERA
    parts[_field(grid, frame, DISCS) < 0] = Part.CARTILAGE
    claimed = (muscle < _FASCIA_MM) | (muscle + nearest_bone < _BONE_GAP_MM)
    parts[claimed] = owner[claimed]
    joint = _joint_space(grid, frame, bones)
    parts[joint] = Part.CARTILAGE
    _set_bones(parts, bones)
    _drop_crumbs(parts)
    core = parts != Part.OUTSIDE
    body = skin(grid, core, shape)
    parts[body & ~core] = Part.FAT
    return parts


def _set_bones(parts: LabelVolume, bones: Skeleton) -> None:
    codes = {
        LABEL_BY_NAME["sacrum"].value: bones.sacrum,
        Part.VERTEBRA: bones.vertebrae,
        Part.COCCYX: bones.coccyx,
        LABEL_BY_NAME["hip_bone_left"].value: bones.hip_bone,
        LABEL_BY_NAME["femur_left"].value: bones.femur,
    }
    for code, field in codes.items():
        parts[field < 0] = code


def _drop_crumbs(parts: LabelVolume) -> None:
    """Turn pieces of a muscle or bone that are less than a fiftieth of its largest piece into fat."""
    for code, box in enumerate(find_objects(parts), start=1):
        if box is None or code in (Part.VISCERA, Part.FAT, Part.CARTILAGE):
            continue
        pieces, count = connected(parts[box] == code)
        if count > 1:
            sizes = np.bincount(pieces.ravel())
            sizes[0] = sizes[1:].max()
            parts[box][sizes[pieces] < sizes[0] / 50] = Part.FAT


def _joint_space(grid: Grid, frame: Frame, bones: Skeleton) -> np.ndarray:
    """Cartilage, discs and ligaments between two bones, which no muscle enters."""
    between_hip = (bones.femur < 3.5) & (bones.hip_bone < 3.5)
    sacroiliac = (bones.sacrum < 2.5) & (bones.hip_bone < 2.5)
    return np.asarray(between_hip | sacroiliac)


def _muscles(grid: Grid, frame: Frame) -> tuple[Field, np.ndarray]:
    """Distance to the nearest muscle's surface, and whose it is."""
    field = grid.empty_field()
    owner = np.zeros(grid.shape, dtype=np.uint8)
    for belly in (*HIP_BELLIES, *THIGH_BELLIES):
        balls = balls_of(frame.muscle(belly.skeleton, belly.on_femur))
        paint_owned(grid, field, owner, balls, LABEL_BY_NAME[f"{belly.muscle}_left"].value)
    trunk = (
        (Part.ABDOMINAL_WALL_LEFT, ABDOMINAL_WALL),
        (Part.BACK_MUSCLES_LEFT, BACK_MUSCLES),
        (Part.PELVIC_FLOOR_LEFT, PELVIC_FLOOR),
    )
    for part, sheets in trunk:
        for controls in sheets:
            paint_owned(grid, field, owner, balls_of(_trunk(frame, controls)), int(part))
    return field, owner


def _field(grid: Grid, frame: Frame, skeletons: tuple[Controls, ...]) -> Field:
    field = grid.empty_field()
    for skeleton in skeletons:
        paint(grid, field, balls_of(_trunk(frame, skeleton)))
    return field


def _trunk(frame: Frame, controls: Controls) -> Controls:
    return frame.muscle(controls, (0.0,) * len(controls))


def _template(shape: BuiltinShape, parts: LabelVolume, grid: Grid) -> Template:
    filled = np.argwhere(parts.any(axis=(0, 2))).ravel()
    first, last = max(filled[0] - 2, 0), filled[-1] + 3
    voxel_to_world = np.diag([grid.voxel_mm] * 3 + [1.0])
    voxel_to_world[:3, 3] = grid.origin_mm
    voxel_to_world[1, 3] += first * grid.voxel_mm
    centres = tuple(np.array([side * shape.hip_x_mm, 0.0, 0.0]) for side in (-1.0, 1.0))
    name = f"builtin-{shape.sex}"
    cropped = np.ascontiguousarray(parts[:, first:last])
    return Template(name, shape.sex, shape.stature_cm, cropped, voxel_to_world, (centres[0], centres[1]))
