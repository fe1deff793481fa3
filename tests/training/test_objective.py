"""What a paired row sees of its patients."""

from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.random import default_rng

from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.training.feed import Batch
from mskdex.training.feed import Origin
from mskdex.training.library import Patient
from mskdex.training.library import Position
from mskdex.training.objective import Paired
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Row
from mskdex.training.state import Norms

LIBRARY: Any = SimpleNamespace(canvas=Canvas())
NORMS = Norms(torch.ones(42), torch.ones(41))


def _patient(attenuation: float) -> Patient:
    """A square in every map and in the radiograph; the attenuation is the same number everywhere."""
    square = np.zeros((72, 80), np.float16)
    square[28:44, 32:48] = 1
    arrays = Arrays(
        radiograph=np.kron(0.2 + 0.6 * square, np.ones((2, 2))).astype(np.float16),
        field=np.ones((144, 160), bool),
        thickness_cm=np.repeat(square[None], 42, 0),
        mass_g_per_cm2=np.repeat(square[None], 41, 0),
        whole_volume_cm3=np.ones(41, np.float32),
        whole_mass_g=np.ones(41, np.float32),
        attenuation=np.full((144, 160), attenuation, np.float16),
    )
    return Patient(Subject("one", "builtin-f-01", Split.TRAIN, seed=0), arrays)


def _drawn(row: Row, patient: Patient, seed: int) -> Batch:
    return Paired(RECIPES[row], NORMS).draw(LIBRARY, [patient], [default_rng(seed)], Origin(Position()))


@pytest.mark.parametrize("seed", range(4))
def test_stored_bodies_and_exposures_are_seen_without_the_attenuation(seed: int) -> None:
    batch = _drawn(Row.U_STORED, _patient(np.nan), seed)
    for each in fields(batch):
        if each.name != "origin":
            assert torch.isfinite(getattr(batch, each.name)).all(), each.name
    other = _drawn(Row.U_STORED, _patient(3.0), seed)
    assert torch.equal(batch.radiograph, other.radiograph)


def test_bodies_exposed_anew_are_seen_through_it() -> None:
    one, other = (_drawn(Row.U, _patient(attenuation), 0) for attenuation in (1.0, 3.0))
    assert not torch.equal(one.radiograph, other.radiograph)
