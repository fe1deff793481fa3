"""Gonad shields: opaque, in the midline, on few radiographs, and nothing to those without one."""

import numpy as np
import pytest
import xraydb

from mskdex.phantom.exposure import expose
from mskdex.phantom.exposure import sample_exposure
from mskdex.phantom.radiograph import draw_collimation
from mskdex.phantom.radiograph import draw_marker
from mskdex.phantom.radiograph import take_radiograph
from mskdex.phantom.shield import LEAD_PER_MM
from mskdex.phantom.shield import SHIELD_SHARE
from mskdex.phantom.shield import Shield
from mskdex.phantom.shield import sample_shield
from mskdex.phantom.shield import shielded

SHAPE = (144, 160)
SPACING_MM = 3.0
SHIELD = Shield(lead_mm=1.0, top_mm=60, height_mm=90, upper_mm=50, lower_mm=100, aside_mm=0, turned_deg=0)


def _body(middle_mm: float = 0.0) -> np.ndarray:
    columns = (np.arange(SHAPE[1]) - (SHAPE[1] - 1) / 2) * SPACING_MM
    profile = 5 * np.sqrt(np.clip(1 - ((columns - middle_mm) / 170) ** 2, 0, None))
    return np.broadcast_to(profile.astype(np.float32), SHAPE).copy()


def test_lead_is_as_opaque_as_its_tables_say() -> None:
    assert pytest.approx(float(xraydb.mu_elam("Pb", 60_000.0)) * 11.35 / 10, rel=0.01) == LEAD_PER_MM


def test_hardly_anything_gets_through_and_nothing_else_changes() -> None:
    body = _body()
    seen = shielded(body, SPACING_MM, SHIELD)
    lead = seen != body
    assert lead.sum() * SPACING_MM**2 == pytest.approx(90 * 75, rel=0.05)
    assert np.exp(body[lead] - seen[lead]).max() < 0.01
    rows = np.flatnonzero(lead.any(axis=1)) * SPACING_MM - SHAPE[0] * SPACING_MM / 2
    assert rows.min() == pytest.approx(60, abs=SPACING_MM)
    assert seen.dtype == np.float32


@pytest.mark.parametrize("middle_mm", [-40.0, 0.0, 25.0])
def test_a_shield_lies_in_the_midline_of_the_body(middle_mm: float) -> None:
    body = _body(middle_mm)
    columns = np.argwhere(shielded(body, SPACING_MM, SHIELD) != body)[:, 1]
    assert (columns.mean() - (SHAPE[1] - 1) / 2) * SPACING_MM == pytest.approx(middle_mm, abs=SPACING_MM)


def test_a_shield_is_as_large_at_any_pixel_size_and_angle() -> None:
    fine = np.kron(_body(), np.ones((3, 3), np.float32))
    turned = Shield(0.5, -90, 100, 110, 50, 4, 8)
    coarse_mm2, fine_mm2 = (
        (shielded(image, spacing, turned) != image).sum() * spacing**2
        for image, spacing in ((_body(), SPACING_MM), (fine, SPACING_MM / 3))
    )
    assert coarse_mm2 == pytest.approx(fine_mm2, rel=0.03)
    assert fine_mm2 == pytest.approx(100 * 80, rel=0.01)


def test_an_empty_picture_has_its_midline_in_the_middle() -> None:
    lead = shielded(np.zeros(SHAPE, np.float32), SPACING_MM, SHIELD)
    assert np.flatnonzero(lead.any(axis=0)).mean() == pytest.approx((SHAPE[1] - 1) / 2)


def test_few_radiographs_have_one_and_most_of_those_below_the_symphysis() -> None:
    drawn = [sample_shield(np.random.default_rng(seed)) for seed in range(5000)]
    some = [shield for shield in drawn if shield is not None]
    assert len(some) / len(drawn) == pytest.approx(SHIELD_SHARE, rel=0.2)
    assert 0.6 < np.mean([shield.top_mm > 0 for shield in some]) < 0.8


def test_a_radiograph_without_a_shield_knows_nothing_of_shields() -> None:
    body, without = _body(), 0
    for seed in range(4):
        taken = take_radiograph(body, SPACING_MM, np.random.default_rng(seed))
        rng = np.random.default_rng(seed)
        exposure = sample_exposure(rng)
        field = draw_collimation(rng, SHAPE, SPACING_MM)
        pixels = draw_marker(rng, expose(body, SPACING_MM, exposure, rng, field), field, SPACING_MM)
        without += taken.shield is None and bool((taken.pixels == pixels).all())
    assert without == 4


def test_a_shield_is_bright_in_the_radiograph_and_its_truth_is_told() -> None:
    body = _body()
    taken = next(
        each
        for each in (take_radiograph(body, SPACING_MM, np.random.default_rng(seed)) for seed in range(200))
        if each.shield is not None
    )
    lead = (shielded(body, SPACING_MM, taken.shield) != body) & taken.field
    beside = (body > 4) & ~lead & taken.field
    assert np.median(taken.pixels[lead]) > np.median(taken.pixels[beside]) + 0.1
