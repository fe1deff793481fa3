"""All that a run is at one step, and how it is kept: enough to go on as if it had never stopped."""

import io
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor
from torch import nn

from mskdex.errors import ModelError
from mskdex.files import sweep
from mskdex.files import write_bytes
from mskdex.model.backward import Backward
from mskdex.model.discriminator import Discriminator
from mskdex.training.library import Position
from mskdex.training.muon import MuonAdamW

CHECKPOINTS = "checkpoints"
"""A run's folder of them."""
KEPT = 2
_PATTERN = "step-*.pt"


@dataclass
class Progress:
    """Where a run is: optimizer steps done, place in the library, seconds of training behind it."""

    step: int = 0
    position: Position = field(default_factory=Position)
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Norms:
    """Typical sums over pixels, by which the losses count every structure alike."""

    thickness: Tensor
    mass: Tensor

    def to(self, device: torch.device) -> "Norms":
        return Norms(self.thickness.to(device), self.mass.to(device))


class Average:
    """The running average of a network's weights (and of its running statistics)."""

    def __init__(self, network: nn.Module, twin: nn.Module, decay: float) -> None:
        self.network, self.decay = twin, decay
        self.network.load_state_dict(network.state_dict())
        self.network.requires_grad_(False)
        self.network.eval()

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network's weights; early steps move faster, so that the random start is soon forgotten."""
        share = 1.0 - min(self.decay, (1 + step) / (10 + step))
        for mean, value in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, share)
            else:
                mean.copy_(value)


@dataclass(frozen=True)
class Rivals:
    """The networks beside the generator that is wanted: what they are, and who trains the discriminators.

    A backward generator plays on the generator's side, and its weights are moved by the generator's optimizer. Before
    any of them sees maps these are divided by ``scale`` [1, labels + measured, 1, 1].
    """

    maps: Discriminator
    radiographs: Discriminator | None
    backward: Backward | None
    optimizer: MuonAdamW
    scale: Tensor

    def modules(self) -> dict[str, nn.Module]:
        """Those that there are, by name."""
        named = {"maps": self.maps, "radiographs": self.radiographs, "backward": self.backward}
        return {name: module for name, module in named.items() if module is not None}


@dataclass(frozen=True)
class Training:
    """The parts of a run whose state is saved."""

    network: nn.Module
    average: Average
    optimizer: MuonAdamW
    norms: Norms
    progress: Progress
    rivals: Rivals | None = None

    @property
    def networks(self) -> list[nn.Module]:
        """All that learn, the generator first."""
        return [self.network, *([] if self.rivals is None else self.rivals.modules().values())]

    @property
    def optimizers(self) -> list[MuonAdamW]:
        """The generators' first."""
        return [self.optimizer, *([] if self.rivals is None else [self.rivals.optimizer])]

    @property
    def checkpoint_bytes(self) -> int:
        """What a checkpoint takes, nearly: weights, their average, and what optimizers keep of each."""
        kept = (*self.networks, self.average.network)
        weights: int = sum(tensor.nbytes for network in kept for tensor in network.state_dict().values())
        return weights + sum(optimizer.bytes_kept for optimizer in self.optimizers)

    def save(self, folder: Path) -> Path:
        """Write a checkpoint atomically and delete all but the last two."""
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        torch.save(self._state(), buffer)
        path = folder / f"step-{self.progress.step:08d}.pt"
        write_bytes(path, buffer.getvalue())
        for old in sorted(folder.glob(_PATTERN))[:-KEPT]:
            old.unlink()
        return path

    def load(self, path: Path) -> None:
        """Put everything back as a checkpoint had it.

        Raises:
            ModelError: the file is damaged or of another architecture.
        """
        try:
            state = torch.load(path, weights_only=True, map_location="cpu")
            self.network.load_state_dict(state["network"])
            self.average.network.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.rivals is not None:
                self.rivals.optimizer.load_state_dict(state["rival_optimizer"])
                self.rivals.scale.copy_(state["rival_scale"])
                for name, module in self.rivals.modules().items():
                    module.load_state_dict(state["rivals"][name])
            self.norms.thickness.copy_(state["norm_thickness"])
            self.norms.mass.copy_(state["norm_mass"])
            self.progress.step = int(state["step"])
            self.progress.position = Position(*state["position"])
            self.progress.elapsed_s = float(state["elapsed_s"])
        except (OSError, RuntimeError, KeyError, TypeError, ValueError, UnpicklingError) as error:
            raise ModelError(f"{path.name} cannot be continued from: delete it to go back to the one before") from error

    def _state(self) -> dict[str, object]:
        position = self.progress.position
        rivals: dict[str, object] = {}
        if self.rivals is not None:
            rivals["rivals"] = {name: module.state_dict() for name, module in self.rivals.modules().items()}
            rivals["rival_optimizer"] = self.rivals.optimizer.state_dict()
            rivals["rival_scale"] = self.rivals.scale
        return {
            **rivals,
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "norm_thickness": self.norms.thickness,
            "norm_mass": self.norms.mass,
            "step": self.progress.step,
            "position": [position.epoch, position.index],
            "elapsed_s": self.progress.elapsed_s,
        }


def latest(folder: Path) -> Path | None:
    """The newest checkpoint, after sweeping half-written ones; None in a new run."""
    sweep(folder)
    found = sorted(folder.glob(_PATTERN))
    return found[-1] if found else None
