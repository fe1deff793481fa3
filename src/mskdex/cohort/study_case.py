"""One patient of a study: its files, and what is true of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import UNITS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Tissue
from mskdex.cohort.atomic import write_bytes
from mskdex.cohort.virtual import VirtualPatient
from mskdex.cohort.virtual import camera_facts
from mskdex.cohort.virtual import imagine
from mskdex.cohort.virtual import person_facts
from mskdex.images.header import Photometric
from mskdex.images.write_dicom import Acquisition
from mskdex.images.write_dicom import dx_bytes
from mskdex.images.write_nifti import nifti_bytes
from mskdex.phantom.ct import scan
from mskdex.phantom.implant import implanted
from mskdex.phantom.implant import unmeasured_labels
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import Pose
from mskdex.phantom.pose import sample_ct_pose
from mskdex.phantom.posing import bone_motions
from mskdex.phantom.radiograph import TakenRadiograph
from mskdex.phantom.radiograph import take_radiograph
from mskdex.phantom.segmentation import Failed
from mskdex.phantom.segmentation import failed_segmentation
from mskdex.phantom.segmentation import sample_failure
from mskdex.physics import MUSCLE_DENSITY
from mskdex.report.maps import write_maps
from mskdex.schemes import get_scheme
from mskdex.schemes.mapping import foreign_labels
from mskdex.types import ImageMask
from mskdex.types import MapStack

if TYPE_CHECKING:
    from mskdex.cohort.study import StudyPlan

TRUTH = "truth"
_MONOCHROME1_SHARE = 0.3
_LEAST_CM3 = 0.01


@dataclass(frozen=True)
class _Supine:
    """The patient on the table of the CT scanner, and what became of its segmentation."""

    pose: Pose
    patient: Patient
    failed: Failed | None


@dataclass(frozen=True)
class _InView:
    """The truth inside the radiograph's field, on coarser pixels."""

    thickness_cm: MapStack
    mass_g_per_cm2: MapStack
    field: ImageMask
    spacing_mm: float

    def sums(self, maps: MapStack) -> np.ndarray:
        return np.asarray(maps.sum(axis=(1, 2), dtype=np.float64) * (self.spacing_mm / 10) ** 2)


def make_case(plan: "StudyPlan", folder: Path, index: int) -> str:
    """Write all files of patient ``index``; its truth last. Returns its id."""
    name = plan.patients.subject_id(index)
    rng = np.random.default_rng([plan.patients.seed, index])
    made = imagine(plan.patients, index, rng, plan.detector, oversampling=1)
    taken = take_radiograph(made.view.attenuation, plan.detector.spacing_mm, rng, made.exposure)
    supine = _lie_down(plan, made, rng)
    hu = scan(supine.patient, rng, noise_sd_hu=plan.ct_noise_hu)
    photometric = Photometric.MONOCHROME1 if rng.random() < _MONOCHROME1_SHARE else Photometric.MONOCHROME2
    frame = supine.patient.voxel_to_world
    write_bytes(folder / "radiographs" / f"{name}.dcm", _radiograph(plan, name, made, taken, photometric))
    write_bytes(folder / "ct" / f"{name}.nii.gz", nifti_bytes(hu, frame))
    write_bytes(folder / "labels" / f"{name}.nii.gz", nifti_bytes(_labels(plan, supine), frame))
    seen = _in_view(plan, made, taken)
    write_maps(folder / TRUTH / f"{name}.npz", seen.thickness_cm, seen.mass_g_per_cm2, seen.field, seen.spacing_mm)
    truth = _truth(name, made, supine, seen)
    write_bytes(folder / TRUTH / f"{name}.json", (json.dumps(truth, indent=1) + "\n").encode())
    return name


def _lie_down(plan: "StudyPlan", made: VirtualPatient, rng: np.random.Generator) -> _Supine:
    pose = sample_ct_pose(rng)
    patient = lay_down(made.body, pose, voxel_mm=plan.patients.voxel_mm)
    if made.prosthesis is not None:
        patient = implanted(patient, pose, made.prosthesis)
    failed = sample_failure(rng) if rng.random() < plan.failed_share else None
    return _Supine(pose, patient, failed)


