"""Response: a perfect reader follows every change, one that never looks follows none."""

import numpy as np
import pytest

from accuracy_cases import WHOLE
from response import CHANGES
from response import FATTIER
from response import ONE_SIDED
from response import WASTED
from response import Change
from response import Readings
from response import _row

FACTORS = dict.fromkeys(CHANGES, WASTED) | {"the right side's": ONE_SIDED, "lean fraction of all": 1.0}


def _pairs(name: str, change: Change, follows: float, spills: float) -> list[tuple[Readings, Readings]]:
    """Of five patients, each shown but for one muscle: ``follows`` of a change is read, elsewhere ``spills`` of it."""
    rng = np.random.default_rng(0)
    changed = np.array([label in change.labels for label in WHOLE])
    true_change = np.where(changed, np.log(FACTORS[name]), 0.0)
    read_change = np.where(changed, follows, spills) * np.log(FACTORS[name])
    fatter = follows * FATTIER if change.fraction else 0.0
    pairs = []
    for patient in range(5):
        true, read = rng.normal(5, 1, len(WHOLE)), rng.normal(5, 1, (2, len(WHOLE)))
        shown = np.arange(len(WHOLE)) != 2 * patient + 1
        before = Readings(read, np.full_like(read, 0.8), true, shown)
        pairs.append(
            (before, Readings(read + read_change, np.full_like(read, 0.8 - fatter), true + true_change, shown))
        )
    return pairs


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(("follows", "spills"), [(1.0, 0.0), (0.0, 0.0), (0.4, 0.3)])
def test_what_is_followed_is_found(name: str, follows: float, spills: float) -> None:
    change = CHANGES[name]
    for way in range(2):
        row = _row(_pairs(name, change, follows, spills), change, way)
        assert row["response"] == pytest.approx(follows, abs=1e-3)
        assert row["response_95"] == pytest.approx([follows, follows], abs=1e-3)
        everything = change.labels == CHANGES["all muscles"].labels
        assert ("others" not in row) if everything else (row["others"] == pytest.approx(spills, abs=1e-3))


def test_every_change_is_one() -> None:
    assert {name for name, change in CHANGES.items() if change.fraction} == {"lean fraction of all"}
    alone = [change for name, change in CHANGES.items() if name.endswith(" alone")]
    assert len(alone) == len(WHOLE) / 2
    assert all(len(change.labels) == 1 for change in alone)


def test_a_patient_who_does_not_show_what_changed_says_nothing_of_the_others() -> None:
    name = next(name for name in CHANGES if name.endswith(" alone"))
    change = CHANGES[name]
    pairs = _pairs(name, change, 1.0, 0.0)
    hidden = np.array([label in change.labels for label in WHOLE])
    before, after = pairs[0]
    pairs[0] = (
        before._replace(shown=~hidden),
        after._replace(log_volume=after.log_volume + 0.1, true_log_volume=after.true_log_volume + 0.001 * ~hidden),
    )
    assert _row(pairs, change, 0)["others"] == pytest.approx(0.0, abs=1e-3)
