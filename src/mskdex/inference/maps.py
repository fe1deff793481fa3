"""The network's maps of one radiograph, and what they sum to."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray

from mskdex.model.told import Told
from mskdex.types import FactBatch
from mskdex.types import Image
from mskdex.types import ImageMask
from mskdex.types import InputBatch
from mskdex.types import MapStack

MapBatch = Float32[ndarray, "batch labels rows columns"]


class Network(Protocol):
    """What turns images and facts into thickness (cm, 42 labels) and mass (g/cm2, 41 labels) maps."""

    def run(self, batch: InputBatch, told: FactBatch, /) -> tuple[MapBatch, MapBatch]: ...


@dataclass(frozen=True)
class Maps:
    """One map per label on the detector plane, [label - 1, row, column].

    Attributes:
        thickness_cm: Volume-conserving thickness (docs/projection.md) of all 42 labels.
        mass_g_per_cm2: Lean mass of muscles and mass of bones, 41 labels.
        field: True where the radiograph was exposed. The network learned that nothing lies beyond it.
        spacing_mm: Size of the maps' square pixels.
    """

    thickness_cm: MapStack
    mass_g_per_cm2: MapStack
    field: ImageMask
    spacing_mm: float

    @property
    def pixel_area_cm2(self) -> float:
        return (self.spacing_mm / 10) ** 2

    @property
    def volume_cm3(self) -> Float64[ndarray, " labels"]:
        """Volume of each label within view: sum(map) * pixel area, exactly."""
        return self._sum(self.thickness_cm)

    @property
    def mass_g(self) -> Float64[ndarray, " labels"]:
        """Lean mass or bone mass of each label within view."""
        return self._sum(self.mass_g_per_cm2)

    def _sum(self, stack: MapStack) -> Float64[ndarray, " labels"]:
        sums: Float64[ndarray, " labels"] = stack.sum(axis=(1, 2), dtype=np.float64) * self.pixel_area_cm2
        return sums


def predict_maps(network: Network, channels: Float32[ndarray, "2 rows columns"], told: Told, spacing_mm: float) -> Maps:
    """Maps of one radiograph.

    Args:
        network: The model.
        channels: The network's input, as ``images.normalise.network_input`` makes it.
        told: What it is told beside.
        spacing_mm: Size of the input's pixels; maps may have fewer and larger ones.
    """
    (thickness,), (mass,) = network.run(channels[None], told.vector()[None])
    rows = thickness.shape[1]
    field = at_map_resolution(channels[1], rows) >= 0.5
    return Maps(thickness, mass, field, spacing_mm * (channels.shape[1] // rows))


def at_map_resolution(image: Image, rows: int) -> Image:
    """The mean of an input image over each pixel of maps with that many rows."""
    stride = image.shape[0] // rows
    mean: Image = image.reshape(rows, stride, image.shape[1] // stride, stride).mean(axis=(1, 3))
    return mean


def share_beyond_view(maps: Maps) -> Float64[ndarray, " labels"]:
    """The share of each label's volume that lies outside the field or in the outermost map pixels inside it.

    A structure wholly in view ends before the field does, so its share is (nearly) 0; one that runs on across the
    border has its full thickness there.
    """
    inner = eroded(maps.field)
    total = maps.thickness_cm.sum(axis=(1, 2), dtype=np.float64)
    inside = maps.thickness_cm[:, inner].sum(axis=1, dtype=np.float64)
    share: Float64[ndarray, " labels"] = 1 - inside / np.where(total > 0, total, 1.0)
    return np.where(total > 0, share, 0.0)


def eroded(mask: ImageMask) -> ImageMask:
    """The mask less its outermost pixels; beyond the array nothing is in view."""
    padded = np.pad(mask, 1)
    inner: ImageMask = padded[1:-1, 1:-1] & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inner
