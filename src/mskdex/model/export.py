"""From a trained network to the file that predictions run, and back to weights that training goes on from."""

import warnings
from typing import Any

import onnx
import torch
from onnx import numpy_helper

from mskdex.errors import ModelError
from mskdex.model.card import WEIGHTS
from mskdex.model.checkpoint import INPUTS
from mskdex.model.checkpoint import OUTPUTS
from mskdex.model.folded import FOLDED
from mskdex.model.generator import Generator
from mskdex.model.told import VECTOR_LENGTH


def to_onnx(generator: Generator, rows: int, columns: int) -> bytes:
    """The network in float32 as an ONNX model with a free batch size.

    Args:
        generator: Trained; it is put into evaluation mode.
        rows, columns: Size of the input it will be given.
    """
    generator = generator.float().cpu().eval()
    example = torch.zeros(2, 2, rows, columns), torch.zeros(2, VECTOR_LENGTH)
    batch = torch.export.Dim("batch", min=1, max=4096)
    with warnings.catch_warnings():
        # torch 2.13's exporter uses parts of itself that it deprecates; nothing of that is ours to change.
        warnings.filterwarnings("ignore", category=FutureWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        # It says that image and facts share the batch's size, which is what is meant.
        warnings.filterwarnings("ignore", message="# The axis name", category=UserWarning)
        program = torch.onnx.export(
            generator,
            example,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: batch}, {0: batch}),
            dynamo=True,
            optimize=False,  # it would fold normalisation into convolutions, and from_onnx could not part them again
            verbose=False,
        )
    assert program is not None
    return _serialised(program.model_proto)


def from_onnx(content: bytes) -> dict[str, torch.Tensor]:
    """A network's state from the file that ``to_onnx`` made of it, to the last bit; factors folded in are left away.

    Raises:
        ModelError: it is not such a file.
    """
    try:
        graph = onnx.load_from_string(content).graph
    except Exception as error:  # protobuf's decoder is C++ or Python, each with errors of its own
        raise ModelError(f"{WEIGHTS} is not a network") from error
    own = [tensor for tensor in graph.initializer if not tensor.name.startswith(FOLDED)]
    return {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in own}


def _serialised(model: Any) -> bytes:
    """The model's bytes without the exporter's notes, which hold stack traces and with them paths of this machine."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")
    for node in graph.node:
        node.ClearField("doc_string")
    return bytes(model.SerializeToString(deterministic=True))
