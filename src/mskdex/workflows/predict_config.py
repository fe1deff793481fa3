"""One ``predict``'s settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mskdex.workflows.inputs import Ids


@dataclass(frozen=True)
class PredictConfig:
    """Settings of one ``predict``.

    Attributes:
        output: Folder of the results; what is there from an earlier run of the same files is replaced, and one with
            results of other files is refused.
        spacing_mm: Pixel size on the detector plane; needed for pictures that are not DICOM, overrides DICOM.
        sdd_mm: Source-detector distance; overrides DICOM.
        table_mm: Distance from the table that the patient's back touches to the detector; overrides DICOM. The model
            is told both where both are known.
        polarity: How bone looks as shown; overrides DICOM.
        model: A model's folder; the one in the package by default.
        threads: CPU threads of the network; as many as there are cores by default.
        image: Whether the report shows the radiograph.
        subjects: CSV that says who the patients are (``workflows.persons``); the model is told of those whose row is
            complete.
        ids: How cases are called.
    """

    output: Path
    spacing_mm: float | None = None
    sdd_mm: float | None = None
    table_mm: float | None = None
    polarity: Literal["bright", "dark"] | None = None
    model: Path | None = None
    threads: int | None = None
    image: bool = True
    subjects: Path | None = None
    ids: Ids = Ids.NUMBER
