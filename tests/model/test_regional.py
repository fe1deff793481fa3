"""What a structure's own features say of how much of it there is."""

import pytest
import torch
from torch import Tensor

from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.regional import Regional

LABELS, MEASURED = 3, 2
CHANNELS, CONTEXT = (6, 5, 4), 8


@pytest.fixture
def branch() -> Regional:
    """One that has learnt something."""
    torch.manual_seed(0)
    branch = Regional(CHANNELS, 16, CONTEXT, LABELS, MEASURED)
    for each in (branch.gain, branch.density):
        torch.nn.init.normal_(each)
    return branch


def _levels() -> list[Tensor]:
    return [torch.randn(2, channels, 4 * 2**k, 6 * 2**k) for k, channels in enumerate(CHANNELS)]


def _square() -> Tensor:
    """Every structure in the same upper left corner."""
    thickness = torch.zeros(2, LABELS, 16, 24)
    thickness[:, :, :8, :8] = 1
    return thickness


def test_at_first_it_says_nothing() -> None:
    silent = Regional(CHANNELS, 16, CONTEXT, LABELS, MEASURED)
    assert not silent(_levels(), _square(), torch.randn(2, CONTEXT)).any()


def test_a_structure_sees_the_features_where_it_is_and_no_others(branch: Regional) -> None:
    levels, context = _levels(), torch.randn(2, CONTEXT)
    said = branch(levels, _square(), context)
    for k, features in enumerate(levels):
        features[:, :, 2 * 2**k :] += 1
    torch.testing.assert_close(branch(levels, _square(), context), said)
    levels[2][:, :, :8, :8] += 1
    assert (branch(levels, _square(), context) - said).abs().min() > 1e-4


def test_where_within_the_structure_does_not_matter(branch: Regional) -> None:
    levels, context = _levels(), torch.randn(2, CONTEXT)
    turned = [features.clone() for features in levels]
    for k, features in enumerate(turned):
        features[:, :, : 2 * 2**k, : 2 * 2**k] = features[:, :, : 2 * 2**k, : 2 * 2**k].flip(3)
    torch.testing.assert_close(branch(turned, _square(), context), branch(levels, _square(), context))


def test_maps_learn_nothing_through_it(branch: Regional) -> None:
    thickness = _square().requires_grad_()
    levels = [features.requires_grad_() for features in _levels()]
    branch(levels, thickness, torch.randn(2, CONTEXT)).sum().backward()
    assert thickness.grad is None
    assert all(features.grad is not None and features.grad.abs().sum() > 0 for features in levels)


def test_an_empty_map_is_no_division_by_nothing(branch: Regional) -> None:
    said = branch(_levels(), torch.zeros(2, LABELS, 16, 24), torch.randn(2, CONTEXT))
    assert torch.isfinite(said).all()


def test_all_weights_fit_into_what_a_model_may_have() -> None:
    network = Generator(Bounds([1.0] * 42, [1.0] * 41, [1.1] * 41))
    assert sum(tensor.nbytes for tensor in network.state_dict().values()) < 15.5 * 2**20
