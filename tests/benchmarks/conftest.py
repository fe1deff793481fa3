"""Benchmarks are scripts beside the package: what the tests ask of them is found there."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from accuracy_cases import Group
from accuracy_cases import Read
from mskdex.training.scores import Sums


@pytest.fixture(scope="session")
def group() -> Callable[..., Group]:
    """Makes patients that are read."""
    return _group


def _group(count: int = 120, seed: int = 0, rows: tuple[str, ...] = ("U",), noise: float = 0.1) -> Group:
    """Patients whose lean fraction goes with age alone, read by models that know volume and age."""
    rng = np.random.default_rng(seed)
    sizes, person = rng.normal(size=(count, 5)), rng.normal(size=(count, 4))
    person[:, 0] = np.arange(count) % 2
    true = np.exp(4 + 0.2 * sizes[:, :1] + 0.2 * rng.normal(size=(count, 41)))
    lean = np.exp(-0.3 + 0.05 * person[:, 1:2] + 0.05 * rng.normal(size=(count, 41)))
    ones = np.ones_like(true)
    reads = {}
    for row in rows:
        volume = true * np.exp(noise * rng.normal(size=true.shape))
        mass = volume * np.exp(-0.3 + 0.05 * person[:, 1:2] + 0.001 * rng.normal(size=true.shape))
        names = ("blob",) * count
        reads[row] = Read(Sums(volume, mass, true, true * lean, ones, ones > 0, names, names), 0.9 * ones)
    template = np.array([f"blob-{number // 4:03d}" for number in range(count)])
    return Group(sizes, person, rng.normal(size=(count, 2)), reads, np.ones(count, bool), template)
