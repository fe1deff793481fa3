"""Held-out patients as the accuracy benchmarks see them: what each row read, what is true, what controls may know."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Protocol

import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Side
from mskdex.anatomy import View
from mskdex.evaluation.agreement import pearson
from mskdex.evaluation.controls import fit_log_linear
from mskdex.images.grid import MODEL_GRID
from mskdex.model.setup import SetupFacts
from mskdex.model.told import Knowing
from mskdex.training.examples import stored_example
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.scores import IN_VIEW
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums

WHOLE = [label for label in MUSCLE_LABELS if label.structure.view is View.WHOLE]
MODEL_ROWS = {"U": Knowing.IMAGE, "U, person known": Knowing.PERSON}
SETUP_ROWS = {"U, setup known": Knowing.SETUP, "U, person and setup known": Knowing.BOTH}
R1_SETUP = "R1, setup known"
CONTROLS = {"R0": ("sizes",), "R1": ("sizes", "person"), R1_SETUP: ("sizes", "person", "setup")}
"""What each regression is given."""
TRUTH = "truth"

_HIPS = [LABEL_BY_NAME[f"hip_bone_{side}"].channel for side in (Side.RIGHT, Side.LEFT)]
_COUNT = len(MEASURED_LABELS)
_BEHIND_THE_BODY, _CLIPPED = 1.0, 0.05
_AIR = 0.4


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
        return np.asarray(self.sums.known & (self.sums.share >= IN_VIEW))


@dataclass(frozen=True)
class Group:
    """Patients of one anatomy source."""

    rows: dict[str, Read]
    sizes: np.ndarray  # [patients, 5] logarithms
    person: np.ndarray  # [patients, 4] sex, age, log height, log weight
    setup: np.ndarray  # [patients, 2] log distances of the source from detector and table; not a number if unknown
    clear: np.ndarray  # [patients] whether the radiograph shows nearly all of the body neither black nor white
    template: np.ndarray  # [patients] names: patients of one are more alike than others

    def __len__(self) -> int:
        return len(self.sizes)

    def of(self, chosen: np.ndarray) -> "Group":
        """The patients where ``chosen`` is True, or those of these numbers."""
        rows = {name: Read(_of(read.sums, chosen), read.pixel_correlation[chosen]) for name, read in self.rows.items()}
        facts = (each[chosen] for each in (self.sizes, self.person, self.setup, self.clear, self.template))
        return Group(rows, *facts)


def groups(library: Library, model: Reader | None, ways: Mapping[str, Knowing] = MODEL_ROWS) -> dict[str, Group]:
    """The patients by anatomy source, read by the model told this or that; by nobody where it is None, for the truth
    alone."""
    sources = sorted({patient.subject.source for patient in library})
    return {source: _group([p for p in library if p.subject.source == source], model, ways) for source in sources}


def control_of(row: str) -> str:
    """The control that knows of the person all that there is, and as much of the setup as the row."""
    return R1_SETUP if row in SETUP_ROWS else "R1"


def beside_sex(group: Group, control: str) -> np.ndarray:
    """[patients, facts] what a control that knows the person is given, but for the sex."""
    return np.hstack([group.sizes, group.person[:, 1:], *([group.setup] if "setup" in CONTROLS[control] else [])])


def with_controls(test: Group, train: Group, controls: Sequence[str] = ("R0", "R1")) -> Group:
    """The same with controls before its own rows: each column fitted on the training patients that show it whole."""
    truth, blank = train.rows[TRUTH], test.rows["U"]
    rows = {}
    for name in controls:
        given, given_train = (np.hstack([getattr(group, kind) for kind in CONTROLS[name]]) for group in (test, train))
        volume, mass = np.empty_like(blank.sums.volume), np.empty_like(blank.sums.mass)
        for c in range(_COUNT):
            fit = truth.usable[:, c] & (truth.sums.true_volume[:, c] > 0)
            for into, true in ((volume, truth.sums.true_volume), (mass, truth.sums.true_mass)):
                into[:, c] = _regressed(given_train[fit], true[fit, c], given)
        rows[name] = Read(replace(blank.sums, volume=volume, mass=mass), np.full(volume.shape, np.nan))
    return replace(test, rows={**rows, **test.rows})


def person_of(patient: Patient) -> np.ndarray:
    """Sex, age and the logarithms of height and weight, as numbers."""
    facts = patient.subject.person
    numbers = (facts["sex"] == "male", facts["age_years"] / 100, np.log(facts["height_cm"]), np.log(facts["weight_kg"]))
    return np.array(numbers, float)


def setup_of(patient: Patient) -> np.ndarray:
    """Logarithms of the source's distances from detector and table, mm: magnification goes with their ratio."""
    setup = SetupFacts.of(patient.subject.camera)
    return np.log([np.nan, np.nan] if setup is None else [setup.sdd_mm, setup.sdd_mm - setup.table_detector_mm])


def _group(patients: list[Patient], model: Reader | None, ways: Mapping[str, Knowing]) -> Group:
    if model is None:
        rows = {TRUTH: Read(predict_sums(patients, _nothing), np.full((len(patients), _COUNT), np.nan))}
    else:
        rows = {row: _read(patients, model, knowing) for row, knowing in ways.items()}
    facts = (np.array([each(patient) for patient in patients]) for each in (_sizes, person_of, setup_of, _is_clear))
    return Group(rows, *facts, np.array([patient.subject.anatomy for patient in patients]))


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


def _regressed(given_train: np.ndarray, true: np.ndarray, given: np.ndarray) -> np.ndarray:
    return np.asarray(fit_log_linear(given_train, true[:, None]).predict(given)[:, 0])


def _sizes(patient: Patient) -> np.ndarray:
    """What a reader with a ruler gets: the body's width at three heights, the pelvis' height and width."""
    example = stored_example(patient.subject, patient.arrays)
    assert patient.arrays.attenuation is not None
    body = patient.arrays.attenuation.astype(np.float32) > _AIR
    widths = [body[row].sum() for row in (40, 75, 115)]
    pelvis = example.thickness_cm[_HIPS].sum(axis=0) > 0.15
    extent = [np.ptp(np.flatnonzero(pelvis.any(axis=axis))) + 1 if pelvis.any() else 1 for axis in (0, 1)]
    return np.log(np.maximum([*widths, *extent], 1).astype(np.float64))


def _is_clear(patient: Patient) -> bool:
    assert patient.arrays.attenuation is not None
    body = patient.arrays.field & (patient.arrays.attenuation > _BEHIND_THE_BODY)
    grey = patient.arrays.radiograph[body].astype(np.float32)
    return float(np.mean((grey <= 0.005) | (grey >= 0.995))) <= _CLIPPED


def _of(sums: Sums, chosen: np.ndarray) -> Sums:
    """By a mask, or by numbers, which may repeat."""
    names = ("volume", "mass", "true_volume", "true_mass", "share", "known")
    tables = {name: getattr(sums, name)[chosen] for name in names}
    anatomies = {name: tuple(np.asarray(getattr(sums, name))[chosen]) for name in ("sources", "templates")}
    return replace(sums, **tables, **anatomies)
