"""Parts that add up to what was measured are recognised under any contrast curve."""

import pytest
import torch

from mskdex.model.recomposition import increasing
from mskdex.model.recomposition import recomposed
from mskdex.model.recomposition import recomposition


def _smooth(seed: int) -> torch.Tensor:
    noise = torch.rand(2, 1, 38, 42, generator=torch.Generator().manual_seed(seed))
    return 5 * torch.nn.functional.avg_pool2d(noise, 7, stride=1)


INSIDE = torch.ones(2, 1, 32, 36)
CURVES = {
    "gamma": lambda x: x**2.2,
    "logarithm": torch.log1p,
    "film": lambda x: torch.sigmoid(4 * (x - 2.5)),
    "gain": lambda x: 7 * x - 3,
}


@pytest.mark.parametrize("curve", CURVES)
def test_a_contrast_curve_changes_nothing(curve: str) -> None:
    attenuation, other = _smooth(1), _smooth(2)
    shown = CURVES[curve](attenuation)
    assert recomposition(attenuation, shown, INSIDE) < 5e-3  # its steps of grey
    torch.testing.assert_close(
        recomposition(other, shown, INSIDE), recomposition(other, attenuation, INSIDE), atol=1e-5, rtol=0
    )


def test_gain_and_offset_of_the_attenuation_change_nothing() -> None:
    one, two = _smooth(1).double(), _smooth(2).double()
    inside = INSIDE.double()
    torch.testing.assert_close(recomposition(3.7 * one + 12, two, inside), recomposition(one, two, inside))


def test_parts_that_do_not_add_up_are_seen() -> None:
    attenuation = _smooth(1)
    assert recomposition(_smooth(2), attenuation, INSIDE) > 0.5
    assert recomposition(-attenuation, attenuation, INSIDE) == pytest.approx(1, abs=1e-5)
    displaced = torch.roll(attenuation, 4, dims=3)
    assert recomposition(displaced, attenuation, INSIDE) > 10 * recomposition(attenuation, attenuation, INSIDE)


def test_what_lies_outside_the_field_says_nothing() -> None:
    attenuation, shown = _smooth(1), _smooth(2)
    inside = INSIDE.clone()
    inside[:, :, :10] = 0
    spoilt = torch.where(inside > 0, shown, 99.0)
    assert recomposition(attenuation, spoilt, inside) == recomposition(attenuation, shown, inside)
    nothing = recomposition(attenuation, shown, torch.zeros_like(INSIDE))
    assert torch.isfinite(nothing)


def test_descending_it_makes_parts_add_up() -> None:
    shown = _smooth(3) ** 2
    attenuation = _smooth(4).requires_grad_()
    before = recomposition(attenuation, shown, INSIDE)
    optimizer = torch.optim.Adam([attenuation], 0.1)
    for _ in range(12):
        optimizer.zero_grad()
        recomposition(attenuation, shown, INSIDE).backward()
        optimizer.step()
    assert recomposition(attenuation, shown, INSIDE) < 0.5 * before


def test_levels_are_those_of_pooling_adjacent_violators() -> None:
    mean, count = torch.tensor([1.0, 3.0, 2.0, 2.0, 5.0, 4.0, 7.0]), torch.tensor([1.0, 1.0, 2.0, 1.0, 3.0, 1.0, 1.0])
    # By hand: (3, 2, 2 with weights 1, 2, 1) pool to 9/4; (5, 4 with weights 3, 1) to 19/4.
    expected = torch.tensor([1.0, 2.25, 2.25, 2.25, 4.75, 4.75, 7.0])
    torch.testing.assert_close(increasing(mean * count, count), expected)


def test_empty_steps_weigh_nothing() -> None:
    count = torch.tensor([2.0, 0.0, 1.0, 0.0])
    levels = increasing(torch.tensor([4.0, 0.0, 5.0, 0.0]), count)
    torch.testing.assert_close(levels[count > 0], torch.tensor([2.0, 5.0]))
    assert torch.isfinite(levels).all()


def test_recomposing_is_a_weighted_sum() -> None:
    thickness, mass = torch.rand(2, 3, 4, 5), torch.rand(2, 2, 4, 5)
    total = recomposed(thickness, mass, torch.tensor([0.1, 0.2, 0.3]), torch.tensor([1.0, 2.0]))
    expected = 0.1 * thickness[:, 0] + 0.2 * thickness[:, 1] + 0.3 * thickness[:, 2] + mass[:, 0] + 2 * mass[:, 1]
    torch.testing.assert_close(total[:, 0], expected)
