"""What a cohort holds of one subject: its arrays, and the facts that choose among subjects."""

import io
import zipfile
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Bool
from jaxtyping import Float16
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.errors import CohortError
from mskdex.images.grid import ModelGrid


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Canvas(ModelGrid):
    """The detector window that a subject's arrays cover: the model's grid and a margin to crop from.

    Maps are sampled ``map_stride`` times coarser than the radiograph, so a crop at an even offset cuts both alike.
    """

    rows: int = 144
    columns: int = 160


@dataclass(frozen=True)
class Arrays:
    """One subject's numbers.

    Attributes:
        radiograph: One exposure as a hospital has it, 0..1, bright = dense.
        field: Where the collimator let the beam through.
        thickness_cm: Volume-conserving thickness per label (docs/projection.md), channel = label - 1.
        mass_g_per_cm2: Lean areal density of muscles and areal density of bones, per measured label.
        whole_volume_cm3: 3-D volume per measured label, in view or not; of the CT where there is one.
        whole_mass_g: 3-D lean mass (muscles) or mass (bones) per measured label, in view or not; likewise.
        attenuation: Noise-free ``-ln(I/I0)``; only virtual patients have it. Training draws fresh exposures from it.
        ct_thickness_cm: Like ``thickness_cm``, of the patient as he lay in the CT, under the radiograph's camera. This
            and the three that follow come together, or not at all.
        ct_mass_g_per_cm2: Like ``mass_g_per_cm2``, of the same.
        registered_thickness_cm: Like ``thickness_cm``, of the CT where a registration of its bones puts it in the
            radiograph: the bones themselves, and all else as they carry it along.
        registered_mass_g_per_cm2: Like ``mass_g_per_cm2``, of the same.
    """

    radiograph: Float16[ndarray, "rows columns"]
    field: Bool[ndarray, "rows columns"]
    thickness_cm: Float16[ndarray, "42 map_rows map_columns"]
    mass_g_per_cm2: Float16[ndarray, "41 map_rows map_columns"]
    whole_volume_cm3: Float32[ndarray, "41"]
    whole_mass_g: Float32[ndarray, "41"]
    attenuation: Float16[ndarray, "rows columns"] | None = None
    ct_thickness_cm: Float16[ndarray, "42 map_rows map_columns"] | None = None
    ct_mass_g_per_cm2: Float16[ndarray, "41 map_rows map_columns"] | None = None
    registered_thickness_cm: Float16[ndarray, "42 map_rows map_columns"] | None = None
    registered_mass_g_per_cm2: Float16[ndarray, "41 map_rows map_columns"] | None = None

    def as_hospital(self) -> "Hospital":
        """Without what only virtual patients have.

        Raises:
            CohortError: the subject has no CT of its own.
        """
        held = {item.name: getattr(self, item.name) for item in fields(Hospital)}
        lacking = [name for name, array in held.items() if array is None]
        if lacking:
            raise CohortError(f"the subject has no {' and no '.join(lacking)}; simulate the cohort with --two-poses")
        return Hospital(**held)

    def one_pose(self) -> "Arrays":
        """Without the CT's maps."""
        return replace(
            self,
            ct_thickness_cm=None,
            ct_mass_g_per_cm2=None,
            registered_thickness_cm=None,
            registered_mass_g_per_cm2=None,
        )


@dataclass(frozen=True, slots=True)
class Hospital:
    """What a hospital has of one patient, and all that rows A to D may see: no muscle of the radiograph.

    Attributes: as of `Arrays`; the sums are the CT's.
    """

    radiograph: Float16[ndarray, "rows columns"]
    field: Bool[ndarray, "rows columns"]
    ct_thickness_cm: Float16[ndarray, "42 map_rows map_columns"]
    ct_mass_g_per_cm2: Float16[ndarray, "41 map_rows map_columns"]
    registered_thickness_cm: Float16[ndarray, "42 map_rows map_columns"]
    registered_mass_g_per_cm2: Float16[ndarray, "41 map_rows map_columns"]
    whole_volume_cm3: Float32[ndarray, "41"]
    whole_mass_g: Float32[ndarray, "41"]


FROM_CT = {
    "ct_thickness_cm": len(LABELS),
    "ct_mass_g_per_cm2": len(MEASURED_LABELS),
    "registered_thickness_cm": len(LABELS),
    "registered_mass_g_per_cm2": len(MEASURED_LABELS),
}
"""The arrays of a subject with a CT of its own, and their channels."""


