"""The local log of a run: one long CSV table, and the same figures as TensorBoard events. No telemetry."""

import csv
import logging
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self

from mskdex.files import write_bytes

logger = logging.getLogger(__name__)

COLUMNS = ("step", "group", "figure", "value")
METRICS = "metrics.csv"
EVENTS = "tensorboard"


class MetricsLog:
    """Appends figures; opening it at a step forgets what a killed run had logged after that step.

    Where tensorboard is not installed the table is all.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self.path = folder / METRICS
        self._keep_until(step)
        self._events = _events(folder / EVENTS, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._events is not None:
            self._events.close()

    def add(self, step: int, group: str, figures: dict[str, float]) -> None:
        """Log figures of one group ("train", "validation/atlas") at a step."""
        with self.path.open("a", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows((step, group, name, f"{value:.6g}") for name, value in figures.items())
        if self._events is None:
            return
        for name, value in figures.items():
            self._events.add_scalar(f"{group}/{name}", value, step)
        self._events.flush()

    def _keep_until(self, step: int) -> None:
        lines = [",".join(COLUMNS)]
        if self.path.exists():
            logged = self.path.read_text(encoding="utf-8").splitlines()[1:]
            lines += [line for line in logged if line.count(",") == 3 and int(line.split(",")[0]) <= step]
        write_bytes(self.path, "".join(f"{line}\r\n" for line in lines).encode())


def _events(folder: Path, step: int) -> Any:
    """A writer of TensorBoard's events, or None where that is not installed."""
    if find_spec("tensorboard") is None:
        logger.info("no TensorBoard events, metrics.csv holds all figures (pip install tensorboard to have both)")
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
