"""Virtual patients as a hospital has them: CT, labels and radiograph as files, and the truth in a folder beside them.

::

    subjects.csv               id, sex, age, height_cm, weight_kg, radiograph, ct, labels, label_scheme
    radiographs/ID.dcm         DX
    ct/ID.nii.gz               HU, supine
    labels/ID.nii.gz           of that CT, in the ids of another program, some with known errors
    truth/ID.json, ID.npz      poses, motions of the bones, camera, volumes; maps in the radiograph's field
    truth/measurements.csv     the sums of those maps, where `predict` would look: within the field and its grid
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from mskdex.cohort.lanes import in_lanes
from mskdex.cohort.study_case import StudyPlan
from mskdex.cohort.study_case import make_case
from mskdex.cohort.study_case import truth_path
from mskdex.errors import CohortError
from mskdex.files import sweep
from mskdex.files import write_bytes
from mskdex.locks import FolderLock

HEADER, LOCK = "study.json", "study.lock"
FOLDERS = ("radiographs", "ct", "labels", "truth")
SCHEMA = 1
_SUBJECT_COLUMNS = ("id", "sex", "age", "height_cm", "weight_kg", "radiograph", "ct", "labels", "label_scheme")
_TRUTH_COLUMNS = ("case", "structure", "side", "quantity", "value", "unit")


def simulate_study(plan: StudyPlan, folder: Path, *, workers: int | None = None) -> Iterator[tuple[int, int]]:
    """Write a study; yields (patients there, patients wanted) after each.

    The same plan gives the same bytes, however often it was interrupted.

    Raises:
        CohortError: the folder holds something else or a study of another plan, or another process writes it.
        UsageError: the anatomy is not there.
    """
    header = _header(plan)
    _demand_ours(folder, header)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder / LOCK)
    lock.acquire()
    try:
        for part in (folder, *(folder / name for name in FOLDERS)):
            part.mkdir(exist_ok=True)
            sweep(part)
        write_bytes(folder / HEADER, header.encode())
        missing = [index for index in range(plan.patients.count) if not _is_whole(folder, plan.subject_id(index))]
        done = plan.patients.count - len(missing)
        yield done, plan.patients.count
        for case in in_lanes(partial(make_case, plan), plan.imagined, missing, workers or os.cpu_count() or 1):
            for path, content in case.files.items():
                write_bytes(folder / path, content)
            done += 1
            yield done, plan.patients.count
        _write_tables(plan, folder)
    finally:
        lock.release()


def _header(plan: StudyPlan) -> str:
    settings = {"schema": SCHEMA, **asdict(plan), "patients": plan.patients.settings()}
    return json.dumps(settings, indent=1, sort_keys=True) + "\n"


def _demand_ours(folder: Path, header: str) -> None:
    path = folder / HEADER
    if path.exists():
        if path.read_text(encoding="utf-8") != header:
            raise CohortError(f"{folder.name} was begun with other settings; give them again, or choose a new folder")
    elif folder.is_dir() and any(each.name != LOCK for each in folder.iterdir()):
        raise CohortError(f"{folder.name} holds something that is no study; choose a new folder")


def _is_whole(folder: Path, name: str) -> bool:
    """Whether a patient's truth is there, and every other file as it says."""
    try:
        files = _read(folder / truth_path(name))["files"]
        return all(hashlib.sha256((folder / path).read_bytes()).hexdigest() == found for path, found in files.items())
    except OSError:
        return False


def _write_tables(plan: StudyPlan, folder: Path) -> None:
    """Of all patients that are there: a smaller count takes none away."""
    truths = [_read(path) for path in sorted((folder / "truth").glob("*.json"))]
    subjects = (_subject(truth, plan.label_scheme) for truth in truths)
    write_bytes(folder / "subjects.csv", _csv(_SUBJECT_COLUMNS, subjects))
    figures = ((truth["id"], *figure.values()) for truth in truths for figure in truth["in_view"])
    write_bytes(folder / "truth" / "measurements.csv", _csv(_TRUTH_COLUMNS, figures))


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


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
