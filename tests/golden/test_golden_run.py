"""The whole way on three virtual patients: simulated as a study, read by the shipped model, compared with the truth.

What it comes to is written down in golden_run.json. Another number there means that virtual patients, the model or the
reading of files have changed: on purpose, and then ``python tests/golden/test_golden_run.py`` writes it down anew.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from mskdex.cohort.plan import PHANTOM
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.study_case import StudyPlan
from mskdex.model.checkpoint import load_model
from mskdex.workflows.evaluate import EvaluateConfig
from mskdex.workflows.evaluate import evaluate
from mskdex.workflows.inputs import Ids
from mskdex.workflows.predict import PredictConfig
from mskdex.workflows.predict import predict
from mskdex.workflows.simulate import SimulateConfig
from mskdex.workflows.simulate import simulate

GOLDEN = Path(__file__).with_name("golden_run.json")
PATIENTS = StudyPlan(VirtualPlan(count=3, seed=3, per_template=3, voxel_mm=5.0, implant_share=0.0))
SAME_TRUTH, SAME_READING = 2e-3, 1e-2
"""Between processors: rounding moves a voxel here and there, and a network's sums hardly more."""


def golden_run(folder: Path) -> dict[str, Any]:
    """What is true and what is read, means of three patients by structure, side and quantity."""
    study, read = folder / "study", folder / "read"
    simulate(SimulateConfig(study, PATIENTS, workers=1), watch=lambda *_: None)
    subjects = study / "subjects.csv"
    predict([study / "radiographs"], PredictConfig(read, ids=Ids.STEM, subjects=subjects, threads=1))
    config = EvaluateConfig(read / "measurements.csv", study / "truth" / "measurements.csv", resamples=10, plots=False)
    rows = evaluate(config).rows
    return {
        "phantom": PHANTOM,
        "model": load_model().card.sha256,
        "true": {" ".join(row.target): round(float(row.truth.mean()), 4) for row in rows},
        "read": {" ".join(row.target): round(float(row.measured.mean()), 4) for row in rows},
    }


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(GOLDEN.read_text())
    return content


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return golden_run(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("version", ["phantom", "model"])
def test_it_is_of_this_version(version: str, found: dict[str, Any], written: dict[str, Any]) -> None:
    assert found[version] == written[version]


@pytest.mark.parametrize(("figures", "same"), [("true", SAME_TRUTH), ("read", SAME_READING)])
def test_nothing_has_changed_unnoticed(
    figures: str, same: float, found: dict[str, Any], written: dict[str, Any]
) -> None:
    assert found[figures] == pytest.approx(written[figures], rel=same)


def test_readings_are_near_the_truth(found: dict[str, Any]) -> None:
    off = [abs(np.log(found["read"][target] / true)) for target, true in found["true"].items()]
    assert np.median(off) < 0.15


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        GOLDEN.write_text(json.dumps(golden_run(Path(name)), indent=1) + "\n")
