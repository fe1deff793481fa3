"""The cohort in memory, and the order in which training goes through it."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.errors import CohortError
from mskdex.images.grid import MODEL_GRID

READERS = 2


class Patient(NamedTuple):
    subject: Subject
    arrays: Arrays


class Library:
    """Subjects with their arrays, kept in memory as they are stored (about 1 MB each, 3 MB in two poses)."""

    def __init__(
        self, folders: Sequence[Path], split: Split, *, at_most: int | None = None, fold: int | None = None
    ) -> None:
        """Read the subjects of one split from one or more cohorts.

        Args:
            folders: The cohorts.
            split: Which subjects.
            at_most: Per anatomy source, shared evenly by the cohorts that have it; the first by id are taken.
            fold: The fold that is tested (``cohort.folds``), in place of the stored split.

        Raises:
            CohortError: none is there, there is no such fold, or the canvas cannot hold the model's grid.
        """
        self.folders, self.split, self.at_most, self.fold = tuple(folders), split, at_most, fold
        self.canvas = Canvas()
        self.patients: dict[str, Patient] = {}
        self.refresh()
        if not self.patients:
            names = ", ".join(folder.name for folder in self.folders)
            raise CohortError(f"no accepted subject in {names} is meant for '{split}'")

    def __len__(self) -> int:
        return len(self.patients)

    def __iter__(self) -> Iterator[Patient]:
        """Patients in the order of their ids."""
        return (self.patients[name] for name in sorted(self.patients))

    def refresh(self) -> int:
        """Read subjects that were added since; the number of them."""
        before = len(self.patients)
        cohorts = [Cohort.open(folder) for folder in self.folders]
        having = Counter(source for cohort in cohorts for source in {one.source for one in self._of(cohort)})
        for cohort in cohorts:
            self._read(cohort, having)
        return len(self.patients) - before

    def _of(self, cohort: Cohort) -> tuple[Subject, ...]:
        return cohort.of(self.split, self.fold)

    def _read(self, cohort: Cohort, having: Mapping[str, int]) -> None:
        """Read what is wanted of a cohort; so many cohorts have each source."""
        self.canvas = _checked(cohort.canvas)
        new = [subject for subject in self._wanted(cohort, having) if not self._holds(subject)]
        with ThreadPoolExecutor(READERS) as pool:
            for subject, arrays in zip(new, pool.map(cohort.read, new), strict=True):
                self.patients[subject.id] = Patient(subject, arrays)

    def _holds(self, subject: Subject) -> bool:
        held = self.patients.get(subject.id)
        if held is not None and held.subject.sha256 != subject.sha256:
            raise CohortError(
                f"two cohorts have a subject {subject.id}, and they differ; make one of them with another seed"
            )
        return held is not None

    def _wanted(self, cohort: Cohort, having: Mapping[str, int]) -> list[Subject]:
        taken: Counter[str] = Counter()
        wanted = []
        for subject in self._of(cohort):
            taken[subject.source] += 1
            if self.at_most is None or taken[subject.source] <= ceil(self.at_most / having[subject.source]):
                wanted.append(subject)
        return wanted


@dataclass(frozen=True)
class Position:
    """How far training has come through its library: passes done, and patients of this pass."""

    epoch: int = 0
    index: int = 0


class Sampler:
    """Every patient once per pass, in an order that seed and pass decide; an incomplete last batch is left out."""

    def __init__(self, library: Library, *, seed: int, position: Position, reread: bool = False) -> None:
        self.library, self.seed, self.position, self.reread = library, seed, position, reread
        self._order = self._shuffled()

    def take(self, count: int) -> list[Patient]:
        """The next patients (fewer than ``count`` only if the library holds fewer), and move on."""
        count = min(count, len(self._order))
        if self.position.index + count > len(self._order):
            if self.reread:
                self.library.refresh()
            self.position = Position(self.position.epoch + 1, 0)
            self._order = self._shuffled()
        first = self.position.index
        self.position = Position(self.position.epoch, first + count)
        return [self.library.patients[name] for name in self._order[first : first + count]]

    def _shuffled(self) -> list[str]:
        names = sorted(self.library.patients)
        return [names[k] for k in np.random.default_rng([self.seed, self.position.epoch]).permutation(len(names))]


def demand_every_split(folders: Sequence[Path], fold: int | None = None) -> None:
    """Look for patients of all three splits before hours are spent on training: calibration and scores need theirs.

    Raises:
        CohortError: the cohorts have none of a split.
    """
    cohorts = [Cohort.open(folder) for folder in folders]
    missing = [split for split in Split if not any(cohort.of(split, fold) for cohort in cohorts)]
    if missing:
        names = ", ".join(folder.name for folder in folders)
        raise CohortError(
            f"no {' and no '.join(missing)} patient in {names}: the split goes by anatomy, so make more patients"
        )


def _checked(canvas: Canvas) -> Canvas:
    grid = MODEL_GRID
    fits = canvas.rows >= grid.rows and canvas.columns >= grid.columns
    if not fits or canvas.spacing_mm != grid.spacing_mm or canvas.map_stride != grid.map_stride:
        raise CohortError(
            f"the canvas is {canvas.rows}x{canvas.columns} at {canvas.spacing_mm} mm with maps 1:{canvas.map_stride}; "
            f"the model needs {grid.rows}x{grid.columns} or more at {grid.spacing_mm} mm, maps 1:{grid.map_stride}"
        )
    return canvas
