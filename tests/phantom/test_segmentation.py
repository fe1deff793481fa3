"""Each failure is what its name says."""

import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.segmentation import Failed
from mskdex.phantom.segmentation import Failure
from mskdex.phantom.segmentation import failed_segmentation
from mskdex.phantom.segmentation import sample_failure

RIGHT, LEFT = LABEL_BY_NAME["gluteus_medius_right"], LABEL_BY_NAME["gluteus_medius_left"]
REST = 42
SPACING = np.array([2.0, 2.0, 2.0])


def labels() -> np.ndarray:
    volume = np.zeros((40, 20, 20), np.uint8)
    volume[2:38, 2:18, 2:18] = REST
    volume[5:12, 6:12, 6:12] = RIGHT.value
    volume[28:36, 6:12, 6:12] = LEFT.value
    return volume


def test_a_lost_structure_is_the_rest_of_the_body() -> None:
    spoilt = failed_segmentation(labels(), Failed(Failure.LOST, RIGHT), SPACING)
    assert not (spoilt == RIGHT.value).any()
    assert (spoilt > 0).sum() == (labels() > 0).sum()
    assert (spoilt == LEFT.value).sum() == (labels() == LEFT.value).sum()


def test_swapped_sides_are_the_other_ones() -> None:
    spoilt = failed_segmentation(labels(), Failed(Failure.SWAPPED, RIGHT), SPACING)
    assert np.array_equal(spoilt == RIGHT.value, labels() == LEFT.value)
    assert np.array_equal(spoilt == LEFT.value, labels() == RIGHT.value)


def test_a_leak_reaches_a_centimetre_and_stays_in_the_body() -> None:
    spoilt = failed_segmentation(labels(), Failed(Failure.LEAKED, RIGHT), SPACING)
    assert ((spoilt > 0) == (labels() > 0)).all()
    column = spoilt[:, 8, 8]
    # Ten millimetres from the outer face of a voxel of two: five voxels, of which the body's end cuts two off below.
    np.testing.assert_array_equal(np.flatnonzero(column == RIGHT.value), np.arange(2, 17))


def test_what_befalls_a_structure_is_drawn_among_those_given() -> None:
    drawn = {sample_failure(np.random.default_rng(seed), (RIGHT,)) for seed in range(30)}
    assert {each.label for each in drawn} == {RIGHT}
    assert {each.failure for each in drawn} == set(Failure)
