"""What bones carry along: laws of a blend of rigid motions, on a row of beads between two bones."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.geometry import Rigid
from mskdex.geometry import transform_points
from mskdex.geometry import voxel_grid
from mskdex.phantom.carried import carry
from mskdex.projection import ProjectionVolume

VOXEL_MM = 2.0
ONE, OTHER, ABSENT = 1, 2, 9
BEADS = (3, 4, 5, 6, 7)
STILL = Rigid.identity()
UP = Rigid.translation((0.0, 0.0, 20.0))


def _rod() -> ProjectionVolume:
    """Two bones 180 mm apart and five beads evenly between them, each a cube of 8 mm."""
    labels = np.zeros((110, 20, 20), np.uint8)
    for number, label in enumerate((ONE, *BEADS, OTHER)):
        first = 5 + 15 * number
        labels[first : first + 4, 8:12, 8:12] = label
    return ProjectionVolume.from_arrays(labels, np.float32(0.1) * labels, voxel_grid(VOXEL_MM, (-100.0, 30.0, 5.0)))


def _centres_mm(volume: ProjectionVolume) -> np.ndarray:
    labels = volume.labels
    return np.array(
        [transform_points(volume.voxel_to_world, np.argwhere(labels == bead).mean(axis=0)) for bead in BEADS]
    )


def test_bones_that_stay_move_nothing() -> None:
    ct = _rod()
    carried = carry(ct, [([ONE], STILL), ([OTHER], STILL)])
    room = (np.array(carried.packed.shape) - ct.packed.shape) // 2
    inside = tuple(slice(first, first + size) for first, size in zip(room, ct.packed.shape, strict=True))
    np.testing.assert_array_equal(carried.packed[inside], ct.packed)
    assert (carried.packed > 0).sum() == (ct.packed > 0).sum()


def test_what_lies_between_bones_that_move_as_one_moves_as_they_do() -> None:
    ct, motion = _rod(), Rigid.rotation((5.0, -12.0, 8.0), about_mm=(20.0, 0.0, 10.0))
    carried = carry(ct, [([ONE], motion), ([OTHER], motion)])
    np.testing.assert_allclose(_centres_mm(carried), motion.apply(_centres_mm(ct)), atol=0.5)
    for bead in BEADS:
        assert (carried.labels == bead).sum() == pytest.approx(64, rel=0.15)


def test_between_bones_that_part_the_nearer_counts_more() -> None:
    ct = _rod()
    carried = carry(ct, [([ONE], STILL), ([OTHER], UP)])
    up_mm = (_centres_mm(carried) - _centres_mm(ct))[:, 2]
    assert up_mm[2] == pytest.approx(10.0, abs=0.5)  # halfway, half of the way
    assert (np.diff(up_mm) > 0).all()
    assert up_mm[0] < 2.0
    assert up_mm[-1] > 18.0


def test_a_bone_that_the_ct_does_not_hold_carries_nothing() -> None:
    ct, here = _rod(), [([ONE], STILL), ([OTHER], UP)]
    np.testing.assert_array_equal(carry(ct, [*here, ([ABSENT], UP)]).packed, carry(ct, here).packed)
    with pytest.raises(ValueError, match="none of the bones"):
        carry(ct, [([ABSENT], UP)])


def _mirrored(volume: ProjectionVolume) -> ProjectionVolume:
    """As a mirror in the plane x = 0 shows it."""
    flip, last = np.diag([-1.0, 1.0, 1.0, 1.0]), voxel_grid(1.0, (volume.packed.shape[0] - 1, 0, 0))
    frame = flip @ volume.voxel_to_world @ last @ flip
    return replace(volume, packed=np.ascontiguousarray(volume.packed[::-1]), voxel_to_world=frame)


@pytest.mark.parametrize("shift", [0, 1])
def test_a_mirror_image_is_carried_to_the_mirror_image(shift: int) -> None:
    """At even and at odd places: distances are kept on a coarser grid."""
    ct = _rod()
    ct = replace(ct, packed=np.pad(ct.packed, ((shift, 0), (0, 0), (0, 0))))
    carried = carry(ct, [([ONE], STILL), ([OTHER], UP)])
    other = carry(_mirrored(ct), [([ONE], STILL), ([OTHER], UP)])
    np.testing.assert_allclose(_centres_mm(other), _centres_mm(carried) * (-1, 1, 1), atol=0.5 * VOXEL_MM)
    halfway_mm = [_centres_mm(each)[2, 2] - _centres_mm(ct)[2, 2] for each in (carried, other)]
    assert halfway_mm == pytest.approx([10.0, 10.0], abs=0.5 * VOXEL_MM)


@pytest.mark.parametrize("at", [20, 21])
def test_a_bone_one_voxel_thick_goes_its_own_way(at: int) -> None:
    labels = np.zeros((44, 12, 12), np.uint8)
    labels[at, 4:8, 4:8], labels[at + 4 : at + 8, 4:8, 4:8] = ONE, OTHER
    ct = ProjectionVolume.from_arrays(labels, np.float32(0.1) * labels, voxel_grid(VOXEL_MM, (0.0, 0.0, 0.0)))
    carried = carry(ct, [([ONE], UP), ([OTHER], STILL)])
    before, after = (transform_points(each.voxel_to_world, np.argwhere(each.labels == ONE)) for each in (ct, carried))
    np.testing.assert_allclose(after.mean(axis=0) - before.mean(axis=0), (0, 0, 20), atol=0.5 * VOXEL_MM)


def test_voxels_may_be_oblong_and_turned() -> None:
    ct, turned = _rod(), Rigid.rotation((10.0, 20.0, 30.0))
    halved = np.diag([1.0, 1.0, 0.5, 1.0]) @ voxel_grid(1.0, (0.0, 0.0, -0.5))
    thin = ProjectionVolume.from_arrays(
        np.repeat(ct.labels, 2, axis=2),
        np.repeat(ct.density_g_per_cm3, 2, axis=2),
        turned.matrix @ ct.voxel_to_world @ halved,
    )
    carried = carry(thin, [([ONE], STILL), ([OTHER], turned @ UP @ turned.inverse)])
    expected = turned.apply(_centres_mm(carry(ct, [([ONE], STILL), ([OTHER], UP)])))
    np.testing.assert_allclose(_centres_mm(carried), expected, atol=0.5 * VOXEL_MM)


def test_nothing_is_lost_however_far_it_goes() -> None:
    ct, far = _rod(), Rigid.translation((300.0, -150.0, 90.0))
    carried = carry(ct, [([ONE], far), ([OTHER], far)])
    assert np.bincount(carried.labels.ravel()).tolist()[1:] == np.bincount(ct.labels.ravel()).tolist()[1:]
