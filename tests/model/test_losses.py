"""The losses' laws."""

import pytest
import torch
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from mskdex.model.losses import map_l1
from mskdex.model.losses import mean_density
from mskdex.model.losses import owis
from mskdex.model.losses import sums

ALL = torch.ones(2, 5)
NORM = torch.tensor([1.0, 10.0, 100.0, 1000.0, 1e4])


def _maps(seed: int) -> torch.Tensor:
    return torch.rand(2, 5, 6, 7, generator=torch.Generator().manual_seed(seed))


def owis_of_maps(predicted: torch.Tensor, true: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
    return owis(sums(predicted), sums(true), *rest)


def _both(thickness: torch.Tensor, mass: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return sums(thickness), sums(mass)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_owis_is_zero_for_any_rearrangement(seed: int) -> None:
    true = _maps(seed)
    order = torch.randperm(42, generator=torch.Generator().manual_seed(seed + 1))
    moved = true.reshape(2, 5, 42)[:, :, order].reshape(true.shape)
    assert owis(sums(moved), sums(true), NORM, ALL) < 1e-5
    assert map_l1(moved, true, NORM, ALL) > 0


def test_owis_sees_every_change_of_a_sum_that_map_l1_sees_at_most() -> None:
    predicted, true = _maps(1), _maps(2)
    assert owis(sums(predicted), sums(true), NORM, ALL) <= map_l1(predicted, true, NORM, ALL)
    assert owis(2 * sums(true), sums(true), NORM, ALL) == pytest.approx(float(map_l1(2 * true, true, NORM, ALL)))


@pytest.mark.parametrize("loss", [map_l1, owis_of_maps])
def test_a_small_muscle_counts_as_much_as_a_large_one(loss) -> None:  # type: ignore[no-untyped-def]
    true = NORM[None, :, None, None].expand(2, 5, 6, 7) / 42
    errors = []
    for channel in range(5):
        predicted = true.clone()
        predicted[:, channel] *= 1.1
        errors.append(float(loss(predicted, true, NORM, ALL)))
    assert errors == pytest.approx([0.1 / 5] * 5, rel=1e-4)


@pytest.mark.parametrize("loss", [map_l1, owis_of_maps])
def test_what_is_unknown_weighs_nothing(loss) -> None:  # type: ignore[no-untyped-def]
    predicted, true = _maps(1), _maps(2)
    known = ALL.clone()
    known[0, 3] = 0
    wrong = true.clone()
    wrong[0, 3] = 1e6
    assert loss(predicted, wrong, NORM, known) == loss(predicted, true, NORM, known)
    assert loss(predicted, true, NORM, torch.zeros(2, 5)) == 0


def test_density_does_not_care_how_much_there_is() -> None:
    thickness, mass = _maps(1), 0.9 * _maps(1)
    norm = torch.full((5,), 42.0)
    assert mean_density(_both(3 * thickness, 3 * mass), _both(thickness, mass), norm, ALL) < 1e-6
    denser = mean_density(_both(thickness, 1.1 * mass), _both(thickness, mass), norm, ALL)
    assert denser == pytest.approx(0.09, rel=1e-4)


def test_density_of_what_is_hardly_in_view_is_not_learnt() -> None:
    thickness = _maps(1)
    thickness[:, 2] *= 1e-3
    wrong = 0.9 * thickness
    wrong[:, 2] = 0
    norm = torch.full((5,), 42.0)
    assert mean_density(_both(thickness, 0.9 * thickness), _both(thickness, wrong), norm, ALL) < 1e-6
