"""Pages say nothing that their figures do not."""

from typing import Any

import pytest

from ablation_page import _page
from accuracy_page import _summary
from accuracy_words import QUANTITIES
from accuracy_words import prior


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


def _figures(partial: float, low: float) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = {row: {} for row in ("U", "U, person known", "R1")}
    for quantity in QUANTITIES:
        for row, pcc in zip(rows, (0.6, 0.8, 0.7), strict=True):
            rows[row][f"mean_{quantity}_pcc"] = pcc
        rows["U"] |= {
            f"mean_{quantity}_partial_pcc": partial,
            f"mean_{quantity}_partial_pcc_interval_95": [low, partial + 0.1],
        }
    return rows


def test_what_is_prior_is_called_so_from_the_figures() -> None:
    rows = _figures(0.5, 0.4)
    rows["U"] |= {
        "mean_lean_fraction_partial_pcc": 0.04,
        "mean_lean_fraction_partial_pcc_interval_95": [-0.1, 0.2],
        "mean_pcc_over_r1": [-0.1, -0.15, -0.05],
    }
    told = "\n".join(prior(rows))
    assert "**Muscle volume**: PCC 0.60 from the image alone, which is not above the 0.70 that R1 reaches" in told
    assert "Of the variance that body size and person leave open, the image tells 25 % (partial PCC" in told
    assert "PCC 0.50 (95 % 0.40 to 0.60)); all else is prior" in told
    assert "Beyond body size and person nothing is read that may not be chance (partial PCC 0.04" in told
    assert "R1, without an image, reads muscles better" in told


def test_figures_without_partial_correlations_say_nothing_of_priors() -> None:
    rows = _figures(0.5, 0.4)
    del rows["U"]["mean_lean_fraction_partial_pcc"]
    assert list(prior(rows)) == []


def test_the_accuracy_page_has_each_quantity_apart() -> None:
    row = {f"mean_{quantity}_icc": 0.1 * number for number, quantity in enumerate(QUANTITIES, 1)}
    page = _summary({"U": {**row, "bone_map_pixel_correlation": 0.9}})
    for words, figure in (("muscle volume", "0.100"), ("lean mass", "0.200"), ("lean fraction", "0.300")):
        assert f"| {words}, ICC(A,1) | {figure} |" in page
    assert "| bones, pixel correlation of the maps | 0.900 |" in page