@dataclass(frozen=True)
class Subject:
    """One line of the journal: who a subject is, and whether training may use it.

    Attributes:
        id: Names the file; letters, digits, ``-`` and ``_``.
        anatomy: The template it was grown from: source, a sex if it has one, number, with dashes between;
            held-out templates never train.
        person: Who it is: ``sex`` (female or male), ``age_years``, ``height_cm``, ``weight_kg``; the network may be
            told of them.
        camera: ``camera_to_world``, ``principal_point``; ``sdd_mm`` and ``table_detector_mm``, how far the source, and
            the table at the patient's back, are from the detector: the network may be told of these two.
        unmeasured: Names of labels whose truth must not be learnt (an implant replaced or hid them).
        reason: Why an excluded subject is excluded.
        sha256: Of the stored file; filled in by the writer.
    """

    id: str
    anatomy: str
    split: Split
    seed: int
    person: dict[str, Any] = field(default_factory=dict)
    camera: dict[str, Any] = field(default_factory=dict)
    metal: bool = False
    unmeasured: tuple[str, ...] = ()
    verdict: Verdict = Verdict.ACCEPTED
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    sha256: str | None = None

    def __post_init__(self) -> None:
        if not self.id or not all(character.isalnum() or character in "-_" for character in self.id):
            raise CohortError("a subject id consists of letters, digits, '-' and '_'")
        if self.verdict is Verdict.EXCLUDED and not self.reason:
            raise CohortError(f"subject {self.id} is excluded without a reason")

    @property
    def source(self) -> str:
        """The anatomy source ("builtin", "atlas", ...) of the template."""
        return self.anatomy.split("-", 1)[0]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> "Subject":
        """Read a journal line back.

        Raises:
            CohortError: a field is missing, unknown or not one of its values.
        """
        try:
            known = {**row, "split": Split(row["split"]), "verdict": Verdict(row["verdict"])}
            return cls(**{**known, "unmeasured": tuple(row["unmeasured"])})
        except (KeyError, TypeError, ValueError) as error:
            raise CohortError(f"a line of the cohort's journal cannot be read: {error}") from error


def encode(arrays: Arrays) -> bytes:
    """The stored form: a compressed npz whose bytes depend on the arrays alone (numpy dates every member 1980)."""
    named = {item.name: getattr(arrays, item.name) for item in fields(arrays)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{key: value for key, value in named.items() if value is not None})
    return buffer.getvalue()


def decode(content: bytes, canvas: Canvas) -> Arrays:
    """Inverse of `encode`.

    Raises:
        CohortError: an array is missing, or its shape or type is not the canvas's.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = Arrays(**{name: stored[name] for name in stored.files})
    except (TypeError, ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise CohortError(f"a subject's arrays cannot be read: {error}") from error
    check(arrays, canvas)
    return arrays


def check(arrays: Arrays, canvas: Canvas) -> None:
    """Refuse arrays that a reader could misunderstand.

    Raises:
        CohortError: naming the array, what was found and what was expected.
    """
    image = (canvas.rows, canvas.columns)
    maps = (canvas.map_rows, canvas.map_columns)
    expected: dict[str, tuple[tuple[int, ...], type]] = {
        "radiograph": (image, np.float16),
        "field": (image, np.bool_),
        "thickness_cm": ((len(LABELS), *maps), np.float16),
        "mass_g_per_cm2": ((len(MEASURED_LABELS), *maps), np.float16),
        "whole_volume_cm3": ((len(MEASURED_LABELS),), np.float32),
        "whole_mass_g": ((len(MEASURED_LABELS),), np.float32),
    }
    if arrays.attenuation is not None:
        expected["attenuation"] = (image, np.float16)
    lacking = [name for name in FROM_CT if getattr(arrays, name) is None]
    if not lacking:
        expected |= {name: ((channels, *maps), np.float16) for name, channels in FROM_CT.items()}
    elif len(lacking) < len(FROM_CT):
        raise CohortError(f"of the CT's arrays there is no {' and no '.join(lacking)}")
    for name, (shape, kind) in expected.items():
        array = getattr(arrays, name)
        if array.shape != shape or array.dtype != kind:
            raise CohortError(f"{name} is {array.dtype}{list(array.shape)}, expected {np.dtype(kind)}{list(shape)}")
        if array.dtype != np.bool_ and not np.isfinite(array).all():
            raise CohortError(f"{name} holds values that are not finite")
