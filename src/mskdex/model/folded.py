"""Factors at the end of an exported network: every figure stays the sum of a map, and weights stay as they were."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper
from onnx import numpy_helper

from mskdex.model.checkpoint import OUTPUTS

FOLDED = "factors."
"""Names of what was added to a network begin with this."""

_THICKNESS, _MASS = OUTPUTS
_NETWORKS_THICKNESS, _NETWORKS_MASS = (f"{FOLDED}{name}" for name in OUTPUTS)

_TIMES = [
    ("Mul", (_NETWORKS_THICKNESS, "factors.by_thickness"), _THICKNESS),
    ("Mul", (_NETWORKS_MASS, "factors.by_mass"), _MASS),
]
_TIMES_WITHIN_BOUNDS = [
    _TIMES[0],
    ("Mul", (_NETWORKS_MASS, "factors.by_mass"), "factors.multiplied"),
    ("Slice", (_THICKNESS, "factors.from", "factors.to", "factors.axis"), "factors.measured"),
    ("Mul", ("factors.measured", "factors.low"), "factors.least"),
    ("Mul", ("factors.measured", "factors.high"), "factors.greatest"),
    ("Max", ("factors.multiplied", "factors.least"), "factors.raised"),
    ("Min", ("factors.raised", "factors.greatest"), _MASS),
]


def with_factors(content: bytes, thickness: Sequence[float], mass: Sequence[float]) -> bytes:
    """The same network with its maps multiplied.

    Of a network with the lean head, mass per thickness is kept between the bounds that the network itself keeps, so
    lean mass never exceeds volume.

    Args:
        content: What ``export.to_onnx`` made.
        thickness, mass: A factor for each channel of either map.

    Raises:
        ValueError: it has factors already; others would be multiplied with them.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    state = {tensor.name: tensor for tensor in graph.initializer}
    if any(name.startswith(FOLDED) for name in state):
        raise ValueError("the network has factors already")
    for name in OUTPUTS:
        _rename(graph, name, f"{FOLDED}{name}")
    constants = {"by_thickness": _per_channel(thickness), "by_mass": _per_channel(mass)}
    bounded = "density_low" in state
    if bounded:
        low, extent = (numpy_helper.to_array(state[name]) for name in ("density_low", "density_range"))
        constants |= {"low": low, "high": low + extent}
        constants |= {"from": np.array([0]), "to": np.array([len(mass)]), "axis": np.array([1])}
    for kind, inputs, output in _TIMES_WITHIN_BOUNDS if bounded else _TIMES:
        graph.node.append(helper.make_node(kind, inputs, [output]))
    graph.initializer.extend(numpy_helper.from_array(value, f"{FOLDED}{name}") for name, value in constants.items())
    return bytes(model.SerializeToString(deterministic=True))


def _rename(graph: Any, name: str, other: str) -> None:
    """Wherever nodes make or take it; the graph's outputs keep the name."""
    for node in graph.node:
        for names in (node.input, node.output):
            for place, each in enumerate(names):
                if each == name:
                    names[place] = other


def _per_channel(factors: Sequence[float]) -> np.ndarray:
    return np.asarray(factors, np.float32).reshape(1, -1, 1, 1)
