"""How large each structure is, from the features where it lies: a branch beside the decoder's maps."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what every reader of torch code calls it

Features = Float[Tensor, "batch channels rows columns"]
PerChannel = Float[Tensor, "batch channels"]

_SHAPE_FACTS = 2
_SPREAD = 0.5
"""Of the first numbers that tell structures apart."""
_NOTHING = 1e-3
"""Keeps the mean over a structure that is nowhere from being a division by zero."""


class Regional(nn.Module):
    """Every structure looks at the decoder's features where its own map is, and at the whole image's.

    A convolution sees one place at a time, the mean of an image all places alike. Here each structure's thickness map
    weighs the features of every level, and the same small network makes of them, for all structures, how much more or
    less of it there is. It begins by saying nothing.
    """

    def __init__(self, channels: Sequence[int], hidden: int, context: int, labels: int, measured: int) -> None:
        """A silent branch.

        Args:
            channels: Of the decoder's levels, coarse to fine.
            hidden: Width of the small network.
            context: Length of what the whole image says.
            labels, measured: How many maps of thickness and of mass there are.
        """
        super().__init__()
        self.measured = measured
        self.look = nn.Linear(sum(channels) + _SHAPE_FACTS, hidden)
        self.context = nn.Linear(context, hidden)
        self.who = nn.Parameter(torch.randn(labels, hidden) * _SPREAD)
        self.mix = nn.Linear(hidden, hidden)
        self.gain = nn.Parameter(torch.zeros(labels, hidden))
        self.density = nn.Parameter(torch.zeros(measured, hidden))

    def forward(self, levels: Sequence[Features], thickness: Features, context: Float[Tensor, "batch n"]) -> PerChannel:
        """How much more or less there is of every structure.

        Args:
            levels: The decoder's features, coarse to fine, the last as fine as the maps.
            thickness: Of every structure, in units of its typical one; it learns nothing from here.
            context: What the whole image says.

        Returns:
            [batch, labels + measured] what ``Generator`` adds to what it takes from the whole image: for each map of
            thickness, and after them for each of mass.
        """
        thickness = thickness.detach()
        seen = [_where(thickness, features) for features in levels]
        hidden = self.look(torch.cat([*seen, _shape(thickness)], 2)) + self.context(context)[:, None] + self.who
        hidden = F.relu(self.mix(F.relu(hidden)))
        density = (hidden[:, : self.measured] * self.density).sum(2)
        return torch.cat([(hidden * self.gain).sum(2), density], 1)


def _where(thickness: Features, features: Features) -> Float[Tensor, "batch labels channels"]:
    """The mean of the features over each structure."""
    stride = thickness.shape[2] // features.shape[2]
    here = (thickness if stride == 1 else F.avg_pool2d(thickness, stride)).flatten(2)
    here = here / (here.sum(2, keepdim=True) + _NOTHING)
    return torch.bmm(here, features.float().flatten(2).transpose(1, 2))


def _shape(thickness: Features) -> Float[Tensor, "batch labels 2"]:
    """Logarithms of a map's sum, and of the area that it would have if it were as thick everywhere."""
    total, square = thickness.sum((2, 3)), thickness.square().sum((2, 3))
    return torch.stack([torch.log1p(total), torch.log1p(total.square() / (square + _NOTHING))], 2)
