"""Laws of Muon, and the same steps as torch's own where that can take them (two-dimensional weights)."""

from typing import Any

import pytest
import torch
from torch import nn

from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.model.told import VECTOR_LENGTH
from mskdex.training.muon import MuonAdamW
from mskdex.training.muon import alike

RATE, MUON = 0.001, 20.0


def filters(seed: int = 0, shape: tuple[int, ...] = (12, 7, 3, 3)) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape, generator=torch.Generator().manual_seed(seed)))


def optimizer(turned: nn.Parameter, other: nn.Parameter | None = None, **more: Any) -> MuonAdamW:
    other = nn.Parameter(torch.ones(3)) if other is None else other
    return MuonAdamW([other], [turned], RATE, muon=MUON, weight_decay=0.1, **more)


def moved(turned: nn.Parameter, gradient: torch.Tensor, **more: Any) -> torch.Tensor:
    before = turned.detach().clone()
    turned.grad = gradient.clone()
    optimizer(turned, **more).step()
    return turned.detach() - before


@pytest.mark.parametrize("shape", [(5, 40), (40, 5), (30, 30)])
def test_singular_values_become_alike_and_their_vectors_stay(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(3)
    left, _ = torch.linalg.qr(torch.randn(shape[0], min(shape), generator=generator))
    right, _ = torch.linalg.qr(torch.randn(shape[1], min(shape), generator=generator))
    values = torch.logspace(0, -1.3, min(shape))
    result = alike(left @ torch.diag(values) @ right.T)
    in_their_vectors = left.T @ result @ right
    made = in_their_vectors.diagonal()
    assert made.min() > 0.6
    assert made.max() < 1.3
    assert (in_their_vectors - torch.diag(made)).abs().max() < 1e-3
    torch.testing.assert_close(left @ torch.diag(made) @ right.T, result, atol=1e-3, rtol=0)


def test_steps_are_those_of_torchs_own_muon() -> None:
    muon = getattr(torch.optim, "Muon", None)
    if muon is None:
        pytest.skip("this torch has no Muon to compare with")
    ours, theirs = filters(shape=(24, 36, 1, 1)), nn.Parameter(filters(shape=(24, 36, 1, 1)).detach().flatten(1))
    mine = optimizer(ours, half=True)
    peer = muon([theirs], lr=RATE * MUON, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    for step in range(4):
        gradient = torch.randn(24, 36, generator=torch.Generator().manual_seed(10 + step))
        before, before_theirs = ours.detach().clone(), theirs.detach().clone()
        ours.grad, theirs.grad = gradient.reshape(24, 36, 1, 1).clone(), gradient.clone()
        mine.step()
        peer.step()
        step_taken = (ours.detach() - before).flatten(1)
        torch.testing.assert_close(step_taken, theirs.detach() - before_theirs, rtol=1e-2, atol=1e-7)


def test_steps_are_as_large_as_adamws_times_the_factor() -> None:
    step = moved(filters(), filters(1).detach())
    torch.testing.assert_close(step.square().mean().sqrt().item(), 0.2 * RATE * MUON, rtol=0.25, atol=0)


def test_the_scale_of_gradients_does_not_matter() -> None:
    gradient = filters(1).detach()
    torch.testing.assert_close(moved(filters(), 1000 * gradient), moved(filters(), gradient), rtol=1e-3, atol=1e-6)


def test_half_precision_takes_nearly_the_same_step() -> None:
    gradient = filters(1).detach()
    whole, half = moved(filters(), gradient), moved(filters(), gradient, half=True)
    assert torch.nn.functional.cosine_similarity(whole.flatten(), half.flatten(), dim=0) > 0.999


def test_without_gradient_nothing_moves() -> None:
    turned = filters()
    before = turned.detach().clone()
    optimizer(turned).step()
    assert torch.equal(turned.detach(), before)


def test_others_move_as_adamw_moves_them() -> None:
    ours, theirs = nn.Parameter(torch.linspace(1, 2, 5)), nn.Parameter(torch.linspace(1, 2, 5))
    mine, adamw = optimizer(filters(), ours), torch.optim.AdamW([theirs], RATE, weight_decay=0.1)
    for step in range(3):
        for weights in (ours, theirs):
            weights.grad = torch.linspace(-1, 1, 5) ** (step + 1)
        mine.step()
        adamw.step()
    torch.testing.assert_close(ours, theirs)


def test_state_read_back_goes_on_as_if_never_stopped() -> None:
    straight, stopped = filters(), filters()
    first, second = optimizer(straight), optimizer(stopped)
    for step in range(4):
        if step == 2:
            kept = second.state_dict()
            second = optimizer(stopped)
            second.load_state_dict(kept)
        for weights in (straight, stopped):
            weights.grad = filters(20 + step).detach()
        first.step()
        second.step()
    assert torch.equal(straight, stopped)


def small_network() -> Generator:
    return Generator(Bounds([1.0] * 3, [0.9] * 2, [1.1] * 2), Widths((8, 8, 8, 8), (8, 8, 8), 8, 8))


def test_filters_of_the_generator_are_those_that_are_normalised() -> None:
    network = small_network().train()
    radiograph, told = torch.randn(2, 2, 32, 32), torch.zeros(2, VECTOR_LENGTH)
    before = network(radiograph, told)[0]
    chosen = network.filters()
    assert len(chosen) == 19
    with torch.no_grad():
        for weights in chosen:
            weights.mul_(3.0)
    torch.testing.assert_close(network(radiograph, told)[0], before, rtol=1e-3, atol=1e-3)


def test_lengthened_filters_answer_as_before() -> None:
    network = small_network()
    radiograph, told = torch.randn(4, 2, 32, 32), torch.zeros(4, VECTOR_LENGTH)
    for _ in range(30):
        network.train()(radiograph, told)  # statistics of its own
    before = network.eval()(radiograph, told)
    network.lengthen_filters(0.4)
    lengths = torch.stack([weights.square().mean().sqrt() for weights in network.filters()])
    torch.testing.assert_close(lengths, torch.full_like(lengths, 0.4))
    for now, then in zip(network(radiograph, told), before, strict=True):
        torch.testing.assert_close(now, then, rtol=1e-2, atol=1e-4)
