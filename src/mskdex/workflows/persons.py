"""``--subjects``: a table of who the patients are, read strictly, because the model leans on it."""

import csv
import math
from pathlib import Path

from mskdex.errors import UsageError
from mskdex.model.person import PersonFacts
from mskdex.model.person import Sex

KEYS = ("case", "id", "radiograph")
_NUMBERS = {
    # column: fact, and what any human being may be; outside it the unit or the column is wrong
    "age": ("age_years", 0.0, 130.0),
    "height_cm": ("height_cm", 40.0, 260.0),
    "weight_kg": ("weight_kg", 2.0, 500.0),
}
_SEXES: dict[str, Sex] = {"f": "female", "female": "female", "m": "male", "male": "male"}


def read_persons(path: Path) -> dict[str, PersonFacts]:
    """Patients by every name that a row gives them: a case, an id, the name of a radiograph's file.

    The table needs a column of these names and one or more of sex, age, height_cm and weight_kg; an empty cell is an
    unknown fact.

    Raises:
        UsageError: it cannot be read, a cell says what cannot be, or one name stands for two persons.
    """
    persons: dict[str, PersonFacts] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            if not columns & set(KEYS) or not columns & {"sex", *_NUMBERS}:
                raise UsageError(
                    f"{path.name} needs one of the columns {', '.join(KEYS)}, and one of sex, {', '.join(_NUMBERS)}"
                )
            for row in reader:
                _add(persons, row, f"{path.name}, line {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} cannot be read as a CSV table: {type(error).__name__}") from error
    return persons


def _add(persons: dict[str, PersonFacts], row: dict[str, str | None], where: str) -> None:
    numbers = {fact: _number(row.get(column), column, where) for column, (fact, _, _) in _NUMBERS.items()}
    person = PersonFacts(sex=_sex(row.get("sex"), where), **numbers)
    if not person.known:
        return
    for name in {Path(row[key] or "").name for key in KEYS if row.get(key)}:
        if persons.setdefault(name, person) != person:
            raise UsageError(f"{where}: this case, id or radiograph stands for another person in an earlier line")


def _number(text: str | None, column: str, where: str) -> float | None:
    if not (text or "").strip():
        return None
    _, low, high = _NUMBERS[column]
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise UsageError(f"{where}: {column} is a number from {low:g} to {high:g}")
    return value


def _sex(text: str | None, where: str) -> Sex | None:
    word = (text or "").strip().lower()
    if not word:
        return None
    if word not in _SEXES:
        raise UsageError(f"{where}: sex is female or male, or empty where it is neither or unknown")
    return _SEXES[word]
