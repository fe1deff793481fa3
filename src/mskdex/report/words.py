"""Figures and codes in words for people."""

from collections.abc import Mapping
from typing import Any

from mskdex.anatomy import Quantity
from mskdex.codes import Missing
from mskdex.codes import Remark
from mskdex.result import Measurement
from mskdex.result import Status

STATUS = {
    Status.MEASURED: "Measured",
    Status.MEASURED_WITH_FLAGS: "Measured, with remarks",
    Status.REFUSED: "Not measured",
}
REASONS: dict[str, str] = {Missing.OUT_OF_VIEW: "out of view", Missing.NOT_FOUND: "not found", Missing.METAL: "metal"}
REMARKS: dict[str, str] = {
    Remark.WITHIN_VIEW: "within view only",
    Remark.OUTSIDE_TRAINING_RANGE: "outside training range",
    Remark.METAL: "metal on this side",
    Remark.NOT_CALIBRATED: "no calibrated interval",
}
SIDES = {
    True: "The patient's right is on the left",
    False: "The file states another view or orientation than that of an AP radiograph: right and left may be exchanged",
}
"""What a picture says of its sides, by whether they are where they should be."""
QUANTITIES = {
    Quantity.VOLUME: "Volume",
    Quantity.LEAN_MASS: "Lean mass",
    Quantity.LEAN_FRACTION: "Lean fraction",
    Quantity.BONE_MASS: "Bone mass",
}
UNITS = {"cm3": "cm³", "g": "g", "1": "%"}
FACTS = {
    "spacing_mm": "Pixel spacing, mm",
    "spacing_source": "Spacing from",
    "sdd_mm": "Source to detector, mm",
    "table_detector_mm": "Table to detector, mm",
    "kind": "File",
    "bits": "Bits per pixel",
    "kvp": "Tube voltage, kV",
    "view": "View, as named",
    "laterality": "Side, as named",
    "age_years": "Age, years",
    "sex": "Sex",
}
"""What the page says about the image, in this order; ``measurements.json`` has the rest."""
_PEOPLE = {"female": "woman", "male": "man"}
_PERSON_UNITS = {"age_years": "years", "height_cm": "cm", "weight_kg": "kg"}


def person(facts: Mapping[str, Any] | None) -> str:
    """ "woman, 72 years, 158 cm, 51 kg": what the model was told of the patient."""
    if facts is None:
        return "nothing of the patient"
    numbers = (f"{facts[name]:g} {unit}" for name, unit in _PERSON_UNITS.items())
    return ", ".join([_PEOPLE[facts["sex"]], *numbers])


def setup(facts: Mapping[str, Any] | None) -> str:
    """ "source 1150 mm and table 60 mm from the detector": what the model was told of how the radiograph was taken."""
    if facts is None:
        return "nothing of source and table, so that magnification is guessed"
    source, table = (f"{facts[name]:.0f} mm" for name in ("sdd_mm", "table_detector_mm"))
    return f"source {source} and table {table} from the detector"


def plain(code: str) -> str:
    """A code as words, where it has no better ones."""
    return code.replace("_", " ")


def figure(value: float, unit: str) -> str:
    """A value as it is read: fractions in percent, and no more digits than the method could ever mean."""
    if unit == "1":
        return f"{100 * value:.0f}"
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}"


def is_doubtful(one: Measurement) -> bool:
    """Whether a figure is there but must not be read without its remark."""
    return bool({Remark.OUTSIDE_TRAINING_RANGE, Remark.METAL} & set(one.flags))


def interval(one: Measurement) -> str:
    """ "265-309", or nothing where there is none."""
    if one.lower is None or one.upper is None:
        return ""
    return f"{figure(one.lower, one.unit)}–{figure(one.upper, one.unit)}"  # noqa: RUF001 - an en dash, as figures have it


def asymmetry_percent(right: Measurement | None, left: Measurement | None) -> float | None:
    """Right less left in percent of their mean; None where a side is missing."""
    if right is None or left is None or right.value is None or left.value is None:
        return None
    mean = (right.value + left.value) / 2
    return 100 * (right.value - left.value) / mean if mean > 0 else None


def intervals_apart(right: Measurement, left: Measurement) -> bool:
    """Whether the two sides' intervals leave no value in common."""
    ends = (right.lower, right.upper, left.lower, left.upper)
    if any(end is None for end in ends):
        return False
    return bool(right.lower > left.upper or left.lower > right.upper)  # type: ignore[operator]
