"""Many virtual patients, on every core, resumable: a patient that is in the cohort is not made again."""

import os
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import as_completed
from contextlib import ExitStack
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.record import Subject
from mskdex.cohort.record import encode
from mskdex.cohort.store import CohortWriter
from mskdex.cohort.virtual import VirtualPlan
from mskdex.cohort.virtual import make_subject


def simulate(plan: VirtualPlan, folder: Path, *, workers: int | None = None) -> Iterator[tuple[int, int]]:
    """Write a cohort of virtual patients; yields (patients there, patients wanted) after each.

    The same plan gives the same bytes, however many workers made it and however often it was interrupted.

    Args:
        plan: which patients.
        folder: of the cohort; continued if it was begun with the same plan.
        workers: processes; all cores if not given.

    Raises:
        CohortError: the folder holds a cohort of another plan, or another process writes it.
        UsageError: the anatomy is not there.
    """
    kind = Anatomy.parse(plan.anatomy).kind
    settings = {key: value for key, value in asdict(plan).items() if key not in ("anatomy", "count", "canvas")}
    # A path is this machine's business, and a larger count continues a smaller cohort.
    provenance = {"made_by": "mskdex simulate", "anatomy": kind, **settings}
    with CohortWriter(folder, provenance=provenance, canvas=plan.canvas) as writer:
        missing = [index for index in range(plan.count) if not writer.has(plan.subject_id(index))]
        done = plan.count - len(missing)
        yield done, plan.count
        for subject, content in _made(plan, missing, workers or os.cpu_count() or 1):
            writer.add(subject, content)
            done += 1
            yield done, plan.count
        writer.sort()


def _made(plan: VirtualPlan, missing: list[int], workers: int) -> Iterator[tuple[Subject, bytes]]:
    """Subjects as they get ready. Every worker has its own groups, so that no template is made twice."""
    groups = sorted({plan.group(index) for index in missing})
    lanes = {group: number % workers for number, group in enumerate(groups)}
    if min(workers, len(groups)) <= 1 and len(missing) <= 2:
        yield from (_make(plan, index) for index in missing)
        return
    with ExitStack() as stack:
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_one_thread))
            for _ in range(min(workers, len(groups)))
        ]
        # A dict keeps the order and forgets: thousands of patients, held until the end, would fill the memory.
        futures: dict[Future[tuple[Subject, bytes]], None] = dict.fromkeys(
            pools[lanes[plan.group(index)]].submit(_make, plan, index) for index in missing
        )
        stack.callback(lambda: [future.cancel() for future in futures])
        for future in as_completed(futures):
            del futures[future]
            yield future.result()


def _one_thread() -> None:
    import numba  # in the worker only, where its threads are set

    numba.set_num_threads(1)


def _make(plan: VirtualPlan, index: int) -> tuple[Subject, bytes]:
    subject, arrays = make_subject(plan, index)
    return subject, encode(arrays)
