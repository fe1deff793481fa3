"""Batches, made one ahead of the other in a background thread, so that the network never waits."""

from collections import deque
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mskdex.anatomy import MEASURED_LABELS
from mskdex.training.examples import Example
from mskdex.training.examples import random_example
from mskdex.training.library import Position
from mskdex.training.library import Sampler

AHEAD = 3


@dataclass(frozen=True)
class Batch:
    """Examples stacked; `position` is the sampler's after them, where a resumed run goes on."""

    radiograph: Float[Tensor, "batch 2 rows columns"]
    thickness_cm: Float[Tensor, "batch labels map_rows map_columns"]
    mass_g_per_cm2: Float[Tensor, "batch measured map_rows map_columns"]
    weight: Float[Tensor, "batch labels"]
    person: Float[Tensor, "batch facts"]
    position: Position
    ids: tuple[str, ...] = ()

    def to(self, device: torch.device) -> "Batch":
        return Batch(
            self.radiograph.to(device, memory_format=torch.channels_last),
            self.thickness_cm.to(device),
            self.mass_g_per_cm2.to(device),
            self.weight.to(device),
            self.person.to(device),
            self.position,
            self.ids,
        )

    @property
    def measured_weight(self) -> Float[Tensor, "batch measured"]:
        return self.weight[:, : len(MEASURED_LABELS)]


def stack(examples: list[Example], position: Position, ids: tuple[str, ...] = ()) -> Batch:
    """Examples as one batch of float32 tensors."""
    return Batch(
        torch.from_numpy(np.stack([example.radiograph for example in examples])),
        torch.from_numpy(np.stack([example.thickness_cm for example in examples])),
        torch.from_numpy(np.stack([example.mass_g_per_cm2 for example in examples])),
        torch.from_numpy(np.stack([example.weight for example in examples])),
        torch.from_numpy(np.stack([example.person for example in examples])),
        position,
        ids,
    )


class Feed:
    """An endless supply of random batches; a context manager, which ends the background thread.

    Each example's randomness comes from the seed, the pass and its place in it: nothing needs to be saved to resume.
    """

    def __init__(self, sampler: Sampler, *, batch: int, seed: int) -> None:
        self._sampler, self._batch, self._seed = sampler, batch, seed
        # One worker: the sampler is its alone, and batches come in order.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._coming: deque[Future[Batch]] = deque()

    def __enter__(self) -> Self:
        for _ in range(AHEAD):
            self._coming.append(self._worker.submit(self._make))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def next(self) -> Batch:
        self._coming.append(self._worker.submit(self._make))
        return self._coming.popleft().result()

    def _make(self) -> Batch:
        patients = self._sampler.take(self._batch)
        position = self._sampler.position
        first = position.index - len(patients)
        examples = [
            random_example(
                patient.subject,
                patient.arrays,
                self._sampler.library.canvas,
                np.random.default_rng([self._seed, position.epoch, first + k]),
            )
            for k, patient in enumerate(patients)
        ]
        return stack(examples, position, tuple(patient.subject.id for patient in patients))
