"""``report.html``: one self-contained page, without scripts, that a clinician reads at a glance."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment
from jinja2 import PackageLoader
from jinja2 import StrictUndefined
from jinja2 import Template
from markupsafe import Markup

from mskdex.anatomy import BONES
from mskdex.anatomy import MUSCLES
from mskdex.anatomy import PELVIS
from mskdex.anatomy import STRUCTURES
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.anatomy import Structure
from mskdex.anatomy import View
from mskdex.codes import FlagCode
from mskdex.codes import Remark
from mskdex.model.card import Card
from mskdex.model.told import Knowing
from mskdex.report import about
from mskdex.report import words
from mskdex.report.pictures import Pictures
from mskdex.result import CaseResult
from mskdex.result import Measurement
from mskdex.result import Status

HIGHLIGHTS = (
    ("gluteus_maximus", Quantity.LEAN_MASS),
    ("gluteus_medius", Quantity.LEAN_MASS),
    ("iliacus", Quantity.VOLUME),
    ("hip_bone", Quantity.BONE_MASS),
)
_MUSCLE_QUANTITIES = (Quantity.VOLUME, Quantity.LEAN_MASS, Quantity.LEAN_FRACTION)
_BONE_QUANTITIES = (Quantity.VOLUME, Quantity.BONE_MASS)


@dataclass(frozen=True)
class Cell:
    """One figure of a table: what is read, its interval, or the reason why there is none."""

    text: str
    interval: str = ""
    missing: bool = False
    doubtful: bool = False


@dataclass(frozen=True)
class Pair:
    """A quantity on both sides, or in the middle; the asymmetry names the larger side."""

    title: str
    unit: str
    cells: tuple[Cell, ...]
    asymmetry: str = ""
    apart: bool = False


@dataclass(frozen=True)
class Line:
    """A structure's line in a table, its picture, and the remarks on it."""

    name: str
    title: str
    colour: str
    paired: bool
    within_view: bool
    remarks: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Bar:
    """A side of a highlight, drawn to scale: 0..100 of the larger side's upper end."""

    side: str
    text: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Highlight:
    """A structure that is looked at first."""

    title: str
    quantity: str
    unit: str
    colour: str
    bars: tuple[Bar, ...]


