"""What can be had without the image: rows R0 and R1, fitted on training patients, and what a model knows beyond R1.

R0 regresses the logarithm of each quantity on those of sizes that a reader with a ruler would get from the radiograph:
the body's width at three heights (of cohorts that hold what the rays met), the pelvis' width and height, taken from the
true bone maps, so that the control reads perfectly. R1 adds sex, age, height and weight. A third is given, besides,
how far source and table were from the detector. All are fitted on training patients of the same anatomy source.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from typing import NamedTuple
from typing import Self

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.evaluation.controls import fit_log_linear
from mskdex.evaluation.controls import partial_correlation
from mskdex.model.person import PersonFacts
from mskdex.model.setup import SetupFacts
from mskdex.training.examples import stored_example
from mskdex.training.library import Patient
from mskdex.training.scores import BONES
from mskdex.training.scores import NEARLY_ALL
from mskdex.training.scores import WHOLE_MUSCLES
from mskdex.training.scores import Sums
from mskdex.training.scores import Table
from mskdex.training.scores import by_source
from mskdex.training.scores import lean_fraction
from mskdex.training.scores import score

R1_SETUP = "R1, setup known"
CONTROLS = {"R0": ("sizes",), "R1": ("sizes", "person"), R1_SETUP: ("sizes", "person", "setup")}
"""What each regression is given."""

_HIPS = [LABEL_BY_NAME[f"hip_bone_{side}"].channel for side in (Side.RIGHT, Side.LEFT)]
_WIDTHS_AT = (40, 75, 115)
"""Rows of the canvas."""
_AIR = 0.4
_SPARE = 2
"""So many more patients than terms a regression needs, as ``evaluation.controls`` has it."""

Given = Float64[ndarray, "subjects predictors"]


@dataclass(frozen=True)
class Facts:
    """What controls may know of patients; not a number where nobody knows it.

    Attributes:
        sizes: [patients, 5] logarithms.
        person: [patients, 4] sex, age, log height, log weight.
        setup: [patients, 2] log distances of the source from detector and table.
    """

    sizes: Given
    person: Given
    setup: Given

    def given(self, control: str) -> Given:
        """All that a control is given."""
        return np.hstack([getattr(self, kind) for kind in CONTROLS[control]])

    def beside_sex(self, control: str) -> Given:
        """What a control that knows the person is given, but for the sex."""
        return np.hstack([self.sizes, self.person[:, 1:], *([self.setup] if "setup" in CONTROLS[control] else [])])


class Seen(NamedTuple):
    """Patients as a model reads them, and what is known of them."""

    sums: Sums
    facts: Facts

    def of(self, rows: Bool[ndarray, " subjects"]) -> Self:
        facts = Facts(*(each[rows] for each in (self.facts.sizes, self.facts.person, self.facts.setup)))
        return type(self)(self.sums.of(rows), facts)


def facts_of(patients: Iterable[Patient]) -> Facts:
    """Of patients in their order."""
    rows = [(sizes_of(each), person_of(each), setup_of(each)) for each in patients]
    return Facts(*(np.array(column) for column in zip(*rows, strict=True)))


def sizes_of(patient: Patient) -> Float64[ndarray, "5"]:
    """Logarithms of the body's widths and of the pelvis' height and width, in pixels."""
    attenuation = patient.arrays.attenuation
    widths = [np.nan] * len(_WIDTHS_AT)
    if attenuation is not None:
        widths = [float((attenuation[row].astype(np.float32) > _AIR).sum()) for row in _WIDTHS_AT]
    pelvis = stored_example(patient.subject, patient.arrays).thickness_cm[_HIPS].sum(axis=0) > 0.15
    extent = [float(np.ptp(np.flatnonzero(pelvis.any(axis=axis)))) + 1 if pelvis.any() else 1.0 for axis in (0, 1)]
    logarithms: Float64[ndarray, "5"] = np.log(np.maximum([*widths, *extent], 1.0))
    return logarithms


def person_of(patient: Patient) -> Float64[ndarray, "4"]:
    """Sex, age and the logarithms of height and weight, as numbers."""
    who = PersonFacts.of(patient.subject.person)
    if who is None:
        return np.full(4, np.nan)
    return np.array([who.sex == "male", who.age_years / 100, np.log(who.height_cm), np.log(who.weight_kg)], float)


def setup_of(patient: Patient) -> Float64[ndarray, "2"]:
    """Logarithms of the source's distances from detector and table, mm: magnification goes with their ratio."""
    setup = SetupFacts.of(patient.subject.camera)
    return np.log([np.nan, np.nan] if setup is None else [setup.sdd_mm, setup.sdd_mm - setup.table_detector_mm])


