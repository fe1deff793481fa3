"""A small network, exported once, with a card that fits it."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Tissue
from mskdex.model.card import CARD
from mskdex.model.card import VOCABULARY
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.model.export import to_onnx
from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths

ROWS, COLUMNS = 64, 80


@pytest.fixture(scope="session")
def bounds() -> Bounds:
    muscle = [label.structure.tissue is Tissue.MUSCLE for label in MEASURED_LABELS]
    low, high = [0.0 if m else 0.9 for m in muscle], [1.06 if m else 2.1 for m in muscle]
    return Bounds([4.0 + 0.1 * channel for channel in range(len(LABELS))], low, high)


@pytest.fixture(scope="session")
def generator(bounds: Bounds) -> Generator:
    """Random weights and, as after training, running statistics that are not the identity."""
    torch.manual_seed(0)
    network = Generator(bounds, Widths().scaled(0.2))
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    for branch in (network.whole_image, network.told):
        for parameter in branch.parameters():
            torch.nn.init.normal_(parameter, 0, 0.3)
    return network.eval()


@pytest.fixture(scope="session")
def weights(generator: Generator) -> bytes:
    return to_onnx(generator, ROWS, COLUMNS)


@pytest.fixture
def card_fields(weights: bytes) -> dict[str, Any]:
    return {
        "schema": 3,
        "name": "test",
        "version": "1",
        "vocabulary": VOCABULARY,
        "input": InputRule(rows=ROWS, columns=COLUMNS),
        "sha256": hashlib.sha256(weights).hexdigest(),
        "cohort": {},
        "training": {},
        "intended_use": "tests",
        "limits": ("none",),
    }


@pytest.fixture
def model_folder(tmp_path: Path, weights: bytes, card_fields: dict[str, Any]) -> Path:
    (tmp_path / WEIGHTS).write_bytes(weights)
    (tmp_path / CARD).write_text(Card(**card_fields).to_json())
    return tmp_path
