"""A toy body: every part a box or a ball, so that what growth and posing must do is known."""

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.growth import Layers
from mskdex.phantom.posing import Body
from mskdex.phantom.settling import Settling
from mskdex.phantom.shape import Shape
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template
from mskdex.phantom.tissue import sample_tissue


def _ball(grid: np.ndarray, centre: tuple[float, float, float], radius: float) -> np.ndarray:
    return np.linalg.norm(grid - np.array(centre), axis=-1) < radius


def toy_template() -> Template:
    """Muscles as balls in rows on both sides, two femurs, two hip bones, a sacrum; mirror-symmetric about x = 0."""
    spacing = 5.0
    shape = (72, 40, 72)
    frame = np.diag([spacing, spacing, spacing, 1.0])
    frame[:3, 3] = -spacing * (np.array(shape) - 1) / 2
    grid = np.moveaxis(np.indices(shape), 0, -1) * spacing + frame[:3, 3]
    body = (grid[..., 0] / 165) ** 2 + (grid[..., 1] / 92) ** 2 < 1
    parts = np.where(body, np.uint8(Part.FAT), np.uint8(0))
    balls = [label for label in MUSCLE_LABELS if label.side == "right"]
    pairs = [(label.value, label.value + 1) for label in balls]
    pairs += [(int(a), int(b)) for a, b in zip(OTHER_MUSCLES[::2], OTHER_MUSCLES[1::2], strict=True)]
    for number, (right, left) in enumerate(pairs):
        z, y = -150 + 45 * (number % 7), (-45, 5, 50)[number // 7]
        x = 75 if y == 5 else 60
        parts[_ball(grid, (-x, y, z), 16)] = right
        parts[_ball(grid, (x, y, z), 16)] = left
    for side, x in (("right", -115), ("left", 115)):
        parts[_ball(grid, (x, 5, 0), 18)] = LABEL_BY_NAME[f"femur_{side}"].value
        parts[_ball(grid, (x * 0.9, 5, 60), 18)] = LABEL_BY_NAME[f"hip_bone_{side}"].value
    parts[_ball(grid, (0, 40, 60), 18)] = LABEL_BY_NAME["sacrum"].value
    hips = (np.array([-115.0, 5.0, 0.0]), np.array([115.0, 5.0, 0.0]))
    return Template("toy", "male", 170.0, parts, frame, hips)


@pytest.fixture(scope="session")
def toy() -> Template:
    return toy_template()


@pytest.fixture(scope="session")
def growable(toy: Template) -> Growable:
    return prepare(toy)


@pytest.fixture(scope="session")
def body(growable: Growable) -> Body:
    """The toy as somebody's body, neither grown nor shaped."""
    unwarped = Shape(np.ones(3), np.zeros((3, 32, 32, 32), np.float32), np.full(3, -310.0))
    tissue = sample_tissue(np.random.default_rng(3), np.full(36, 0.85), 1.0, 1.0)
    every = np.ones(len(GROWING))
    return Body(growable, growable.volume_cm3, every > 0, every, Layers(15.0), unwarped, Settling.none(), tissue)
