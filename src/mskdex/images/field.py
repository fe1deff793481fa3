"""Find the exposed rectangle: without burnt-in borders, and without what the collimator kept dark.

Edges are looked for on each side, on a reduced image. A *drawn border* is one single grey that ends on a straight line,
which may be turned by a degree or two. A *sharp edge* is featureless outside and steps along most of its length. A
*shadow* of the collimator is featureless along the edge, unexposed (so it looks denser than the inside), and may be
soft. The outline of a body is none of these: it is curved, or turns from air to dense. A body runs out of a hip
radiograph above and below, so an upper or lower border need only end beside the body; at the sides, a black border
cannot be told from blackened air, and is left. Round collimation is not recognised.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mskdex.types import Image
from mskdex.types import ImageMask

_REDUCED_SIDE = 400
_REACH = 0.45
"""No border takes more than this share of the image from one side."""
_STEP = 0.12
_FEATURELESS = 0.08
_ONE_GREY = 0.012
"""Grey steps, as a share of the image's own range."""
_ALONG = 0.6
_ALONG_BODY = 0.25
"""Share of an edge's length that must show it: most of it, or as much as a body takes of the width."""
_TEXT = 0.1
"""Share of a line of the border that letters may take."""
_SOFT_LINES, _TURNED_LINES, _STRAIGHT = 6, 10, 1.5
"""Reduced lines over which a shadow fades, or a turned border drifts; and how far off a straight line may be."""
_MOST_SLOPE = 0.06


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
    def edges(self) -> dict[str, int]:
        """As results say it."""
        return {"top": self.top, "bottom": self.bottom, "left": self.left, "right": self.right}

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
        pixels: [row, column], 0..1, bright = dense; no strip (``pixels.check_size``).
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
    for find in (_drawn, _sharp, _shadowed, _sharp):
        box = box.peeled(scaled, find)
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

    def peeled(self, image: Image, find: Callable[[Image, float], int]) -> "_Box":
        """The box without what lies beyond an edge on each of its sides, rows before columns."""
        view = image[self.top : self.bottom, self.left : self.right]
        top, bottom = self.top + find(view, _ALONG_BODY), self.bottom - find(view[::-1], _ALONG_BODY)
        view = image[top:bottom, self.left : self.right].T
        left, right = self.left + find(view, _ALONG), self.right - find(view[::-1], _ALONG)
        if (top, bottom) == (self.top, self.bottom) and (left, right) != (self.left, self.right):
            # A side border may have hidden the upper and lower edges.
            return _Box(top, bottom, left, right).peeled(image, find)
        return _Box(top, bottom, left, right)


def _drawn(view: Image, along: float) -> int:
    """How many of the first lines lie beyond a straight end of one single grey; 0 if there is none such."""
    grey = np.median(view[0])
    if np.mean(np.abs(view[0] - grey) > 1e-6) > _TEXT:
        return 0
    differs = np.abs(view[: int(len(view) * _REACH)] - grey) > _ONE_GREY
    ends = differs.any(axis=0)
    if ends.mean() < along:
        return 0
    place, depth = np.flatnonzero(ends), np.argmax(differs, axis=0)[ends]
    near = depth <= np.percentile(depth, 100 * _TEXT) + _TURNED_LINES
    for _ in range(3):
        slope, offset = np.polyfit(place[near], depth[near], 1)
        near = np.abs(slope * place + offset - depth) <= _STRAIGHT
        if near.sum() < max(2, along * view.shape[1]) or abs(slope) > _MOST_SLOPE:
            return 0
    return max(0, int(np.ceil((slope * place[near] + offset).max()))) if depth[near].max() > 0 else 0


def _sharp(view: Image, along: float) -> int:
    """How many of the first lines lie beyond the strongest sudden step; 0 if there is none."""
    return _strongest(view, _FEATURELESS, 2, (-1.0, 1.0))


def _shadowed(view: Image, along: float) -> int:
    """How many of the first lines lie in the collimator's shadow; 0 if there is none."""
    edge = _strongest(view, 2 * _FEATURELESS, _SOFT_LINES, (-1.0,))
    return edge + _SOFT_LINES // 2 if edge else 0


def _strongest(view: Image, featureless: float, span: int, signs: tuple[float, ...]) -> int:
    """The first line inside the strongest step within ``span`` lines whose outer side is featureless."""
    last = int(len(view) * _REACH)
    spread = np.percentile(view[:last], 95, axis=1) - np.percentile(view[:last], 5, axis=1)
    rough = np.flatnonzero(spread > featureless)
    last = min(last, int(rough[0]) + span) if len(rough) else last
    best, best_strength = 0, 0.0
    for inside in range(1, last):
        difference = view[inside] - view[max(0, inside - span)]
        along = max(float(np.mean(sign * difference > _STEP)) for sign in signs)
        strength = float(np.abs(difference).mean())
        if along >= _ALONG and strength > best_strength:
            best, best_strength = inside, strength
    return best


def _reduce(pixels: Image, step: int) -> Image:
    rows, columns = (size // step * step for size in pixels.shape)
    blocks = pixels[:rows, :columns].reshape(rows // step, step, columns // step, step)
    reduced: Image = blocks.mean(axis=(1, 3), dtype=np.float32)
    return reduced
