"""The local log of a run: one long CSV table, and the same figures as TensorBoard events. No telemetry."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self

from torch.utils.tensorboard import SummaryWriter

from mskdex.cohort.atomic import write_bytes

COLUMNS = ("step", "group", "figure", "value")


class MetricsLog:
    """Appends figures; opening it at a step forgets what a killed run had logged after that step."""

    def __init__(self, folder: Path, step: int) -> None:
        self.path = folder / "metrics.csv"
        self._keep_until(step)
        self._events = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._events.close()

    def add(self, step: int, group: str, figures: dict[str, float]) -> None:
        """Log figures of one group ("train", "validation/atlas") at a step."""
        with self.path.open("a", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows((step, group, name, f"{value:.6g}") for name, value in figures.items())
        for name, value in figures.items():
            self._events.add_scalar(f"{group}/{name}", value, step)

    def _keep_until(self, step: int) -> None:
        lines = [",".join(COLUMNS)]
        if self.path.exists():
            logged = self.path.read_text(encoding="utf-8").splitlines()[1:]
            lines += [line for line in logged if line.count(",") == 3 and int(line.split(",")[0]) <= step]
        write_bytes(self.path, "".join(f"{line}\r\n" for line in lines).encode())
