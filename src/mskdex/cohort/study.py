"""Virtual patients as a hospital has them: CT, labels and radiograph as files, and the truth in a folder beside them.

::

    subjects.csv               id, sex, age, height_cm, weight_kg, radiograph, ct, labels, label_scheme
    radiographs/ID.dcm         DX
    ct/ID.nii.gz               HU, supine
    labels/ID.nii.gz           of that CT, in the ids of another program, some with known errors
    truth/ID.json, ID.npz      poses, motions of the bones, camera, volumes; maps in the radiograph's field
    truth/measurements.csv     what a perfect ``predict`` would say
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.atomic import FolderLock
from mskdex.cohort.atomic import sweep
from mskdex.cohort.atomic import write_bytes
from mskdex.cohort.lanes import in_lanes
from mskdex.cohort.study_case import TRUTH
from mskdex.cohort.study_case import make_case
from mskdex.cohort.virtual import VirtualPlan
from mskdex.errors import CohortError
from mskdex.images.grid import ModelGrid

HEADER = "study.json"
SCHEMA = 1
_SUBJECT_COLUMNS = ("id", "sex", "age", "height_cm", "weight_kg", "radiograph", "ct", "labels", "label_scheme")
_TRUTH_COLUMNS = ("case", "structure", "side", "quantity", "value", "unit")


@dataclass(frozen=True)
class StudyPlan:
    """Which patients, and how a hospital would have imaged them.

    Attributes:
        patients: Who they are.
        label_scheme: Whose ids the label volumes hold (``schemes.SCHEMES``).
        failed_share: Share of patients whose segmentation failed in some known way.
        ct_noise_hu: SD of the CT's noise.
        detector: Pixels of the radiograph; the truth's maps have every ``map_stride``-th of them.
    """

    patients: VirtualPlan
    label_scheme: str = "totalsegmentator"
    failed_share: float = 0.0
    ct_noise_hu: float = 12.0
    detector: ModelGrid = field(default_factory=lambda: ModelGrid(864, 960, 0.5, map_stride=8))


def simulate_study(plan: StudyPlan, folder: Path, *, workers: int | None = None) -> Iterator[tuple[int, int]]:
    """Write a study; yields (patients there, patients wanted) after each.

    The same plan gives the same bytes, however often it was interrupted.

    Raises:
        CohortError: the folder holds a study of another plan, or another process writes it.
        UsageError: the anatomy is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder / "study.lock")
    lock.acquire()
    try:
        _begin_or_continue(plan, folder)
        ids = [plan.patients.subject_id(index) for index in range(plan.patients.count)]
        # A case's truth is written last: where it is, the case is whole.
        missing = [index for index, name in enumerate(ids) if not (folder / TRUTH / f"{name}.json").exists()]
        done = len(ids) - len(missing)
        yield done, len(ids)
        for _ in in_lanes(partial(make_case, plan, folder), plan.patients, missing, workers or os.cpu_count() or 1):
            done += 1
            yield done, len(ids)
        _write_tables(plan, folder, ids)
    finally:
        lock.release()


def _begin_or_continue(plan: StudyPlan, folder: Path) -> None:
    for part in (folder, *(folder / name for name in ("radiographs", "ct", "labels", TRUTH))):
        part.mkdir(exist_ok=True)
        sweep(part)
    header = json.dumps(_settings(plan), indent=1, sort_keys=True) + "\n"
    path = folder / HEADER
    if not path.exists():
        write_bytes(path, header.encode())
    elif path.read_text(encoding="utf-8") != header:
        raise CohortError(f"{folder.name} was begun with other settings; give them again, or choose a new folder")


def _settings(plan: StudyPlan) -> dict[str, Any]:
    """What decides the bytes of a patient: neither the count, which may grow, nor an atlas' place on this machine."""
    patients = {key: value for key, value in asdict(plan.patients).items() if key not in ("count", "canvas")}
    kind = Anatomy.parse(plan.patients.anatomy).kind
    return {"schema": SCHEMA, **asdict(plan), "patients": {**patients, "anatomy": kind}}


def _write_tables(plan: StudyPlan, folder: Path, ids: list[str]) -> None:
    truths = [json.loads((folder / TRUTH / f"{name}.json").read_text(encoding="utf-8")) for name in ids]
    subjects = (_subject(truth, plan.label_scheme) for truth in truths)
    write_bytes(folder / "subjects.csv", _csv(_SUBJECT_COLUMNS, subjects))
    figures = ((truth["id"], *figure.values()) for truth in truths for figure in truth["in_view"])
    write_bytes(folder / TRUTH / "measurements.csv", _csv(_TRUTH_COLUMNS, figures))


def _subject(truth: dict[str, Any], label_scheme: str) -> tuple[object, ...]:
    name, person = truth["id"], truth["person"]
    facts = (person["sex"], person["age_years"], person["height_cm"], person["weight_kg"])
    return (name, *facts, f"radiographs/{name}.dcm", f"ct/{name}.nii.gz", f"labels/{name}.nii.gz", label_scheme)


def _csv(columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
