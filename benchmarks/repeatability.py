"""How well a model repeats itself: four radiographs of the same virtual patient, each in another pose, camera and
exposure.

Command: python benchmarks/repeatability.py [--model FOLDER --patients 16]

The figure is the root mean square over patients of the coefficient of variation over the four (RMS-CV, as studies
of bone density give it; arXiv:2307.11513 has 3.3-3.8 % for density from four poses of a hip), of structures that lie
wholly in all four fields. The truth does not move: whatever the pose, a muscle holds the same volume. Patients are of
templates that no cohort of this seed trains on. A model that always says the same repeats itself perfectly, so the
spread between patients stands beside it.
"""

import argparse
from pathlib import Path

import numpy as np

from accuracy_cases import WHOLE
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import View
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import person_for
from mskdex.images.grid import MODEL_GRID
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.model.told import Told
from mskdex.phantom.patient import embody
from mskdex.phantom.posing import Body
from results import write_result
from virtual_radiograph import IN_VIEW
from virtual_radiograph import VOXEL_MM
from virtual_radiograph import see

SEED, POSES = 4000, 4
COUNT = len(MEASURED_LABELS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", default="builtin")
    parser.add_argument("--patients", type=int, default=16)
    options = parser.parse_args()
    model = load_model(options.model)
    read = [_patient(model, options.anatomy, index) for index in range(options.patients)]
    volume, mass, share = (np.stack(each) for each in zip(*read, strict=True))  # [patients, poses, 41]
    whole = (share >= IN_VIEW).all(axis=1)
    figures = {
        "muscle_volume": _summary(volume, whole, WHOLE),
        "muscle_lean_mass": _summary(mass, whole, WHOLE),
        "bone_mass": _summary(mass, whole, [label for label in BONE_LABELS if label.structure.view is View.WHOLE]),
        "model_sha256": model.card.sha256,
    }
    kind = VirtualPlan(options.anatomy).settings()["anatomy"]
    cohort = f"{options.patients} {kind} patients, {POSES} radiographs each"
    write_result("repeatability", "python benchmarks/repeatability.py", SEED, cohort, figures)
    print({name: value["mean"] if isinstance(value, dict) else value for name, value in figures.items()})


def _patient(model: OnnxModel, anatomy: str, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Volumes, masses and shares in view [poses, 41] that the model reads from a patient's radiographs."""
    rng = np.random.default_rng([SEED, index])
    growable = growable_of(anatomy, SEED, index, VOXEL_MM)
    body = embody(person_for(growable, rng), growable, rng)
    volume, mass, share = zip(*(_radiograph(model, body, rng) for _ in range(POSES)), strict=True)
    return np.stack(volume), np.stack(mass), np.stack(share)


def _radiograph(model: OnnxModel, body: Body, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    seen = see(body, rng)
    thickness, mass = model.run(seen.channels[None], Told().vector()[None])
    area = MODEL_GRID.map_pixel_area_cm2
    return thickness[0, :COUNT].sum((1, 2)) * area, mass[0].sum((1, 2)) * area, seen.share


def _summary(values: np.ndarray, whole: np.ndarray, labels: list[Label]) -> dict[str, object]:
    per_structure = {label.name: _repeated(values[whole[:, label.channel], :, label.channel]) for label in labels}
    names = ("rms_cv_percent", "between_patients_percent")
    mean = {name: round(float(np.nanmean([each[name] for each in per_structure.values()])), 2) for name in names}
    return {"mean": mean, "per_structure": per_structure}


def _repeated(values: np.ndarray) -> dict[str, float]:
    """Of values [patients, poses]."""
    if len(values) < 2:
        return {"patients": len(values), "rms_cv_percent": float("nan"), "between_patients_percent": float("nan")}
    mean = values.mean(axis=1)
    rms = np.sqrt(np.mean((values.std(axis=1, ddof=1) / mean) ** 2))
    between = mean.std(ddof=1) / mean.mean()
    figures = {"rms_cv_percent": 100 * float(rms), "between_patients_percent": 100 * float(between)}
    return {"patients": len(values), **{name: round(value, 2) for name, value in figures.items()}}


if __name__ == "__main__":
    main()
