"""The label scheme: foreign ids, the labels they hold, and what follows from that."""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Label
from mskdex.errors import UsageError

LARGEST_CODE = 65535
"""Foreign ids are 1..65535: what a label volume holds as 16-bit integers. 0 is outside in every scheme."""

_NAMES = frozenset(label.name for label in MEASURED_LABELS)


@dataclass(frozen=True)
class LabelScheme:
    """Foreign ids and the names of our muscles and bones (``Label.name``) that each of them holds.

    An id that holds none of ours maps to ``()`` and counts as the rest of the body; ``inexact`` names those of our
    labels whose ids hold more or less than our structure. Raises ``UsageError`` for a scheme that contradicts itself.
    """

    name: str
    source: str
    codes: Mapping[int, tuple[str, ...]]
    inexact: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for code, names in self.codes.items():
            _check_code(code, names)
        _check_groups(self.codes)
        held = {name for names in self.codes.values() for name in names}
        if self.inexact - held:
            raise UsageError(f"calls {_listed(self.inexact - held)} inexact, which none of its codes holds")
        object.__setattr__(self, "codes", dict(self.codes))

    @cached_property
    def merged(self) -> tuple[tuple[Label, ...], ...]:
        """Groups of our labels that the scheme only knows together, in the order of our labels."""
        groups = {frozenset(names) for names in self.codes.values() if len(names) > 1}
        return tuple(sorted((_in_order(group) for group in groups), key=lambda group: group[0].value))

    @cached_property
    def missing(self) -> tuple[Label, ...]:
        """Our muscles and bones that no id of the scheme holds."""
        return _in_order(_NAMES - {name for names in self.codes.values() for name in names})

    @cached_property
    def masked(self) -> tuple[Label, ...]:
        """All that a loss must skip: merged, missing, inexact; and the rest of the body, where it hides the latter."""
        hidden = {label.name for label in self.missing} | self.inexact
        rest = {REST_LABEL.name} if hidden else set()
        return _in_order(hidden | rest | {label.name for group in self.merged for label in group})

    @cached_property
    def measured(self) -> tuple[Label, ...]:
        """Our muscles and bones that the scheme holds alone and exactly."""
        return _in_order(_NAMES - {label.name for label in self.masked})

    @cached_property
    def values(self) -> Mapping[int, tuple[Label, ...]]:
        """What a mapped volume may hold: the labels of each alone, and from 43 on the merged groups."""
        together = {label for group in self.merged for label in group}
        alone = {label.value: (label,) for label in LABELS if label not in together and label not in self.missing}
        return {**alone, **dict(enumerate(self.merged, start=len(LABELS) + 1))}

    def value_of(self, code: int) -> int:
        """The value in ``values`` that a foreign id becomes."""
        labels = _in_order(self.codes[code]) or (REST_LABEL,)
        return next(value for value, held in self.values.items() if held == labels)


def _in_order(names: Iterable[str]) -> tuple[Label, ...]:
    wanted = frozenset(names)
    return tuple(label for label in LABELS if label.name in wanted)


def _check_code(code: int, names: tuple[str, ...]) -> None:
    if not 1 <= code <= LARGEST_CODE:
        raise UsageError(f"has the code {code}; codes are whole numbers from 1 to {LARGEST_CODE} (0 is outside)")
    for name in names:
        if name == REST_LABEL.name:
            raise UsageError(f"maps code {code} to {name}; write [] for what is the rest of the body")
        if name not in _NAMES:
            near = get_close_matches(name, sorted(_NAMES), n=2, cutoff=0.5)
            hint = (
                f"did you mean {' or '.join(near)}?"
                if near
                else "`mskdex info` lists the names; add _right or _left where there are two"
            )
            raise UsageError(f"maps code {code} to {name!r}, which is none of our labels; {hint}")
    if len(set(names)) < len(names):
        raise UsageError(f"names {_listed(names)} twice for code {code}")


def _check_groups(codes: Mapping[int, tuple[str, ...]]) -> None:
    """A label belongs to one group only: measured alone here and merged there, it would be measured nowhere."""
    group_of: dict[str, tuple[int, frozenset[str]]] = {}
    for code, names in codes.items():
        for name in names:
            first, group = group_of.setdefault(name, (code, frozenset(names)))
            if group != frozenset(names):
                raise UsageError(
                    f"holds {name} in code {first} ({_listed(group)}) and in code {code} ({_listed(names)}); "
                    "codes that share a label must hold the same labels"
                )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))
