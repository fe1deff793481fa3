"""The one door for weights: verified before use, run without torch."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.errors import ModelError
from mskdex.model.card import CARD
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.told import VECTOR_LENGTH
from mskdex.types import FactBatch
from mskdex.types import InputBatch

Thickness = Float32[ndarray, "batch labels map_rows map_columns"]
Mass = Float32[ndarray, "batch measured map_rows map_columns"]

INPUTS = ("radiograph", "told")
OUTPUTS = ("thickness_cm", "mass_g_per_cm2")
MAX_WEIGHTS_BYTES = 256 * 2**20

_MIRRORED = np.asarray(MIRRORED_CHANNELS)


def shipped_model() -> Path:
    """The folder of the model that lies in the package."""
    return Path(str(resources.files("mskdex.model") / "weights" / "hip"))


class OnnxModel:
    """A network with its card, ready to run."""

    def __init__(self, card: Card, session: Any) -> None:
        self.card = card
        self._session = session

    def run(self, batch: InputBatch, told: FactBatch) -> tuple[Thickness, Mass]:
        """Thickness maps (cm) and mass maps (g/cm2) of a batch of inputs; the batch may have any size.

        Where the card says so, each image is also seen mirrored, and the two answers are averaged with left and right
        exchanged back: the result then treats both sides of a patient alike.

        Args:
            batch: What the network sees (``images.normalise``).
            told: What it is told of each patient (``model.told``).
        """
        if told.shape != (len(batch), VECTOR_LENGTH) or told.dtype != np.float32:
            found = f"{told.dtype}{list(told.shape)}"
            raise ModelError(f"{len(batch)} images need facts as float32[{len(batch)}, {VECTOR_LENGTH}], not {found}")
        if not self.card.input.mirrored_average:
            return self._forward(batch, told)
        both = np.concatenate([batch, batch[..., ::-1]])
        thickness, mass = self._forward(np.ascontiguousarray(both), np.concatenate([told, told]))
        return _average(thickness), _average(mass)

    def _forward(self, batch: InputBatch, told: FactBatch) -> tuple[Thickness, Mass]:
        rule = self.card.input
        if batch.shape[1:] != (2, rule.rows, rule.columns) or batch.dtype != np.float32:
            found = f"{batch.dtype}{list(batch.shape)}"
            raise ModelError(f"the model takes float32[any, 2, {rule.rows}, {rule.columns}], not {found}")
        thickness, mass = self._session.run(list(OUTPUTS), dict(zip(INPUTS, (batch, told), strict=True)))
        return thickness, mass


def load_model(folder: Path | None = None, *, threads: int | None = None) -> OnnxModel:
    """Load a model folder (``card.json``, ``weights.onnx``), by default the one in the package.

    Args:
        folder: Where the model lies.
        threads: CPU threads; by default as many as the machine has.

    Raises:
        ModelError: card and weights are missing, do not fit together or speak of other structures.
    """
    card, weights = read_model(folder or shipped_model())
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base but this one
        raise ModelError(f"{WEIGHTS} is not a network that onnxruntime can run") from error
    _check_signature(session, card)
    return OnnxModel(card, session)


def read_model(folder: Path) -> tuple[Card, bytes]:
    """A model's card, and the weights that it describes.

    Raises:
        ModelError: one of them is missing or damaged, or the weights are others than the card's.
    """
    card = Card.read(folder / CARD)
    return card, _verified(folder / WEIGHTS, card.sha256)


def _verified(path: Path, sha256: str) -> bytes:
    if not path.is_file():
        raise ModelError(f"the model has no {WEIGHTS}")
    if path.stat().st_size > MAX_WEIGHTS_BYTES:
        raise ModelError(f"{WEIGHTS} is larger than any model of ours ({MAX_WEIGHTS_BYTES >> 20} MiB)")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{WEIGHTS} is not the file that its card describes; download or train the model again")
    return content


def _check_signature(session: Any, card: Card) -> None:
    rule = card.input
    maps = [rule.rows // rule.map_stride, rule.columns // rule.map_stride]
    expected = {
        INPUTS[0]: [2, rule.rows, rule.columns],
        INPUTS[1]: [VECTOR_LENGTH],
        OUTPUTS[0]: [len(LABELS), *maps],
        OUTPUTS[1]: [len(MEASURED_LABELS), *maps],
    }
    found = {node.name: list(node.shape[1:]) for node in (*session.get_inputs(), *session.get_outputs())}
    if found != expected:
        raise ModelError(f"{WEIGHTS} has inputs and outputs {found}, its card says {expected}")


def _average(maps: Float32[ndarray, "twice channels rows columns"]) -> Float32[ndarray, "batch channels rows columns"]:
    seen, mirrored = np.split(maps, 2)
    order = _MIRRORED[: maps.shape[1]]
    result: Float32[ndarray, "batch channels rows columns"] = (seen + mirrored[:, order, :, ::-1]) * np.float32(0.5)
    return result
