"""AdamW that leaves the filters of convolutions to Muon, which learns all their directions at the same speed.

A gradient is mostly a few directions, so the others are hardly learnt. Muon (Jordan et al., Muon: An optimizer for
hidden layers in neural networks, 2024) makes the singular values of its running mean all alike, nearly, before it moves
the weights. Steps have the size that AdamW's usually have (Liu et al., arXiv:2502.16982, section 2.2), times a factor.
Batch normalisation undoes any scale of the filters before it, and steps lengthen them, so that the same step comes to
turn them less and less.
"""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

Matrix = Float[Tensor, "rows columns"]

MOMENTUM = 0.95
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Of Jordan: five steps of this polynomial bring singular values from 0.01 and more into about 0.7 to 1.2."""
_STEPS = 5
ADAMW_RMS = 0.2
"""Root mean square of AdamW's steps, in learning rates (Liu)."""


class MuonAdamW(torch.optim.AdamW):
    """AdamW for ``others``, Muon for ``filters``.

    Args:
        others: Weights for AdamW.
        filters: Weights [outputs, inputs, rows, columns] of convolutions that are normalised afterwards.
        lr: AdamW's learning rate.
        muon: Muon's, as a multiple of it.
        half: Whether singular values are made alike in bfloat16, which is enough.
        **adamw: AdamW's further arguments. Filters do not decay.
    """

    def __init__(
        self,
        others: Sequence[Tensor],
        filters: Sequence[Tensor],
        lr: float,
        *,
        muon: float,
        half: bool = False,
        **adamw: Any,
    ) -> None:
        self._dtype = torch.bfloat16 if half else torch.float32
        super().__init__([{"params": [*others], "muon": 0.0}, {"params": [*filters], "muon": muon}], lr, **adamw)

    @property
    def bytes_kept(self) -> int:
        """What its running means take: two of AdamW's for each weight, one of Muon's."""
        means = [(1 if group["muon"] else 2, group["params"]) for group in self.param_groups]
        return sum(count * weights.nbytes for count, group in means for weights in group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of both; the gradients of filters are used up."""
        for group in self.param_groups:
            if group["muon"]:
                for weights in group["params"]:
                    self._move(weights, group["lr"] * group["muon"])
        return super().step(closure)

    @torch.no_grad()
    def _move(self, weights: Tensor, rate: float) -> None:
        if weights.grad is None:
            return
        state = self.state[weights]
        if not state:  # under AdamW's names, which it looks for when a state is read back
            state["step"] = torch.zeros((), dtype=torch.float32, device=weights.device)
            state["exp_avg"] = torch.zeros_like(weights)
        state["step"] += 1
        mean = state["exp_avg"].lerp_(weights.grad, 1 - MOMENTUM)
        ahead = weights.grad.lerp(mean, MOMENTUM)  # Nesterov's
        direction = alike(ahead.flatten(1).to(self._dtype))
        step = direction.to(weights.dtype).view_as(weights)
        weights.add_(step, alpha=-rate * ADAMW_RMS * max(direction.shape) ** 0.5)
        weights.grad = None


def alike(matrix: Matrix) -> Matrix:
    """The same singular vectors, all singular values near 1: an iteration of Newton and Schulz, without decomposition.

    Values below about a hundredth of the matrix' norm stay smaller.
    """
    a, b, c = NEWTON_SCHULZ
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / x.norm().clamp(min=1e-12)  # no singular value is above 1
    for _ in range(_STEPS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x if wide else x.T
