"""From nothing to all without a corner."""

from typing import TypeVar

import numpy as np
from numba.extending import register_jitable
from numpy import ndarray

_Values = TypeVar("_Values", float, ndarray)


@register_jitable  # kernels call it for numbers
def smoothstep(value: _Values, low: float, high: float) -> _Values:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.minimum(np.maximum((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)  # type: ignore[no-any-return]
