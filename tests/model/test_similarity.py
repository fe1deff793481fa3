"""Alike is alike whatever the brightness and the contrast."""

import pytest
import torch
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from mskdex.model.similarity import correlation
from mskdex.model.similarity import gradient_correlation


def _pictures(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 9, 11, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), gain=st.floats(0.01, 100), offset=st.floats(-50, 50))
def test_equal_gradients_correlate_fully_under_any_brightness_and_contrast(
    seed: int, gain: float, offset: float
) -> None:
    picture = _pictures(seed).double()
    torch.testing.assert_close(
        gradient_correlation(gain * picture + offset, picture), torch.ones(2, 3, dtype=torch.float64)
    )


def test_a_negative_is_the_opposite_and_noise_is_nothing() -> None:
    picture = _pictures(1)
    torch.testing.assert_close(gradient_correlation(-picture, picture), -torch.ones(2, 3))
    big, other = torch.randn(1, 1, 200, 200, generator=torch.Generator().manual_seed(0)), torch.randn(1, 1, 200, 200)
    assert gradient_correlation(big, other).abs() < 0.03


def test_it_is_the_mean_of_two_correlations_of_differences() -> None:
    one, two = _pictures(1), _pictures(2)
    expected = []
    for axis in (2, 3):
        a, b = (each.diff(dim=axis)[0, 0].flatten() for each in (one, two))
        expected.append(torch.corrcoef(torch.stack([a, b]))[0, 1])
    torch.testing.assert_close(gradient_correlation(one, two)[0, 0], torch.stack(expected).mean())


def test_what_lies_outside_says_nothing() -> None:
    one, two = _pictures(1), _pictures(2)
    inside = torch.ones(2, 1, 9, 11)
    inside[:, :, :3], inside[:, :, :, 8:] = 0, 0
    spoilt = torch.where(inside > 0, one, 1e3)
    torch.testing.assert_close(gradient_correlation(spoilt, two, inside), gradient_correlation(one, two, inside))
    torch.testing.assert_close(
        gradient_correlation(one, two, inside), gradient_correlation(one[:, :, 3:, :8], two[:, :, 3:, :8])
    )


@pytest.mark.parametrize("measure", [correlation, lambda a, b, _: gradient_correlation(a, b)])
def test_a_blank_picture_has_no_correlation_and_a_finite_slope(measure) -> None:  # type: ignore[no-untyped-def]
    blank = torch.zeros(1, 2, 5, 6, requires_grad=True)
    value = measure(blank, torch.rand(1, 2, 5, 6), torch.ones(1, 1, 5, 6))
    value.sum().backward()
    assert (value == 0).all()
    assert blank.grad is not None
    assert torch.isfinite(blank.grad).all()
