"""From a radiograph to one thickness map and one mass map per structure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what every reader of torch code calls it

from mskdex.model.head import Head
from mskdex.model.regional import Regional
from mskdex.model.told import VECTOR_LENGTH

FieldRadiograph = Float[Tensor, "batch 2 rows columns"]
ToldVectors = Float[Tensor, "batch facts"]
ThicknessMaps = Float[Tensor, "batch labels map_rows map_columns"]
MassMaps = Float[Tensor, "batch measured map_rows map_columns"]

GAIN_LIMIT = 0.5
"""The global branch may scale a structure's map by at most ``exp(+-GAIN_LIMIT)``; the maps do the rest."""


@dataclass(frozen=True)
class Widths:
    """Channels of the U-Net, finest level (half the input's resolution) first.

    The defaults make 4.0 million parameters: 15 MiB, of the 16 that a model may have.
    """

    encoder: tuple[int, int, int, int] = (40, 80, 160, 256)
    decoder: tuple[int, int, int] = (56, 80, 128)
    whole_image: int = 128
    told: int = 64

    def scaled(self, share: float) -> "Widths":
        """The same network with ``share`` of the channels, in whole eights."""

        def eights(width: int) -> int:
            return max(8, round(width * share / 8) * 8)

        first, second, third, fourth = (eights(width) for width in self.encoder)
        fine, middle, coarse = (eights(width) for width in self.decoder)
        whole_image, told = eights(self.whole_image), eights(self.told)
        return Widths((first, second, third, fourth), (fine, middle, coarse), whole_image, told)


@dataclass(frozen=True)
class Bounds:
    """What a structure's values may be.

    Attributes:
        thickness_scale_cm: Typical thickness per label where it is present, so that every head works near 1.
        density_low_g_per_cm3: Least areal mass per thickness, per measured label.
        density_high_g_per_cm3: Greatest; for a muscle this is pure lean tissue, so lean mass never exceeds volume.
    """

    thickness_scale_cm: Sequence[float]
    density_low_g_per_cm3: Sequence[float]
    density_high_g_per_cm3: Sequence[float]


