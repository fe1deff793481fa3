"""Many virtual patients, on every core, resumable: a patient that is in the cohort is not made again."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mskdex.cohort.folds import SPLIT_RULE
from mskdex.cohort.lanes import in_lanes
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Subject
from mskdex.cohort.record import encode
from mskdex.cohort.store import CohortWriter
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
    provenance = {"made_by": "mskdex simulate", "split_rule": SPLIT_RULE, **plan.settings()}
    with CohortWriter(folder, provenance=provenance, canvas=plan.canvas) as writer:
        missing = [index for index in range(plan.count) if not writer.has(plan.subject_id(index))]
        done = plan.count - len(missing)
        yield done, plan.count
        for subject, content in in_lanes(partial(_make, plan), plan, missing, workers or os.cpu_count() or 1):
            writer.add(subject, content)
            done += 1
            yield done, plan.count
        writer.sort()


def _make(plan: VirtualPlan, index: int) -> tuple[Subject, bytes]:
    subject, arrays = make_subject(plan, index)
    return subject, encode(arrays)
