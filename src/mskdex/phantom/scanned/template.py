"""A labelled CT becomes a template: resampled, cut to the hips' surroundings, checked, completed."""

import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Side
from mskdex.errors import StudyError
from mskdex.phantom.hips import hip_centre
from mskdex.phantom.scanned.body import body_mask
from mskdex.phantom.scanned.resampling import Grid
from mskdex.phantom.scanned.rest import rest_of_body
from mskdex.phantom.scanned.texture import texture_of
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Template
from mskdex.types import Affine
from mskdex.types import HounsfieldVolume
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

# About the hip centres: from above the knees to about the second lumbar vertebra.
_BELOW_MM, _ABOVE_MM = 300.0, 245.0
# What a radiograph of a hip shows; a CT that ends short of it by no more than this is drawn out.
_SEEN_MM, _DRAWN_OUT_MM = 190.0, 40.0
_ISCHIUM_BELOW_MM = 35.0
"""A hip bone reaches 60 to 90 mm below the hips; one that does not come close is an ilium."""
_METAL_HU, _MOST_METAL_CM3 = 2500.0, 1.0
"""Above compact bone in voxels of this size, which stays below 2000 HU."""


def template_from_ct(
    name: str,
    sex: str,
    stature_cm: float,
    hu: HounsfieldVolume,
    labels: LabelVolume,
    voxel_to_world: Affine,
    *,
    voxel_mm: float = 2.5,
) -> Template:
    """A template of one scanned person, lying on the back with legs straight and arms out of the way.

    Args:
        name: what cohorts call this anatomy.
        sex: ``female`` or ``male``.
        stature_cm: of the person.
        hu: [i, j, k], with or without the table.
        labels: [i, j, k] of ``anatomy`` on the same voxels; the rest may be 0 or above 41.
        voxel_to_world: of both, LPS mm; the axes may run in any order and direction.
        voxel_mm: edge of the template's voxels.

    Raises:
        StudyError: ``structures_missing``, ``hips_not_found``, ``metal``, ``ct_too_short``, ``hip_bone_cut``,
            ``hip_bone_not_whole`` or ``rest_missing``.
    """
    _demand_structures(labels)
    grid = Grid.around(labels.shape, voxel_to_world, voxel_mm)
    ours = grid.labels(labels, voxel_to_world)
    _demand_structures(ours)  # a sliver may fall between coarse voxels
    hips = (hip_centre(ours, grid.frame, Side.RIGHT), hip_centre(ours, grid.frame, Side.LEFT))
    _demand_hips_within(grid, hips)
    middle = (hips[0] + hips[1]) / 2
    grid, kept = grid.between(middle[2] - _BELOW_MM, middle[2] + _ABOVE_MM)
    ours = np.ascontiguousarray(ours[:, :, kept])
    _demand_structures(ours, f" within {_BELOW_MM:.0f} mm below and {_ABOVE_MM:.0f} mm above the hips")
    ours[ours > MEASURED_LABELS[-1].value] = 0
    _demand_extent(ours, grid, float(middle[2]))
    ours_hu = grid.hounsfield(hu, voxel_to_world)
    _demand_no_metal(ours_hu, voxel_mm)
    parts = rest_of_body(ours, ours_hu, body_mask(ours_hu, voxel_mm), grid, middle)
    _demand_rest(parts)
    texture = texture_of(parts, ours_hu, np.diag(grid.frame)[:3])
    ends, frame = _drawn_out(grid, float(middle[2]))
    return Template(
        name=name,
        sex=sex,
        stature_cm=stature_cm,
        parts=np.pad(parts, ends, mode="edge"),
        voxel_to_world=frame,
        hip_centres_mm=hips,
        texture=np.pad(texture, ends, mode="symmetric"),
    )


def _demand_structures(labels: LabelVolume, where: str = "") -> None:
    present = np.bincount(labels.ravel(), minlength=len(LABELS) + 1) > 0
    if missing := [label.name for label in MEASURED_LABELS if not present[label.value]]:
        raise StudyError("structures_missing", f"the labels lack {', '.join(missing)}{where}; a template needs all 41")


def _demand_hips_within(grid: Grid, hips: tuple[Vector3, Vector3]) -> None:
    """A sphere through what is no femoral head may turn anywhere."""
    for side, hip in zip((Side.RIGHT, Side.LEFT), hips, strict=True):
        voxel = (hip - grid.frame[:3, 3]) / np.diag(grid.frame)[:3]
        if np.any(voxel < -0.5) or np.any(voxel > np.array(grid.shape) - 0.5):
            raise StudyError("hips_not_found", f"the top of femur_{side} is no femoral head: its centre is off the CT")


def _demand_extent(labels: LabelVolume, grid: Grid, hip_z_mm: float) -> None:
    heights, half = grid.heights_mm() - hip_z_mm, grid.frame[2, 2] / 2
    least = _SEEN_MM - _DRAWN_OUT_MM
    if heights[0] - half > -least or heights[-1] + half < least:
        found = f"from {heights[0] - half:.0f} to {heights[-1] + half:.0f} mm about the hips"
        raise StudyError("ct_too_short", f"the CT reaches {found}, expected -{least:.0f} to {least:.0f} at least")
    for side in (Side.RIGHT, Side.LEFT):
        slices = np.flatnonzero((labels == LABEL_BY_NAME[f"hip_bone_{side}"].value).any(axis=(0, 1)))
        if slices[-1] == labels.shape[2] - 1:
            raise StudyError("hip_bone_cut", "the CT ends below the iliac crest; a template needs whole hip bones")
        if heights[slices[0]] > -_ISCHIUM_BELOW_MM:
            raise StudyError(
                "hip_bone_not_whole",
                f"hip_bone_{side} ends {-heights[slices[0]]:.0f} mm below the hips: without ischium and pubis",
            )


def _demand_no_metal(hu: ScalarVolume, voxel_mm: float) -> None:
    metal_cm3 = float((hu > _METAL_HU).sum()) * voxel_mm**3 / 1000
    if metal_cm3 > _MOST_METAL_CM3:
        raise StudyError("metal", f"the CT shows {metal_cm3:.0f} cm3 of metal; a template needs both native hips")


def _demand_rest(parts: LabelVolume) -> None:
    if missing := [part.name.lower() for part in OTHER_MUSCLES if not (parts == part).any()]:
        raise StudyError("rest_missing", f"the CT shows no {', '.join(missing)}: no lean tissue where they lie")


def _drawn_out(grid: Grid, hip_z_mm: float) -> tuple[tuple[tuple[int, int], ...], Affine]:
    """Slices to add below and above, as ``np.pad`` takes them, and the frame with them."""
    heights, voxel_mm = grid.heights_mm() - hip_z_mm, float(grid.frame[2, 2])
    below, above = (max(int(np.ceil((_SEEN_MM - reach) / voxel_mm)), 0) for reach in (-heights[0], heights[-1]))
    frame = grid.frame.copy()
    frame[2, 3] -= below * voxel_mm
    return ((0, 0), (0, 0), (below, above)), frame
