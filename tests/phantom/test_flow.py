"""A flow into sinks: what comes in through any surface is what sinks within it take, and nothing goes through walls."""

import numpy as np
import pytest

from mskdex.phantom.flow import flow_mm
from mskdex.phantom.flow import solve

EDGES_MM = np.array([10.0, 8.0, 12.0])
SHAPE = (14, 12, 10)
MANY_ROUNDS = 600


def _pressure(sink: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    pressure = np.zeros(SHAPE, np.float32)
    solve(pressure, sink, is_open, EDGES_MM, MANY_ROUNDS)
    return pressure


def _inflow(pressure: np.ndarray, low: int, high: int) -> float:
    """Through the six sides of the cells [low, high) along each axis, as a share of a cell's volume."""
    p = pressure.astype(np.float64)
    box = (slice(low, high),) * 3
    total = 0.0
    for axis in range(3):
        for inner, outer in ((low, low - 1), (high - 1, high)):
            ins, out = list(box), list(box)
            ins[axis], out[axis] = slice(inner, inner + 1), slice(outer, outer + 1)
            total += float((p[tuple(ins)] - p[tuple(out)]).sum() / EDGES_MM[axis] ** 2)
    return total


def test_what_flows_into_a_box_is_what_its_sinks_take() -> None:
    sink = np.zeros(SHAPE, np.float32)
    sink[4, 5, 5], sink[6, 4, 4] = 0.3, 0.1
    pressure = _pressure(sink, np.ones(SHAPE, bool))
    assert _inflow(pressure, 3, 8) == pytest.approx(0.4, rel=1e-3)
    assert _inflow(pressure, 3, 6) == pytest.approx(0.3, rel=1e-3)


def test_tissue_moves_towards_a_sink_from_all_sides() -> None:
    sink = np.zeros(SHAPE, np.float32)
    sink[7, 6, 5] = 0.5
    flow = flow_mm(_pressure(sink, np.ones(SHAPE, bool)), np.ones(SHAPE, bool), EDGES_MM)
    for axis in range(3):
        here = [7, 6, 5]
        here[axis] -= 2
        assert flow[(axis, *here)] > 0
        here[axis] += 4
        assert flow[(axis, *here)] < 0


def test_nothing_flows_through_walls() -> None:
    sink, is_open = np.zeros(SHAPE, np.float32), np.ones(SHAPE, bool)
    sink[3, 6, 5] = 0.5
    is_open[6] = False
    flow = flow_mm(_pressure(sink, is_open), is_open, EDGES_MM)
    assert np.abs(flow[:, :6]).max() > 0.5
    assert not flow[0, 6:].any()
    assert np.abs(flow[:, 7:]).max() == pytest.approx(0, abs=1e-6)
