"""How far source, table and detector were apart, where somebody says so: it decides how much a radiograph magnifies.

Areas go with the square of lengths and volumes with the cube: 2 % of magnification are 4 to 6 % of a volume, for a
reader who trusts the picture alone. What a radiology department knows of every exposure is told: the distance from
source to detector, which most files hold, and that from the table top or wall stand at the patient's back to the
detector, which is the X-ray unit's own. How high the hips lie above the table is left to the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SETUP_RULE: dict[str, dict[str, list[float]]] = {
    "sdd_mm": {"centre_and_scale": [1125.0, 75.0]},
    "table_detector_mm": {"centre_and_scale": [55.0, 20.0]},
}
"""How facts become numbers, as a model's card records it."""


@dataclass(frozen=True)
class SetupFacts:
    """How far source, table and detector were apart."""

    sdd_mm: float
    table_detector_mm: float

    @classmethod
    def of(cls, camera: Mapping[str, Any]) -> "SetupFacts | None":
        """The facts among those of a cohort's camera; None where one is missing."""
        found = camera.get("sdd_mm"), camera.get("table_detector_mm")
        return None if None in found else cls(*map(float, found))  # type: ignore[arg-type]

    def grown(self, factor: float) -> "SetupFacts":
        """Everything farther apart by ``factor``: a body grown by as much throws a picture grown by as much."""
        return SetupFacts(self.sdd_mm * factor, self.table_detector_mm * factor)
