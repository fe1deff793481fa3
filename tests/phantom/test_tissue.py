"""What parts are made of: muscle is never denser than muscle."""

import numpy as np

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Part
from mskdex.phantom.tissue import Tissue
from mskdex.phantom.tissue import sample_tissue
from mskdex.physics import HU_LEAN

MUSCLES = [*(label.value for label in MUSCLE_LABELS), *OTHER_MUSCLES]


def _tissue(lean: float, seed: int = 3) -> Tissue:
    return sample_tissue(np.random.default_rng(seed), np.full(len(MUSCLE_LABELS), lean), 1.0, 1.0)


def test_nothing_in_a_muscle_is_denser_than_muscle() -> None:
    limits = _tissue(0.9).soft_range_hu
    np.testing.assert_array_equal(limits[1, MUSCLES], np.float32(HU_LEAN))
    assert np.isinf(limits[:, Part.VISCERA]).all()


def test_people_of_one_lean_fraction_are_not_equally_patchy() -> None:
    textures = [_tissue(0.85, seed).soft_texture_hu[MUSCLE_LABELS[0].value] for seed in range(30)]
    assert 0.1 < np.std(np.log(textures)) < 0.5


def test_joints_are_no_fat() -> None:
    assert 40 < _tissue(0.9).soft_hu[Part.CARTILAGE] < 120
