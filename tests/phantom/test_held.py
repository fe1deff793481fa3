"""What a view cuts off of a muscle, and what is left of it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.phantom.held import held_fraction
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template

VASTUS = LABEL_BY_NAME["vastus_medialis_right"]
PSOAS = LABEL_BY_NAME["psoas_major_left"]
TOP = 60


def _column(toy: Template, value: int, first: int, last: int) -> Template:
    """The toy with this muscle as a column between two slices, far from all else."""
    parts = np.where(toy.parts == value, np.uint8(Part.FAT), toy.parts)
    parts[36, 20, first:last] = value
    return replace(toy, parts=parts)


@pytest.mark.parametrize("top", [40, 60])
def test_a_thigh_muscle_that_is_cut_is_held_as_its_belly_says(toy: Template, top: int) -> None:
    """From its upper end, 0.277 statures over its lower one if that is at the hips, to the end of the grid."""
    held = held_fraction(_column(toy, VASTUS.value, 0, top))[VASTUS.channel]
    z_mm = toy.origin_mm[2] + 5.0 * np.array([0, top - 1])
    share = (z_mm + 0.277 * 1700) / (z_mm[1] + 0.277 * 1700)
    assert held == pytest.approx(np.diff(beta.cdf(share, 3.0, 3.2))[0])
    assert 0 < held < 1


def test_the_psoas_is_cut_at_its_upper_end(toy: Template) -> None:
    lowest, slices = 30, toy.parts.shape[2]
    whole = held_fraction(_column(toy, PSOAS.value, lowest, slices - 1))[PSOAS.channel]
    held = held_fraction(_column(toy, PSOAS.value, lowest, slices))[PSOAS.channel]
    assert whole == 1
    assert 0.5 < held < 1


def test_the_higher_the_cut_the_less_is_held(toy: Template) -> None:
    held = []
    for removed in (0, 1, 2):
        column = _column(toy, VASTUS.value, 0, TOP)
        frame = toy.voxel_to_world.copy()
        frame[2, 3] += 5.0 * removed
        cut = replace(column, parts=column.parts[:, :, removed:], voxel_to_world=frame)
        held.append(held_fraction(cut)[VASTUS.channel])
    assert held[0] > held[1] > held[2] > 0
