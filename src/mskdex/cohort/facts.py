"""Whether what is said of a subject can be true. A network believes what it is told, so it must not learn from a wrong
unit or column; what is not known is left out, or None."""

import math
from collections.abc import Mapping
from typing import Any

from mskdex.errors import CohortError
from mskdex.images.radiograph import PLAUSIBLE_SDD_MM
from mskdex.images.radiograph import PLAUSIBLE_TABLE_MM
from mskdex.model.person import POSSIBLE
from mskdex.model.person import SEXES

_POSSIBLE_MM = {"sdd_mm": PLAUSIBLE_SDD_MM, "table_detector_mm": PLAUSIBLE_TABLE_MM}


def demand_possible(subject_id: str, person: Mapping[str, Any], camera: Mapping[str, Any]) -> None:
    """Look at the facts of a `Subject`; no message repeats a value, which may identify.

    Raises:
        CohortError: naming the fact and what it may be.
    """
    sex = person.get("sex")
    if sex is not None and sex not in SEXES:
        raise CohortError(f"subject {subject_id}: sex is {' or '.join(SEXES)}, or None where it is neither or unknown")
    for facts, limits in ((person, POSSIBLE), (camera, _POSSIBLE_MM)):
        for name, (low, high) in limits.items():
            value = facts.get(name)
            if value is not None and not (_is_number(value) and low <= value <= high):
                message = f"subject {subject_id}: {name} is a number from {low:g} to {high:g}, or None if unknown"
                raise CohortError(message)
        if not _is_finite(facts):
            raise CohortError(f"subject {subject_id}: a number of its person or camera is not finite")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_finite(part: Any) -> bool:
    """Whether all numbers are, however deep they lie."""
    if isinstance(part, Mapping):
        return all(map(_is_finite, part.values()))
    if isinstance(part, list | tuple):
        return all(map(_is_finite, part))
    return not isinstance(part, float) or math.isfinite(part)
