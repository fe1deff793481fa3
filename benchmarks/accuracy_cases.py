"""Held-out patients as the accuracy benchmarks see them: what each row read, what is true, what controls may know."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Protocol

import numpy as np

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import View
from mskdex.evaluation.agreement import pearson
from mskdex.images.grid import MODEL_GRID
from mskdex.model.card import Card
from mskdex.model.told import Knowing
from mskdex.training.controls import R1_SETUP
from mskdex.training.controls import Facts
from mskdex.training.controls import facts_of
from mskdex.training.controls import regressed
from mskdex.training.examples import stored_example
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums

WHOLE = [label for label in MUSCLE_LABELS if label.structure.view is View.WHOLE]
MODEL_ROWS = {"U": Knowing.IMAGE, "U, person known": Knowing.PERSON}
SETUP_ROWS = {"U, setup known": Knowing.SETUP, "U, person and setup known": Knowing.BOTH}
TRUTH = "truth"

_COUNT = len(MEASURED_LABELS)
_TABLES = ("volume", "mass", "true_volume", "true_mass", "share", "known")
_NAMES = ("sources", "templates")
"""What `Sums` holds of each patient."""
_BEHIND_THE_BODY, _CLIPPED = 1.0, 0.05


class Reader(Protocol):
    """A model, or several as one."""

    def run(self, batch: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True)
class Read:
    """What a row of the table read from the patients' radiographs."""

    sums: Sums
    pixel_correlation: np.ndarray  # [patients, 41]; not a number for a row without maps

    @property
    def usable(self) -> np.ndarray:
        """[patients, 41] whether a structure's truth is known and wholly in view."""
        return np.asarray(self.sums.usable)


@dataclass(frozen=True)
class Group(Facts):
    """Patients of one anatomy source."""

    rows: dict[str, Read]
    clear: np.ndarray  # [patients] whether the radiograph shows nearly all of the body neither black nor white
    template: np.ndarray  # [patients] names: patients of one are more alike than others

    def __len__(self) -> int:
        return len(self.sizes)

    def of(self, chosen: np.ndarray) -> "Group":
        """The patients where ``chosen`` is True, or those of these numbers."""
        rows = {name: Read(_of(read.sums, chosen), read.pixel_correlation[chosen]) for name, read in self.rows.items()}
        facts = (each[chosen] for each in (self.sizes, self.person, self.setup))
        return Group(*facts, rows, self.clear[chosen], self.template[chosen])


def groups(library: Library, model: Reader | None, ways: Mapping[str, Knowing] = MODEL_ROWS) -> dict[str, Group]:
    """The patients by anatomy source, read by the model told this or that; by nobody where it is None, for the truth
    alone."""
    sources = sorted({patient.subject.source for patient in library})
    return {source: _group([p for p in library if p.subject.source == source], model, ways) for source in sources}


def demand_stored_split(card: Card) -> None:
    """A model of a fold has learnt from patients whom the stored split holds out: it ends the program."""
    if (fold := card.training.get("fold")) is not None:
        raise SystemExit(f"model {card.sha256[:12]} is of fold {fold}: held-out patients of the stored split taught it")


def joined(parts: Sequence[Group]) -> Group:
    """Patients of several groups as one, with the rows that all have: out of folds, of whom each was held out once."""
    first, *_ = parts
    shared = [name for name in first.rows if all(name in part.rows for part in parts)]
    rows = {name: _joined_reads([part.rows[name] for part in parts]) for name in shared}
    sizes, person, setup, clear, template = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("sizes", "person", "setup", "clear", "template")
    )
    return Group(sizes, person, setup, rows, clear, template)


def _joined_reads(reads: Sequence[Read]) -> Read:
    tables = {name: np.concatenate([getattr(one.sums, name) for one in reads]) for name in _TABLES}
    names = {name: tuple(each for one in reads for each in getattr(one.sums, name)) for name in _NAMES}
    return Read(Sums(**tables, **names), np.concatenate([one.pixel_correlation for one in reads]))


def control_of(row: str) -> str:
    """The control that knows of the person all that there is, and as much of the setup as the row."""
    return R1_SETUP if row in SETUP_ROWS else "R1"


def with_controls(test: Group, train: Group, controls: Sequence[str] = ("R0", "R1")) -> Group:
    """The same with controls before its own rows: each column fitted on the training patients that show it whole."""
    truth, blank = train.rows[TRUTH], test.rows["U"]
    rows = {}
    for name in controls:
        sums = regressed(truth.sums, train.given(name), blank.sums, test.given(name))
        rows[name] = Read(sums, np.full(sums.volume.shape, np.nan))
    return replace(test, rows={**rows, **test.rows})


def _group(patients: list[Patient], model: Reader | None, ways: Mapping[str, Knowing]) -> Group:
    if model is None:
        rows = {TRUTH: Read(predict_sums(patients, _nothing), np.full((len(patients), _COUNT), np.nan))}
    else:
        rows = {row: _read(patients, model, knowing) for row, knowing in ways.items()}
    facts = facts_of(patients)
    clear, template = (
        np.array([each(one) for one in patients]) for each in (_is_clear, lambda one: one.subject.anatomy)
    )
    return Group(facts.sizes, facts.person, facts.setup, rows, clear, template)


def _nothing(radiographs: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    empty = np.zeros((len(radiographs), _COUNT + 1, MODEL_GRID.map_rows, MODEL_GRID.map_columns), np.float32)
    return empty, empty[:, :_COUNT]


def _read(patients: list[Patient], model: Reader, knowing: Knowing) -> Read:
    kept: list[np.ndarray] = []

    def predict(radiographs: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        thickness, mass = model.run(radiographs, told)
        kept.extend(thickness[:, :_COUNT])
        return thickness, mass

    sums = predict_sums(patients, predict, knowing=knowing)
    correlation = np.full((len(patients), _COUNT), np.nan)
    for number, (patient, maps) in enumerate(zip(patients, kept, strict=True)):
        truth = stored_example(patient.subject, patient.arrays).thickness_cm[:_COUNT]
        flat, true = (each.reshape(_COUNT, -1).astype(np.float64) for each in (maps, truth))
        correlation[number] = pearson(flat, true)
    return Read(sums, correlation)


def _is_clear(patient: Patient) -> bool:
    assert patient.arrays.attenuation is not None
    body = patient.arrays.field & (patient.arrays.attenuation > _BEHIND_THE_BODY)
    grey = patient.arrays.radiograph[body].astype(np.float32)
    return float(np.mean((grey <= 0.005) | (grey >= 0.995))) <= _CLIPPED


def _of(sums: Sums, chosen: np.ndarray) -> Sums:
    """By a mask, or by numbers, which may repeat."""
    tables = {name: getattr(sums, name)[chosen] for name in _TABLES}
    names = {name: tuple(np.asarray(getattr(sums, name))[chosen]) for name in _NAMES}
    return replace(sums, **tables, **names)
