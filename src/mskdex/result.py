"""What a measured radiograph says: measurements, flags, and the case that holds them."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from typing import Any

from mskdex.anatomy import Quantity
from mskdex.anatomy import Side

SCHEMA = 1


class Status(StrEnum):
    MEASURED = "measured"
    MEASURED_WITH_FLAGS = "measured_with_flags"
    REFUSED = "refused"


@dataclass(frozen=True)
class Flag:
    """Something the reader must know before the numbers."""

    code: str
    message: str


@dataclass(frozen=True)
class Measurement:
    """One figure: a quantity of a structure on a side, or the reason why there is none.

    ``value``, ``lower`` and ``upper`` are in ``unit`` (cm3, g, or 1 for a fraction); ``level`` is the coverage that the
    interval was calibrated for. Exactly one of ``value`` and ``reason`` is given.
    """

    structure: str
    side: Side
    quantity: Quantity
    unit: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    reason: str | None = None
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError("a measurement has a value or a reason why it has none, never both or neither")


@dataclass(frozen=True)
class ModelId:
    """Which model measured."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class CaseResult:
    """One radiograph's result: what ``measurements.json`` holds.

    ``image`` says what the figures were read from, ``person`` what the model was told of the patient besides, ``setup``
    how far source, table and detector were apart as it was told; None is nothing.
    """

    case: str
    model: ModelId
    image: dict[str, Any]
    person: dict[str, Any] | None
    setup: dict[str, Any] | None
    status: Status
    flags: tuple[Flag, ...] = ()
    measurements: tuple[Measurement, ...] = field(default=())

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "CaseResult":
        """What ``to_dict`` made, read back.

        Raises:
            KeyError, TypeError, ValueError: it was not that.
        """
        if content["schema"] != SCHEMA:
            raise ValueError(f"schema {content['schema']}, expected {SCHEMA}")
        return cls(
            case=content["case"],
            model=ModelId(**content["model"]),
            image=content["image"],
            person=content["person"],
            setup=content.get("setup"),  # older results know of none
            status=Status(content["status"]),
            flags=tuple(Flag(**flag) for flag in content["flags"]),
            measurements=tuple(_measurement(one) for one in content["measurements"]),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, schema first."""
        return {"schema": SCHEMA, **asdict(self)}


def _measurement(content: dict[str, Any]) -> Measurement:
    typed = {"side": Side(content["side"]), "quantity": Quantity(content["quantity"]), "flags": tuple(content["flags"])}
    return Measurement(**{**content, **typed})