def render(result: CaseResult, card: Card, pictures: Pictures | None) -> bytes:
    """The page, UTF-8.

    Args:
        result: The case.
        card: The model's: what it is, what it was trained on, its limits.
        pictures: None for a radiograph that was refused.
    """
    style = _template("report.css").render(structures=STRUCTURES)
    knowing = Knowing.of(person=result.person is not None, setup=result.setup is not None)
    by_key = {(one.structure, one.side, one.quantity): one for one in result.measurements}
    stated = {flag.code for flag in result.flags}
    hangs_right = not stated & {FlagCode.ORIENTATION_DIFFERS, FlagCode.VIEW_DIFFERS}
    page = _template("report.html").render(
        result=result,
        refused=result.status is Status.REFUSED,
        status=words.STATUS[result.status],
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        pictures=pictures,
        highlights=_highlights(by_key),
        muscles=[_line(structure, by_key, _MUSCLE_QUANTITIES) for structure in MUSCLES],
        bones=[*(_line(structure, by_key, _BONE_QUANTITIES) for structure in BONES), _pelvis(by_key)],
        level=_level(result),
        marked=sum(one.value is None or words.is_doubtful(one) for one in result.measurements),
        facts=_facts(result.image),
        hangs_right=hangs_right,
        sides=words.SIDES[hangs_right],
        told=(words.person(result.person), words.setup(result.setup)),
        card=card,
        patients=about.patients(card),
        results=about.results(card, knowing),
        has_control=about.WITHOUT_IMAGE in card.reading().controls,
        knowing=knowing,
    )
    return page.encode()


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("mskdex.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


_Figures = Mapping[tuple[str, Side, Quantity], Measurement]


def _line(structure: Structure, figures: _Figures, quantities: tuple[Quantity, ...]) -> Line:
    sides = (Side.RIGHT, Side.LEFT) if structure.paired else (Side.MIDLINE,)
    pairs = tuple(
        _pair([figures.get((structure.name, side, quantity)) for side in sides], quantity) for quantity in quantities
    )
    return Line(
        name=structure.name,
        title=structure.display_name,
        colour=structure.colour,
        paired=structure.paired,
        within_view=structure.view is View.WITHIN_VIEW,
        remarks=_remarks(structure.name, figures),
        pairs=pairs,
    )


def _pelvis(figures: _Figures) -> Line:
    pairs = tuple(_pair([figures.get((PELVIS, Side.MIDLINE, quantity))], quantity) for quantity in _BONE_QUANTITIES)
    return Line(PELVIS, "Pelvis (hip bones and sacrum)", "", False, False, _remarks(PELVIS, figures), pairs)


def _remarks(name: str, figures: _Figures) -> tuple[str, ...]:
    """What is said of some side of a structure, with the side where it is said of one only."""
    sides: dict[str, list[Side]] = {}
    for (structure, side, _), one in figures.items():
        for flag in one.flags if structure == name else ():
            if flag != Remark.WITHIN_VIEW and side not in sides.setdefault(flag, []):
                sides[flag].append(side)
    return tuple(
        words.REMARKS.get(flag, words.plain(flag)) + (f" ({found[0]})" if len(found) == 1 and name != PELVIS else "")
        for flag, found in sides.items()
    )


def _pair(found: list[Measurement | None], quantity: Quantity) -> Pair:
    unit = words.UNITS[found[0].unit] if found[0] else ""
    cells = tuple(_cell(one) for one in found)
    if len(found) == 1 or quantity is Quantity.LEAN_FRACTION:
        return Pair(words.QUANTITIES[quantity], unit, cells)
    percent = words.asymmetry_percent(*found)
    right, left = found
    if percent is None or right is None or left is None:
        return Pair(words.QUANTITIES[quantity], unit, cells)
    larger = "even" if abs(percent) < 0.5 else f"{'R' if percent > 0 else 'L'} +{abs(percent):.0f} %"
    return Pair(words.QUANTITIES[quantity], unit, cells, larger, words.intervals_apart(right, left))


def _cell(one: Measurement | None) -> Cell:
    if one is None or one.value is None:
        reason = (one.reason if one else None) or "not measured"
        return Cell(words.REASONS.get(reason, words.plain(reason)), missing=True)
    return Cell(words.figure(one.value, one.unit), words.interval(one), doubtful=words.is_doubtful(one))


def _highlights(figures: _Figures) -> list[Highlight]:
    highlights = []
    for structure in (each for each in STRUCTURES for name, _ in HIGHLIGHTS if each.name == name):
        quantity = dict(HIGHLIGHTS)[structure.name]
        sides = [figures.get((structure.name, side, quantity)) for side in (Side.RIGHT, Side.LEFT)]
        most = max((one.upper or one.value for one in sides if one and one.value), default=0.0)
        if most > 0:
            bars = tuple(_bar(one, most) for one in sides if one)
            unit = words.UNITS["cm3" if quantity is Quantity.VOLUME else "g"]
            title = words.QUANTITIES[quantity].lower()
            highlights.append(Highlight(structure.display_name, title, unit, structure.colour, bars))
    return highlights


def _bar(one: Measurement, most: float) -> Bar:
    if one.value is None:
        return Bar(one.side[0].upper(), _cell(one).text, 0.0, 0.0, 0.0)
    ends = (one.value, one.lower if one.lower is not None else one.value, one.upper or one.value)
    value, lower, upper = (round(100 * end / most, 1) for end in ends)
    return Bar(one.side[0].upper(), words.figure(one.value, one.unit), value, lower, upper)


def _level(result: CaseResult) -> str:
    levels = {one.level for one in result.measurements if one.level is not None}
    return f"{100 * min(levels):.0f} %" if levels else ""


def _facts(image: Mapping[str, Any]) -> list[tuple[str, str]]:
    known = {name: str(value) for name, value in image.items() if isinstance(value, str | int | float)}
    size = [("Size, pixels", f"{known['rows']} x {known['columns']}")] if {"rows", "columns"} <= known.keys() else []
    shown = ((title, known[name]) for name, title in words.FACTS.items() if name in known)
    return [*size, *((title, words.plain(text)) for title, text in shown)]
