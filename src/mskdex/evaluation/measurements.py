"""Reading measurement tables: the CSV that ``predict`` writes, or a truth with the same first columns."""

import csv
import math
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from typing import TypeVar

from mskdex.anatomy import BY_NAME
from mskdex.anatomy import PELVIS
from mskdex.anatomy import PELVIS_PARTS
from mskdex.anatomy import UNITS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.errors import UsageError

REQUIRED_COLUMNS = ("case", "structure", "side", "quantity", "value", "unit")

Word = TypeVar("Word", bound=StrEnum)


class Target(NamedTuple):
    """What is compared: a quantity of a structure on a side."""

    structure: str
    side: Side
    quantity: Quantity


Table = dict[Target, dict[str, float]]
"""target -> case -> value, in the unit of the quantity; NaN where there is a row but nothing was measured."""


def read_measurements(path: Path) -> Table:
    """The values of a measurements CSV. Pelvis rows are added where the parts are there and the pelvis is not.

    Raises UsageError, naming line and column, for a table that is not one: nothing is guessed. No message repeats a
    cell, which may say who somebody is.
    """
    table: Table = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [column for column in REQUIRED_COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise UsageError(f"{path.name}: no column {', '.join(missing)}; needed: {', '.join(REQUIRED_COLUMNS)}")
            for row in reader:
                _add(table, row, f"{path.name}, line {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} cannot be read as a CSV table: {type(error).__name__}") from error
    derive_pelvis(table)
    return table


def _add(table: Table, row: Mapping[str, str | None], where: str) -> None:
    structure = row["structure"] or ""
    if structure not in BY_NAME and structure != PELVIS:
        raise UsageError(f"{where}: structure is one of those that `mskdex info` lists")
    target = Target(structure, _one_of(Side, row, "side", where), _one_of(Quantity, row, "quantity", where))
    if row["unit"] != UNITS[target.quantity]:
        raise UsageError(f"{where}: unit of {target.quantity} is {UNITS[target.quantity]}")
    cases = table.setdefault(target, {})
    case = row["case"] or ""
    if case in cases:
        raise UsageError(f"{where}: a second row for the same case, structure, side and quantity")
    try:
        value = float(row["value"] or "nan")
    except ValueError:
        raise UsageError(f"{where}: value is a number, or empty where nothing was measured") from None
    cases[case] = value if math.isfinite(value) else math.nan


def _one_of(words: type[Word], row: Mapping[str, str | None], column: str, where: str) -> Word:
    try:
        return words(row[column] or "")
    except ValueError:
        raise UsageError(f"{where}: {column} is one of {', '.join(words)}") from None


def measured_in(table: Table) -> Table:
    """The table without what was not measured."""
    return {
        target: {case: value for case, value in cases.items() if math.isfinite(value)}
        for target, cases in table.items()
    }


def cases_in(table: Table) -> set[str]:
    """Every case that the table names, measured or not."""
    return {case for cases in table.values() for case in cases}


def derive_pelvis(table: Table) -> None:
    """Add the pelvis (both hip bones and the sacrum) for every case that has all three parts; in place."""
    for quantity in (Quantity.VOLUME, Quantity.BONE_MASS):
        target = Target(PELVIS, Side.MIDLINE, quantity)
        if target in table:
            continue
        parts = [table.get(_part(name, quantity), {}) for name in PELVIS_PARTS]
        whole = set(parts[0]).intersection(*parts[1:])
        if whole:
            table[target] = {case: sum(part[case] for part in parts) for case in sorted(whole)}


def _part(name: str, quantity: Quantity) -> Target:
    for side in (Side.RIGHT, Side.LEFT):
        if name.endswith(f"_{side}"):
            return Target(name.removesuffix(f"_{side}"), side, quantity)
    return Target(name, Side.MIDLINE, quantity)


class Subject(NamedTuple):
    """A row of a table of subjects: which line, for messages, and its cells by column."""

    where: str
    cells: dict[str, str]


def read_subjects(path: Path) -> dict[str, Subject]:
    """Subjects by id: a CSV whose first named column is ``case`` or ``id``."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            key = next((name for name in ("case", "id") if name in (reader.fieldnames or ())), None)
            if key is None:
                raise UsageError(f"{path.name}: no column case or id")
            subjects: dict[str, Subject] = {}
            for row in reader:
                where = f"{path.name}, line {reader.line_num}"
                if row[key] in subjects:
                    raise UsageError(f"{where}: a second row for the same {key}")
                subjects[row[key]] = Subject(where, row)
            return subjects
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} cannot be read as a CSV table: {type(error).__name__}") from error