class Generator(nn.Module):
    """A U-Net whose maps have half the input's resolution.

    The stem halves the image, so no convolution runs at full resolution. The two coarsest levels, where depth costs
    little, are deeper by a residual block each. The decoder says where a structure is; how much of it, and how dense,
    is set for the whole image by a branch that sees the average of the coarsest level, and one that sees the features
    where the structure is (``Regional``). What the network is told beside the image joins at the coarsest level, so
    that all hear of it.

    ``thickness = scale * exp(gain) * softplus(...)`` is positive. With the lean head ``mass = thickness * density``,
    the density between its bounds by a sigmoid; with the plain one mass is made as thickness is, on a scale of its own.
    Rows and columns must be multiples of 16.
    """

    thickness_scale_cm: Tensor
    density_low: Tensor
    density_range: Tensor
    mass_scale_g_per_cm2: Tensor

    def __init__(self, bounds: Bounds, widths: Widths | None = None, head: Head = Head.LEAN) -> None:
        super().__init__()
        self.kind = head
        widths = widths or Widths()
        first, second, third, fourth = widths.encoder
        fine, middle, coarse = widths.decoder
        self.stem = _convolution(2, first, kernel=5, stride=2)
        self.encode = nn.ModuleList(
            [_pair(first, first), _pair(first, second), _pair(second, third), _pair(third, fourth)]
        )
        self.decode = nn.ModuleList(
            [_pair(fourth + third, coarse), _pair(coarse + second, middle), _pair(middle + first, fine)]
        )
        self.labels, self.measured = len(bounds.thickness_scale_cm), len(bounds.density_low_g_per_cm3)
        self.deepen = _residual(fourth)
        self.deepen_coarse = _residual(coarse)
        self.head = nn.Conv2d(fine, self.labels + self.measured, 1)
        self.regional = Regional((coarse, middle, fine), widths.whole_image, fourth, self.labels, self.measured)
        self.told = nn.Sequential(
            nn.Linear(VECTOR_LENGTH, widths.told), nn.ReLU(inplace=True), nn.Linear(widths.told, fourth)
        )
        self.whole_image = nn.Sequential(
            nn.Linear(fourth, widths.whole_image),
            nn.ReLU(inplace=True),
            nn.Linear(widths.whole_image, self.labels + self.measured),
        )
        low, high = torch.tensor(bounds.density_low_g_per_cm3), torch.tensor(bounds.density_high_g_per_cm3)
        scale = torch.tensor(bounds.thickness_scale_cm)
        self.register_buffer("thickness_scale_cm", _per_channel(scale))
        # Each head's buffers have names of their own, so that weights of the one are never taken for the other's.
        if head is Head.LEAN:
            self.register_buffer("density_low", _per_channel(low))
            self.register_buffer("density_range", _per_channel(high - low))
        else:
            self.register_buffer("mass_scale_g_per_cm2", _per_channel(scale[: self.measured] * high))
        self._start_quiet()

    def forward(self, radiograph: FieldRadiograph, told: ToldVectors) -> tuple[ThicknessMaps, MassMaps]:
        """Thickness in cm and areal mass in g/cm2, channel = label - 1; ``told`` as ``model.told`` makes it."""
        levels = [self.encode[0](self.stem(radiograph))]
        for block in list(self.encode)[1:]:
            levels.append(block(F.max_pool2d(levels[-1], 2)))
        features = levels[-1] + self.told(told)[:, :, None, None]
        features = features + self.deepen(features)
        context = features.mean((2, 3))
        decoded = self._decoded(features, levels[:-1])
        thickness_here, mass_here = self.head(decoded[-1]).float().split([self.labels, self.measured], 1)
        regional = self.regional(decoded, F.softplus(thickness_here), context)
        overall = (self.whole_image(context).float() + regional.float())[:, :, None, None]
        thickness_overall, mass_overall = overall.split([self.labels, self.measured], 1)
        thickness = _positive(thickness_here, thickness_overall, self.thickness_scale_cm)
        if self.kind is Head.PLAIN:
            return thickness, _positive(mass_here, mass_overall, self.mass_scale_g_per_cm2)
        density = self.density_low + self.density_range * torch.sigmoid(mass_here + mass_overall)
        return thickness, thickness[:, : self.measured] * density

    def _decoded(self, features: Tensor, skipped: Sequence[Tensor]) -> list[Tensor]:
        """Features of the decoder's levels, coarse to fine."""
        decoded: list[Tensor] = []
        for block, beside in zip(self.decode, reversed(skipped), strict=True):
            features = block(torch.cat([F.interpolate(features, scale_factor=2.0), beside], 1))
            if not decoded:
                features = features + self.deepen_coarse(features)
            decoded.append(features)
        return decoded

    def filters(self) -> list[Tensor]:
        """Weights [outputs, inputs, rows, columns] of convolutions that are normalised: their scale does nothing."""
        return [layer.weight for layer in self.modules() if isinstance(layer, nn.Conv2d) and layer.bias is None]

    @torch.no_grad()
    def lengthen_filters(self, root_mean_square: float) -> None:
        """Give all filters the same length per weight; the network answers as before."""
        for block in self.modules():
            if isinstance(block, nn.Sequential) and len(block) > 1 and isinstance(block[1], nn.BatchNorm2d):
                filters, statistics = block[0].weight, block[1]
                assert isinstance(filters, Tensor)
                assert statistics.running_mean is not None
                assert statistics.running_var is not None
                factor = root_mean_square / filters.square().mean().sqrt()
                filters.mul_(factor)
                statistics.running_mean.mul_(factor)
                statistics.running_var.mul_(factor**2)

    def _start_quiet(self) -> None:
        """Begin with thin maps and the branches silent, so that the first steps do not shout."""
        for branch in (self.whole_image, self.told):
            last = branch[-1]
            assert isinstance(last, nn.Linear)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)
        positive = self.labels if self.kind is Head.LEAN else self.labels + self.measured
        nn.init.constant_(self.head.bias[:positive], math.log(math.expm1(0.02)))


def _convolution(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _residual(channels: int) -> nn.Sequential:
    """What a block adds to its input: at first nothing."""
    normalised = nn.BatchNorm2d(channels)
    nn.init.zeros_(normalised.weight)
    last = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), normalised)
    return nn.Sequential(_convolution(channels, channels), last)


def _pair(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_convolution(inputs, outputs), _convolution(outputs, outputs))


def _positive(here: Tensor, overall: Tensor, scale: Tensor) -> Tensor:
    """A map that cannot be negative: where by ``here``, how much over the whole image by ``overall``."""
    gain = torch.exp(GAIN_LIMIT * torch.tanh(overall))
    return F.softplus(here) * (scale * gain)


def _per_channel(values: Tensor) -> Tensor:
    return values.float().reshape(1, -1, 1, 1)
