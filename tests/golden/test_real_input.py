"""Real radiographs through the shipped model: a result or an honest flag, a refusal in one sentence.

The files are third-party data that the project does not hold; MSKDEX_DEV_DATA says where they are.
"""

import csv
import json
import os
from pathlib import Path

import pytest

from mskdex.errors import ExitCode
from mskdex.workflows.predict import PredictConfig
from mskdex.workflows.predict import predict

DATA = os.environ.get("MSKDEX_DEV_DATA")
pytestmark = [
    pytest.mark.dev_data,
    pytest.mark.skipif(DATA is None, reason="MSKDEX_DEV_DATA, the folder of the development data, is unset"),
]
LOWER_LEG = "RG3_UNCR_lowerleg_CR_MONOCHROME1.dcm"


def _radiographs() -> Path:
    return Path(str(DATA)) / "radiographs"


def test_childrens_hips_are_flagged_or_refused_and_never_passed_as_plain(tmp_path: Path) -> None:
    images = sorted(_radiographs().glob("*.jpg"))
    predict(images, PredictConfig(output=tmp_path, spacing_mm=0.7))
    for number in range(1, len(images) + 1):
        result = json.loads((tmp_path / f"case-{number:04d}" / "measurements.json").read_text())
        assert result["status"] in ("measured_with_flags", "refused")
        codes = {flag["code"] for flag in result["flags"]}
        assert codes & {"unlike_training", "wrong_anatomy"}, codes


def test_a_lower_leg_without_spacing_is_refused_for_its_spacing(tmp_path: Path) -> None:
    summary = predict([_radiographs() / LOWER_LEG], PredictConfig(output=tmp_path))
    assert summary.exit_code is ExitCode.ALL_REFUSED
    result = json.loads((tmp_path / "case-0001" / "measurements.json").read_text())
    (flag,) = result["flags"]
    assert flag["code"] == "spacing_missing"
    assert "--spacing-mm" in flag["message"]
    with (tmp_path / "measurements.csv").open() as file:
        assert all(row["value"] == "" and row["reason"] for row in csv.DictReader(file))
