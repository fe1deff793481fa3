"""The noise through which discriminators look at pictures (instance noise, after Sonderby, ICLR 2017)."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from mskdex.training.feed import Seed

HALF_WIDTH = 0.3
"""Of even noise, in units of the pictures. Maps that are made are never quite 0: seen clearly, they are told from real
ones within a hundred steps, and nothing is learnt from that. Our choice."""


class Look(IntEnum):
    """Each time in a step that a discriminator is shown pictures: first for the generators' sake, then for its own."""

    JUDGED_MAPS = 0
    LIKED_MAPS = 1
    """Real ones, whose features made ones are to have."""
    JUDGED_RADIOGRAPHS = 2
    MADE_MAPS = 3
    REAL_MAPS = 4
    MADE_RADIOGRAPHS = 5
    REAL_RADIOGRAPHS = 6


def hazed(pictures: Tensor, seeds: Sequence[Seed], look: Look) -> Tensor:
    """Pictures, each under noise of its own, which the example's seed and the look decide and nothing else: a resumed
    run sees the same, and so does a process that has but a share of the batch.

    Made pictures and real ones share no noise, as in the published form, where it widens two distributions that are
    compared: they are no partners, so there would be nothing for common noise to cancel.

    Args:
        pictures: [example, channel, row, column].
        seeds: Of the examples (``Origin.seeds``).
        look: What they are shown for.
    """
    chance = torch.Generator(pictures.device)
    noise = torch.empty_like(pictures, dtype=torch.float32)
    for each, seed in zip(noise, seeds, strict=True):
        each.uniform_(-HALF_WIDTH, HALF_WIDTH, generator=chance.manual_seed(_number(seed, look)))
    return pictures + noise


def _number(seed: Seed, look: Look) -> int:
    return int(np.random.SeedSequence(seed, spawn_key=(look,)).generate_state(1, np.uint64)[0])
