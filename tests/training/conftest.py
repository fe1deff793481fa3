"""Patients as a hospital has them: those of a blob cohort, whose CT lay in another pose."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mskdex.cohort import Arrays
from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.model.card import CARD
from mskdex.model.card import VOCABULARY
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.card import InputRule

AsInHospital = Callable[[Arrays], Arrays]
LeaveModel = Callable[..., Path]


@pytest.fixture(scope="session")
def as_in_hospital() -> AsInHospital:
    """Adds the CT's maps, and those of the CT registered (each moved, sums unchanged), to a patient's arrays."""

    def added(arrays: Arrays) -> Arrays:
        moved = {"shift": (2, -3), "axis": (1, 2)}
        return replace(
            arrays,
            ct_thickness_cm=np.roll(arrays.thickness_cm, **moved),
            ct_mass_g_per_cm2=np.roll(arrays.mass_g_per_cm2, **moved),
            registered_thickness_cm=np.roll(arrays.thickness_cm, 1, axis=2),
            registered_mass_g_per_cm2=np.roll(arrays.mass_g_per_cm2, 1, axis=2),
        )

    return added


@pytest.fixture(scope="session")
def leave_model() -> LeaveModel:
    """Writes a model whose card says whom it was trained on and how."""

    def leave(
        folder: Path, subjects: object, training: dict[str, Any] | None = None, weights: bytes = b"weights"
    ) -> Path:
        card = Card(
            schema=3,
            name="test",
            version="1",
            vocabulary=VOCABULARY,
            input=InputRule(),
            sha256=hashlib.sha256(weights).hexdigest(),
            cohort={"subjects": subjects},
            training=training or {},
            intended_use="tests",
            limits=(),
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WEIGHTS).write_bytes(weights)
        (folder / CARD).write_text(card.to_json())
        return folder

    return leave


def poisoned(arrays: Arrays) -> Arrays:
    """Whatever a hospital does not have is not a number."""
    assert arrays.attenuation is not None
    names = ("thickness_cm", "mass_g_per_cm2", "attenuation")
    return replace(arrays, **{name: np.full_like(getattr(arrays, name), np.nan) for name in names})


@pytest.fixture(scope="module")
def poisoned_cohort(tmp_path_factory: pytest.TempPathFactory, blob_cohort, as_in_hospital) -> Path:  # type: ignore[no-untyped-def]
    """A cohort whose truth in the radiograph's pose would spoil every loss that touched it."""
    folder = tmp_path_factory.mktemp("poisoned")
    source = Cohort.open(blob_cohort(folder / "whole", {Split.TRAIN: 5, Split.VALIDATION: 2}))
    with pytest.MonkeyPatch.context() as patch, CohortWriter(folder / "cohort", provenance={}) as writer:
        patch.setattr("mskdex.cohort.store.check", lambda *_: None)
        for subject in source.subjects:
            writer.add(subject, poisoned(as_in_hospital(source.read(subject))))
    return folder / "cohort"
