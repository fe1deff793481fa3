"""A run's networks and optimizers as they are before the first step, and the losses that its row asks for."""

from collections.abc import Callable
from collections.abc import Iterable
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor
from torch import nn

from mskdex.errors import ModelError
from mskdex.images.normalise import LIMIT
from mskdex.model.backward import Backward
from mskdex.model.card import Card
from mskdex.model.discriminator import Discriminator
from mskdex.model.generator import Bounds
from mskdex.model.generator import Generator
from mskdex.model.generator import Widths
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.hospital import ct_maps
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.lineage import demand_other_anatomy
from mskdex.training.lineage import weights_of
from mskdex.training.muon import MuonAdamW
from mskdex.training.rows import Pairs
from mskdex.training.rows import Recipe
from mskdex.training.rows import Translation
from mskdex.training.state import Average
from mskdex.training.state import Progress
from mskdex.training.state import Rivals
from mskdex.training.state import Training
from mskdex.training.translation import condition_channels
from mskdex.training.typical import KnownMaps
from mskdex.training.typical import measure
from mskdex.training.typical import partners

RIVAL_WIDTH = 48
"""Channels of the other networks' finest level, where the generator has its usual ones."""

GROWN = 0.4
"""Root mean square of filters that Muon has moved for about a thousand steps: it would soon forget shorter ones."""

_COUNTER = "num_batches_tracked"
"""Normalisation counts its batches and does nothing with the count; a model's file has none."""

_Network = TypeVar("_Network", bound=nn.Module)


def begin(config: TrainConfig, library: Library, device: torch.device) -> Training:
    """A run before its first step: networks with their first weights, which the seed and ``config.start`` decide.

    Raises:
        ModelError: the model to start from is damaged or of another architecture, or its card does not tell a row that
            must know whose anatomy has taught it.
        UsageError: it is not there, or has learnt from this cohort's own anatomy where the row may not.
        CohortError: the cohort lacks what the row trains on.
    """
    torch.manual_seed(config.seed)
    recipe = config.recipe
    start = None if config.start is None else weights_of(config.start)
    if start is not None and recipe.pairs is not Pairs.TRUTH:
        demand_other_anatomy(start[0], library)
    bounds, norms = measure(library, _known_maps(recipe))
    widths = Widths().scaled(config.width)
    network, twin = (_placed(Generator(bounds, widths, recipe.head), device) for _ in range(2))
    if start is not None:
        _start_from(network, *start)
        if recipe.muon:
            network.lengthen_filters(GROWN)
    rivals = None if recipe.translation is None else _rivals(config, recipe.translation, _scale(bounds), device)
    moved = [*network.parameters()]
    if rivals is not None and rivals.backward is not None:
        moved += rivals.backward.parameters()
    average = Average(network, twin, config.ema_decay)
    optimizer = _optimizer(config, moved, network.filters())
    return Training(network, average, optimizer, norms.to(device), Progress(), rivals)


def _known_maps(recipe: Recipe) -> Callable[[Patient], KnownMaps]:
    """Which maps the row may see of its patients."""
    return ct_maps if recipe.pairs is None else partial(partners, pairs=recipe.pairs)


def _start_from(network: nn.Module, card: Card, state: dict[str, Tensor]) -> None:
    wanted = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(_COUNTER)}
    odd = sorted(wanted.keys() ^ state.keys())
    odd += sorted(name for name in wanted.keys() & state.keys() if wanted[name].shape != state[name].shape)
    if odd:
        row, width = card.training.get("row"), card.training.get("width")
        raise ModelError(
            f"the model to start from does not fit this row's network: {len(odd)} tensors differ, {odd[0]} among them; "
            f"it is of row {row} and width {width}: the row must have the same head, the width be the same, and the "
            "model be made by a version of mskdex with the same network"
        )
    network.load_state_dict(state)  # which does without the counters


def _rivals(config: TrainConfig, translation: Translation, scale: Tensor, device: torch.device) -> Rivals:
    channels = scale.shape[1]
    width = max(8, round(RIVAL_WIDTH * config.width / 8) * 8)
    maps = _placed(Discriminator(channels + condition_channels(translation), width), device)
    radiographs = _placed(Discriminator(2, width), device) if translation.cycle else None
    backward = _placed(Backward(channels, LIMIT, width), device) if translation.cycle else None
    judges = [*maps.parameters()] + ([] if radiographs is None else [*radiographs.parameters()])
    return Rivals(maps, radiographs, backward, _optimizer(config, judges), scale.to(device))


def _optimizer(config: TrainConfig, parameters: Iterable[Tensor], filters: Iterable[Tensor] = ()) -> MuonAdamW:
    orthogonal = [*filters] if config.recipe.muon else []
    identities = {id(each) for each in orthogonal}  # parameters that are equal need not be the same
    return MuonAdamW(
        [each for each in parameters if id(each) not in identities],
        orthogonal,
        config.peak_learning_rate,
        muon=config.recipe.muon,
        half=config.precision is Precision.BFLOAT16,
        betas=config.recipe.momenta,
        weight_decay=config.weight_decay,
        fused=True,
    )


def _scale(bounds: Bounds) -> Tensor:
    thickness = torch.tensor(bounds.thickness_scale_cm)
    mass = thickness[: len(bounds.density_high_g_per_cm3)] * torch.tensor(bounds.density_high_g_per_cm3)
    return torch.cat([thickness, mass]).float().reshape(1, -1, 1, 1)


def _placed(network: _Network, device: torch.device) -> _Network:
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
