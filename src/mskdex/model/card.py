"""A model's card: what its numbers mean, how far they may be trusted, and which weights it speaks for."""

from pathlib import Path
from typing import Annotated
from typing import Any
from typing import Literal
from typing import Self

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError
from pydantic import model_validator

from mskdex.anatomy import BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import PELVIS
from mskdex.anatomy import Quantity
from mskdex.errors import ModelError
from mskdex.model.told import Knowing

CARD = "card.json"
WEIGHTS = "weights.onnx"
VOCABULARY = tuple(label.name for label in LABELS)

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Size = Annotated[int, Field(ge=16, le=4096)]
Millimetres = Annotated[float, Field(gt=0.0, le=50.0)]
Positive = Annotated[float, Field(gt=0.0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InputRule(_Part):
    """How a radiograph becomes the network's input: the grid, the normalisation as `images` names it, and how the
    network is told what is known beside the image."""

    rows: Size = 128
    columns: Size = 144
    spacing_mm: Millimetres = 3.0
    map_stride: Annotated[int, Field(ge=1, le=16)] = 2
    normalisation: dict[str, Any] = Field(default_factory=dict)
    told: dict[str, dict[str, list[float]]] = Field(default_factory=dict)
    mirrored_average: bool = True


class Interval(_Part):
    """A two-sided split-conformal interval: the truth lies between ``value * low`` and ``value * high`` at ``level``.

    As many truths lie below it as above. ``coverage`` is what it reached on test patients, which calibrated nothing.
    """

    level: Share
    low: Share
    high: Annotated[float, Field(ge=1.0)]
    calibrated_on: Annotated[int, Field(ge=1)]
    coverage: Share | None = None


class TrainingRange(_Part):
    """What the model predicts on patients like those it was trained on; far from it, its numbers mean little.

    Lists follow the measured labels. Logarithms are natural, of cm3 and of g, floored at ``floor``.
    A case's distance is ``sqrt(d^T precision d)`` with ``d`` its log volumes less ``mean``.
    """

    floor: Annotated[float, Field(gt=0.0)]
    log_volume_low: list[float]
    log_volume_high: list[float]
    log_mass_low: list[float]
    log_mass_high: list[float]
    mean: list[float]
    precision: list[list[float]]
    distance_threshold: Annotated[float, Field(gt=0.0)]
    subjects: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _covers_every_label(self) -> Self:
        count = len(MEASURED_LABELS)
        rows = [self.log_volume_low, self.log_volume_high, self.log_mass_low, self.log_mass_high, self.mean]
        if len(self.precision) != count or any(len(row) != count for row in (*rows, *self.precision)):
            raise ValueError(f"expected one entry per measured label ({count})")
        return self


class Reading(_Part):
    """How well the model does, being told this or that beside the image.

    Attributes:
        metrics: By anatomy source (and "all"), then by figure's name; on test patients.
        controls: The same correlations of regressions without a network (``training.controls``): by row (R0, R1), then
            as ``metrics``. What R1 reaches as well is no merit of the image. Empty in cards that nobody asked for it.
        intervals: By label name, then by quantity.
        pelvis: The pelvis' own, by quantity; its parts' intervals do not add up to it. Empty in older cards.
        training_range: What it predicts on patients like those it was trained on, or None where nobody looked.
    """

    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    controls: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    intervals: dict[str, dict[Quantity, Interval]] = Field(default_factory=dict)
    pelvis: dict[Quantity, Interval] = Field(default_factory=dict)
    training_range: TrainingRange | None = None

    @model_validator(mode="after")
    def _speaks_our_vocabulary(self) -> Self:
        if unknown := set(self.intervals) - set(VOCABULARY):
            raise ValueError(f"intervals of unknown structures: {sorted(unknown)}")
        return self


class Card(_Part):
    """Everything that must travel with the weights so that nothing is retyped at prediction.

    Attributes:
        readings: By what the model is told beside the image. It must not be told what is not among them.
        sdd_mm: Least and greatest source-detector distance of the training patients' radiographs, or None if unknown.
        table_detector_mm: The same of the distance from table to detector.
        sha256: Of ``weights.onnx``.
        factors: By structure, then by quantity (volume, and lean or bone mass): what maps of either side are multiplied
            with at the end of ``weights.onnx``, so that readings are right in the mean; 1 where nothing is said.
    """

    schema_version: Literal[3] = Field(3, alias="schema")
    name: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(min_length=1)]
    vocabulary: tuple[str, ...]
    input: InputRule
    units: dict[str, str] = {"thickness": "cm", "mass": "g/cm2", "volume_sum": "cm3", "mass_sum": "g"}
    sha256: Sha256
    cohort: dict[str, Any]
    training: dict[str, Any]
    factors: dict[str, dict[Quantity, Positive]] = Field(default_factory=dict)
    readings: dict[Knowing, Reading] = Field(default_factory=dict)
    sdd_mm: tuple[float, float] | None = None
    table_detector_mm: tuple[float, float] | None = None
    intended_use: str
    limits: tuple[str, ...]

    @model_validator(mode="after")
    def _speaks_our_vocabulary(self) -> Self:
        if self.vocabulary != VOCABULARY:
            raise ValueError("its structures, or their order, are not those of this version of mskdex")
        if unknown := set(self.factors) - set(BY_NAME):
            raise ValueError(f"factors of unknown structures: {sorted(unknown)}")
        return self

    def reading(self, knowing: Knowing = Knowing.IMAGE) -> Reading:
        """How well the model does, told that; an empty one where nobody looked."""
        return self.readings.get(knowing, Reading())

    def interval(self, label: str, quantity: Quantity, knowing: Knowing = Knowing.IMAGE) -> Interval | None:
        """The interval of a label's quantity, or of the pelvis'; None where it was never calibrated."""
        reading = self.reading(knowing)
        return (reading.pelvis if label == PELVIS else reading.intervals.get(label, {})).get(quantity)

    def to_json(self) -> str:
        return self.model_dump_json(indent=1, by_alias=True) + "\n"

    @classmethod
    def read(cls, path: Path) -> "Card":
        """Read and validate a card.

        Raises:
            ModelError: it is missing, or says something it must not.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ModelError(f"the model has no {CARD}: it cannot be used without one") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            if where == "schema":
                raise ModelError("the model is of another version of mskdex than this one: train it again") from error
            raise ModelError(f"the model's {CARD} is not valid at '{where}': {first['msg']}") from error
