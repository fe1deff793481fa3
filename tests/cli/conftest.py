"""A model folder whose network always answers with the drawn patient, and that patient's radiograph as a file."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mskdex.anatomy import MEASURED_LABELS
from mskdex.cli import main
from mskdex.images.normalise import INPUT_RULE
from mskdex.model.card import CARD
from mskdex.model.card import VOCABULARY
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.model.told import TOLD_RULE
from mskdex.model.told import Knowing

onnx = pytest.importorskip("onnx", reason="the extra [train] makes the test's model")


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory, drawn: Any) -> Path:
    weights = _constant_network(drawn.thickness_cm, drawn.mass_g_per_cm2)
    interval = {"level": 0.9, "low": 0.9, "high": 1.2, "calibrated_on": 100}
    intervals = {each.name: dict.fromkeys(each.structure.quantities, interval) for each in MEASURED_LABELS}
    fields: dict[str, Any] = {
        "schema": 3,
        "name": "drawn",
        "version": "1",
        "vocabulary": VOCABULARY,
        "input": InputRule(normalisation=INPUT_RULE, told=TOLD_RULE, mirrored_average=False),
        "sha256": hashlib.sha256(weights).hexdigest(),
        "cohort": {},
        "training": {},
        "readings": {knowing: {"intervals": intervals} for knowing in Knowing},
        "sdd_mm": (1000.0, 1250.0),
        "table_detector_mm": (20.0, 90.0),
        "intended_use": "tests",
        "limits": ("none",),
    }
    folder = tmp_path_factory.mktemp("model")
    (folder / WEIGHTS).write_bytes(weights)
    (folder / CARD).write_text(Card(**fields).to_json())
    return folder


def _constant_network(thickness: np.ndarray, mass: np.ndarray) -> bytes:
    """Outputs are constants plus nought times the inputs, so that the batch is as long as the input's."""
    from onnx import TensorProto
    from onnx import helper
    from onnx import numpy_helper

    nodes = [
        helper.make_node("ReduceMean", ["radiograph"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("ReduceMean", ["told"], ["anything"], axes=[1], keepdims=0),
        helper.make_node("Reshape", ["anything", "column"], ["what"]),
        helper.make_node("Add", ["mean", "what"], ["both"]),
        helper.make_node("Mul", ["both", "nought"], ["zero"]),
        helper.make_node("Add", ["zero", "t"], ["thickness_cm"]),
        helper.make_node("Add", ["zero", "m"], ["mass_g_per_cm2"]),
    ]
    column = np.array([-1, 1, 1, 1], np.int64)
    constants = {"nought": np.zeros((), np.float32), "column": column, "t": thickness[None], "m": mass[None]}
    shapes = {"thickness_cm": thickness.shape, "mass_g_per_cm2": mass.shape}
    graph = helper.make_graph(
        nodes,
        "constant",
        [
            helper.make_tensor_value_info("radiograph", TensorProto.FLOAT, ["n", 2, 128, 144]),
            helper.make_tensor_value_info("told", TensorProto.FLOAT, ["n", 8]),
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape]) for name, shape in shapes.items()],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    content: bytes = model.SerializeToString()
    return content


@pytest.fixture
def radiograph(tmp_path: Path, drawn: Any) -> Path:
    """The drawn patient as an 8-bit PNG of 1.5 mm pixels, with some grey everywhere so that no border is found."""
    grey = 30 + 225 * drawn.pixels / drawn.pixels.max()
    path = tmp_path / "in" / "ward 3.png"
    path.parent.mkdir()
    Image.fromarray(grey.astype(np.uint8)).save(path)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def predict(model_folder: Path) -> Callable[..., int]:
    """The program's door, with the model that answers with the drawn patient: into a folder, with these words."""

    def run(into: Path, *words: str | Path) -> int:
        return main(["predict", *map(str, words), "-o", str(into), "--model", str(model_folder), "--threads", "1"])

    return run


@pytest.fixture
def table() -> Callable[[Path], list[dict[str, str]]]:
    """What reads a table's lines."""

    def read(path: Path) -> list[dict[str, str]]:
        with path.open(newline="") as file:
            return list(csv.DictReader(file))

    return read
