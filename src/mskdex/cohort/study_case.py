"""One patient of a study: its files, and what is true of it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

import numpy as np

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import UNITS
from mskdex.anatomy import Tissue
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import VirtualPatient
from mskdex.cohort.virtual import camera_facts
from mskdex.cohort.virtual import imagine
from mskdex.cohort.virtual import metal_facts
from mskdex.cohort.virtual import person_facts
from mskdex.cohort.virtual import take
from mskdex.images.field import detect_field
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import ModelGrid
from mskdex.images.grid import Placement
from mskdex.images.grid import to_grid
from mskdex.images.header import Photometric
from mskdex.images.write_dicom import Acquisition
from mskdex.images.write_dicom import dx_bytes
from mskdex.images.write_nifti import nifti_bytes
from mskdex.inference.measure import SMALLEST_CM3
from mskdex.inference.measure import values_of
from mskdex.phantom.ct import scan
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose
from mskdex.phantom.pose import sample_ct_pose
from mskdex.phantom.posing import bone_motions
from mskdex.phantom.radiograph import TakenRadiograph
from mskdex.phantom.segmentation import Failed
from mskdex.phantom.segmentation import failed_segmentation
from mskdex.phantom.segmentation import sample_failure
from mskdex.phantom.view import pooled
from mskdex.report.maps import maps_bytes
from mskdex.schemes import get_scheme
from mskdex.schemes.mapping import foreign_labels
from mskdex.types import Affine
from mskdex.types import ImageMask
from mskdex.types import LabelVolume
from mskdex.types import MapStack

FRAMES = (
    "poses, motions and camera are in LPS mm; the radiograph's origin is the midpoint of the hips, the CT's is the "
    "scanner's. NIfTI files hold the same points in RAS: x and y change their sign"
)
_APART = 1_000_003  # no patient of a study is also one of the cohort with the same seed
_FAILURES = 0xFA11
_TABLE_SD_MM = (15.0, 60.0, 150.0)
_MONOCHROME1_SHARE = 0.3


@dataclass(frozen=True)
class StudyPlan:
    """Which patients, and how a hospital would have imaged them.

    Attributes:
        patients: Who they are. The same plan as a cohort has other patients.
        label_scheme: Whose ids the label volumes hold (``schemes.SCHEMES``); MuscleMap knows all muscles, which
            TotalSegmentator does not.
        failed_share: Share of patients whose segmentation failed in some known way.
        ct_noise_hu: SD of the CT's noise.
        detector: Pixels of the radiograph; the truth's maps have every ``map_stride``-th of them.
    """

    patients: VirtualPlan
    label_scheme: str = "musclemap"
    failed_share: float = 0.0
    ct_noise_hu: float = 12.0
    detector: ModelGrid = field(default_factory=lambda: ModelGrid(864, 960, 0.5, map_stride=8))

    def subject_id(self, index: int) -> str:
        """What patient ``index`` is called."""
        return f"virtual-{self.patients.seed}-{index:05d}"

    @property
    def imagined(self) -> VirtualPlan:
        """The patients as they are drawn."""
        return replace(self.patients, seed=self.patients.seed + _APART)


@dataclass(frozen=True)
class Case:
    """A patient's files, by path within the study; the truth, which holds the others' hashes, is the last."""

    id: str
    files: dict[str, bytes]


@dataclass(frozen=True)
class _Scanned:
    """The patient on the table of the CT scanner, and what became of its segmentation.

    ``voxel_to_world`` is the scanner's frame, ``patient``'s own is about the hips.
    """

    pose: Pose
    patient: Patient
    voxel_to_world: Affine
    labels: LabelVolume
    failed: Failed | None


@dataclass(frozen=True)
class _InView:
    """The truth inside the radiograph's field and the model's grid, on coarser pixels."""

    thickness_cm: MapStack
    mass_g_per_cm2: MapStack
    field: ImageMask
    spacing_mm: float

    def sums(self, maps: MapStack) -> np.ndarray:
        return np.asarray(maps.sum(axis=(1, 2), dtype=np.float64) * (self.spacing_mm / 10) ** 2)


def truth_path(name: str) -> str:
    """Where the truth of a patient lies within a study."""
    return f"truth/{name}.json"


def make_case(plan: StudyPlan, index: int) -> Case:
    """Patient ``index``: the same for the same plan, whatever was made before."""
    name, patients = plan.subject_id(index), plan.imagined
    rng = patients.randomness(index)
    made = imagine(patients, index, rng, plan.detector, oversampling=1)
    taken = take(patients, made, plan.detector.spacing_mm, rng)
    seen = _in_view(plan, made, taken)
    scanned = _scan(plan, made, rng, patients.randomness(index, _FAILURES))
    hu = scan(scanned.patient, rng, noise_sd_hu=plan.ct_noise_hu)
    photometric = Photometric.MONOCHROME1 if rng.random() < _MONOCHROME1_SHARE else Photometric.MONOCHROME2
    ids = foreign_labels(scanned.labels, get_scheme(plan.label_scheme))
    on_detector = Placement(1.0, (0.0, 0.0), plan.detector.rows, plan.detector.columns)
    files = {
        f"radiographs/{name}.dcm": _radiograph(plan, name, made, taken, photometric),
        f"ct/{name}.nii.gz": nifti_bytes(hu, scanned.voxel_to_world),
        f"labels/{name}.nii.gz": nifti_bytes(ids, scanned.voxel_to_world),
        f"truth/{name}.npz": maps_bytes(
            seen.thickness_cm, seen.mass_g_per_cm2, seen.field, seen.spacing_mm, on_detector
        ),
    }
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    truth = {"id": name, "files": hashes, **_truth(plan, made, scanned, seen, taken)}
    return Case(name, {**files, truth_path(name): (json.dumps(truth, indent=1) + "\n").encode()})


def _scan(plan: StudyPlan, made: VirtualPatient, rng: np.random.Generator, failures: np.random.Generator) -> _Scanned:
    pose = sample_ct_pose(rng)
    patient = made.lying(pose, plan.patients.voxel_mm)
    frame = patient.voxel_to_world.copy()
    frame[:3, 3] += rng.normal(0, _TABLE_SD_MM)
    failed, labels = None, patient.labels
    if failures.random() < plan.failed_share:
        failed, labels = _spoilt(patient, plan.label_scheme, failures)
    return _Scanned(pose, patient, frame, labels, failed)


def _spoilt(patient: Patient, label_scheme: str, rng: np.random.Generator) -> tuple[Failed, LabelVolume]:
    """A failure that the scheme can show: of a muscle that it knows and the patient has."""
    scheme = get_scheme(label_scheme)
    held = {name for names in scheme.codes.values() for name in names}
    present = np.bincount(patient.labels.ravel(), minlength=len(LABEL_BY_NAME) + 1) > 0
    among = [
        label
        for label in MEASURED_LABELS
        if label.structure.tissue is Tissue.MUSCLE and label.name in held and present[label.value]
    ]
    failed = sample_failure(rng, among)
    return failed, failed_segmentation(patient.labels, failed, np.diag(patient.voxel_to_world)[:3])


def _radiograph(
    plan: StudyPlan, name: str, made: VirtualPatient, taken: TakenRadiograph, photometric: Photometric
) -> bytes:
    person, bits = made.person, made.exposure.bits
    acquisition = Acquisition(
        sdd_mm=round(made.camera.sdd_mm),
        table_detector_mm=round(made.setup.table_detector_mm),
        kvp=made.exposure.kvp,
        bits_stored=bits,
        sex={"female": "F", "male": "M"}[person.sex],
        age_years=int(person.age_years),
        height_cm=person.height_cm,
        weight_kg=person.weight_kg,
        patient_id=name,
    )
    stored = np.rint(taken.pixels * (2**bits - 1)).astype(np.uint16)
    return dx_bytes(stored, plan.detector.spacing_mm, acquisition=acquisition, photometric=photometric)


def _in_view(plan: StudyPlan, made: VirtualPatient, taken: TakenRadiograph) -> _InView:
    detector, truth = plan.detector, made.view.truth
    seen = taken.field & _model_window(taken, detector)

    def coarser(maps: MapStack) -> MapStack:
        # Map by map: all of them at once, at the detector's resolution, would fill a gigabyte.
        return np.concatenate([pooled((one * seen)[None], detector.map_stride) for one in maps])

    thickness, mass = coarser(truth.thickness_cm), coarser(truth.mass_g_per_cm2[: len(MEASURED_LABELS)])
    share = coarser(np.ones((1, *seen.shape), np.float32))[0]
    return _InView(thickness, mass, share >= 0.5, detector.map_spacing_mm)


def _model_window(taken: TakenRadiograph, detector: ModelGrid) -> ImageMask:
    """Where on the detector `predict` looks: the grid lies in the middle of the field that it finds."""
    place = to_grid(taken.pixels, detect_field(taken.pixels).mask, detector.spacing_mm, MODEL_GRID).placement
    rows, columns = (np.arange(n) + 0.5 for n in taken.field.shape)
    in_rows = (rows > place.corner[0]) & (rows < place.corner[0] + place.rows * place.scale)
    in_columns = (columns > place.corner[1]) & (columns < place.corner[1] + place.columns * place.scale)
    window: ImageMask = in_rows[:, None] & in_columns
    return window


def _truth(
    plan: StudyPlan, made: VirtualPatient, scanned: _Scanned, seen: _InView, taken: TakenRadiograph
) -> dict[str, Any]:
    unmeasured = made.implant.unmeasured if made.implant else ()
    to_scanner = np.eye(4)
    to_scanner[:3, 3] = scanned.voxel_to_world[:3, 3] - scanned.patient.voxel_to_world[:3, 3]
    motions = {
        bone: (motion @ np.linalg.inv(to_scanner)).tolist()
        for bone, motion in bone_motions(made.body, scanned.pose, made.pose).items()
    }
    detector = {key: asdict(plan.detector)[key] for key in ("rows", "columns", "spacing_mm")}
    return {
        "person": person_facts(made.person),
        "anatomy": made.template,
        "frames": FRAMES,
        "poses": {"ct": asdict(scanned.pose), "radiograph": asdict(made.pose)},
        "ct_to_radiograph": motions,
        "camera": {**camera_facts(made.setup), **detector},
        "exposure": asdict(made.exposure),
        "implant": None,
        **metal_facts(made, taken),
        "segmentation_failure": scanned.failed and _failure(scanned),
        "unmeasured": list(unmeasured),
        "whole": {"ct": _whole(scanned.patient), "radiograph": _whole(made.patient)},
        "in_view": list(_figures(seen, unmeasured)),
    }


def _failure(scanned: _Scanned) -> dict[str, object]:
    assert scanned.failed is not None
    before, after = scanned.patient.labels, scanned.labels
    changed = np.unique(np.concatenate([each[before != after] for each in (before, after)]))
    spoilt = [label.name for label in MEASURED_LABELS if label.value in changed]
    return {"failure": scanned.failed.failure, "structure": scanned.failed.label.name, "spoilt": spoilt}


def _whole(patient: Patient) -> dict[str, dict[str, float]]:
    sums = zip(MEASURED_LABELS, patient.volumes_cm3().tolist(), patient.masses_g().tolist(), strict=True)
    return {label.name: {"volume_cm3": round(volume, 3), "mass_g": round(mass, 3)} for label, volume, mass in sums}


def _figures(seen: _InView, unmeasured: tuple[str, ...]) -> Iterator[dict[str, object]]:
    volumes, masses = seen.sums(seen.thickness_cm), seen.sums(seen.mass_g_per_cm2)
    for label in MEASURED_LABELS:
        volume, mass = float(volumes[label.channel]), float(masses[label.channel])
        if label.name in unmeasured or volume < SMALLEST_CM3:
            continue
        for quantity, value in values_of(label, volume, mass):
            yield {
                "structure": label.structure.name,
                "side": str(label.side),
                "quantity": str(quantity),
                "value": round(value, 4),
                "unit": UNITS[quantity],
            }
