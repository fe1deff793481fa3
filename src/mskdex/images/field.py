"""Find the exposed rectangle: without burnt-in borders, and without what the collimator kept dark.

Two kinds of straight edges are looked for on each side, on a reduced image. A *border* is drawn: featureless outside
and sharp. A *shadow* of the collimator is featureless along the edge, unexposed (so it looks denser than the inside),
and may be soft. The outline of a body is neither: it is curved, or it turns from air to dense. Rotated and round
collimation is not recognised, and neither is a black border beside black air, which does no harm.
"""

from dataclasses import dataclass

import numpy as np

from mskdex.types import Image
from mskdex.types import ImageMask

_REDUCED_SIDE = 400
_REACH = 0.45
"""No border takes more than this share of the image from one side."""
_STEP = 0.12
_FEATURELESS = 0.08
"""Grey steps, as a share of the image's own range."""
_ALONG = 0.6
"""Share of an edge's length that must show the step."""
_SOFT_LINES = 5


@dataclass(frozen=True)
class Field:
    """The exposed rectangle of an image: rows ``top`` to ``bottom``, columns ``left`` to ``right``, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int
    rows: int
    columns: int

    @property
    def mask(self) -> ImageMask:
        mask = np.zeros((self.rows, self.columns), bool)
        mask[self.top : self.bottom, self.left : self.right] = True
        return mask

    @property
    def share(self) -> float:
        """The field's share of the image's area."""
        return (self.bottom - self.top) * (self.right - self.left) / (self.rows * self.columns)


def detect_field(pixels: Image, *, shutter: tuple[int, int, int, int] | None = None) -> Field:
    """Find the exposed rectangle of an image.

    Args:
        pixels: [row, column], 0..1, bright = dense.
        shutter: Upper, lower, left and right edge as a DICOM header states them; ignored where they make no sense.
    """
    rows, columns = pixels.shape
    step = max(1, -(-max(rows, columns) // _REDUCED_SIDE))
    reduced = _reduce(pixels, step)
    low, high = np.percentile(reduced, [0.5, 99.5])
    if high <= low:
        return Field(0, rows, 0, columns, rows, columns)
    scaled = ((reduced - low) / (high - low)).astype(np.float32)
    box = _Box(0, scaled.shape[0], 0, scaled.shape[1])
    for soft in (False, True, False):
        box = box.peeled(scaled, soft)
    top, left = box.top * step, box.left * step
    bottom = rows if box.bottom == scaled.shape[0] else box.bottom * step
    right = columns if box.right == scaled.shape[1] else box.right * step
    return _within(Field(top, bottom, left, right, rows, columns), shutter)


def _within(field: Field, shutter: tuple[int, int, int, int] | None) -> Field:
    """Cut by the shutter that the header states, if that leaves a sensible image."""
    if shutter is None:
        return field
    top, bottom, left, right = shutter
    cut = Field(
        max(field.top, top),
        min(field.bottom, bottom - 1),
        max(field.left, left),
        min(field.right, right - 1),
        field.rows,
        field.columns,
    )
    sensible = cut.bottom > cut.top and cut.right > cut.left and cut.share > 0.25
    return cut if sensible else field


@dataclass(frozen=True)
class _Box:
    top: int
    bottom: int
    left: int
    right: int

    def peeled(self, image: Image, soft: bool) -> "_Box":
        """The box without what lies beyond an edge on each of its sides, rows before columns."""
        view = image[self.top : self.bottom, self.left : self.right]
        top, bottom = self.top + _edge(view, soft), self.bottom - _edge(view[::-1], soft)
        view = image[top:bottom, self.left : self.right].T
        left, right = self.left + _edge(view, soft), self.right - _edge(view[::-1], soft)
        if (top, bottom) == (self.top, self.bottom) and (left, right) != (self.left, self.right):
            # A side border may have hidden the upper and lower edges.
            return _Box(top, bottom, left, right).peeled(image, soft)
        return _Box(top, bottom, left, right)


def _edge(view: Image, soft: bool) -> int:
    """How many of the first lines lie beyond the strongest edge that is parallel to them; 0 if there is none."""
    span = _SOFT_LINES if soft else 1
    last = int(len(view) * _REACH)
    if last <= span:
        return 0
    spread = np.percentile(view[:last], 95, axis=1) - np.percentile(view[:last], 5, axis=1)
    best, best_strength = 0, 0.0
    for first_inside in range(1, last - span):
        outside = max(0, first_inside - span - 1) if soft else first_inside - 1
        beyond = first_inside if soft else min(first_inside + 1, len(view) - 1)
        if spread[: outside + 1].max(initial=0) > _FEATURELESS * (2 if soft else 1):
            break
        difference = view[beyond] - view[outside]
        signs = (-1.0,) if soft else (-1.0, 1.0)
        along = max(float(np.mean(sign * difference > _STEP)) for sign in signs)
        strength = float(np.abs(difference).mean())
        if along >= _ALONG and strength > best_strength:
            best, best_strength = beyond, strength
    return best + (_SOFT_LINES // 2 if soft and best else 0)


def _reduce(pixels: Image, step: int) -> Image:
    rows, columns = (size // step * step for size in pixels.shape)
    blocks = pixels[:rows, :columns].reshape(rows // step, step, columns // step, step)
    reduced: Image = blocks.mean(axis=(1, 3), dtype=np.float32)
    return reduced
