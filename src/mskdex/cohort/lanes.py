"""Patients made on every core: each worker process has its own templates, so that none is made twice."""

import os
import signal
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing import parent_process
from threading import Thread
from typing import TypeVar

from mskdex.cohort.plan import VirtualPlan
from mskdex.errors import ResourceError

Made = TypeVar("Made")


def in_lanes(make: Callable[[int], Made], plan: VirtualPlan, missing: Sequence[int], workers: int) -> Iterator[Made]:
    """What ``make`` gives for each patient, as they get ready; a few patients of one template are made in this process.

    Args:
        make: from a patient's number to the patient; it must survive pickling.
        plan: tells which patients share a template.
        missing: numbers of the patients to make.
        workers: processes at most.

    Raises:
        ResourceError: a worker was killed.
    """
    groups = sorted({plan.group(index) for index in missing})
    lanes = {group: number % workers for number, group in enumerate(groups)}
    if min(workers, len(groups)) <= 1 and len(missing) <= 2:
        yield from map(make, missing)
        return
    with ExitStack() as stack:
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin))
            for _ in range(min(workers, len(groups)))
        ]
        # A dict keeps the order and forgets: thousands of patients, held until the end, would fill the memory.
        with _deaf_to_interrupts():
            futures: dict[Future[Made], None] = dict.fromkeys(
                pools[lanes[plan.group(index)]].submit(make, index) for index in missing
            )
        stack.callback(lambda: [future.cancel() for future in futures])
        for future in as_completed(futures):
            del futures[future]
            try:
                yield future.result()
            except BrokenProcessPool as error:
                raise ResourceError(
                    "a worker was killed, perhaps because memory ran out; what was written before is whole: give the "
                    "same command again, with fewer --workers"
                ) from error


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes started meanwhile never hear Ctrl-C, which a terminal sends to all: the program ends them itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """A worker's first act."""
    Thread(target=_end_with_parent, daemon=True).start()
    import numba  # in the worker only, where its threads are set

    numba.set_num_threads(1)


def _end_with_parent() -> None:
    """A pool's worker whose parent was killed would wait for work for ever, and keep its memory."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
