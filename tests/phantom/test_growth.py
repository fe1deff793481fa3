"""Growth: targets are met, nothing overlaps, bones stay, and fat is as thick as asked."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from mskdex.errors import UsageError
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.growth import FAT
from mskdex.phantom.growth import Layers
from mskdex.phantom.growth import Shown
from mskdex.phantom.growth import grow
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import RIGID
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template

SLABS = (1, 2)
"""Two muscles whose places the toy can spare."""


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5, 2.2])
def test_muscles_reach_their_volumes(growable: Growable, factor: float) -> None:
    target = growable.volume_cm3 * factor
    soft, volume = grow(growable, target, Layers(15.0), Shown.template(growable))
    # The smallest are some eighty of the toy's voxels, each more than a percent of the target.
    assert np.abs(volume / target - 1).max() < 0.02
    counted = np.bincount(soft[growable.rigid == 0], minlength=64)[list(GROWING)] * growable.template.voxel_cm3
    np.testing.assert_allclose(counted, volume)


def test_one_muscle_grows_at_its_neighbours_expense_only_in_shape(growable: Growable) -> None:
    target = growable.volume_cm3.copy()
    target[6] *= 2.5
    _, volume = grow(growable, target, Layers(15.0), Shown.template(growable))
    assert np.abs(volume / target - 1).max() < 0.005


def test_a_muscle_of_which_nothing_is_wanted_vanishes(growable: Growable) -> None:
    target = growable.volume_cm3.copy()
    target[6] = 0
    _, volume = grow(growable, target, Layers(15.0), Shown.template(growable))
    assert volume[6] < 1
    np.testing.assert_allclose(np.delete(volume, 6), np.delete(target, 6), rtol=0.02)


def test_bones_do_not_move(growable: Growable) -> None:
    grow(growable, growable.volume_cm3 * 2, Layers(15.0), Shown.template(growable))
    inside = growable.template.parts[np.isin(growable.template.parts, RIGID)].size
    assert np.count_nonzero(growable.rigid) == inside


def test_a_thicker_layer_of_fat_makes_a_larger_body_with_the_same_muscles(growable: Growable) -> None:
    thin, thin_volume = grow(growable, growable.volume_cm3, Layers(6.0), Shown.template(growable))
    thick, thick_volume = grow(growable, growable.volume_cm3, Layers(40.0), Shown.template(growable))
    np.testing.assert_array_equal(thin_volume, thick_volume)
    assert np.all((thin > 0) <= (thick > 0))
    assert np.count_nonzero(thick) > 1.2 * np.count_nonzero(thin)


@pytest.mark.parametrize("ratio", [0.6, 1.0, 2.1])
def test_fat_under_the_skin_goes_from_crest_to_thigh_as_was_asked(growable: Growable, ratio: float) -> None:
    layers = Layers(20.0, thigh_over_crest=ratio)
    at = layers.subcutaneous_at(np.array([-3.0, -1.1, 0.0, 0.8, 3.0]))
    assert at[1] / at[3] == pytest.approx(ratio)
    np.testing.assert_allclose(at[[0, 2, 4]], [at[1], 20.0, at[3]])

    plain, changed = (
        grow(growable, growable.volume_cm3, each, Shown.template(growable))[0] for each in (Layers(20.0), layers)
    )
    below, above = (
        np.count_nonzero(changed[:, :, chosen]) / np.count_nonzero(plain[:, :, chosen]) for chosen in _halves(growable)
    )
    assert np.sign(below - 1) == np.sign(1 - above) == np.sign(ratio - 1)


def _halves(growable: Growable) -> tuple[slice, slice]:
    """Slices below and above the hips."""
    middle = int(np.searchsorted(growable.over_hips, 0.0))
    return slice(8, middle - 12), slice(middle + 12, -8)


@pytest.mark.parametrize("fat_mm", [3.0, 10.0, 40.0])
def test_there_is_no_air_inside_a_body(growable: Growable, fat_mm: float) -> None:
    soft, _ = grow(growable, growable.volume_cm3, Layers(fat_mm), Shown.template(growable))
    _, pieces = ndimage.label((soft == 0) & (growable.rigid == 0))
    assert pieces == 1


@pytest.fixture(scope="module")
def slabs(toy: Template) -> Growable:
    """The toy with two of its muscles as slabs in its middle, one on the other."""
    parts = toy.parts.copy()
    parts[np.isin(parts, SLABS)] = FAT
    for value, rows in zip(SLABS, (slice(9, 14), slice(14, 19)), strict=True):
        parts[26:46, rows, 6:66] = value
    return prepare(replace(toy, parts=parts))


@pytest.mark.parametrize("thickness", [1.0, 3.0, 8.0])
def test_muscles_that_touch_are_parted_by_a_layer_as_thick_as_asked(slabs: Growable, thickness: float) -> None:
    target = slabs.volume_cm3
    soft, volume = grow(slabs, target, Layers(15.0, thickness), Shown.template(slabs))
    both = [GROWING.index(value) for value in SLABS]
    np.testing.assert_allclose(volume[both], target[both], rtol=0.01)
    low, high = (np.argwhere(soft == value)[:, 1] for value in SLABS)
    i, _, k = np.argwhere(soft == SLABS[0]).mean(axis=0).astype(int)
    between = soft[i - 7 : i + 7, int(low.min()) + 2 : int(high.max()) - 1, k - 24 : k + 24]
    layer = np.count_nonzero(between == FAT, axis=1).mean() * slabs.template.spacing_mm[1]
    assert layer == pytest.approx(thickness, rel=0.15)


@pytest.mark.parametrize("factors", [(0.7, 2.2), (2.2, 0.7), (1.8, 1.8)])
def test_a_muscle_that_its_neighbour_squeezes_reaches_its_volume(slabs: Growable, factors: tuple[float, float]) -> None:
    target = slabs.volume_cm3.copy()
    both = [GROWING.index(value) for value in SLABS]
    target[both] *= factors
    _, volume = grow(slabs, target, Layers(15.0), Shown.template(slabs))
    np.testing.assert_allclose(volume[both], target[both], rtol=0.005)


def test_without_intermuscular_fat_muscles_touch(slabs: Growable) -> None:
    soft, _ = grow(slabs, slabs.volume_cm3, Layers(15.0), Shown.template(slabs))
    low, high = (np.argwhere(soft == value)[:, 1] for value in SLABS)
    assert high.min() - low.max() == 1


def test_a_body_without_a_belly_s_wall_is_refused_by_its_parts_name(toy: Template) -> None:
    without = np.where(toy.parts == Part.ABDOMINAL_WALL_LEFT, np.uint8(Part.FAT), toy.parts)
    with pytest.raises(UsageError, match=r"'toy': it lacks abdominal_wall_left$"):
        prepare(replace(toy, parts=without))


@pytest.mark.parametrize("factor", [0.5, 1.7])
def test_a_muscle_s_thin_end_keeps_its_share(toy: Template, factor: float) -> None:
    """Were its surface moved as far everywhere, the end would lose or gain much more than the rest."""
    parts = toy.parts.copy()
    muscle = SLABS[0]
    parts[np.isin(parts, SLABS)] = FAT
    parts[32:40, 9:17, 6:21], parts[34:38, 11:15, 21:36] = muscle, muscle
    parts[20, 20, 20] = SLABS[1]  # it must be somewhere
    growable = prepare(replace(toy, parts=parts))
    target = growable.volume_cm3.copy()
    target[GROWING.index(muscle)] *= factor
    soft, _ = grow(growable, target, Layers(15.0), Shown.template(growable))
    before, after = (
        np.count_nonzero(each, axis=(0, 1)) for each in (growable.on_grid(parts == muscle), soft == muscle)
    )
    thick, thin = slice(9, 17), slice(26, 33)
    change = (after[thin].sum() / before[thin].sum()) / (after[thick].sum() / before[thick].sum())
    assert change == pytest.approx(1, abs=0.25)
