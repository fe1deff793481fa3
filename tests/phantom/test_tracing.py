"""Where bones touch, a point belongs to the one that fills more of its surroundings."""

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.settling import Settling
from mskdex.phantom.shape import Shape
from mskdex.phantom.source import Frame
from mskdex.phantom.source import Source
from mskdex.phantom.tracing import FEMURS
from mskdex.phantom.tracing import Motion
from mskdex.phantom.tracing import trace

HIP_BONE, SACRUM = (LABEL_BY_NAME[name].value for name in ("hip_bone_left", "sacrum"))
EDGE = 9
STILL = Motion(np.eye(3), np.stack([np.eye(3)] * 2), np.array([[-1e3, 0, 0], [1e3, 0, 0]]), np.zeros((2, 3)))
ABOVE_THE_THIGHS_MM = 100.0


def _traced(bones: np.ndarray, shift_mm: float) -> np.ndarray:
    """Bones of voxels of 1 mm, seen on a grid of such voxels that lies so far aside along the first axis."""
    unwarped = Shape(np.ones(3), np.zeros((3, 32, 32, 32), np.float32), np.full(3, -310.0))
    middle = np.array([EDGE // 2, EDGE // 2, EDGE // 2 - ABOVE_THE_THIGHS_MM])
    distances = np.where(bones > 0, np.float32(-1), np.float32(1))
    source = Source.of(
        (bones, distances),
        unwarped,
        Frame(np.ones(3), np.zeros(3), middle, np.full(bones.shape[2], middle[0])),
        Settling.none(),
    )
    frame = np.eye(4)
    frame[:3, 3] = -middle + (shift_mm, 0, 0)
    return trace(STILL, source, frame, bones.shape).bone


@pytest.mark.parametrize("shift_mm", [0.0, 0.3, -0.3])
def test_two_bones_that_touch_meet_where_they_met(shift_mm: float) -> None:
    bones = np.zeros((EDGE,) * 3, np.uint8)
    bones[2:5, 2:7, 2:7], bones[5:7, 2:7, 2:7] = HIP_BONE, SACRUM
    np.testing.assert_array_equal(_traced(bones, shift_mm), bones)


def test_a_corner_of_one_bone_within_another_is_the_others() -> None:
    bones = np.full((EDGE,) * 3, SACRUM, np.uint8)
    bones[4, 4, 4] = HIP_BONE
    # Half way to the next voxel both fill the same; beyond, one corner of eight is not enough.
    assert _traced(bones, 0.6)[4, 4, 4] == SACRUM
    assert HIP_BONE not in FEMURS
