"""What generators and discriminators play for: pure functions of the discriminators' answers.

A discriminator answers with one list of feature maps per scale, the last of which are its verdicts, patch by patch.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Features = Sequence[Sequence[Float[Tensor, "batch _ _ _"]]]
Scalar = Float[Tensor, ""]


def lsgan(answers: Features, *, real: bool) -> Scalar:
    """Squared distance of the verdicts from 1 (real) or 0 (not), mean over patches and scales (Mao, ICCV 2017)."""
    wanted = 1.0 if real else 0.0
    return torch.stack([(scale[-1] - wanted).square().mean() for scale in answers]).mean()


def feature_matching(fake: Features, real: Features) -> Scalar:
    """Absolute differences of what discriminators feel on average for made and for real pictures.

    Features are averaged over patients and places before they are compared (Salimans, NeurIPS 2016, section 3.1): the
    real maps lie in another pose, so no pixel of them is a partner of a pixel that was made. Verdicts are left out.
    """
    differences = [
        (made.mean((0, 2, 3)) - true.detach().mean((0, 2, 3))).abs().mean()
        for made_scale, true_scale in zip(fake, real, strict=True)
        for made, true in zip(made_scale[:-1], true_scale[:-1], strict=True)
    ]
    return torch.stack(differences).mean()
