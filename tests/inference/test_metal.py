"""What lets no rays through: a prosthesis is on its side, a gonad shield on neither, whatever was collimated."""

from collections import Counter

import numpy as np
import pytest

from mskdex.anatomy import Side
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Canvas
from mskdex.cohort.virtual import VirtualPatient
from mskdex.cohort.virtual import imagine
from mskdex.images.field import detect_field
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import to_grid
from mskdex.inference.metal import metal_sides
from mskdex.phantom.beam import Beam
from mskdex.phantom.implants.prosthesis import sample_total_hip
from mskdex.phantom.radiograph import take_radiograph
from mskdex.phantom.shield import sample_shield
from mskdex.phantom.shield import shielded
from mskdex.phantom.view import View
from mskdex.types import Image

CANVAS = Canvas()
EXPOSURES = 24


@pytest.fixture(scope="module")
def made() -> VirtualPatient:
    plan = VirtualPlan(seed=11, voxel_mm=4.0, implant_share=0.0)
    return imagine(plan, 0, np.random.default_rng(11), CANVAS, oversampling=1)


def _found(attenuation: Image, seed: int) -> frozenset[Side]:
    taken = take_radiograph(attenuation, CANVAS.spacing_mm, np.random.default_rng(seed))
    on_grid = to_grid(taken.pixels, detect_field(taken.pixels).mask, CANVAS.spacing_mm, MODEL_GRID)
    return metal_sides(on_grid.pixels, on_grid.field, MODEL_GRID.spacing_mm)


def _under_a_shield(attenuation: Image, seed: int) -> Image:
    rng = np.random.default_rng([seed, 1])
    shield = next(drawn for drawn in (sample_shield(rng) for _ in range(1000)) if drawn is not None)
    return shielded(attenuation, CANVAS.spacing_mm, shield)


def test_a_shield_is_found_in_the_midline_and_in_no_hip(made: VirtualPatient) -> None:
    bare = made.view.attenuation
    counts = Counter(side for seed in range(EXPOSURES) for side in _found(_under_a_shield(bare, seed), seed))
    assert counts[Side.MIDLINE] > EXPOSURES / 3
    assert counts[Side.RIGHT] + counts[Side.LEFT] <= 2


@pytest.mark.parametrize(("side", "other"), [(Side.RIGHT, Side.LEFT), (Side.LEFT, Side.RIGHT)])
def test_a_prosthesis_is_found_on_its_side(made: VirtualPatient, side: Side, other: Side) -> None:
    operated = sample_total_hip(np.random.default_rng(1), side).drawn_in(made.patient, made.pose)
    attenuation = View.of(operated, made.camera, Beam(), oversampling=1).attenuation
    counts = Counter(side for seed in range(EXPOSURES) for side in _found(attenuation, seed))
    assert counts[side] > EXPOSURES / 3
    assert counts[other] + counts[Side.MIDLINE] <= 2
