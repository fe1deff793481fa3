"""How well sums agree, as training prints it while it runs; the agreement statistics proper are `evaluation`'s."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import View
from mskdex.cohort import Subject
from mskdex.images.grid import MODEL_GRID
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.physics import MUSCLE_DENSITY
from mskdex.training.examples import Example
from mskdex.training.examples import stored_example
from mskdex.training.library import Patient

Predictor = Callable[
    [Float32[ndarray, "batch 2 rows columns"], Float32[ndarray, "batch facts"]],
    tuple[
        Float32[ndarray, "batch labels map_rows map_columns"], Float32[ndarray, "batch measured map_rows map_columns"]
    ],
]
Table = Float64[ndarray, "subjects measured"]

IN_VIEW = 0.9
"""A structure of which less than this share lies in the field is left out of the scores."""

NEARLY_ALL = 0.9
"""What is known of fewer of the patients is not told: figures of some would pass for figures of all."""

_COUNT = len(MEASURED_LABELS)
WHOLE_MUSCLES = [label.channel for label in MUSCLE_LABELS if label.structure.view is View.WHOLE]
BONES = [label.channel for label in BONE_LABELS]


@dataclass(frozen=True)
class Sums:
    """Predicted and true sums over the field of view, in cm3 and g; rows are subjects, columns measured labels.

    ``share`` is how much of what the canvas holds of a structure lies in the field; ``known`` is False where a
    structure's truth must not be used. ``sources`` and ``templates`` name each subject's anatomy.
    """

    volume: Table
    mass: Table
    true_volume: Table
    true_mass: Table
    share: Table
    known: Bool[ndarray, "subjects measured"]
    sources: tuple[str, ...]
    templates: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def usable(self) -> Bool[ndarray, "subjects measured"]:
        """Whether a structure's truth is known and wholly in view."""
        return self.known & (self.share >= IN_VIEW)

    def of(self, rows: Bool[ndarray, " subjects"]) -> "Sums":
        """The subjects where ``rows`` is True."""
        tables = (self.volume, self.mass, self.true_volume, self.true_mass, self.share)
        volume, mass, true_volume, true_mass, share = (table[rows] for table in tables)
        names = (tuple(compress(each, rows)) for each in (self.sources, self.templates))
        return Sums(volume, mass, true_volume, true_mass, share, self.known[rows], *names)


def predict_sums(
    patients: Iterable[Patient], predict: Predictor, *, batch: int = 8, knowing: Knowing = Knowing.IMAGE
) -> Sums:
    """Every patient's stored radiograph, predicted and summed, the network being told what ``knowing`` says.

    Raises:
        ValueError: that is not known of a patient.
    """
    rows: list[tuple[Float64[ndarray, "5 measured"], Bool[ndarray, " measured"], Subject]] = []
    waiting: list[tuple[Patient, Example]] = []

    def flush() -> None:
        if waiting:
            images, told = zip(*((example.radiograph, example.told) for _, example in waiting), strict=True)
            thickness, mass = predict(np.stack(images), np.stack(told))
            for (patient, example), volumes, masses in zip(waiting, _sum(thickness), _sum(mass), strict=True):
                rows.append(_row(patient, example, volumes, masses))
            waiting.clear()

    for patient in patients:
        waiting.append((patient, stored_example(patient.subject, patient.arrays, knowing=knowing)))
        if len(waiting) == batch:
            flush()
    flush()
    volume, mass, true_volume, true_mass, share = np.stack([row[0] for row in rows], 1)
    known, subjects = np.stack([row[1] for row in rows]), [row[2] for row in rows]
    names = tuple(one.source for one in subjects), tuple(one.anatomy for one in subjects)
    return Sums(volume, mass, true_volume, true_mass, share, known, *names)


def told_of(patients: Iterable[Patient], knowing: Knowing) -> list[Patient]:
    """The patients of whom all that is known; nobody, where it is not known of nearly all of them."""
    everybody = list(patients)
    known = [one for one in everybody if Told.of(one.subject.person, one.subject.camera).only(knowing) is not None]
    return known if len(known) >= NEARLY_ALL * len(everybody) else []


