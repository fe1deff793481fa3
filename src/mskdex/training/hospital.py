"""What a hospital has of a patient, and nothing else: a radiograph, the CT in its own pose, the CT registered.

Rows without pixel-wise partners see these examples, D-carried the registered CT. All is read through
``Arrays.as_hospital``, which has neither the truth in the radiograph's own pose nor the noise-free attenuation.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.anatomy import View
from mskdex.cohort import Arrays
from mskdex.cohort import Hospital
from mskdex.images.field import detect_field
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import ModelGrid
from mskdex.images.normalise import network_input
from mskdex.model.told import Told
from mskdex.model.told import ToldVector
from mskdex.training.examples import Window
from mskdex.training.examples import half_told
from mskdex.training.examples import place
from mskdex.training.examples import presented_anew
from mskdex.training.examples import visible_share
from mskdex.training.library import Patient
from mskdex.training.rows import Pairs
from mskdex.training.rows import Recipe
from mskdex.types import ImageMask

WHOLLY = 0.98
"""At least this share of a structure's 3-D volume lies within the field in the CT's pose, with room to move in the
radiograph's, and it counts as wholly within both: its sums are compared."""
_ROOM_MM = 30.0
"""How far the pose may carry a structure towards the field's edge; our choice."""

_MEASURED = np.asarray(MIRRORED_CHANNELS)[: len(MEASURED_LABELS)]
_BONES = np.asarray([label.channel for label in BONE_LABELS])
_MIRRORED_BONES = _MEASURED[_BONES] - _BONES[0]
_WHOLE = np.array([label.structure.view is View.WHOLE for label in MEASURED_LABELS])

MapStack = Float32[ndarray, "channels map_rows map_columns"]
PerMeasured = Float32[ndarray, " measured"]


@dataclass(frozen=True)
class HospitalExample:
    """Attributes:
    radiograph: Network input.
    visible: The part of each map pixel that the field lets see.
    bone_thickness_cm, bone_mass_g_per_cm2: Of registered bones, inside the field, in the order of ``BONE_LABELS``.
    bone_weight: 1 per bone that may be learnt from this patient, else 0.
    whole_volume_cm3, whole_mass_g: 3-D sums of the CT per measured label.
    whole_weight: 1 per measured label that is wholly in view and may be learnt, else 0.
    ct_thickness_cm, ct_mass_g_per_cm2: Somebody's maps in the pose of a CT, inside the field of his own radiograph.
    ct_field: That field.
    told: What the network is told beside.
    """

    radiograph: Float32[ndarray, "2 rows columns"]
    visible: Float32[ndarray, "1 map_rows map_columns"]
    bone_thickness_cm: Float32[ndarray, "bones map_rows map_columns"]
    bone_mass_g_per_cm2: Float32[ndarray, "bones map_rows map_columns"]
    bone_weight: Float32[ndarray, " bones"]
    whole_volume_cm3: PerMeasured
    whole_mass_g: PerMeasured
    whole_weight: PerMeasured
    ct_thickness_cm: Float32[ndarray, "labels map_rows map_columns"]
    ct_mass_g_per_cm2: Float32[ndarray, "measured map_rows map_columns"]
    ct_field: Float32[ndarray, "1 rows columns"]
    told: ToldVector


class CtMaps(NamedTuple):
    """A patient's maps in the CT's pose, within a window on the field of his radiograph."""

    thickness_cm: MapStack
    mass_g_per_cm2: MapStack
    field: Float32[ndarray, "1 rows columns"]


def hospital_example(
    patient: Patient, other: Patient, rng: np.random.Generator, grid: ModelGrid = MODEL_GRID
) -> HospitalExample:
    """The patient's radiograph in another presentation, elsewhere on the grid, perhaps mirrored; of every second the
    network is not told who it is, and of every second not how far source, table and detector were apart.

    Args:
        patient: Whose radiograph it is.
        other: Whose CT maps are the real ones; the patient himself where they are to be judged together.
        rng: Source of randomness.
        grid: What the network sees.

    Raises:
        CohortError: a patient has no CT of his own.
    """
    subject, arrays = patient.subject, patient.arrays.as_hospital()
    pixels = presented_anew(arrays.radiograph.astype(np.float32), arrays.field, rng)
    seen = arrays.field if rng.random() < 0.5 else detect_field(pixels).mask
    window = place(seen, grid, rng)
    visible = visible_share(window.of_image(arrays.field), grid.map_stride)
    own = ct_maps(patient, window)
    inner = visible_share(_inner(window.of_image(arrays.field), grid), grid.map_stride)
    shown = window.of_maps(arrays.ct_thickness_cm) * inner
    real = own if other is patient else ct_maps(other, place(other.arrays.field, grid, rng))
    registered = arrays.registered_thickness_cm, arrays.registered_mass_g_per_cm2
    bone_thickness, bone_mass = (window.of_maps(maps[_BONES]) * visible for maps in registered)
    learnt = np.array([label.name not in subject.unmeasured for label in MEASURED_LABELS])
    whole = _WHOLE & learnt & (_share(shown, arrays, grid) >= WHOLLY)
    example = HospitalExample(
        radiograph=network_input(window.of_image(pixels), window.of_image(seen)),
        visible=visible[None],
        bone_thickness_cm=bone_thickness,
        bone_mass_g_per_cm2=bone_mass,
        bone_weight=learnt[_BONES].astype(np.float32),
        whole_volume_cm3=arrays.whole_volume_cm3,
        whole_mass_g=arrays.whole_mass_g,
        whole_weight=whole.astype(np.float32),
        ct_thickness_cm=real.thickness_cm,
        ct_mass_g_per_cm2=real.mass_g_per_cm2,
        ct_field=real.field,
        told=half_told(Told.of(subject.person, subject.camera), rng),
    )
    return mirrored_hospital(example) if rng.random() < 0.5 else example


