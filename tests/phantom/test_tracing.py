"""Where bones touch, a point belongs to the one that fills more of its surroundings; and no bone is overlooked."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

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


def test_looking_for_bones_only_where_some_may_be_overlooks_none() -> None:
    warp_mm = np.random.default_rng(0).normal(0, 8, (3, 9, 9, 9)).astype(np.float32)
    bones = np.zeros((60, 50, 70), np.uint8)
    bones[10:22, 20:30, 3:45], bones[40:48, 18:30, 3:40] = FEMURS[0], FEMURS[1]
    bones[15:50, 15:35, 45:52] = SACRUM
    away, inside = (ndimage.distance_transform_edt(mask) for mask in (bones == 0, bones > 0))
    source = Source.of(
        (bones, (away - inside).astype(np.float32)),
        Shape(np.array([1.1, 0.9, 1.05]), warp_mm, np.full(3, -80.0)),
        Frame(np.full(3, 2.0), np.zeros(3), np.array([60.0, 50.0, 90.0]), np.full(70, 60.0)),
        Settling.none(),
    )
    hips = np.array([[-28.0, 0, 0], [28.0, 0, 0]])
    bent = Rotation.from_euler("xyz", [[12, 5, -4], [-9, -6, 7]], degrees=True).as_matrix()
    motion = Motion(Rotation.from_euler("x", 6, degrees=True).as_matrix(), bent, hips, hips)
    frame = np.diag([2.2, 2.2, 2.2, 1.0])
    frame[:3, 3] = -70, -70, -90
    quick = trace(motion, source, frame, (60, 60, 80))
    thorough = trace(motion, source._replace(by_bone=np.ones_like(source.by_bone)), frame, (60, 60, 80))
    for found, expected in zip(quick, thorough, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert set(FEMURS) | {SACRUM} <= set(np.unique(quick.bone))
    assert 0.1 < source.by_bone.mean() < 0.7
