"""From a patient's maps back to a radiograph: the second generator of a cycle. Prediction never needs it."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what every reader of torch code calls it

Maps = Float[Tensor, "batch channels map_rows map_columns"]
Radiograph = Float[Tensor, "batch 1 rows columns"]

_GROUPS = 4


class Backward(nn.Module):
    """A small U-Net on the maps' grid whose answer has twice its resolution, within the greys of a radiograph.

    Rows and columns of the maps must be multiples of 4.

    Args:
        channels: Of the maps, thickness and mass stacked.
        limit: Greys lie between minus this and this.
        width: Channels of the finest level, in whole fours.
    """

    def __init__(self, channels: int, limit: float, width: int = 48) -> None:
        super().__init__()
        self.limit = limit
        self.fine, self.middle, self.coarse = (
            _block(channels, width), _block(width, 2 * width), _block(2 * width, 4 * width)
        )  # fmt: skip
        self.up_middle, self.up_fine = _block(6 * width, 2 * width), _block(3 * width, width)
        self.grey = nn.Sequential(_block(width, width // 2), nn.Conv2d(width // 2, 1, 3, padding=1))

    def forward(self, maps: Maps) -> Radiograph:
        """A radiograph as networks see it (``images.normalise``), everywhere exposed."""
        fine = self.fine(maps)
        middle = self.middle(F.max_pool2d(fine, 2))
        coarse = self.coarse(F.max_pool2d(middle, 2))
        middle = self.up_middle(torch.cat([F.interpolate(coarse, scale_factor=2.0), middle], 1))
        fine = self.up_fine(torch.cat([F.interpolate(middle, scale_factor=2.0), fine], 1))
        grey: Tensor = self.grey(F.interpolate(fine, scale_factor=2.0, mode="bilinear"))
        return self.limit * torch.tanh(grey.float())


def _block(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
    return nn.Sequential(convolution, nn.GroupNorm(_GROUPS, outputs), nn.ReLU(inplace=True))
