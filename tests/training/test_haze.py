"""An example's noise is its own: known by its seed and the look, whoever else is in the batch."""

from itertools import pairwise

import pytest
import torch

from mskdex.training.feed import Seed
from mskdex.training.haze import HALF_WIDTH
from mskdex.training.haze import Look
from mskdex.training.haze import hazed

SEEDS: list[Seed] = [(7, 2, place) for place in range(4)]
BLANK = torch.zeros(4, 3, 16, 18)


def test_a_share_of_a_batch_is_seen_as_it_is_in_the_whole() -> None:
    whole = hazed(BLANK, SEEDS, Look.REAL_MAPS)
    for first in (0, 1):
        assert torch.equal(hazed(BLANK[first::2], SEEDS[first::2], Look.REAL_MAPS), whole[first::2])
    for one, other in pairwise(whole):
        assert not torch.equal(one, other)


@pytest.mark.parametrize("seed", [(8, 2, 0), (7, 3, 0), (7, 2, 1)])
def test_run_pass_and_place_all_decide_the_noise(seed: Seed) -> None:
    assert not torch.equal(hazed(BLANK[:1], [seed], Look.REAL_MAPS), hazed(BLANK[:1], SEEDS[:1], Look.REAL_MAPS))


def test_no_two_looks_share_their_noise() -> None:
    seen = torch.stack([hazed(BLANK, SEEDS, look) for look in Look]).flatten(1)
    between = torch.corrcoef(seen) - torch.eye(len(Look))
    assert between.abs().max() < 0.1


def test_noise_is_even_and_adds_nothing_on_average() -> None:
    noise = hazed(BLANK + 1, SEEDS, Look.MADE_MAPS) - 1
    assert 0.99 * HALF_WIDTH < noise.abs().max() < 1.001 * HALF_WIDTH
    assert noise.mean().abs() < 0.02
