"""Batches, made one ahead of the other in a background thread, so that the network never waits."""

from collections import deque
from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import fields
from dataclasses import replace
from types import TracebackType
from typing import Any
from typing import Generic
from typing import Protocol
from typing import Self
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.random import Generator
from torch import Tensor

from mskdex.anatomy import MEASURED_LABELS
from mskdex.training.examples import Example
from mskdex.training.hospital import HospitalExample
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.library import Position
from mskdex.training.library import Sampler
from mskdex.training.share import Share

AHEAD = 3

Inputs = Float[Tensor, "batch 2 rows columns"]
Facts = Float[Tensor, "batch facts"]
ThicknessMaps = Float[Tensor, "batch labels map_rows map_columns"]
MassMaps = Float[Tensor, "batch measured map_rows map_columns"]
BoneMaps = Float[Tensor, "batch bones map_rows map_columns"]
PerMeasured = Float[Tensor, "batch measured"]


Seed = tuple[int, int, int]
"""Decides all that is random about an example: the run's seed, the pass, and the example's place in it."""


@dataclass(frozen=True)
class Origin:
    """Where a batch came from.

    Attributes:
        position: The sampler's, after the batch: there a resumed run goes on.
        ids: Whose it is; all of it, though a process have but a share.
        seeds: Of the examples, this process's share of them.
    """

    position: Position
    ids: tuple[str, ...] = ()
    seeds: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Examples with pixel-wise partners, stacked; fields as in `Example`."""

    radiograph: Inputs
    thickness_cm: ThicknessMaps
    mass_g_per_cm2: MassMaps
    weight: Float[Tensor, "batch labels"]
    told: Facts
    origin: Origin

    @property
    def measured_weight(self) -> PerMeasured:
        return self.weight[:, : len(MEASURED_LABELS)]


@dataclass(frozen=True)
class HospitalBatch:
    """Examples of what a hospital has, stacked; fields as in `HospitalExample`."""

    radiograph: Inputs
    visible: Float[Tensor, "batch 1 map_rows map_columns"]
    bone_thickness_cm: BoneMaps
    bone_mass_g_per_cm2: BoneMaps
    bone_weight: Float[Tensor, "batch bones"]
    whole_volume_cm3: PerMeasured
    whole_mass_g: PerMeasured
    whole_weight: PerMeasured
    ct_thickness_cm: ThicknessMaps
    ct_mass_g_per_cm2: MassMaps
    ct_field: Float[Tensor, "batch 1 rows columns"]
    told: Facts
    origin: Origin


B = TypeVar("B", Batch, HospitalBatch)
B_co = TypeVar("B_co", Batch, HospitalBatch, covariant=True)
Draw = Callable[[Library, Sequence[Patient], Sequence[Generator], Origin], B]
"""Makes a batch of patients, each with its own source of randomness."""


def stack(examples: Sequence[Example], origin: Origin) -> Batch:
    """Examples as one batch of float32 tensors."""
    return Batch(**_stacked(examples), origin=origin)


def stack_hospital(examples: Sequence[HospitalExample], origin: Origin) -> HospitalBatch:
    """Examples as one batch of float32 tensors."""
    return HospitalBatch(**_stacked(examples), origin=origin)


def on_device(batch: B, device: torch.device) -> B:
    """The same batch where the networks are; images in the layout that convolutions like."""
    tensors = {each.name: getattr(batch, each.name) for each in fields(batch) if each.name != "origin"}
    moved = {name: tensor.to(device) for name, tensor in tensors.items() if name != "radiograph"}
    radiograph = batch.radiograph.to(device, memory_format=torch.channels_last)
    return replace(batch, radiograph=radiograph, **moved)


def _stacked(examples: Sequence[Any]) -> dict[str, Any]:
    names = [each.name for each in fields(examples[0])]
    return {name: torch.from_numpy(np.stack([getattr(example, name) for example in examples])) for name in names}


class Batches(Protocol[B_co]):
    """An endless supply of them."""

    def next(self) -> B_co: ...


class Feed(Generic[B]):
    """An endless supply of random batches; a context manager, which ends the background thread.

    Each example's randomness comes from the seed, the pass and its place in it: nothing needs to be saved to resume,
    and one process's share of a batch is made as it would be made in the whole.
    """

    def __init__(self, sampler: Sampler, draw: Draw[B], *, batch: int, seed: int, share: Share | None = None) -> None:
        self._sampler, self._batch, self._seed, self._share = sampler, batch, seed, share or Share()
        self._draw: Draw[B] = draw
        # One worker: the sampler is its alone, and batches come in order.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._coming: deque[Future[B]] = deque()

    def __enter__(self) -> Self:
        for _ in range(AHEAD):
            self._coming.append(self._worker.submit(self._make))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def next(self) -> B:
        self._coming.append(self._worker.submit(self._make))
        return self._coming.popleft().result()

    def _make(self) -> B:
        patients = self._sampler.take(self._batch)
        position = self._sampler.position
        first = position.index - len(patients)
        ids = tuple(patient.subject.id for patient in patients)
        seeds = self._share.of([(self._seed, position.epoch, first + k) for k in range(len(patients))])
        randomness = [np.random.default_rng(seed) for seed in seeds]
        origin = Origin(position, ids, tuple(seeds))
        return self._draw(self._sampler.library, self._share.of(patients), randomness, origin)
