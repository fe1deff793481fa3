"""How alike two pictures are whatever their brightness and contrast: pure functions.

``inside`` is 1 where pixels count and 0 elsewhere: a radiograph says nothing beyond its field.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Pictures = Float[Tensor, "batch channels rows columns"]
Inside = Float[Tensor, "batch #channels rows columns"]
PerPicture = Float[Tensor, "batch channels"]

_LEAST_PRODUCT = 1e-16
"""Of two variances: below it a picture has no structure that could correlate."""


def correlation(first: Pictures, second: Pictures, inside: Inside) -> PerPicture:
    """Normalised cross-correlation over the pixels inside, -1..1; 0 where one picture is (nearly) constant."""
    count = inside.sum((2, 3), keepdim=True).clamp(min=1.0)
    a, b = (inside * (each - (inside * each).sum((2, 3), keepdim=True) / count) for each in (first, second))
    covariance = (a * b).sum((2, 3)) / count[..., 0, 0]
    product = (a * a).sum((2, 3)) * (b * b).sum((2, 3)) / count[..., 0, 0] ** 2
    return covariance / product.clamp(min=_LEAST_PRODUCT).sqrt()


def gradient_correlation(first: Pictures, second: Pictures, inside: Inside | None = None) -> PerPicture:
    """The mean of the correlations of the pictures' differences along x and along y (Penney, IEEE TMI 1998;17:586).

    1 for equal gradients, whatever is added to a picture or multiplies it (by more than 0).
    """
    inside = torch.ones_like(first[:, :1]) if inside is None else inside
    along_x = correlation(
        first[..., 1:] - first[..., :-1], second[..., 1:] - second[..., :-1], inside[..., 1:] * inside[..., :-1]
    )
    down, across = first[..., 1:, :] - first[..., :-1, :], second[..., 1:, :] - second[..., :-1, :]
    return 0.5 * (along_x + correlation(down, across, inside[..., 1:, :] * inside[..., :-1, :]))
