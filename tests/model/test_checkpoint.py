"""The exported network answers as the trained one, and nothing else is ever run."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.errors import ModelError
from mskdex.model.card import CARD
from mskdex.model.card import WEIGHTS
from mskdex.model.card import Card
from mskdex.model.checkpoint import load_model
from mskdex.model.export import to_onnx
from mskdex.model.generator import Generator
from mskdex.model.told import VECTOR_LENGTH


def _images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 2, 64, 80)).astype(np.float32)


def _facts(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, VECTOR_LENGTH)).astype(np.float32)


def _without_mirror(folder: Path) -> None:
    card = Card.read(folder / CARD)
    plain = card.input.model_copy(update={"mirrored_average": False})
    (folder / CARD).write_text(card.model_copy(update={"input": plain}).to_json())


@pytest.mark.parametrize("count", [1, 2, 5])
def test_onnx_answers_as_torch(model_folder: Path, generator: Generator, count: int) -> None:
    _without_mirror(model_folder)
    images, told = _images(count), _facts(count)
    answers = load_model(model_folder, threads=1).run(images, told)
    with torch.no_grad():
        expected = generator(torch.from_numpy(images), torch.from_numpy(told))
    for answer, wanted in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer, wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_the_answer_depends_on_what_is_told(model_folder: Path) -> None:
    model, images = load_model(model_folder, threads=1), _images(3)
    assert not np.allclose(model.run(images, _facts(3))[0], model.run(images, 0 * _facts(3))[0])


@pytest.mark.parametrize("told", [np.zeros((1, 8), np.float32), np.zeros((3, 5), np.float32), np.zeros((3, 8))])
def test_every_image_needs_what_is_told(model_folder: Path, told: np.ndarray) -> None:
    with pytest.raises(ModelError, match="3 images need facts"):
        load_model(model_folder, threads=1).run(_images(3), told)


def test_a_mirrored_patient_has_left_and_right_exchanged(model_folder: Path) -> None:
    model = load_model(model_folder, threads=1)
    images = _images(2)
    thickness, mass = model.run(images, _facts(2))
    mirrored_thickness, mirrored_mass = model.run(np.ascontiguousarray(images[..., ::-1]), _facts(2))
    order = list(MIRRORED_CHANNELS)
    np.testing.assert_allclose(mirrored_thickness, thickness[:, order, :, ::-1], rtol=1e-5)
    np.testing.assert_allclose(mirrored_mass, mass[:, order[:41], :, ::-1], rtol=1e-5)


def test_averaging_keeps_the_bounds(model_folder: Path) -> None:
    thickness, mass = load_model(model_folder, threads=1).run(_images(2), _facts(2))
    assert (thickness >= 0).all()
    assert (mass[:, :36] <= 1.06 * thickness[:, :36] * (1 + 1e-5)).all()


def test_equal_weights_give_equal_files_without_a_trace_of_this_machine(generator: Generator, weights: bytes) -> None:
    assert to_onnx(generator, 64, 80) == weights
    assert str(Path.home()).encode() not in weights
    assert b".py" not in weights


def test_altered_weights_are_refused(model_folder: Path) -> None:
    content = bytearray((model_folder / WEIGHTS).read_bytes())
    content[len(content) // 2] ^= 1
    (model_folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="not the file"):
        load_model(model_folder)


def test_a_model_without_weights_is_refused(model_folder: Path) -> None:
    (model_folder / WEIGHTS).unlink()
    with pytest.raises(ModelError, match="no weights"):
        load_model(model_folder)


def test_a_card_of_another_grid_is_refused(model_folder: Path) -> None:
    card = Card.read(model_folder / CARD)
    other = card.input.model_copy(update={"rows": 128})
    (model_folder / CARD).write_text(card.model_copy(update={"input": other}).to_json())
    with pytest.raises(ModelError, match="card says"):
        load_model(model_folder)


def test_an_image_of_another_size_is_refused(model_folder: Path) -> None:
    model = load_model(model_folder, threads=1)
    with pytest.raises(ModelError, match="64, 80"):
        model.run(_images(1)[:, :, :32], _facts(1))


def test_predicting_needs_no_torch() -> None:
    code = "import sys, mskdex.model; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
