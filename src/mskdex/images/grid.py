"""The model's grid: any radiograph is brought onto it by area averaging, and maps are brought back by interpolation."""

import math
from dataclasses import dataclass
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mskdex.images.field import Field
from mskdex.types import Image
from mskdex.types import ImageMask

FIELD_COVERAGE = 0.5
"""A grid pixel belongs to the field if at least this share of its area was exposed."""


@dataclass(frozen=True)
class ModelGrid:
    """The pixels that the network sees; its maps have every ``map_stride``-th pixel of them.

    Attributes:
        rows, columns: Size of the network's input in pixels.
        spacing_mm: Pixel size of the input on the detector plane.
        map_stride: Input pixels per map pixel, along rows and along columns.
    """

    rows: int = 128
    columns: int = 144
    spacing_mm: float = 3.0
    map_stride: int = 2

    @property
    def map_rows(self) -> int:
        return self.rows // self.map_stride

    @property
    def map_columns(self) -> int:
        return self.columns // self.map_stride

    @property
    def map_spacing_mm(self) -> float:
        return self.spacing_mm * self.map_stride

    @property
    def map_pixel_area_cm2(self) -> float:
        return (self.map_spacing_mm / 10) ** 2


MODEL_GRID = ModelGrid()


@dataclass(frozen=True)
class Placement:
    """How the grid lies on an image. Positions are (row, column) indices, pixel centres at integers.

    Attributes:
        scale: Image pixels per grid pixel.
        corner: The grid's upper left corner (not pixel centre) on the image, in image pixels from the image's own
            upper left corner.
        rows, columns: Size of the grid.
    """

    scale: float
    corner: tuple[float, float]
    rows: int
    columns: int

    def to_image(self, position: tuple[float, float]) -> tuple[float, float]:
        """A grid position on the image."""
        row, column = ((p + 0.5) * self.scale + c - 0.5 for p, c in zip(position, self.corner, strict=True))
        return row, column

    def to_grid(self, position: tuple[float, float]) -> tuple[float, float]:
        """An image position on the grid."""
        row, column = ((p + 0.5 - c) / self.scale - 0.5 for p, c in zip(position, self.corner, strict=True))
        return row, column


class OnGrid(NamedTuple):
    """An image on the model's grid: 0 outside the field, with the field and the way back."""

    pixels: Image
    field: ImageMask
    placement: Placement


def to_grid(image: Image, field: ImageMask, spacing_mm: float, grid: ModelGrid = MODEL_GRID) -> OnGrid:
    """Average an image's exposed pixels over the area of each grid pixel.

    The grid is centred on the field's bounding box: a collimator opens symmetrically about the central ray. What the
    grid does not cover is cropped (``covered`` tells), and grid pixels beyond the image are outside the field. Pixels
    count as areas of constant value, so splitting them changes nothing (law 6).

    Args:
        image: Pixel values, [row, column].
        field: True where the detector was exposed.
        spacing_mm: Size of the image's square pixels on the detector plane.
        grid: Where to.
    """
    if image.shape != field.shape or not field.any():
        raise ValueError(f"expected a field of the image's shape {image.shape} with some exposed pixel")
    scale = grid.spacing_mm / spacing_mm
    box = bounding_box(field)
    corner = (box.top + box.bottom - scale * grid.rows) / 2, (box.left + box.right - scale * grid.columns) / 2
    placement = Placement(scale, corner, grid.rows, grid.columns)
    exposed = field.astype(np.float32)
    covered = _area_sums(exposed, placement) / np.float32(scale * scale)
    sums = _area_sums(np.where(field, image, 0).astype(np.float32, copy=False), placement) / np.float32(scale * scale)
    inside = covered >= FIELD_COVERAGE - 1e-4
    pixels = np.divide(sums, covered, out=np.zeros_like(sums), where=inside)
    return OnGrid(pixels, inside, placement)


def bounding_box(field: ImageMask) -> Field:
    """The smallest rectangle that holds all exposed pixels, of which there must be some."""
    rows, columns = (np.flatnonzero(field.any(axis=axis)) for axis in (1, 0))
    return Field(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1, *field.shape)


def covered(box: Field, placement: Placement) -> Field:
    """The part of a field that the grid covers, in whole image pixels; ``to_grid`` left the rest out."""
    top, left = (max(0, math.floor(edge)) for edge in placement.corner)
    bottom = math.ceil(placement.corner[0] + placement.scale * placement.rows)
    right = math.ceil(placement.corner[1] + placement.scale * placement.columns)
    return replace(
        box,
        top=max(box.top, top),
        bottom=min(box.bottom, bottom),
        left=max(box.left, left),
        right=min(box.right, right),
    )


def to_image(values: Image, placement: Placement, rows: int, columns: int) -> Image:
    """Bring a map (or anything on the grid, at any stride) back onto the image by bilinear interpolation.

    Args:
        values: [row, column], covering the grid's whole area with pixels of any size.
        placement: As ``to_grid`` gave it.
        rows, columns: Size of the image wanted.

    Returns:
        The interpolated values, 0 outside the grid.
    """
    across = _interpolation(
        values.shape[0], placement.rows, placement.corner[0] / placement.scale, placement.scale, rows
    )
    along = _interpolation(
        values.shape[1], placement.columns, placement.corner[1] / placement.scale, placement.scale, columns
    )
    return _interpolate(_interpolate(values.astype(np.float32), across).T, along).T


def _area_sums(image: Image, placement: Placement) -> Image:
    rows_done = _sum_rows(image, placement.corner[0], placement.scale, placement.rows)
    return _sum_rows(np.ascontiguousarray(rows_done.T), placement.corner[1], placement.scale, placement.columns).T


def _sum_rows(image: Image, start: float, step: float, count: int) -> Image:
    """Integrate over [start + n step, start + (n + 1) step] of the row axis, for n < count."""
    sums = np.zeros((count, image.shape[1]), np.float32)
    for n in range(count):
        low, high = max(start + n * step, 0.0), min(start + (n + 1) * step, float(image.shape[0]))
        if high <= low:
            continue
        first, last = int(low), int(np.ceil(high))
        indices = np.arange(first, last)
        weights = np.minimum(indices + 1, high) - np.maximum(indices, low)
        sums[n] = weights.astype(np.float32) @ image[first:last]
    return sums


class _Interpolation(NamedTuple):
    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    fraction: NDArray[np.float32]
    inside: NDArray[np.bool_]


def _interpolation(size: int, grid_size: int, start: float, scale: float, count: int) -> _Interpolation:
    edges = ((np.arange(count) + 0.5) / scale - start) * size / grid_size
    position = np.clip(edges - 0.5, 0, size - 1)
    lower = np.floor(position).astype(np.intp)
    upper = np.minimum(lower + 1, size - 1)
    return _Interpolation(lower, upper, (position - lower).astype(np.float32), (edges >= 0) & (edges <= size))


def _interpolate(values: Image, at: _Interpolation) -> Image:
    fraction = at.fraction[:, None]
    result = values[at.lower] * (1 - fraction) + values[at.upper] * fraction
    return np.where(at.inside[:, None], result, np.float32(0))
