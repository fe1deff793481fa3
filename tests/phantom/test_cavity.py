"""Hulls of slices: convex, and of any mask that a segmentation may leave."""

import numpy as np
import pytest

from mskdex.phantom.cavity import filled_hull


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(2, 3)],
        [(2, 3), (5, 1)],
        [(0, 4), (1, 4), (6, 4)],
        [(1, 1), (2, 2), (3, 3), (7, 7)],
        [(0, 6), (2, 5), (4, 4), (8, 2)],
    ],
)
def test_what_lies_in_one_line_is_its_own_hull(points: list[tuple[int, int]]) -> None:
    mask = np.zeros((9, 8), bool)
    for point in points:
        mask[point] = True
    np.testing.assert_array_equal(filled_hull(mask), mask)


def test_a_pixel_off_the_line_spans_a_triangle() -> None:
    mask = np.zeros((9, 9), bool)
    mask[[0, 4, 8, 8], [0, 4, 8, 0]] = True
    np.testing.assert_array_equal(filled_hull(mask), np.tril(np.ones((9, 9), bool)))
