"""Cards of schema 2, read as those of schema 3 until a model with a card of schema 3 is shipped; then this file goes,
and with it the one validator of ``model.card`` that calls it."""

from typing import Any

_ONE_WIDTH = "relative_half_width"


def of_schema_2(content: Any) -> Any:
    """A card's content; of schema 2, with intervals ``value * (1 -+ width)`` as two factors, and called schema 3."""
    if not isinstance(content, dict) or content.get("schema") != 2:
        return content
    return {**_two_sided(content), "schema": 3}


def _two_sided(part: Any) -> Any:
    """The same, wherever in it an interval has one width."""
    if not isinstance(part, dict):
        return part
    width = part.get(_ONE_WIDTH)
    if not isinstance(width, int | float):
        return {name: _two_sided(each) for name, each in part.items()}
    kept = {name: each for name, each in part.items() if name != _ONE_WIDTH}
    return {**kept, "low": max(1.0 - width, 0.0), "high": 1.0 + width}
