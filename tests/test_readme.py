"""What README tells a reader to type works in the order in which it stands there."""

import re
import shlex
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from mskdex.cohort.folds import stored_split
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Split
from mskdex.training.factors import FEWEST
from mskdex.training.factors import second_half

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "training.md"]

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def commands(page: Path, verb: str) -> list[list[str]]:
    """The words of every ``mskdex VERB`` in the page's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.S)
    parts = [part for line in "".join(blocks).splitlines() for part in line.partition("#")[0].split("&&")]
    return [words for words in map(shlex.split, parts) if words[:2] == ["mskdex", verb]]


def option(words: list[str], *names: str) -> str:
    return next(after for word, after in pairwise(words) if word in names)


@every_page
@pytest.mark.parametrize("verb", ["predict", "simulate", "evaluate"])
def test_no_line_writes_where_another_wrote(page: Path, verb: str) -> None:
    counts = Counter(option(words, "--output", "-o") for words in commands(page, verb))
    assert [name for name, count in counts.items() if count > 1] == []


@every_page
def test_the_cohort_that_is_trained_on_has_enough_patients_of_every_split(page: Path) -> None:
    (words,) = (words for words in commands(page, "simulate") if "cohort" in words)
    plan = VirtualPlan(count=int(option(words, "--count")))
    templates = [f"builtin-{'fm'[group % 2]}-{group:03d}" for group in map(plan.group, range(plan.count))]
    held = [template for template in templates if stored_split(template) is Split.VALIDATION]
    second = sum(template in second_half(held) for template in held)
    # One in twenty has an implant, and so no figures of some bones.
    assert min(second, len(held) - second) >= 1.1 * FEWEST
    assert Split.TEST in map(stored_split, templates)
