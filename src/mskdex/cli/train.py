"""``mskdex train``: every field of the training's settings is an option, with its own default and words."""

import sys
from collections.abc import Sequence
from dataclasses import field
from dataclasses import fields
from dataclasses import make_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from typing import Any

from cyclopts import Parameter
from cyclopts import Token
from cyclopts import validators

from mskdex.cli.console import ERR
from mskdex.cli.console import OUT
from mskdex.cli.console import lines_of
from mskdex.cli.console import progress
from mskdex.cli.processes import start_again
from mskdex.errors import UsageError
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.launched import is_first
from mskdex.training.launched import started
from mskdex.training.rows import Row

_PLACES = ("cohorts", "run")


def _spoken(choices: type[StrEnum], what: str) -> Any:
    """A choice by the name that tables and files give it ("A+OWIS", "32-true"), which no Python name could be."""
    named = {choice.casefold(): choice for choice in choices}

    def choose(_: Any, tokens: Sequence[Token]) -> StrEnum:
        try:
            return named[tokens[0].value.casefold()]
        except KeyError:
            raise UsageError(f"{what} must be one of {', '.join(choices)}, not {tokens[0].value}") from None

    return Annotated[choices, Parameter(converter=choose, show_choices=False, show_default=str)]


_ROW_HELP = f"Row of the ablation: what is trained, by which losses. One of {', '.join(Row)}."
_SPOKEN: dict[str, Any] = {
    "row": Annotated[_spoken(Row, "row"), Parameter(help=_ROW_HELP)],
    "precision": _spoken(Precision, "precision"),
}

# cyclopts opens up dataclasses of modules like this one only, not of `types`, where make_dataclass would put it.
_Settings: Any = make_dataclass(
    "_Settings",
    [
        (each.name, _SPOKEN.get(each.name, each.type), field(default=each.default))
        for each in fields(TrainConfig)
        if each.name not in _PLACES
    ],
    kw_only=True,
    frozen=True,
    namespace={"__doc__": TrainConfig.__doc__, "__module__": __name__},
)

_DEFAULTS = _Settings()


def train(
    *cohorts: Path,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    processes: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 1,
    settings: Annotated[_Settings, Parameter(name="*")] = _DEFAULTS,
) -> int:
    """Train a row of the ablation on cohorts, calibrate it on validation patients and score it on test patients.

    Parameters
    ----------
    cohorts
        Folders that simulate wrote.
    output
        Folder of the run. One that is there already is continued. The model is written to its subfolder model.
    processes
        How many train together, each with its share of every batch: one per GPU, or on the CPU one per core.
    """
    if processes > 1 and started() == 1:
        return start_again(processes, sys.argv[1:])
    from mskdex.workflows.train import train as run

    if not cohorts:
        raise UsageError("no cohort: name the folders of one or more")
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    config = TrainConfig(cohorts=cohorts, run=output, **values)
    if not is_first():  # its bar and lines would be drawn over the first one's
        run(config)
        return 0
    with lines_of("mskdex"), progress("training") as advance:
        # Elsewhere than on a terminal the log's lines tell how far it is.
        model = run(config, watch=advance if ERR.is_terminal else None)
    if model is not None:
        OUT.print(f"model: {model}", markup=False)
    return 0
