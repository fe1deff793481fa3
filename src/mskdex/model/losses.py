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
Sums = PerStructure
"""Of maps over their pixels."""
Scalar = Float[Tensor, ""]


def sums(maps: Maps) -> Sums:
    """What each map adds up to, in its unit times pixels."""
    return maps.sum((2, 3))


def map_l1(predicted: Maps, true: Maps, norm: PerChannel, weight: PerStructure) -> Scalar:
    """Mean over structures of the pixel-wise absolute error, in units of the structure's typical sum."""
    return weighted_mean((predicted - true).abs().sum((2, 3)) / norm, weight)


def owis(predicted: Sums, true: Sums, norm: PerChannel, weight: PerStructure) -> Scalar:
    """Object-wise intensity sum (MSKdeX, arXiv:2305.19920, section 2.3), normalised per structure.

    It compares sums alone: any rearrangement of a map within the image leaves it unchanged.
    """
    return weighted_mean((predicted - true).abs() / norm, weight)


def mean_density(
    predicted: tuple[Sums, Sums], true: tuple[Sums, Sums], norm: PerChannel, weight: PerStructure, floor: float = 0.05
) -> Scalar:
    """Absolute error of a structure's mass per volume, in g/cm3: the lean fraction, however wrong the volume is.

    Args:
        predicted: Sums of the thickness and of the mass maps, of the same channels.
        true: The same.
        norm: Typical sum of the thickness maps.
        weight: See above.
        floor: A structure of which less than this share of ``norm`` is in view has no density to learn.
    """
    (volume, mass), (true_volume, true_mass) = predicted, true
    density = mass / volume.clamp(min=1e-3 * norm)
    true_density = true_mass / torch.maximum(true_volume, floor * norm)
    return weighted_mean((density - true_density).abs(), weight * (true_volume > floor * norm))


def weighted_mean(errors: PerStructure, weight: PerStructure) -> Scalar:
    """The mean of what has weight; 0 where nothing has."""
    return (errors * weight).sum() / weight.sum().clamp(min=1.0)
