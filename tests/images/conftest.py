"""A hip of Gaussians, as a radiograph shows it."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def hip() -> np.ndarray:
    """[row, column] 0..1, bright = dense: thick in the middle, black air at both sides, a little noise."""
    row, column = np.mgrid[-1:1:600j, -1:1:700j]
    outline = 0.75 - 0.15 * np.cos(3 * row)
    body = np.clip(1 - (column / outline) ** 2, 0, None) ** 0.5
    bones = np.exp(-((np.abs(column) - 0.3) ** 2) / 0.02 - row**2 / 0.1)
    noise = np.random.default_rng(8).normal(0, 0.01, row.shape)
    return np.clip(0.6 * body + 0.3 * bones + noise, 0, 1).astype(np.float32)
