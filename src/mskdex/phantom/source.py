"""Where in the template's grid the points of a supine patient are found: bones as the shape has them, all else settled
on them."""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int64
from jaxtyping import UInt8
from numpy import ndarray

from mskdex.phantom.settling import Settling
from mskdex.phantom.shape import KNOT_MM
from mskdex.phantom.shape import Shape
from mskdex.types import LabelVolume
from mskdex.types import MaskVolume
from mskdex.types import ScalarVolume
from mskdex.types import Vector3

SOFT_KNOT_MM = KNOT_MM / 2

Places = Float32[ndarray, "knots_i knots_j knots_k 3"]
"""The template's voxel coordinates at knots in the supine frame."""


class Frame(NamedTuple):
    """Of a template's grid, mm: its voxels' edges, the centre of voxel (0, 0, 0), the midpoint of the hips; and the x
    at which its halves part, slice by slice."""

    spacing_mm: Vector3
    origin_mm: Vector3
    middle_mm: Vector3
    parting_mm: Float64[ndarray, " slices"]


class Source(NamedTuple):
    """The template's bones, and how supine points find their voxels in its grid.

    Attributes:
        rigid: codes of the template's bones on its flattened grid, 0 elsewhere.
        rigid_mm: distance from their surface on that grid, negative inside.
        shape: of that grid.
        hard: where points of bones are, at knots ``KNOT_MM`` apart.
        soft: where points of all else are, which settles on bones, at knots ``SOFT_KNOT_MM`` apart.
        by_bone: cells of ``SOFT_KNOT_MM`` in which ``hard`` may find a bone: nowhere else need be looked for any.
        first_mm: of knot (0, 0, 0), and of the corner of cell (0, 0, 0).
        parting_mm: supine x at which the halves part, at heights ``SOFT_KNOT_MM`` apart.
        clear_mm: farther from bones than this, no neighbour of a voxel is bone.
    """

    rigid: UInt8[ndarray, " voxels"]
    rigid_mm: Float32[ndarray, " voxels"]
    shape: Int64[ndarray, "3"]
    hard: Places
    soft: Places
    by_bone: MaskVolume
    first_mm: Vector3
    parting_mm: Float64[ndarray, " knots_k"]
    clear_mm: float

    @classmethod
    def of(cls, bones: tuple[LabelVolume, ScalarVolume], shape: Shape, frame: Frame, settling: Settling) -> "Source":
        """A supine point ``x`` of bone is at ``x / scale + warp(x)`` about the midpoint of the hips in the template.

        Args:
            bones: [i, j, k] codes of the template's bones, and distances from their surface.
            shape: the patient's.
            frame: the template's.
            settling: of all that is not bone.
        """
        knots = np.moveaxis(np.indices(shape.warp_mm.shape[1:]), 0, -1) * KNOT_MM + shape.origin_mm
        places_mm = knots / shape.scale + np.moveaxis(shape.warp_mm, 0, -1) + frame.middle_mm
        soft_mm = settling.origin_mm(_finer(places_mm))
        hard, soft = (((mm - frame.origin_mm) / frame.spacing_mm).astype(np.float32) for mm in (places_mm, soft_mm))
        rigid, rigid_mm = bones
        clear_mm = float(np.linalg.norm(frame.spacing_mm))
        return cls(
            rigid.ravel(),
            rigid_mm.ravel(),
            np.array(rigid.shape),
            hard,
            soft,
            _any_within(rigid_mm, clear_mm, _finer(hard)),
            shape.origin_mm,
            _parting_mm(soft_mm, frame, shape.origin_mm),
            clear_mm,
        )


@numba.njit(cache=True, error_model="numpy")
def _any_within(rigid_mm: ScalarVolume, clear_mm: float, knots: Places) -> MaskVolume:
    """Of the cells between knots, those with a voxel as near to bone as ``clear_mm``, or with one beside them."""
    rows, columns, slices = knots.shape[0] - 1, knots.shape[1] - 1, knots.shape[2] - 1
    found = np.zeros((rows, columns, slices), np.bool_)
    first, last = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for i in range(rows):
        for j in range(columns):
            for k in range(slices):
                # Between its knots a cell's places are their means, so they are nowhere beyond the outermost of them.
                for axis in range(3):
                    corners = knots[i : i + 2, j : j + 2, k : k + 2, axis]
                    first[axis] = max(int(np.floor(corners.min())) - 1, 0)
                    last[axis] = min(int(np.ceil(corners.max())) + 2, rigid_mm.shape[axis])
                found[i, j, k] = _is_any(rigid_mm, clear_mm, first, last)
    return found


@numba.njit(cache=True)
def _is_any(rigid_mm: ScalarVolume, clear_mm: float, first: Int64[ndarray, "3"], last: Int64[ndarray, "3"]) -> bool:
    for i in range(first[0], last[0]):
        for j in range(first[1], last[1]):
            for k in range(first[2], last[2]):
                if rigid_mm[i, j, k] <= clear_mm:
                    return True
    return False


def _parting_mm(
    soft_mm: Float64[ndarray, "knots_i knots_j knots_k 3"], frame: Frame, first_mm: Vector3
) -> Float64[ndarray, " knots_k"]:
    """The supine x whose soft tissue comes from where the template's halves part, as deep as the hips."""
    column = soft_mm[:, round(-first_mm[1] / SOFT_KNOT_MM)]
    heights_mm = frame.origin_mm[2] + np.arange(len(frame.parting_mm)) * frame.spacing_mm[2]
    beyond_mm = column[..., 0] - np.interp(column[..., 2], heights_mm, frame.parting_mm)
    supine_mm = first_mm[0] + np.arange(len(column)) * SOFT_KNOT_MM
    return np.array([np.interp(0.0, each, supine_mm) for each in beyond_mm.T])


def _finer(places: Float64[ndarray, "i j k 3"]) -> Float64[ndarray, "finer_i finer_j finer_k 3"]:
    """Knots ``SOFT_KNOT_MM`` apart, between those ``KNOT_MM`` apart."""
    for axis in range(3):
        low, high = (
            np.take(places, span, axis) for span in (range(places.shape[axis] - 1), range(1, places.shape[axis]))
        )
        between = np.insert(low, range(1, low.shape[axis] + 1), (low + high) / 2, axis)
        places = np.concatenate([between, np.take(places, [-1], axis)], axis)
    return places
