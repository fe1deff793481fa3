"""``--subjects``: a table of who the patients are, read strictly, because the model leans on it."""

import csv
import math
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mskdex.errors import UsageError
from mskdex.images.header import OLDEST_TOLD_YEARS
from mskdex.model.person import POSSIBLE
from mskdex.model.person import SEX_WORDS
from mskdex.model.person import PersonFacts
from mskdex.model.person import Sex

KEYS = ("case", "id", "radiograph")

_NUMBERS = {"age": "age_years", "height_cm": "height_cm", "weight_kg": "weight_kg"}
"""Columns, and the facts that they hold."""
_COLUMNS = ("sex", *_NUMBERS)
_IMAGE_SUFFIXES = {".dcm", ".dicom", ".ima", ".png", ".jpg", ".jpeg", ".tif", ".tiff"}


@dataclass(frozen=True)
class TableRow:
    """One patient of the table.

    Attributes:
        where: Which line, for messages.
        names: What the row calls its image, by column: ``case``, ``id`` or ``radiograph``.
        person: All four facts, or None.
        age_years: Known even where another fact is not: children are refused by it.
    """

    where: str
    names: dict[str, str]
    person: PersonFacts | None
    age_years: float | None

    def belongs_to(self, case: str, path: Path) -> bool:
        """Whether every name that the row gives is one of this image's."""
        own = {"case": {case}, "id": {path.name, _stem(path)}, "radiograph": set(_tails(path))}
        return bool(self.names) and all(name in own[key] for key, name in self.names.items())


def read_table(path: Path, *, numbered: bool = False) -> list[TableRow]:
    """The rows of a table with one of the columns case, id and radiograph, and with sex, age, height_cm and weight_kg.

    Empty cells are unknown facts.

    Args:
        path: The table.
        numbered: Whether cases are called by number. The next run, with a file more, numbers them otherwise: a row that
            says no more than a number could tell one patient's facts for another.

    Raises:
        UsageError: it cannot be read, lacks a column, or a cell says what cannot be.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip().lower() for name in next(lines, [])]
            _check_header(header, path.name)
            rows = [_row(header, cells, f"{path.name}, line {lines.line_num}") for cells in lines if any(cells)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} cannot be read as a CSV table: {type(error).__name__}") from error
    if vague := [row.where for row in rows if numbered and set(row.names) == {"case"}]:
        raise UsageError(
            f"{vague[0]}: a case's number alone names no image, as it changes when files are added; "
            "name the radiograph, or call cases by --ids stem"
        )
    return rows


def assign(rows: Sequence[TableRow], images: Sequence[tuple[str, Path]]) -> list[TableRow | None]:
    """The row of each image (case, path), or None where the table says nothing of it.

    Raises:
        UsageError: a row fits several images, or an image several rows; whose facts are whose must be beyond doubt.
    """
    found: list[TableRow | None] = [None] * len(images)
    by_name: dict[str, list[int]] = {}
    for number, (case, path) in enumerate(images):
        for name in {case, path.name, _stem(path)}:
            by_name.setdefault(name, []).append(number)
    for row in rows:
        alike = by_name.get(Path(next(iter(row.names.values()), "")).name, [])
        fitting = [number for number in alike if row.belongs_to(*images[number])]
        if len(fitting) > 1:
            raise UsageError(f"{row.where}: {len(fitting)} images bear this name; name the radiograph with its folder")
        for number in fitting:
            earlier = found[number]
            if earlier is not None:
                raise UsageError(f"{row.where}: speaks of the same image as {earlier.where}")
            found[number] = row
    if not any(found):
        raise UsageError("no row of the subjects' table belongs to any of the images, by case, id or radiograph")
    return found


def _check_header(header: list[str], table: str) -> None:
    if not set(header) & set(KEYS):
        raise UsageError(f"{table} needs one of the columns {', '.join(KEYS)}")
    if missing := [name for name in _COLUMNS if name not in header]:
        raise UsageError(f"{table} needs the column {missing[0]} (a cell may be empty where it is not known)")
    if twice := [name for name in (*KEYS, *_COLUMNS) if header.count(name) > 1]:
        raise UsageError(f"{table} has the column {twice[0]} twice")


def _row(header: list[str], cells: list[str], where: str) -> TableRow:
    if len(cells) != len(header):
        raise UsageError(f"{where}: has {len(cells)} cells, the header {len(header)}")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    sex = read_sex(row["sex"], where)
    age, height, weight = (_number(row[column], column, where) for column in _NUMBERS)
    names = {key: row[key].replace("\\", "/").removeprefix("./") for key in KEYS if row.get(key)}
    if sex is None or age is None or height is None or weight is None:
        return TableRow(where, names, None, age)
    return TableRow(where, names, PersonFacts(sex, float(min(age, OLDEST_TOLD_YEARS)), height, weight), age)


def _number(text: str, column: str, where: str) -> float | None:
    if not text:
        return None
    low, high = POSSIBLE[_NUMBERS[column]]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise UsageError(f"{where}: {column} is a number from {low:g} to {high:g}")
    return value


def read_sex(text: str, where: str) -> Sex | None:
    """What a cell says of a sex; None if it is empty.

    Raises:
        UsageError: it says something else, at ``where``.
    """
    if not text:
        return None
    if text.lower() not in SEX_WORDS:
        raise UsageError(f"{where}: sex is female or male, or empty where it is neither or unknown")
    return SEX_WORDS[text.lower()]


def _tails(path: Path) -> Iterator[str]:
    """The path in every length: the name alone, with its folder, and so on."""
    yield from ("/".join(path.parts[-length:]) for length in range(1, len(path.parts) + 1))
    yield str(path)


def _stem(path: Path) -> str:
    """The name less an image's suffix; dots in a name without one, as UIDs have them, cut nothing off."""
    return path.stem if path.suffix.lower() in _IMAGE_SUFFIXES else path.name
