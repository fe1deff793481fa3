"""How the fat under the skin goes with height: evenly, in its logarithm, from the crest of the ilium to mid-thigh."""

from typing import TypeVar

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

MID_THIGH, CREST = -1.1, 0.8
"""Heights over the hip centres, in distances between those."""

_Heights = TypeVar("_Heights", float, Float64[ndarray, " heights"])


def subcutaneous_at(over_hips: _Heights, at_hips_mm: float, thigh_over_crest: float) -> _Heights:
    """Thickness, mm, at heights over the hip centres, given in distances between those.

    Args:
        over_hips: heights; above the crest and below mid-thigh it stays as there.
        at_hips_mm: thickness at the height of the hips.
        thigh_over_crest: thickness at the middle of the thigh over that at the crest.
    """
    share = np.clip(over_hips, MID_THIGH, CREST) / (CREST - MID_THIGH)
    return at_hips_mm * thigh_over_crest**-share  # type: ignore[no-any-return]