def regressed(truth: Sums, given_truth: Given, of: Sums, given: Given) -> Sums:
    """What regressions read of patients of one anatomy source, each fitted on those who show the structure whole.

    Args:
        truth: Training patients.
        given_truth: What is known of them.
        of: Whose volumes and masses are read.
        given: What is known of these.

    Returns:
        The same patients; a structure that too few training patients show is not known of anybody.
    """
    volume, mass = np.full_like(of.volume, np.nan), np.full_like(of.mass, np.nan)
    for c in range(of.volume.shape[1]):
        fit = truth.usable[:, c] & (truth.true_volume[:, c] > 0) & (truth.true_mass[:, c] > 0)
        if fit.sum() <= given.shape[1] + _SPARE:
            continue
        for into, true in ((volume, truth.true_volume), (mass, truth.true_mass)):
            into[:, c] = fit_log_linear(given_truth[fit], true[fit, c][:, None]).predict(given)[:, 0]
    return replace(of, volume=volume, mass=mass, known=of.known & np.isfinite(volume))


def control_scores(train: Seen, test: Seen, *, setup: bool) -> dict[str, dict[str, dict[str, float]]]:
    """The correlations that R0 and R1 reach on test patients: by control, then by source (and "all"), then by name.

    R1 knows the distances where ``setup`` says that the model is told them. A figure is there only where the control
    reads nearly all that the model reads.
    """
    found = {}
    for name, control in (("R0", "R0"), ("R1", R1_SETUP if setup else "R1")):
        read = _read_by_control(train, test, control)
        enough = {
            source
            for source, rows in by_source(test.sums).items()
            if read.usable[rows].sum() >= NEARLY_ALL * test.sums.usable[rows].sum() > 0
        }
        figures = {source: _correlations(each) for source, each in score(read).items() if source in enough}
        if figures:
            found[name] = figures
    return found


def _read_by_control(train: Seen, test: Seen, control: str) -> Sums:
    """Test patients as a control reads them; those of whom its facts are not known have no structure that is."""
    volume, mass = np.full_like(test.sums.volume, np.nan), np.full_like(test.sums.mass, np.nan)
    for source in sorted(set(test.sums.sources)):
        taught, asked = (np.array([each == source for each in seen.sums.sources]) for seen in (train, test))
        given_taught, given = train.facts.given(control)[taught], test.facts.given(control)[asked]
        columns = _mostly_known(given_taught)
        if control != "R0" and not columns[train.facts.sizes.shape[1] :].all():
            continue  # without the person it would be R0 again
        given_taught, given = given_taught[:, columns], given[:, columns]
        fit = np.isfinite(given_taught).all(axis=1)
        read = regressed(train.sums.of(taught).of(fit), given_taught[fit], test.sums.of(asked), given)
        volume[asked], mass[asked] = read.volume, read.mass
    return replace(test.sums, volume=volume, mass=mass, known=test.sums.known & np.isfinite(volume))


def partial_scores(test: Seen, *, setup: bool) -> dict[str, dict[str, float]]:
    """What is left of the correlations given R1, within each sex and source; nothing where the person is not known."""
    given = test.facts.beside_sex(R1_SETUP if setup else "R1")
    columns = _mostly_known(given)
    known = np.isfinite(np.column_stack([given[:, columns], test.facts.person])).all(axis=1)
    if not columns[test.facts.sizes.shape[1] :].all() or known.mean() < NEARLY_ALL:
        return {}
    strata = np.unique([test.sums.sources, test.facts.person[:, 0].astype(str)], axis=1, return_inverse=True)[1].ravel()
    figures = {}
    for source, rows in by_source(test.sums).items():
        rows = rows & known
        figures[source] = _partials(test.sums.of(rows), given[rows][:, columns], strata[rows])
    return figures


def _partials(sums: Sums, given: Given, strata: ndarray) -> dict[str, float]:
    def mean(predicted: Table, true: Table, channels: list[int]) -> float:
        each = [
            partial_correlation(predicted[rows, c], true[rows, c], given[rows], strata[rows])
            for c, rows in ((c, sums.usable[:, c]) for c in channels)
            if rows.any()
        ]
        finite = [value for value in each if np.isfinite(value)]
        return float(np.mean(finite)) if finite else float("nan")

    volume = mean(sums.volume, sums.true_volume, WHOLE_MUSCLES)
    lean_mass = mean(sums.mass, sums.true_mass, WHOLE_MUSCLES)
    return {
        "muscle_partial_pcc": (volume + lean_mass) / 2,
        "muscle_volume_partial_pcc": volume,
        "muscle_lean_mass_partial_pcc": lean_mass,
        "muscle_lean_fraction_partial_pcc": mean(
            lean_fraction(sums.mass, sums.volume), lean_fraction(sums.true_mass, sums.true_volume), WHOLE_MUSCLES
        ),
        "bone_mass_partial_pcc": mean(sums.mass, sums.true_mass, BONES),
    }


def _correlations(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if name.endswith("_pcc")}


def _mostly_known(given: Given) -> Bool[ndarray, " predictors"]:
    known: Bool[ndarray, " predictors"] = np.isfinite(given).mean(axis=0) >= NEARLY_ALL
    return known
