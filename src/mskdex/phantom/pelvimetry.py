"""What a pelvis measures: of any labelled body, whoever made it."""

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.phantom.template import Template

_BESIDE_MIDDLE_MM = 11.0
"""A hip bone reaches as near the middle as this at the symphysis only."""
_ARCH_MM = 25.0


def biiliac_breadth_mm(template: Template) -> float:
    """The greatest breadth of the hip bones, out to the faces of their voxels."""
    bones = np.isin(template.parts, [_hip_bone(side) for side in (Side.RIGHT, Side.LEFT)])
    return float(np.ptp(np.flatnonzero(bones.any(axis=(1, 2)))) + 1) * float(template.spacing_mm[0])


def subpubic_angle_deg(template: Template) -> float:
    """Between the inferior pubic rami, in their plane: the sum of what the inner border of each makes with the midline.

    A line is fitted through the innermost points of a hip bone, one of each slice of the upper 25 mm of the arch.
    An AP radiograph, which looks at the rami askew, shows a wider angle.

    Raises:
        ValueError: there is no arch: a hip bone does not come to the midline, or ends there.
    """
    return sum(_half_angle_deg(_border(template, side)) for side in (Side.RIGHT, Side.LEFT))


def subpubic_angle_ap_deg(template: Template) -> float:
    """The same as an AP radiograph shows it, degrees: seen along y.

    Raises:
        ValueError: as `subpubic_angle_deg`.
    """
    seen = np.array([1.0, 0.0, 1.0])
    return sum(_half_angle_deg(_border(template, side) * seen) for side in (Side.RIGHT, Side.LEFT))


def _border(template: Template, side: Side) -> Float64[ndarray, "slices 3"]:
    """The innermost points of the upper 25 mm of the arch, one of each slice."""
    innermost = _innermost(template, side)
    at_symphysis = innermost[innermost[:, 0] < _BESIDE_MIDDLE_MM]
    top = at_symphysis[0, 2] if len(at_symphysis) else -np.inf
    border = innermost[(innermost[:, 2] <= top) & (innermost[:, 2] >= top - _ARCH_MM)]
    if len(border) < 4:
        raise ValueError("the hip bones make no pubic arch")
    return np.asarray(border)


def _half_angle_deg(border: Float64[ndarray, "slices 3"]) -> float:
    direction = np.linalg.svd(border - border.mean(axis=0))[2][0]
    return float(np.degrees(np.arctan2(abs(direction[0]), np.hypot(direction[1], direction[2]))))


def _innermost(template: Template, side: Side) -> Float64[ndarray, "slices 3"]:
    """Of each slice through a hip bone, from below, the point that is next to the midline; x in mm from there."""
    middle = np.mean(template.hip_centres_mm, axis=0)
    voxels = np.argwhere(template.parts == _hip_bone(side))
    points = voxels * template.spacing_mm + template.origin_mm - middle
    points[:, 0] *= 1 if side is Side.LEFT else -1
    slices = [points[voxels[:, 2] == k] for k in np.unique(voxels[:, 2])]
    return np.array([each[each[:, 0] == each[:, 0].min()].mean(axis=0) for each in slices])


def _hip_bone(side: Side) -> int:
    return LABEL_BY_NAME[f"hip_bone_{side}"].value
