"""From a subject's arrays to what the network sees and what it should answer."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float32
from jaxtyping import Shaped
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import Subject
from mskdex.images.field import detect_field
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import ModelGrid
from mskdex.images.normalise import network_input
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.model.told import ToldVector
from mskdex.phantom.radiograph import take_radiograph
from mskdex.training.deform import deformed
from mskdex.training.deform import draw_size
from mskdex.types import Image
from mskdex.types import ImageMask

_MIRRORED = np.asarray(MIRRORED_CHANNELS)
_CENTRING_PIXELS = 2.0
"""A field smaller than the grid lies in its middle; its edges are found with about this error."""
_LOG_GAMMA_SD = 0.15
_CLIPPED = 0.05
"""Of the greys between the window's ends, at most so much is cut off at either of them."""
TOLD = 0.5
"""Share of the examples with which the network is told who the patient is, and of those with which the setup."""


@dataclass(frozen=True)
class Example:
    """Attributes:
    radiograph: Network input.
    thickness_cm, mass_g_per_cm2: The truth, or what stands in for it, inside the field of view, 0 outside it.
    weight: 1 per label that may be learnt from this subject, else 0.
    told: What the network is told beside (``model.told``).
    """

    radiograph: Float32[ndarray, "2 rows columns"]
    thickness_cm: Float32[ndarray, "labels map_rows map_columns"]
    mass_g_per_cm2: Float32[ndarray, "measured map_rows map_columns"]
    weight: Float32[ndarray, " labels"]
    told: ToldVector


class _View(NamedTuple):
    """A radiograph, where it was truly exposed, and where it is taken to be exposed (black borders look like air)."""

    pixels: Image
    field: ImageMask
    seen: ImageMask


class Window(NamedTuple):
    """Where the model's grid lies on the canvas: its upper left corner, even, so that maps are cut at whole pixels."""

    row: int
    column: int
    grid: ModelGrid

    def of_image(self, image: Shaped[ndarray, "rows columns"]) -> ndarray:
        return image[self.row : self.row + self.grid.rows, self.column : self.column + self.grid.columns]

    def of_maps(self, maps: Shaped[ndarray, "channels rows columns"]) -> ndarray:
        row, column = self.row // self.grid.map_stride, self.column // self.grid.map_stride
        return maps[:, row : row + self.grid.map_rows, column : column + self.grid.map_columns]


def random_example(
    subject: Subject,
    arrays: Arrays,
    canvas: Canvas,
    rng: np.random.Generator,
    grid: ModelGrid = MODEL_GRID,
    *,
    deform: bool = True,
) -> Example:
    """A fresh view: of the patient deformed, elsewhere on the grid, perhaps mirrored; where the attenuation is known
    exposed anew, else the stored radiograph presented anew.

    Of every second subject the network is not told who it is, and of every second not how far source, table and
    detector were apart, so that it learns to read the image alone too.
    """
    known = Told.of(subject.person, subject.camera)
    if deform:
        size = draw_size(rng)
        arrays, known = deformed(arrays, canvas, size, rng), known.grown(size)
    if arrays.attenuation is None:
        field = arrays.field
        pixels = presented_anew(arrays.radiograph.astype(np.float32), field, rng)
    else:
        taken = take_radiograph(arrays.attenuation.astype(np.float32), canvas.spacing_mm, rng)
        pixels, field = taken.pixels, taken.field
    # Half of the time the field is known exactly, half of the time as prediction will know it.
    seen = field if rng.random() < 0.5 else detect_field(pixels).mask
    told = half_told(known, rng)
    example = _cut(subject, arrays, _View(pixels, field, seen), place(seen, grid, rng), told)
    return mirrored(example) if rng.random() < 0.5 else example


def stored_example(
    subject: Subject, arrays: Arrays, grid: ModelGrid = MODEL_GRID, *, knowing: Knowing = Knowing.IMAGE
) -> Example:
    """The subject as it was stored: what validation, calibration and test see.

    Raises:
        ValueError: what is to be known is not.
    """
    told = Told.of(subject.person, subject.camera).only(knowing)
    if told is None:
        raise ValueError(f"{subject.id} does not say what is to be known: {knowing}")
    pixels = arrays.radiograph.astype(np.float32)
    seen = detect_field(pixels).mask
    return _cut(subject, arrays, _View(pixels, arrays.field, seen), place(seen, grid, None), told.vector())


def half_told(known: Told, rng: np.random.Generator) -> ToldVector:
    """What is known, each of person and setup with a chance of ``TOLD``."""
    person = known.person if rng.random() < TOLD else None
    setup = known.setup if rng.random() < TOLD else None
    return Told(person, setup).vector()


def presented_anew(pixels: Image, field: ImageMask, rng: np.random.Generator) -> Image:
    """The same exposure under another contrast curve: window and gamma, order of greys unchanged.

    What adds to all greys or multiplies them is left out, since ``network_input`` takes it back out.
    """
    inside = pixels[field]
    low, high = np.percentile(inside, (0.5, 99.5))
    cut_low, cut_high = rng.uniform(0, _CLIPPED, 2)
    span = max(float(high - low), 1e-6)
    unit = np.clip((pixels - low - cut_low * span) / (span * (1 - cut_low - cut_high)), 0, 1)
    return np.asarray(unit ** np.exp(rng.normal(0, _LOG_GAMMA_SD)), np.float32)


def mirrored(example: Example) -> Example:
    """The patient's mirror image: columns reversed, left and right structures exchanged."""
    measured = _MIRRORED[: len(MEASURED_LABELS)]
    return Example(
        np.ascontiguousarray(example.radiograph[:, :, ::-1]),
        np.ascontiguousarray(example.thickness_cm[_MIRRORED, :, ::-1]),
        np.ascontiguousarray(example.mass_g_per_cm2[measured, :, ::-1]),
        example.weight[_MIRRORED],
        example.told,
    )


def visible_share(field: ImageMask, stride: int) -> Image:
    """The part of each map pixel that the field lets see, 0..1."""
    rows, columns = field.shape[0] // stride, field.shape[1] // stride
    share: Image = field.reshape(rows, stride, columns, stride).mean((1, 3), dtype=np.float32)
    return share


def _cut(subject: Subject, arrays: Arrays, view: _View, window: Window, told: ToldVector) -> Example:
    visible = visible_share(window.of_image(view.field), window.grid.map_stride)
    return Example(
        network_input(window.of_image(view.pixels), window.of_image(view.seen)),
        window.of_maps(arrays.thickness_cm) * visible,
        window.of_maps(arrays.mass_g_per_cm2) * visible,
        np.array([label.name not in subject.unmeasured for label in LABELS], np.float32),
        told,
    )


def place(field: Bool[ndarray, "rows columns"], grid: ModelGrid, rng: np.random.Generator | None) -> Window:
    """Centre the grid on the field, as `images.to_grid` does; with `rng`, anywhere inside a field larger than it."""
    corner = []
    for axis, size in ((1, grid.rows), (0, grid.columns)):
        exposed = np.flatnonzero(field.any(axis=axis))
        slack = (exposed[-1] + 1 - exposed[0] - size) / 2
        offset = exposed[0] + slack
        if rng is not None:
            reach = slack if slack > 0 else _CENTRING_PIXELS
            offset += rng.uniform(-reach, reach)
        last = field.shape[1 - axis] - size
        corner.append(int(np.clip(round(offset / grid.map_stride) * grid.map_stride, 0, last)))
    return Window(corner[0], corner[1], grid)
