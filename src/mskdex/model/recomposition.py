"""The parts must add up to what was measured: pure functions, physics' coefficients being arguments."""

import torch
from jaxtyping import Float
from torch import Tensor

from mskdex.model.similarity import correlation

Maps = Float[Tensor, "batch channels rows columns"]
Picture = Float[Tensor, "batch 1 rows columns"]
Coefficients = Float[Tensor, "channels"]
Levels = Float[Tensor, "pixels"]

GREYS = 48
"""Steps of the contrast curve; each holds as many pixels of a field as every other."""


def recomposed(thickness_cm: Maps, mass_g_per_cm2: Maps, per_cm: Coefficients, per_g_per_cm2: Coefficients) -> Picture:
    """The attenuation that the structures' maps add up to: a sum of channels, linear in both stacks.

    Args:
        thickness_cm: [batch, labels, rows, columns].
        mass_g_per_cm2: [batch, measured, rows, columns].
        per_cm: Attenuation per cm of each label.
        per_g_per_cm2: What each g/cm2 of a measured label adds to that.
    """
    by_thickness = torch.einsum("blrc,l->brc", thickness_cm, per_cm)
    return (by_thickness + torch.einsum("bmrc,m->brc", mass_g_per_cm2, per_g_per_cm2))[:, None]


def recomposition(attenuation: Picture, radiograph: Picture, inside: Picture) -> Float[Tensor, ""]:
    """One less the correlation of an attenuation with what the radiograph says it is, under its best contrast curve.

    A radiograph is the attenuation under an increasing curve that nobody knows. The curve is fitted here, picture by
    picture: greys are ranked within the field, each step of ranks answers with the mean attenuation of its pixels, and
    steps that fall are levelled with their neighbours. Only ranks of the radiograph are used, so any increasing curve
    over it changes nothing; any gain (above 0) or offset of the attenuation changes nothing. 0 where the attenuation is
    an increasing function of grey, up to the steps; 1 where it has nothing to do with it or decreases.

    Args:
        attenuation: As `recomposed` gives it.
        radiograph: Bright = dense, on the same pixels.
        inside: 1 for pixels in the field, else 0.
    """
    with torch.no_grad():
        expected = torch.stack([_expected(*each) for each in zip(attenuation, radiograph, inside, strict=True)])
    return (1.0 - correlation(attenuation, expected, inside)).mean()


def _expected(
    attenuation: Float[Tensor, "1 rows columns"],
    radiograph: Float[Tensor, "1 rows columns"],
    inside: Float[Tensor, "1 rows columns"],
) -> Float[Tensor, "1 rows columns"]:
    seen = inside > 0
    grey, value = radiograph[seen], attenuation[seen]
    if grey.numel() == 0:
        return torch.zeros_like(attenuation)
    # Steps by rank; equal greys (air, clipped metal) are one step, that of the last of them.
    ordered = grey.sort().values
    rank = torch.searchsorted(ordered, grey, right=True) - 1
    step = rank * GREYS // grey.numel()
    count = value.new_zeros(GREYS).index_add(0, step, torch.ones_like(value))
    total = value.new_zeros(GREYS).index_add(0, step, value)
    result = torch.zeros_like(attenuation)
    result[seen] = increasing(total, count)[step]
    return result


def increasing(total: Levels, count: Levels) -> Levels:
    """The non-decreasing levels nearest to the means ``total / count`` in weighted least squares (isotonic regression).

    By its min-max formula (Barlow et al., Statistical inference under order restrictions, 1972): level k is the
    greatest, over starts i <= k, of the least mean, over ends j >= k, of what lies from i to j. Empty steps count for
    nothing.
    """
    zero = total.new_zeros(1)
    totals, counts = (torch.cat([zero, each.cumsum(0)]) for each in (total, count))
    weight = counts[None, 1:] - counts[:-1, None]
    mean = (totals[None, 1:] - totals[:-1, None]) / weight.clamp(min=1e-12)
    start, end = (torch.arange(len(total), device=total.device)[shape] for shape in ((slice(None), None), (None,)))
    mean = torch.where((end >= start) & (weight > 0), mean, torch.inf)
    least = mean.flip(1).cummin(1).values.flip(1)
    least = torch.where((start <= end) & torch.isfinite(least), least, -torch.inf)
    levels = least.max(0).values
    return torch.where(torch.isfinite(levels), levels, torch.zeros_like(levels))
