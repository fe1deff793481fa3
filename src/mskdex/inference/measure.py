"""Maps become measurements: sums with intervals, and null with a reason where there is nothing honest to say."""

from collections.abc import Iterator

import numpy as np

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import PELVIS
from mskdex.anatomy import PELVIS_PARTS
from mskdex.anatomy import PELVIS_QUANTITIES
from mskdex.anatomy import UNITS
from mskdex.anatomy import Label
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.anatomy import Tissue
from mskdex.anatomy import View
from mskdex.codes import Missing
from mskdex.codes import Remark
from mskdex.inference.gate import Likeness
from mskdex.inference.maps import Maps
from mskdex.inference.maps import share_beyond_view
from mskdex.model.card import Card
from mskdex.model.card import Interval
from mskdex.model.told import Knowing
from mskdex.physics import MUSCLE_DENSITY
from mskdex.result import Measurement

OUT_OF_VIEW_SHARE = 0.02
"""A structure that should be wholly in view and has more of its volume than this beyond the field, or in the outermost
map pixels (6 mm) inside it, runs on where nobody looked."""

JOINT = ("hip_bone", "femur")
"""What a prosthesis takes the place of: with metal on a side, the rest of these bones is no figure that anybody asked
for, and the model was never taught it."""

SMALLEST_CM3 = 1.0
"""Less than this of any structure means that it was not found; the smallest, obturator internus of a small woman, has
some 20 cm3."""

_DECIMALS = {"cm3": 2, "g": 2, "1": 4}


def measure(
    maps: Maps, card: Card, found: Likeness, metal: frozenset[Side] = frozenset(), knowing: Knowing = Knowing.IMAGE
) -> tuple[Measurement, ...]:
    """A measurement for every structure, side and quantity, the pelvis last.

    Args:
        maps: The network's maps of the radiograph.
        card: The model's, for the intervals.
        found: What the gate saw.
        metal: Sides with metal in the joint: no bone there is measured, and the muscles are flagged.
        knowing: What the network was told beside the image; its intervals follow.
    """
    beyond = share_beyond_view(maps)
    volume_cm3, mass_g = maps.volume_cm3, maps.mass_g
    measured = []
    for label in MEASURED_LABELS:
        channel = label.channel
        flags = _flags(label, found.within_range[channel], metal)
        reason = _reason(label, volume_cm3[channel], beyond[channel], metal)
        for quantity, value in values_of(label, float(volume_cm3[channel]), float(mass_g[channel])):
            calibrated = card.interval(label.name, quantity, knowing)
            measured.append(_measurement(label, quantity, None if reason else value, reason, calibrated, flags))
    return (*measured, *_pelvis(measured, card, knowing))


def unmeasured(reason: str) -> tuple[Measurement, ...]:
    """Every row of a refused radiograph: null, with the refusal's code as the reason."""
    sided = [(label.structure.name, label.side, label.structure.quantities) for label in MEASURED_LABELS]
    sided.append((PELVIS, Side.MIDLINE, PELVIS_QUANTITIES))
    return tuple(
        Measurement(name, side, quantity, UNITS[quantity], None, reason=reason)
        for name, side, quantities in sided
        for quantity in quantities
    )


def values_of(label: Label, volume_cm3: float, mass_g: float) -> Iterator[tuple[Quantity, float]]:
    """A structure's quantities from its volume (cm3) and its lean or bone mass (g), each in its own unit."""
    yield Quantity.VOLUME, volume_cm3
    if label.structure.tissue is Tissue.BONE:
        yield Quantity.BONE_MASS, mass_g
        return
    yield Quantity.LEAN_MASS, mass_g
    whole = MUSCLE_DENSITY * volume_cm3
    yield Quantity.LEAN_FRACTION, float(np.clip(mass_g / whole, 0.0, 1.0)) if whole > 0 else 0.0


def _reason(label: Label, volume_cm3: float, beyond: float, metal: frozenset[Side]) -> Missing | None:
    if label.structure.name in JOINT and label.side in metal:
        return Missing.METAL
    if not volume_cm3 >= SMALLEST_CM3:
        return Missing.NOT_FOUND
    if label.structure.view is View.WHOLE and beyond > OUT_OF_VIEW_SHARE:
        return Missing.OUT_OF_VIEW
    return None


def _flags(label: Label, within_range: bool, metal: frozenset[Side]) -> tuple[str, ...]:
    return tuple(
        code
        for code, raised in (
            (Remark.WITHIN_VIEW, label.structure.view is View.WITHIN_VIEW),
            (Remark.OUTSIDE_TRAINING_RANGE, not within_range),
            (Remark.METAL, label.side in metal),
        )
        if raised
    )


def _measurement(
    label: Label,
    quantity: Quantity,
    value: float | None,
    reason: str | None,
    calibrated: Interval | None,
    flags: tuple[str, ...],
) -> Measurement:
    unit, name = UNITS[quantity], label.structure.name
    if value is None:
        return Measurement(name, label.side, quantity, unit, None, reason=reason, flags=flags)
    ends = _ends(value, quantity, calibrated)
    return Measurement(name, label.side, quantity, unit, _rounded(value, unit), *ends, flags=flags)


def _ends(
    value: float, quantity: Quantity, calibrated: Interval | None
) -> tuple[float | None, float | None, float | None]:
    """Lower end, upper end, level; None where nothing was calibrated."""
    if calibrated is None:
        return None, None, None
    unit, ceiling = UNITS[quantity], 1.0 if quantity is Quantity.LEAN_FRACTION else np.inf
    lower, upper = calibrated.low * value, min(calibrated.high * value, ceiling)
    return _rounded(lower, unit), _rounded(upper, unit), calibrated.level


def _pelvis(measured: list[Measurement], card: Card, knowing: Knowing) -> Iterator[Measurement]:
    """Both hip bones and the sacrum added up. Without an interval of its own theirs are added up too, as if all erred
    together, and a remark says so: their level is not that of the sum."""
    for quantity in PELVIS_QUANTITIES:
        parts = [
            one
            for one in measured
            if one.quantity is quantity
            and (one.structure if one.side is Side.MIDLINE else f"{one.structure}_{one.side}") in PELVIS_PARTS
        ]
        flags = tuple(dict.fromkeys(flag for part in parts for flag in part.flags))
        unit = UNITS[quantity]
        reason = next((part.reason for part in parts if part.reason), None)
        if reason:
            yield Measurement(PELVIS, Side.MIDLINE, quantity, unit, None, reason=reason, flags=flags)
            continue
        value, lower, upper = (
            _sum([getattr(part, name) for part in parts], unit) for name in ("value", "lower", "upper")
        )
        level = parts[0].level if lower is not None else None
        calibrated = card.interval(PELVIS, quantity, knowing)
        if calibrated is not None and value is not None:
            lower, upper, level = _ends(value, quantity, calibrated)
        elif lower is not None:
            flags = (*flags, Remark.NOT_CALIBRATED)
        yield Measurement(PELVIS, Side.MIDLINE, quantity, unit, value, lower, upper, level, flags=flags)


def _sum(values: list[float | None], unit: str) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(sum(known), unit) if len(known) == len(values) else None


def _rounded(value: float, unit: str) -> float:
    return round(float(value), _DECIMALS[unit])