def _labels(plan: "StudyPlan", supine: _Supine) -> np.ndarray:
    labels = supine.patient.labels
    if supine.failed is not None:
        labels = failed_segmentation(labels, supine.failed, REST_LABEL.value)
    return foreign_labels(labels, get_scheme(plan.label_scheme))


def _radiograph(
    plan: "StudyPlan", name: str, made: VirtualPatient, taken: TakenRadiograph, photometric: Photometric
) -> bytes:
    person, bits = made.person, made.exposure.bits
    acquisition = Acquisition(
        sdd_mm=round(made.camera.sdd_mm),
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


def _in_view(plan: "StudyPlan", made: VirtualPatient, taken: TakenRadiograph) -> _InView:
    stride, truth = plan.detector.map_stride, made.view.truth

    def coarser(maps: MapStack) -> MapStack:
        rows, columns = plan.detector.map_rows, plan.detector.map_columns
        seen = np.where(taken.field, maps, np.float32(0))
        return np.asarray(seen.reshape(len(maps), rows, stride, columns, stride).mean(axis=(2, 4)))

    share = taken.field.reshape(plan.detector.map_rows, stride, plan.detector.map_columns, stride).mean(axis=(1, 3))
    thickness, mass = coarser(truth.thickness_cm), coarser(truth.mass_g_per_cm2[: len(MEASURED_LABELS)])
    return _InView(thickness, mass, share >= 0.5, plan.detector.map_spacing_mm)


def _truth(name: str, made: VirtualPatient, supine: _Supine, seen: _InView) -> dict[str, Any]:
    unmeasured = unmeasured_labels(made.prosthesis.side) if made.prosthesis else ()
    failed = supine.failed and {"failure": supine.failed.failure, "structure": supine.failed.label.name}
    return {
        "id": name,
        "person": person_facts(made.person),
        "anatomy": made.template,
        "poses": {"ct": asdict(supine.pose), "radiograph": asdict(made.pose)},
        "ct_to_radiograph": {
            bone: motion.tolist() for bone, motion in bone_motions(made.body, supine.pose, made.pose).items()
        },
        "camera": camera_facts(made.camera),
        "exposure": asdict(made.exposure),
        "prosthesis": made.prosthesis and asdict(made.prosthesis),
        "segmentation_failure": failed,
        "unmeasured": list(unmeasured),
        "whole": {"ct": _whole(supine.patient), "radiograph": _whole(made.patient)},
        "in_view": list(_figures(seen, unmeasured)),
    }


def _whole(patient: Patient) -> dict[str, dict[str, float]]:
    sums = zip(MEASURED_LABELS, patient.volumes_cm3().tolist(), patient.masses_g().tolist(), strict=True)
    return {label.name: {"volume_cm3": round(volume, 3), "mass_g": round(mass, 3)} for label, volume, mass in sums}


def _figures(seen: _InView, unmeasured: tuple[str, ...]) -> Iterator[dict[str, object]]:
    volumes, masses = seen.sums(seen.thickness_cm), seen.sums(seen.mass_g_per_cm2)
    for label in MEASURED_LABELS:
        volume, mass = float(volumes[label.channel]), float(masses[label.channel])
        if label.name in unmeasured or volume < _LEAST_CM3:
            continue
        values = {Quantity.VOLUME: volume, Quantity.BONE_MASS: mass}
        if label.structure.tissue is Tissue.MUSCLE:
            lean = mass / (MUSCLE_DENSITY * volume)
            values = {Quantity.VOLUME: volume, Quantity.LEAN_MASS: mass, Quantity.LEAN_FRACTION: lean}
        for quantity, value in values.items():
            yield {
                "structure": label.structure.name,
                "side": str(label.side),
                "quantity": str(quantity),
                "value": round(value, 4),
                "unit": UNITS[quantity],
            }
