"""Each failure is what its name says."""

import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.segmentation import Failed
from mskdex.phantom.segmentation import Failure
from mskdex.phantom.segmentation import failed_segmentation

RIGHT, LEFT = LABEL_BY_NAME["gluteus_medius_right"], LABEL_BY_NAME["gluteus_medius_left"]
REST = 42


def labels() -> np.ndarray:
    volume = np.zeros((40, 20, 20), np.uint8)
    volume[2:38, 2:18, 2:18] = REST
    volume[5:12, 6:12, 6:12] = RIGHT.value
    volume[28:36, 6:12, 6:12] = LEFT.value
    return volume


def test_a_lost_structure_is_the_rest_of_the_body() -> None:
    spoilt = failed_segmentation(labels(), Failed(Failure.LOST, RIGHT), REST)
    assert not (spoilt == RIGHT.value).any()
    assert (spoilt > 0).sum() == (labels() > 0).sum()
    assert (spoilt == LEFT.value).sum() == (labels() == LEFT.value).sum()


def test_swapped_sides_are_the_other_ones() -> None:
    spoilt = failed_segmentation(labels(), Failed(Failure.SWAPPED, RIGHT), REST)
    assert np.array_equal(spoilt == RIGHT.value, labels() == LEFT.value)
    assert np.array_equal(spoilt == LEFT.value, labels() == RIGHT.value)


def test_a_leak_grows_and_stays_in_the_body() -> None:
    spoilt = failed_segmentation(labels(), Failed(Failure.LEAKED, RIGHT), REST)
    assert (spoilt == RIGHT.value).sum() > 2 * (labels() == RIGHT.value).sum()
    assert ((spoilt > 0) == (labels() > 0)).all()
