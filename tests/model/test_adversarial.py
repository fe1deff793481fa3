"""The game's rules, and the players' shapes."""

import torch

from mskdex.model.adversarial import feature_matching
from mskdex.model.adversarial import lsgan
from mskdex.model.backward import Backward
from mskdex.model.discriminator import Discriminator


def _answers(verdict: float) -> list[list[torch.Tensor]]:
    return [[torch.rand(2, 4, 8, 9), torch.full((2, 1, side, side), verdict)] for side in (6, 3)]


def test_verdicts_are_measured_from_what_is_wanted() -> None:
    assert lsgan(_answers(1.0), real=True) == 0
    assert lsgan(_answers(0.0), real=False) == 0
    assert lsgan(_answers(0.0), real=True) == 1
    assert lsgan(_answers(3.0), real=True) == 4


def test_features_match_however_patients_and_places_are_exchanged() -> None:
    real = _answers(1.0)
    moved = [[feature.flip(0).roll((2, 3), (2, 3)) for feature in scale] for scale in real]
    assert feature_matching(moved, real) < 1e-6
    other = [[feature + 0.5 for feature in scale] for scale in real]
    torch.testing.assert_close(feature_matching(other, real), torch.tensor(0.5))


def test_verdicts_are_no_features() -> None:
    real, fake = _answers(1.0), _answers(0.0)
    for made, true in zip(fake, real, strict=True):
        made[0] = true[0]
    assert feature_matching(fake, real) == 0


def test_features_of_real_pictures_are_no_variable() -> None:
    real = [[torch.rand(1, 2, 3, 3, requires_grad=True), torch.zeros(1, 1, 3, 3)]]
    fake = [[torch.rand(1, 2, 3, 3, requires_grad=True), torch.zeros(1, 1, 3, 3)]]
    feature_matching(fake, real).backward()
    assert real[0][0].grad is None
    assert fake[0][0].grad is not None


def test_a_discriminator_judges_patches_at_two_scales() -> None:
    answers = Discriminator(85, 8)(torch.randn(3, 85, 64, 72))
    assert [scale[-1].shape for scale in answers] == [(3, 1, 16, 18), (3, 1, 8, 9)]
    assert [len(scale) for scale in answers] == [4, 4]


def test_a_patch_is_as_wide_as_its_words_say() -> None:
    """26 pixels of 6 mm: what lies farther away than 13 pixels changes no verdict but through the average of greys."""
    (scale, *_) = Discriminator(1, 8).eval().scales
    layers = list(scale.children())
    for layer in layers[1:-1]:
        layer[1] = torch.nn.Identity()  # type: ignore[index] # normalisation sees all of the picture
    picture = torch.zeros(1, 1, 64, 72, requires_grad=True)
    features = picture
    for layer in layers:
        features = layer(features)
    features[0, 0, 8, 9].backward()
    assert picture.grad is not None
    rows, columns = (picture.grad[0, 0].abs().sum(axis).nonzero() for axis in (1, 0))
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (26, 26)


def test_the_way_back_has_twice_the_pixels_and_no_grey_beyond_its_limit() -> None:
    radiograph = Backward(83, 1.5, 8)(100 * torch.randn(2, 83, 64, 72))
    assert radiograph.shape == (2, 1, 128, 144)
    assert radiograph.abs().max() <= 1.5