def ct_maps(patient: Patient, window: Window | None = None) -> CtMaps:
    """A patient's CT maps; by default in the middle of his field.

    Raises:
        CohortError: he has none.
    """
    arrays = patient.arrays.as_hospital()
    window = window or place(arrays.field, MODEL_GRID, None)
    field = window.of_image(arrays.field)
    visible = visible_share(field, window.grid.map_stride)
    thickness, mass = (window.of_maps(maps) * visible for maps in (arrays.ct_thickness_cm, arrays.ct_mass_g_per_cm2))
    return CtMaps(thickness, mass, field[None].astype(np.float32))


def with_registered_ct(patient: Patient) -> Patient:
    """The patient with the registered CT where the truth in the radiograph's pose would be.

    Raises:
        CohortError: they have no CT of their own.
    """
    held = patient.arrays.as_hospital()
    arrays = Arrays(
        radiograph=held.radiograph,
        field=held.field,
        thickness_cm=held.registered_thickness_cm,
        mass_g_per_cm2=held.registered_mass_g_per_cm2,
        whole_volume_cm3=held.whole_volume_cm3,
        whole_mass_g=held.whole_mass_g,
    )
    return Patient(patient.subject, arrays)


def paired(patient: Patient, pairs: Pairs) -> Patient:
    """The patient with these partners where the truth is.

    Raises:
        CohortError: they are of a CT, and the patient has none.
    """
    return with_registered_ct(patient) if pairs is Pairs.REGISTERED_CT else patient


def as_known(patients: Iterable[Patient], recipe: Recipe) -> Iterator[Patient]:
    """What may set a row's readings right and calibrate them: the truth if the row learns from it, else what a hospital
    has in its place.

    Raises:
        CohortError: a patient has no CT where that is what is known.
    """
    known = Pairs.TRUTH if recipe.pairs is Pairs.TRUTH else Pairs.REGISTERED_CT
    return (paired(patient, known) for patient in patients)


def mirrored_hospital(example: HospitalExample) -> HospitalExample:
    """The mirror image: columns reversed, left and right structures exchanged."""

    def flipped(maps: ndarray, order: ndarray | slice = slice(None)) -> ndarray:
        return np.ascontiguousarray(maps[order, :, ::-1])

    return HospitalExample(
        flipped(example.radiograph),
        flipped(example.visible),
        flipped(example.bone_thickness_cm, _MIRRORED_BONES),
        flipped(example.bone_mass_g_per_cm2, _MIRRORED_BONES),
        example.bone_weight[_MIRRORED_BONES],
        example.whole_volume_cm3[_MEASURED],
        example.whole_mass_g[_MEASURED],
        example.whole_weight[_MEASURED],
        flipped(example.ct_thickness_cm, np.asarray(MIRRORED_CHANNELS)),
        flipped(example.ct_mass_g_per_cm2, _MEASURED),
        flipped(example.ct_field),
        example.told,
    )


def _inner(field: ImageMask, grid: ModelGrid) -> ImageMask:
    """The field without a rim of ``_ROOM_MM``."""
    reach = 2 * round(_ROOM_MM / grid.spacing_mm) + 1
    return np.asarray(ndimage.minimum_filter(field, reach, mode="constant", cval=0))


def _share(shown_cm: MapStack, arrays: Hospital, grid: ModelGrid) -> Float32[ndarray, " measured"]:
    """How much of each structure of the CT its maps show."""
    shown = shown_cm[: len(MEASURED_LABELS)].sum((1, 2), dtype=np.float64) * grid.map_pixel_area_cm2
    whole = arrays.whole_volume_cm3
    return np.asarray(np.where(whole > 0, shown / np.maximum(whole, 1e-6), 0), np.float32)
