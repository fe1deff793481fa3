"""What a paired row sees of its patients."""

from dataclasses import fields
from dataclasses import replace
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
    pairs = RECIPES[row].pairs
    assert pairs is not None
    return Paired(RECIPES[row], pairs, NORMS).draw(LIBRARY, [patient], [default_rng(seed)], Origin(Position()))


@pytest.mark.parametrize("seed", range(4))
def test_stored_bodies_and_exposures_are_seen_without_the_attenuation(seed: int) -> None:
    batch = _drawn(Row.U_STORED, _patient(np.nan), seed)
    for each in fields(batch):
        if each.name != "origin":
            assert torch.isfinite(getattr(batch, each.name)).all(), each.name
    other = _drawn(Row.U_STORED, _patient(3.0), seed)
    assert torch.equal(batch.radiograph, other.radiograph)


def test_the_registered_ct_is_seen_in_the_truths_place() -> None:
    patient = _patient(3.0)
    nowhere = np.full((42, 72, 80), np.nan, np.float16)
    elsewhere = replace(
        patient.arrays,
        thickness_cm=nowhere,
        mass_g_per_cm2=nowhere[:41],
        attenuation=nowhere[0].repeat(2, 0).repeat(2, 1),
        ct_thickness_cm=nowhere,
        ct_mass_g_per_cm2=nowhere[:41],
        registered_thickness_cm=patient.arrays.thickness_cm,
        registered_mass_g_per_cm2=2 * patient.arrays.mass_g_per_cm2,
    )
    paired, carried = _drawn(Row.U_STORED, patient, 0), _drawn(Row.D_CARRIED, Patient(patient.subject, elsewhere), 0)
    assert torch.equal(carried.thickness_cm, paired.thickness_cm)
    assert torch.equal(carried.mass_g_per_cm2, 2 * paired.mass_g_per_cm2)
    assert torch.equal(carried.radiograph, paired.radiograph)


@pytest.mark.parametrize("row", [Row.U_EXPOSED, Row.U])
def test_bodies_exposed_anew_are_seen_through_it(row: Row) -> None:
    one, other = (_drawn(row, _patient(attenuation), 0) for attenuation in (1.0, 3.0))
    assert not torch.equal(one.radiograph, other.radiograph)


def test_bodies_that_are_only_exposed_anew_keep_their_sums() -> None:
    patient = _patient(1.0)
    stored, exposed, deformed = (_drawn(row, patient, 0) for row in (Row.U_STORED, Row.U_EXPOSED, Row.U))
    assert not torch.equal(exposed.radiograph, stored.radiograph)
    assert torch.equal(exposed.thickness_cm.amax(), stored.thickness_cm.amax())
    assert not torch.equal(deformed.thickness_cm.amax(), stored.thickness_cm.amax())
