"""Repeatability: the command that is recorded makes the figures again, and an interval holds its mean."""

import numpy as np
import pytest

from accuracy_page import _repeated
from mskdex.anatomy import MUSCLE_LABELS
from repeatability import _summary
from repeatability import command_of


def test_the_command_names_all_that_decides() -> None:
    assert command_of(20, ["builtin", "atlas"]) == (
        "python benchmarks/repeatability.py --patients 20 --anatomy builtin atlas:PATH"
    )


def test_an_interval_holds_its_mean() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(100, 300, (40, 1, 41)) * np.exp(0.03 * rng.normal(size=(40, 4, 41)))
    whole = rng.random((40, 41)) > 0.2
    mean = _summary(values, whole, list(MUSCLE_LABELS[:6]))["mean"]
    low, high = mean["rms_cv_percent_95"]
    assert mean["rms_cv_percent"] == pytest.approx(3.0, abs=0.3)
    assert low < mean["rms_cv_percent"] < high
    assert high - low < 1.0


def test_the_page_reads_records_of_one_anatomy_and_of_several() -> None:
    mean = {"rms_cv_percent": 4.0, "between_patients_percent": 30.0}
    ways = {way: {"muscle_volume": {"mean": mean}} for way in ("image", "setup")}
    assert "| builtin | muscle volume | 4.0 | 4.0 | 30 |" in _repeated({"cohort": "16 builtin patients", **ways})
    mean["rms_cv_percent_95"] = [3.0, 5.0]
    page = _repeated({"cohort": "x", "anatomies": {"atlas": ways}})
    assert "| atlas | muscle volume | 4.0 (3.0 to 5.0) | 4.0 (3.0 to 5.0) | 30 |" in page
