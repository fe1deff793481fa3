"""Pages say nothing that their figures do not."""

from typing import Any

import pytest

from ablation_page import _page
from accuracy_page import _summary


def _record(*rows: str) -> dict[str, Any]:
    figures = {"fold": 0, "mean_pcc": 0.5, "per_structure": {"sacrum": {"volume_pcc": 0.5, "bone_mass_pcc": 0.5}}}
    made = dict.fromkeys(("cohort", "command", "seed", "date", "hardware", "commit"), "x")
    return {**made, "rows": [{"row": row, **figures} for row in rows]}


def test_a_way_of_being_told_that_the_page_does_not_know_is_refused() -> None:
    page = _page(_record("R0", "R1", "R1, setup known", "U-stored", "U", "U, person and setup known"))
    assert "| U | 0 |" in page
    with pytest.raises(SystemExit, match="U, person known"):
        _page(_record("R0", "R1", "R1, setup known", "U", "U, person known"))


def test_a_bias_stands_beside_its_limits_of_agreement() -> None:
    figures = {"mean_bias_percent": -4.557, "mean_limit_below_percent": -44.2, "mean_limit_above_percent": 35.0}
    assert "| muscles, bias % (limits of agreement) | -4.6 (-44 to +35) |" in _summary({"U": figures})
    assert "| muscles, bias % (limits of agreement) |  |" in _summary({"U": {}})
