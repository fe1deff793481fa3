"""The labelled CTs of a study as templates: ``subjects.csv`` and the files it names, checked as they are read."""

import csv
import logging
import math
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mskdex.errors import StudyError
from mskdex.errors import UsageError
from mskdex.model.person import SEX_WORDS
from mskdex.phantom.scanned import template_from_ct
from mskdex.phantom.template import Template
from mskdex.phantom.vary import varied
from mskdex.schemes import LabelScheme
from mskdex.schemes import get_scheme

TABLE = "subjects.csv"
_NEEDED = ("sex", "height_cm", "ct", "labels", "label_scheme")
_ADULT_YEARS = 18.0
_STATURE_CM = (120.0, 230.0)
_MOST_REASONS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScannedSubject:
    """A row of the table that can become a template, if its files hold what they should.

    Attributes:
        line: of the table; messages name a subject by nothing else.
        person: the first line with the same ``id``; the subject's own where there is none.
        sex: ``female`` or ``male``.
        stature_cm: of the subject.
        ct: NIfTI, HU.
        labels: NIfTI, on the CT's voxels.
        scheme: whose ids ``labels`` holds; it names each of our structures alone.
    """

    line: int
    person: int
    sex: str
    stature_cm: float
    ct: Path
    labels: Path
    scheme: LabelScheme

    @property
    def name(self) -> str:
        """What a template of this person is called."""
        return f"ct-{self.person:03d}"

    def template(self, voxel_mm: float, rng: np.random.Generator) -> Template:
        """The subject, varied, as a template in voxels of ``voxel_mm``, named after the person: splits go by that.

        Raises:
            StudyError: a file cannot be read, the two do not fit together, or they lack what a template needs.
        """
        from mskdex.images.labels import demand_same_grid  # only CTs and label volumes need nibabel
        from mskdex.images.labels import read_ct_volume
        from mskdex.images.labels import read_label_volume
        from mskdex.schemes.mapping import map_labels

        ct, labels = read_ct_volume(self.ct), read_label_volume(self.labels)
        demand_same_grid(ct, labels)
        mapped = map_labels(labels.voxels, self.scheme).labels
        who = (self.name, self.sex, self.stature_cm)
        try:
            scanned = template_from_ct(*who, ct.voxels, mapped, ct.voxel_to_world, voxel_mm=voxel_mm)
            return varied(scanned, rng, self.name)
        except ValueError as error:  # of Template: a warp may lose a muscle of a few voxels
            raise StudyError("structures_missing", str(error)) from error


def template_of_study(folder: Path, group: int, voxel_mm: float, rng: np.random.Generator) -> Template:
    """The template of a group, varied: subject ``group`` modulo the number of those whose row will do.

    Where that one's files will not do, the next one's are taken, and a warning is logged; the template is named after
    whom it is made from, so that its patients are in that person's split.

    Args:
        folder: the study.
        group: number of the template.
        voxel_mm: edge of its voxels.
        rng: of the variation.

    Raises:
        UsageError: there is no table, it lacks a column, or no subject is usable; the message says why.
    """
    subjects, reasons = read_subjects(folder)
    for step in range(len(subjects)):
        subject = subjects[(group + step) % len(subjects)]
        try:
            return subject.template(voxel_mm, rng)
        except StudyError as error:
            reasons[subject.line] = error.message
            logger.warning("%s, line %d is not used: %s", TABLE, subject.line, error.message)
    raise UsageError(f"no subject of {folder.name}/{TABLE} can be a template: {_listed(reasons)}")


def files_of_study(folder: Path) -> dict[str, Path]:
    """The table and every file that its rows name, by the name that they give it; not all need be there.

    Raises:
        UsageError: there is no table, or it lacks a column.
    """
    named = {row.get(column, "") for _, row in _rows(folder) for column in ("ct", "labels", "label_scheme")}
    return {name: folder / name for name in (TABLE, *named) if name}


def read_subjects(folder: Path) -> tuple[list[ScannedSubject], dict[int, str]]:
    """The subjects whose row will do, in the order of the table, and by line why the others' will not.

    Raises:
        UsageError: there is no table, or it lacks a column.
    """
    subjects: list[ScannedSubject] = []
    reasons: dict[int, str] = {}
    persons: dict[str, int] = {}
    for line, row in _rows(folder):
        person = persons.setdefault(row.get("id") or f"line {line}", line)
        try:
            subjects.append(_subject(folder, line, person, row))
        except (StudyError, UsageError) as error:
            reasons[line] = str(error)
    return subjects, reasons


def _listed(reasons: Mapping[int, str]) -> str:
    """Every reason once, with the lines it is true of."""
    lines: dict[str, list[str]] = {}
    for line, reason in sorted(reasons.items()):
        lines.setdefault(reason, []).append(str(line))
    found = [f"line {', '.join(numbers)}: {reason}" for reason, numbers in lines.items()]
    more = [f"and {len(found) - _MOST_REASONS} more"] if len(found) > _MOST_REASONS else []
    return "; ".join([*found[:_MOST_REASONS], *more]) or "it lists nobody"


def _rows(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    path = folder / TABLE
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip().lower() for name in next(lines, [])]
            if missing := [name for name in _NEEDED if name not in header]:
                raise UsageError(f"{folder.name}/{TABLE} needs the column {missing[0]}")
            for cells in lines:
                if any(cells):
                    yield lines.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=False))
    except FileNotFoundError as error:
        raise UsageError(f"{folder.name} holds no {TABLE}; a study of labelled CTs has one") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{folder.name}/{TABLE} cannot be read as a CSV table: {type(error).__name__}") from error


def _subject(folder: Path, line: int, person: int, row: dict[str, str]) -> ScannedSubject:
    sex = SEX_WORDS.get(row.get("sex", "").lower())
    if sex is None:
        raise StudyError("sex_unknown", "sex is neither female nor male, and a template serves one of them")
    stature, age = _number(row.get("height_cm", "")), _number(row.get("age", ""))
    if not _STATURE_CM[0] <= stature <= _STATURE_CM[1]:
        low, high = _STATURE_CM
        raise StudyError("stature_unknown", f"height_cm is no number from {low:g} to {high:g}")
    if age < _ADULT_YEARS:
        raise StudyError("child", "a child is no template of adults")
    if not row.get("ct") or not row.get("labels"):
        raise StudyError("no_files", "there is no CT or no label volume")
    scheme = _whole_scheme(folder, row.get("label_scheme", ""))
    return ScannedSubject(line, person, sex, stature, folder / row["ct"], folder / row["labels"], scheme)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _whole_scheme(folder: Path, name: str) -> LabelScheme:
    """A scheme that names each muscle and bone alone; its JSON lies in the study."""
    scheme = get_scheme(folder / name if name.lower().endswith(".json") else name)
    lacking = [label.name for label in scheme.missing]
    together = [" with ".join(label.name for label in group) for group in scheme.merged]
    if lacking or together:
        said = [f"lacks {', '.join(lacking)}"] if lacking else []
        said += [f"holds {', '.join(together)} as one"] if together else []
        raise StudyError("scheme_incomplete", f"the label scheme {scheme.name} {' and '.join(said)}")
    return scheme
