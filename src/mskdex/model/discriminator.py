"""Whether a picture is real, patch by patch, at several scales."""

from jaxtyping import Float
from torch import Tensor
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what every reader of torch code calls it
from torch.nn.utils.parametrizations import spectral_norm

Picture = Float[Tensor, "batch channels rows columns"]

_SLOPE = 0.2


class Discriminator(nn.Module):
    """Patch discriminators (Isola, CVPR 2017) that see the picture at full, half, ... size (Wang, CVPR 2018).

    At the size of our maps (64 x 72 at 6 mm) the finer one's patches are 16 cm wide, the coarser one's 32 cm: about a
    muscle, and about the body. What the picture is a picture *of* may be stacked below it as further channels.

    Args:
        channels: Of the picture, with its condition.
        width: Channels of the first layer.
        scales: How many sizes.
    """

    def __init__(self, channels: int, width: int = 48, scales: int = 2) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_patches(channels, width) for _ in range(scales))

    def forward(self, picture: Picture) -> list[list[Tensor]]:
        """Each scale's features, its verdicts last."""
        answers: list[list[Tensor]] = []
        for number, scale in enumerate(self.scales):
            features = F.avg_pool2d(picture, 2**number) if number else picture
            answers.append([])
            for layer in scale.children():
                features = layer(features)
                answers[-1].append(features)
        return answers


def _patches(channels: int, width: int) -> nn.ModuleList:
    """Convolutions whose steepness is held at 1 (Miyato, ICLR 2018).

    Maps that are made are smoother than real ones: unheld, a discriminator tells them apart within a hundred steps and
    has nothing more to say. Nothing is normalised besides: how thick a muscle is must not be divided out.
    """
    layers = [_layer(channels, width, 2), _layer(width, 2 * width, 2), _layer(2 * width, 4 * width, 1)]
    return nn.ModuleList([*layers, spectral_norm(nn.Conv2d(4 * width, 1, 3, padding=1))])


def _layer(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 4 if stride == 2 else 3, stride=stride, padding=1)
    return nn.Sequential(spectral_norm(convolution), nn.LeakyReLU(_SLOPE))
