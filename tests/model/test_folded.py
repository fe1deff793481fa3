"""Factors at the end of a network multiply its maps, keep its bounds and leave its weights alone."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from mskdex.model.card import CARD
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.checkpoint import load_model
from mskdex.model.export import from_onnx
from mskdex.model.export import to_onnx
from mskdex.model.folded import with_factors
from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.model.head import Head
from mskdex.model.told import VECTOR_LENGTH

RNG = np.random.default_rng(0)
THICKNESS, MASS = RNG.uniform(0.9, 1.2, 42).astype(np.float32), RNG.uniform(0.9, 3.0, 41).astype(np.float32)

Maps = tuple[np.ndarray, np.ndarray]


def _answer(folder: Path, fields: dict[str, Any], weights: bytes) -> Maps:
    fields = {**fields, "sha256": hashlib.sha256(weights).hexdigest()}
    card = Card(**fields)
    plain = card.input.model_copy(update={"mirrored_average": False})
    (folder / WEIGHTS).write_bytes(weights)
    (folder / CARD).write_text(card.model_copy(update={"input": plain}).to_json())
    images = np.random.default_rng(1).normal(size=(3, 2, 64, 80)).astype(np.float32)
    return load_model(folder, threads=1).run(images, np.zeros((3, VECTOR_LENGTH), np.float32))


def test_maps_are_multiplied_within_the_bounds(
    tmp_path: Path, weights: bytes, bounds: Bounds, card_fields: dict[str, Any]
) -> None:
    folded = with_factors(weights, THICKNESS, MASS)
    onnx.checker.check_model(onnx.load_from_string(folded))
    (thickness, mass), (more_thickness, more_mass) = (
        _answer(tmp_path, card_fields, each) for each in (weights, folded)
    )
    np.testing.assert_allclose(more_thickness, thickness * THICKNESS[:, None, None], rtol=1e-5)
    low, high = (
        np.array(each, np.float32)[:, None, None] * more_thickness[:, :41]
        for each in (bounds.density_low_g_per_cm3, bounds.density_high_g_per_cm3)
    )
    np.testing.assert_allclose(more_mass, np.clip(mass * MASS[:, None, None], low, high), rtol=1e-5)
    assert (more_mass < 0.999 * mass * MASS[:, None, None]).any()
    assert (more_mass[:, :36] <= 1.06 * more_thickness[:, :36] * (1 + 1e-6)).all()


def test_a_plain_head_has_no_bounds(tmp_path: Path, bounds: Bounds, card_fields: dict[str, Any]) -> None:
    torch.manual_seed(0)
    weights = to_onnx(Generator(bounds, Widths().scaled(0.1), Head.PLAIN), 64, 80)
    (_, mass), (_, more) = (
        _answer(tmp_path, card_fields, each) for each in (weights, with_factors(weights, THICKNESS, MASS))
    )
    np.testing.assert_allclose(more, mass * MASS[:, None, None], rtol=1e-5)


def test_the_networks_weights_are_read_back_to_the_last_bit(weights: bytes) -> None:
    before, after = from_onnx(weights), from_onnx(with_factors(weights, THICKNESS, MASS))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_factors_are_folded_in_once(weights: bytes) -> None:
    folded = with_factors(weights, THICKNESS, MASS)
    assert with_factors(weights, THICKNESS, MASS) == folded
    with pytest.raises(ValueError, match="already"):
        with_factors(folded, THICKNESS, MASS)
