"""What training minimises: pure functions of predicted and true maps, every structure counting alike.

``norm`` holds each structure's typical sum over pixels, so a small muscle's error weighs as much as a large one's.
``weight`` is 1 where a subject's structure is to be learnt and 0 where its truth is unknown.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Maps = Float[Tensor, "batch channels rows columns"]
PerChannel = Float[Tensor, "channels"]
PerStructure = Float[Tensor, "batch channels"]
Scalar = Float[Tensor, ""]


def map_l1(predicted: Maps, true: Maps, norm: PerChannel, weight: PerStructure) -> Scalar:
    """Mean over structures of the pixel-wise absolute error, in units of the structure's typical sum."""
    return _mean((predicted - true).abs().sum((2, 3)) / norm, weight)


def owis(predicted: Maps, true: Maps, norm: PerChannel, weight: PerStructure) -> Scalar:
    """Object-wise intensity sum (MSKdeX, arXiv:2305.19920, section 2.3), normalised per structure.

    It compares sums alone: any rearrangement of a map within the image leaves it unchanged.
    """
    return _mean((predicted.sum((2, 3)) - true.sum((2, 3))).abs() / norm, weight)


def mean_density(
    predicted: tuple[Maps, Maps], true: tuple[Maps, Maps], norm: PerChannel, weight: PerStructure, floor: float = 0.05
) -> Scalar:
    """Absolute error of a structure's mass per volume, in g/cm3: the lean fraction, however wrong the volume is.

    Args:
        predicted: Thickness and mass maps with the same channels.
        true: The same.
        norm: Typical sum of the thickness maps.
        weight: See above.
        floor: A structure of which less than this share of ``norm`` is in view has no density to learn.
    """
    volume, true_volume = predicted[0].sum((2, 3)), true[0].sum((2, 3))
    least = floor * norm
    density = predicted[1].sum((2, 3)) / volume.clamp(min=1e-3 * norm)
    true_density = true[1].sum((2, 3)) / torch.maximum(true_volume, least)
    return _mean((density - true_density).abs(), weight * (true_volume > least))


def _mean(errors: PerStructure, weight: PerStructure) -> Scalar:
    return (errors * weight).sum() / weight.sum().clamp(min=1.0)
