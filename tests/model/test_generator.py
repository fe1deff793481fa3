"""Whatever the weights and the image: nothing is negative, and no muscle is leaner than lean."""

import pytest
import torch

from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.model.head import Head
from mskdex.model.told import VECTOR_LENGTH


@pytest.mark.parametrize("contrast", [0.0, 1.0, 1e3])
@pytest.mark.parametrize("seed", range(3))
def test_mass_stays_between_what_thickness_allows(bounds: Bounds, contrast: float, seed: int) -> None:
    torch.manual_seed(seed)
    network = Generator(bounds, Widths().scaled(0.2))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.5)
    thickness, mass = network(contrast * torch.randn(2, 2, 32, 48), torch.randn(2, VECTOR_LENGTH))
    low, high = (torch.tensor(value)[None, :, None, None] for value in (
        bounds.density_low_g_per_cm3, bounds.density_high_g_per_cm3))  # fmt: skip
    assert torch.isfinite(thickness).all()
    assert (thickness >= 0).all()
    assert (mass <= high * thickness[:, :41] * (1 + 1e-6)).all()
    assert (mass >= low * thickness[:, :41] * (1 - 1e-6)).all()


@pytest.mark.parametrize(("rows", "columns"), [(128, 144), (32, 16)])
def test_maps_have_half_the_resolution(generator: Generator, rows: int, columns: int) -> None:
    with torch.no_grad():
        thickness, mass = generator(torch.zeros(3, 2, rows, columns), torch.zeros(3, VECTOR_LENGTH))
    assert thickness.shape == (3, 42, rows // 2, columns // 2)
    assert mass.shape == (3, 41, rows // 2, columns // 2)


def test_it_starts_with_thin_maps(bounds: Bounds) -> None:
    network = Generator(bounds, Widths().scaled(0.2)).eval()
    with torch.no_grad():
        thickness, _ = network(torch.randn(2, 2, 64, 64), torch.randn(2, VECTOR_LENGTH))
    assert thickness.mean() < 0.1 * sum(bounds.thickness_scale_cm) / 42


def test_the_usual_network_fits_into_git(bounds: Bounds) -> None:
    parameters = sum(parameter.numel() for parameter in Generator(bounds).parameters())
    assert 4 * parameters < 16 * 2**20


def test_widths_come_in_eights() -> None:
    scaled = Widths().scaled(0.33)
    assert all(width % 8 == 0 and width > 0 for width in (*scaled.encoder, *scaled.decoder, scaled.whole_image))
    assert Widths().scaled(1.0) == Widths()


def test_a_plain_head_makes_masses_that_nothing_ties_to_thickness(bounds: Bounds) -> None:
    torch.manual_seed(0)
    network = Generator(bounds, Widths().scaled(0.2), Head.PLAIN)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.5)
    thickness, mass = network(torch.randn(2, 2, 32, 48), torch.randn(2, VECTOR_LENGTH))
    high = torch.tensor(bounds.density_high_g_per_cm3)[None, :, None, None]
    assert (thickness >= 0).all()
    assert (mass >= 0).all()
    assert (mass > high * thickness[:, :41]).any()


def test_weights_of_one_head_are_not_those_of_the_other(bounds: Bounds) -> None:
    plain, lean = (Generator(bounds, Widths().scaled(0.2), head).state_dict() for head in Head)
    assert plain.keys() != lean.keys()


def test_a_plain_head_starts_thin_too(bounds: Bounds) -> None:
    network = Generator(bounds, Widths().scaled(0.2), Head.PLAIN).eval()
    with torch.no_grad():
        _, mass = network(torch.randn(2, 2, 64, 64), torch.randn(2, VECTOR_LENGTH))
    assert mass.mean() < 0.1 * sum(bounds.thickness_scale_cm) / 42
