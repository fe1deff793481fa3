"""Where words go: results to standard output; progress to standard error, a bar on a terminal and lines elsewhere."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import TextColumn
from rich.progress import TimeRemainingColumn

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class Advance(Protocol):
    """Tell how far a command is, with a line about what was just done, or none."""

    def __call__(self, done: int, total: int, line: str | None = None) -> None: ...


class _Lines(logging.Handler):
    """Prints a logger's lines above the bar, not through it."""

    def emit(self, record: logging.LogRecord) -> None:
        ERR.print(self.format(record), markup=False)


@contextmanager
def lines_of(logger_name: str) -> Iterator[None]:
    """Show what a logger says of its work while the block runs."""
    logger, handler = logging.getLogger(logger_name), _Lines()
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.setLevel(before[0])
        logger.propagate = before[1]
        logger.removeHandler(handler)


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """Show progress while the block runs."""
    if not ERR.is_terminal:
        yield _lines(what)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int, line: str | None = None) -> None:
            bar.update(task, completed=done, total=total)
            if line is not None:
                ERR.print(line, markup=False)

        yield advance


def _lines(what: str) -> Advance:
    def advance(done: int, total: int, line: str | None = None) -> None:
        ERR.print(f"{done}/{total}  {line or what}", markup=False)

    return advance
