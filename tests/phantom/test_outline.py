"""The outline of a grown body where thighs part."""

import numpy as np
import pytest

from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.builtin.shape import average_shape
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare

LAST_OF_TRUNK_MM, FIRST_OF_THIGHS_MM = -72.0, -102.0


@pytest.fixture(scope="module", params=["female", "male"])
def body(request: pytest.FixtureRequest) -> Growable:
    return prepare(builtin_template(average_shape(request.param), 5.0))


def _slice(body: Growable, over_hips_mm: float) -> int:
    return int(np.argmin(np.abs(body.over_hips * body.template.hip_centre_distance_mm - over_hips_mm)))


@pytest.mark.parametrize("fat_mm", [20.0, 40.0])
def test_skin_moves_alike_above_and_below_where_thighs_part(body: Growable, fat_mm: float) -> None:
    """Thighs have inner sides, trunks have none: were those measured too, thighs would have a step outwards."""
    layers = 1 + body.swelling(body.firm_mm, np.full(len(body.over_hips), fat_mm))
    above, below = (layers[_slice(body, mm)] for mm in (LAST_OF_TRUNK_MM, FIRST_OF_THIGHS_MM))
    assert below / above == pytest.approx(1, abs=0.03)
