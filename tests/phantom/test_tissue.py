"""What parts are made of: muscle is never denser than muscle, and holds as much fat as was drawn."""

import numpy as np
import pytest

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Part
from mskdex.phantom.tissue import STREAKS
from mskdex.phantom.tissue import TEXTURE_STEPS
from mskdex.phantom.tissue import Tissue
from mskdex.phantom.tissue import sample_tissue
from mskdex.phantom.tissue import texture_banks
from mskdex.physics import HU_LEAN
from mskdex.physics import lean_fraction

MUSCLES = [*(label.value for label in MUSCLE_LABELS), *OTHER_MUSCLES]


def _tissue(lean: float, seed: int = 3) -> Tissue:
    return sample_tissue(np.random.default_rng(seed), np.full(len(MUSCLE_LABELS), lean), 1.0, 1.0)


@pytest.mark.parametrize("lean", [0.3, 0.45, 0.7, 0.9, 0.97])
@pytest.mark.parametrize("seed", range(6))
def test_muscles_are_as_lean_as_drawn(lean: float, seed: int) -> None:
    tissue, value = _tissue(lean, seed), MUSCLE_LABELS[0].value
    texture = texture_banks()[STREAKS].astype(np.float64) / TEXTURE_STEPS
    hu = np.clip(tissue.soft_hu[value] + tissue.soft_texture_hu[value] * texture, *tissue.soft_range_hu[:, value])
    assert lean_fraction(hu).mean() == pytest.approx(lean, abs=0.012)


def test_nothing_in_a_muscle_is_denser_than_muscle() -> None:
    limits = _tissue(0.9).soft_range_hu
    np.testing.assert_array_equal(limits[1, MUSCLES], np.float32(HU_LEAN))
    assert np.isinf(limits[:, Part.VISCERA]).all()


def test_people_of_one_lean_fraction_are_not_equally_patchy() -> None:
    textures = [_tissue(0.85, seed).soft_texture_hu[MUSCLE_LABELS[0].value] for seed in range(30)]
    assert 0.1 < np.std(np.log(textures)) < 0.5


def test_joints_are_no_fat() -> None:
    assert 40 < _tissue(0.9).soft_hu[Part.CARTILAGE] < 120
