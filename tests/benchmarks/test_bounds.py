"""Outlines that are off are off as a whole, and the same whenever they are asked for."""

import numpy as np
import pytest

from bounds import AREAS_OFF
from bounds import KNOWING
from bounds import off


@pytest.mark.parametrize("by", AREAS_OFF.values())
def test_an_outline_keeps_its_form(by: float) -> None:
    outlines = np.random.default_rng(0).normal(size=(3, 41))
    area, height, width = np.stack([off(outlines, f"s{number:04d}", by) - outlines for number in range(50)], axis=1)
    assert area.std() == pytest.approx(by, rel=0.05)
    np.testing.assert_allclose(height, area / 2)
    np.testing.assert_allclose(width, area / 2)
    assert np.abs(np.corrcoef(area[:, :2].T)[0, 1]) < 0.4
    np.testing.assert_array_equal(off(outlines, "s0003", by), off(outlines, "s0003", by))


def test_rows_name_how_far_outlines_are_off() -> None:
    assert KNOWING["outlines, 7 % off, attenuation, person"] == ("outlines, 7 % off", "attenuation", "person")
    assert len(KNOWING) == 16
