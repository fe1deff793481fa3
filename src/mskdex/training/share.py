"""Which part of every batch a process takes, where several train one network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """Every ``processes``-th of a batch, from the ``rank``-th on; alone, a process takes all."""

    rank: int = 0
    processes: int = 1

    def of(self, batch: Sequence[T]) -> Sequence[T]:
        return batch[self.rank :: self.processes]
