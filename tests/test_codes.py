"""Every code is defined once, is in use, and stands in docs/flags.md with what it means."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

import mskdex
from mskdex.codes import FlagCode
from mskdex.codes import Missing
from mskdex.codes import Refusal
from mskdex.codes import Remark

PAGE = Path(__file__).parents[1] / "docs" / "flags.md"
SOURCES = [path for path in Path(mskdex.__file__).parent.rglob("*.py") if path.name != "codes.py"]
TABLES = {
    "Refusals": Refusal,
    "Flags of a case": FlagCode,
    "Why a figure is empty": Missing,
    "Flags of a figure": Remark,
}


@pytest.mark.parametrize(("heading", "codes"), TABLES.items(), ids=TABLES)
def test_the_page_shows_every_code(heading: str, codes: type[StrEnum]) -> None:
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{code}` | {code.meaning} |" for code in codes]  # type: ignore[attr-defined]


@pytest.mark.parametrize("codes", TABLES.values(), ids=TABLES)
def test_every_code_is_in_use(codes: type[StrEnum]) -> None:
    text = "\n".join(path.read_text() for path in SOURCES)
    assert [code for code in codes if f"{codes.__name__}.{code.name}" not in text] == []


def test_no_code_is_written_out_where_it_is_used() -> None:
    literal = re.compile(r"""\b(?:ImageRefused|[fF]lag)\(\s*["']""")
    assert [path.name for path in SOURCES if literal.search(path.read_text())] == []


def test_a_code_is_found_by_its_word() -> None:
    assert Refusal("truncated") is Refusal.TRUNCATED
    assert f"{FlagCode.LOSSY}" == "lossy"
