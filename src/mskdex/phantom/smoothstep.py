"""From nothing to all without a corner."""

import numpy as np
from numpy import ndarray


def smoothstep(value: ndarray, low: float, high: float) -> ndarray:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