def score(sums: Sums) -> dict[str, dict[str, float]]:
    """Figures per anatomy source and over all, by name.

    PCC means are over muscles wholly in view, or bones; ``muscle_pcc`` averages volume and lean mass equally.
    """
    return {name: _figures(sums.of(rows)) for name, rows in by_source(sums).items()}


def by_source(sums: Sums) -> dict[str, Bool[ndarray, " subjects"]]:
    """Who is of each anatomy source, and of all."""
    groups = {"all": np.ones(len(sums), bool)}
    for source in sorted(set(sums.sources)):
        groups[source] = np.array([each == source for each in sums.sources])
    return groups


def _figures(sums: Sums) -> dict[str, float]:
    usable = sums.usable

    def mean_pcc(predicted: Table, true: Table, channels: list[int]) -> float:
        each = [_pcc(predicted[usable[:, c], c], true[usable[:, c], c]) for c in channels]
        finite = [value for value in each if np.isfinite(value)]
        return float(np.mean(finite)) if finite else float("nan")

    def relative_error(predicted: Table, true: Table, channels: list[int]) -> float:
        each = [
            np.abs(predicted[usable[:, c], c] - true[usable[:, c], c]).mean() / true[usable[:, c], c].mean()
            for c in channels
            if usable[:, c].any()
        ]
        return float(np.mean(each)) if each else float("nan")

    lean, true_lean = lean_fraction(sums.mass, sums.volume), lean_fraction(sums.true_mass, sums.true_volume)
    volume = mean_pcc(sums.volume, sums.true_volume, WHOLE_MUSCLES)
    lean_mass = mean_pcc(sums.mass, sums.true_mass, WHOLE_MUSCLES)
    return {
        "subjects": float(len(sums)),
        "muscle_pcc": (volume + lean_mass) / 2,
        "muscle_volume_pcc": volume,
        "muscle_lean_mass_pcc": lean_mass,
        "muscle_lean_fraction_pcc": mean_pcc(lean, true_lean, WHOLE_MUSCLES),
        "bone_volume_pcc": mean_pcc(sums.volume, sums.true_volume, BONES),
        "bone_mass_pcc": mean_pcc(sums.mass, sums.true_mass, BONES),
        "muscle_volume_mae": relative_error(sums.volume, sums.true_volume, WHOLE_MUSCLES),
        "bone_mass_mae": relative_error(sums.mass, sums.true_mass, BONES),
    }


def lean_fraction(mass: Table, volume: Table) -> Table:
    """Of muscles; what has no volume has none of it."""
    fraction: Table = mass / (MUSCLE_DENSITY * np.maximum(volume, 1e-6))
    return fraction


def _row(
    patient: Patient, example: Example, volume: Float64[ndarray, " measured"], mass: Float64[ndarray, " measured"]
) -> tuple[Float64[ndarray, "5 measured"], Bool[ndarray, " measured"], Subject]:
    true_volume, true_mass = _sum(example.thickness_cm[None])[0], _sum(example.mass_g_per_cm2[None])[0]
    canvas = _sum(patient.arrays.thickness_cm[None])[0]
    share = true_volume / np.maximum(canvas, 1e-6)
    return np.stack([volume, mass, true_volume, true_mass, share]), example.weight[:_COUNT] > 0, patient.subject


def _sum(maps: ndarray) -> Float64[ndarray, "batch measured"]:
    sums: Float64[ndarray, "batch measured"] = (
        maps[:, :_COUNT].sum((2, 3), dtype=np.float64) * MODEL_GRID.map_pixel_area_cm2
    )
    return sums


def _pcc(predicted: Float64[ndarray, " n"], true: Float64[ndarray, " n"]) -> float:
    """Pearson's correlation; not a number where there are fewer than three subjects or one of them does not vary."""
    if len(true) < 3 or np.ptp(predicted) == 0 or np.ptp(true) == 0:
        return float("nan")
    return float(np.corrcoef(predicted, true)[0, 1])
