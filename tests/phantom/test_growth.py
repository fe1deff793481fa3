"""Growth: targets are met, nothing overlaps, bones stay, and fat is as thick as asked."""

import numpy as np
import pytest

from mskdex.phantom.growth import Growable
from mskdex.phantom.growth import grow
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import RIGID


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5, 2.2])
def test_muscles_reach_their_volumes(growable: Growable, factor: float) -> None:
    target = growable.volume_cm3 * factor
    soft, volume = grow(growable, target, 15.0)
    # The smallest are some eighty of the toy's voxels: one shell of them is many percent.
    assert np.abs(volume / target - 1).max() < 0.08
    counted = np.bincount(soft[growable.rigid == 0], minlength=64)[list(GROWING)] * growable.template.voxel_cm3
    np.testing.assert_allclose(counted, volume)


def test_one_muscle_grows_at_its_neighbours_expense_only_in_shape(growable: Growable) -> None:
    target = growable.volume_cm3.copy()
    target[6] *= 2.5
    _, volume = grow(growable, target, 15.0)
    assert np.abs(volume / target - 1).max() < 0.05


def test_bones_do_not_move(growable: Growable) -> None:
    grow(growable, growable.volume_cm3 * 2, 15.0)
    inside = growable.template.parts[np.isin(growable.template.parts, RIGID)].size
    assert np.count_nonzero(growable.rigid) == inside


def test_a_thicker_layer_of_fat_makes_a_larger_body_with_the_same_muscles(growable: Growable) -> None:
    thin, thin_volume = grow(growable, growable.volume_cm3, 6.0)
    thick, thick_volume = grow(growable, growable.volume_cm3, 40.0)
    np.testing.assert_array_equal(thin_volume, thick_volume)
    assert np.all((thin > 0) <= (thick > 0))
    assert np.count_nonzero(thick) > 1.2 * np.count_nonzero(thin)
