"""Muscles hold as much fat as was drawn, however small they are, and in any pose."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.pose import Pose
from mskdex.phantom.posing import Body
from mskdex.phantom.tissue import sample_tissue
from mskdex.physics import HU_FAT
from mskdex.physics import HU_LEAN
from mskdex.physics import lean_fraction

BENT = Pose((6.0, 2.0, -3.0), ((-4.0, 6.0, 10.0), (3.0, -5.0, -12.0)))
POSES = {"supine": SUPINE, "bent": BENT}
MUSCLES = len(MUSCLE_LABELS)


def _as_lean(body: Body, lean: float, seed: int = 3) -> Body:
    rng = np.random.default_rng(seed)
    return replace(body, tissue=sample_tissue(rng, np.full(MUSCLES, lean), 1.0, 1.0))


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("lean", [0.3, 0.45, 0.7, 0.9, 0.97])
def test_muscles_are_as_lean_as_drawn(body: Body, lean: float, pose: str) -> None:
    patient = lay_down(_as_lean(body, lean), POSES[pose], voxel_mm=5.0)
    for value in range(1, MUSCLES + 1):
        hu = patient.hu[patient.labels == value]
        assert lean_fraction(hu).mean() == pytest.approx(lean, abs=0.004)  # HU are whole numbers
        assert hu.min() >= HU_FAT - 1
        assert hu.max() <= HU_LEAN + 1


def test_people_of_one_lean_fraction_keep_their_texture(body: Body) -> None:
    one, other = (lay_down(_as_lean(body, 0.7, seed), SUPINE, voxel_mm=5.0) for seed in (3, 4))
    assert np.std(one.hu[one.labels == 1]) > 10
    assert not np.array_equal(one.hu[one.labels == 1], other.hu[one.labels == 1])
