"""What a run computes in: what its settings name, else as it was begun, else what this machine does fast."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.precision import with_precision


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return TrainConfig((tmp_path / "cohort",), tmp_path, accelerator=Accelerator.CPU)


def _cpu_with(monkeypatch: pytest.MonkeyPatch, *instructions: str) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(instructions, True), raising=False)


@pytest.mark.parametrize(
    ("instructions", "precision"),
    [
        (("avx2",), Precision.FLOAT32),
        (("avx2", "avx512_f", "avx512_vnni"), Precision.FLOAT32),
        (("avx2", "avx512_f", "avx512_bf16"), Precision.BFLOAT16),
        (("avx2", "avx512_f", "amx_bf16"), Precision.BFLOAT16),
    ],
)
def test_bfloat16_is_for_cpus_that_know_it(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, instructions: tuple[str, ...], precision: Precision
) -> None:
    _cpu_with(monkeypatch, *instructions)
    assert with_precision(config).precision is precision


def test_a_precision_that_is_named_stays(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    _cpu_with(monkeypatch, "avx2")
    named = replace(config, precision=Precision.BFLOAT16)
    assert with_precision(named) == named


def test_a_run_goes_on_as_it_was_begun(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run carried to another machine would not go on to the same result."""
    _cpu_with(monkeypatch, "avx2")
    begun = {**config.to_dict(), "precision": "bf16-mixed"}
    (config.run / "config.json").write_text(json.dumps(begun), encoding="utf-8")
    assert with_precision(config).precision is Precision.BFLOAT16
