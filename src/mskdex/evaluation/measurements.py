"""Reading measurement tables: the CSV that ``predict`` writes, or a truth with the same first columns."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mskdex.anatomy import BY_NAME
from mskdex.anatomy import PELVIS
from mskdex.anatomy import PELVIS_PARTS
from mskdex.anatomy import UNITS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.errors import UsageError

REQUIRED_COLUMNS = ("case", "structure", "side", "quantity", "value", "unit")


class Target(NamedTuple):
    """What is compared: a quantity of a structure on a side."""

    structure: str
    side: Side
    quantity: Quantity


Table = dict[Target, dict[str, float]]
"""target -> case -> value, in the unit of the quantity. What was not measured is not in it."""


def read_measurements(path: Path) -> Table:
    """The values of a measurements CSV. Pelvis rows are added where the parts are there and the pelvis is not.

    Raises UsageError, naming line and column, for a table that is not one: nothing is guessed.
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
    try:
        target = Target(row["structure"] or "", Side(row["side"] or ""), Quantity(row["quantity"] or ""))
        value = float(row["value"] or "nan")
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error
    if target.structure not in BY_NAME and target.structure != PELVIS:
        raise UsageError(f"{where}: no structure of this name; `mskdex info` lists them")
    if row["unit"] != UNITS[target.quantity]:
        raise UsageError(f"{where}: {target.quantity} is in {UNITS[target.quantity]}, not in {row['unit']!r}")
    cases = table.setdefault(target, {})
    case = row["case"] or ""
    if case in cases:
        raise UsageError(f"{where}: a second value for the same case, structure, side and quantity")
    if math.isfinite(value):
        cases[case] = value


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


def read_subjects(path: Path) -> dict[str, dict[str, str]]:
    """Subjects by id: a CSV whose first named column is ``case`` or ``id``."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            key = next((name for name in ("case", "id") if name in (reader.fieldnames or ())), None)
            if key is None:
                raise UsageError(f"{path.name}: no column case or id")
            subjects: dict[str, dict[str, str]] = {}
            for row in reader:
                if row[key] in subjects:
                    raise UsageError(f"{path.name}, line {reader.line_num}: a second row for the same {key}")
                subjects[row[key]] = row
            return subjects
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} cannot be read as a CSV table: {type(error).__name__}") from error
