"""What every source of anatomy hands over: one labelled, supine body to grow, warp and pose patients from."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Int8
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Side
from mskdex.anatomy import opposite
from mskdex.types import Affine
from mskdex.types import LabelVolume
from mskdex.types import Vector3


class Part(IntEnum):
    """Codes of a template's voxels beside the measured labels of ``anatomy``: the parts of the rest of the body."""

    OUTSIDE = 0
    FAT = REST_LABEL.value
    ABDOMINAL_WALL_RIGHT = FAT + 1
    ABDOMINAL_WALL_LEFT = FAT + 2
    BACK_MUSCLES_RIGHT = FAT + 3
    BACK_MUSCLES_LEFT = FAT + 4
    PELVIC_FLOOR_RIGHT = FAT + 5
    PELVIC_FLOOR_LEFT = FAT + 6
    VERTEBRA = FAT + 7
    COCCYX = FAT + 8
    VISCERA = FAT + 9
    GAS = FAT + 10
    METAL = FAT + 11
    CARTILAGE = FAT + 12
    """Discs, and what lies between the bones of a joint."""


OTHER_MUSCLES = (
    Part.ABDOMINAL_WALL_RIGHT,
    Part.ABDOMINAL_WALL_LEFT,
    Part.BACK_MUSCLES_RIGHT,
    Part.BACK_MUSCLES_LEFT,
    Part.PELVIC_FLOOR_RIGHT,
    Part.PELVIC_FLOOR_LEFT,
)
GROWING: tuple[int, ...] = (*(label.value for label in MUSCLE_LABELS), *OTHER_MUSCLES)
"""Parts whose volume is solved for: every muscle, measured or not."""
RIGID: tuple[int, ...] = (*(label.value for label in BONE_LABELS), Part.VERTEBRA, Part.COCCYX)
"""Parts that no muscle may grow into."""

N_PARTS = max(Part) + 1

Texture = Int8[ndarray, "i j k"]


def _mirrored_parts() -> UInt8[ndarray, " parts"]:
    mirrored = np.arange(N_PARTS, dtype=np.uint8)
    for label in LABELS[:-1]:
        mirrored[label.value] = opposite(label).value
    for right, left in zip(OTHER_MUSCLES[::2], OTHER_MUSCLES[1::2], strict=True):
        mirrored[right], mirrored[left] = left, right
    return mirrored


MIRRORED_PARTS = _mirrored_parts()
"""Part ``p`` of a mirrored body is part ``MIRRORED_PARTS[p]`` of the body."""


@dataclass(frozen=True)
class Template:
    """One labelled body, supine, legs straight, from an upper lumbar vertebra to above the knees.

    Attributes:
        name: what cohorts call this anatomy.
        sex: ``female`` or ``male``, whose patients alone it serves; None serves both.
        stature_cm: of the whole body.
        parts: [i, j, k] codes: labels of ``anatomy`` and ``Part``.
        voxel_to_world: LPS mm; a scaled, axis-aligned frame with i to the left, j to the back and k to the head.
        hip_centres_mm: centres of the right and the left femoral head in that world.
        texture: [i, j, k] what was seen inside the parts of a real body, of mean 0 and SD 1 within each part, in steps
            of 1/32 (``tissue.TEXTURE_STEPS``); 0 where nothing is known. None if the anatomy comes without tissue.

    Raises:
        ValueError: the voxel axes do not run left, back and up, a measured label has no voxel, or the texture lies on
            another grid.
    """

    name: str
    sex: str | None
    stature_cm: float
    parts: LabelVolume
    voxel_to_world: Affine
    hip_centres_mm: tuple[Vector3, Vector3]
    texture: Texture | None = None

    def __post_init__(self) -> None:
        linear = self.voxel_to_world[:3, :3]
        if not np.allclose(linear, np.diag(np.diag(linear))) or np.any(np.diag(linear) <= 0):
            raise ValueError(f"template '{self.name}': voxel axes must run left, back and up, found\n{linear}")
        missing = sorted({label.value for label in MEASURED_LABELS} - set(np.unique(self.parts).tolist()))
        if missing:
            names = ", ".join(LABELS[value - 1].name for value in missing)
            raise ValueError(f"template '{self.name}' lacks {names}")
        if self.texture is not None and self.texture.shape != self.parts.shape:
            raise ValueError(f"template '{self.name}': its texture has another shape than its parts")

    @property
    def spacing_mm(self) -> Vector3:
        """Edges of a voxel along i, j and k."""
        return np.diag(self.voxel_to_world)[:3].copy()

    @property
    def middle_mm(self) -> Vector3:
        """Midway between the hip centres: where patients have their origin."""
        return np.asarray(np.mean(self.hip_centres_mm, axis=0))

    @property
    def origin_mm(self) -> Vector3:
        """Centre of voxel (0, 0, 0)."""
        return self.voxel_to_world[:3, 3].copy()

    @property
    def voxel_cm3(self) -> float:
        """Volume of a voxel."""
        return float(np.prod(self.spacing_mm)) / 1000

    def hips(self) -> Iterator[tuple[Side, Vector3]]:
        """Right, then left: the side and its hip centre, mm."""
        yield from zip((Side.RIGHT, Side.LEFT), self.hip_centres_mm, strict=True)

    @property
    def hip_centre_distance_mm(self) -> float:
        """Between the hip centres."""
        right, left = self.hip_centres_mm
        return float(np.linalg.norm(left - right))

    def pelvis_extent_mm(self) -> Vector3:
        """Width, depth and height of the box around both hip bones and the sacrum, in mm."""
        pelvis = np.isin(self.parts, [label.value for label in BONE_LABELS if label.structure.name != "femur"])
        extent = [np.ptp(np.flatnonzero(pelvis.any(axis=others))) + 1 for others in ((1, 2), (0, 2), (0, 1))]
        return np.asarray(np.asarray(extent) * self.spacing_mm)
