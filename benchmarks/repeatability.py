"""How well a model repeats itself: four radiographs of the same virtual patient, each in another pose, camera and
exposure.

Command: python benchmarks/repeatability.py [--model FOLDER --patients 16 --anatomy builtin atlas:PATH]

The figure is the root mean square over patients of the coefficient of variation over the four (RMS-CV, as studies
of bone density give it; arXiv:2307.11513 has 3.3-3.8 % for density from four poses of a hip), of structures that lie
wholly in all four fields. The truth does not move: whatever the pose, a muscle holds the same volume. Templates are
drawn from a seed of their own, so a model that has learnt from cohorts of other seeds has seen none of them; a cohort
of this seed would train on most. A model that always says the same repeats itself perfectly, so the
spread between patients stands beside it. Intervals are of a bootstrap over patients, each of a template of his own;
each anatomy source has figures of its own. "image" is from the image alone; "setup" with the model told how far source,
table and detector were apart, which differs from pose to pose.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from accuracy_cases import WHOLE
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Label
from mskdex.anatomy import View
from mskdex.cohort.plan import PHANTOM
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import person_for
from mskdex.images.grid import MODEL_GRID
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.phantom.patient import embody
from mskdex.training.scores import lean_fraction
from resampling import resamples
from results import write_result
from virtual_radiograph import IN_VIEW
from virtual_radiograph import VOXEL_MM
from virtual_radiograph import Seen
from virtual_radiograph import see

SEED, POSES = 4000, 4
COUNT = len(MEASURED_LABELS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", nargs="+", default=["builtin"], help="builtin, atlas:PATH or ct:PATH")
    parser.add_argument("--patients", type=int, default=16, help="of each anatomy")
    options = parser.parse_args()
    model = load_model(options.model)
    kinds = [VirtualPlan(anatomy).settings()["anatomy"] for anatomy in options.anatomy]
    anatomies = {kind: _anatomy(model, one, options.patients) for kind, one in zip(kinds, options.anatomy, strict=True)}
    cohort = "; ".join(f"{options.patients} {kind} patients, {POSES} radiographs each" for kind in kinds)
    figures = {"model_sha256": model.card.sha256, "phantom": PHANTOM, "anatomies": anatomies}
    write_result("repeatability", command_of(options.patients, kinds), SEED, cohort, figures)
    for kind, ways in anatomies.items():
        print(kind, {way: {name: value["mean"] for name, value in found.items()} for way, found in ways.items()})


def command_of(patients: int, kinds: list[str]) -> str:
    """As it must be given again; where a source lies is this machine's affair."""
    named = " ".join(kind if kind == "builtin" else f"{kind}:PATH" for kind in kinds)
    return f"python benchmarks/repeatability.py --patients {patients} --anatomy {named}"


def _anatomy(model: OnnxModel, anatomy: str, patients: int) -> dict[str, dict[str, Any]]:
    """Figures of one source, by what the model is told."""
    seen = [_patient(anatomy, index) for index in range(patients)]
    whole = np.array([[each.share >= IN_VIEW for each in poses] for poses in seen]).all(axis=1)
    return {str(way): _figures(model, seen, whole, way) for way in (Knowing.IMAGE, Knowing.SETUP)}


def _patient(anatomy: str, index: int) -> list[Seen]:
    """A patient's radiographs."""
    rng = np.random.default_rng([SEED, index])
    growable = growable_of(anatomy, SEED, index, VOXEL_MM)
    body = embody(person_for(growable, rng), growable, rng)
    return [see(body, rng) for _ in range(POSES)]


def _figures(model: OnnxModel, seen: list[list[Seen]], whole: np.ndarray, way: Knowing) -> dict[str, dict[str, Any]]:
    """How the model repeats itself, told this or that; ``whole`` [patients, 41] is what all of a patient's show."""
    read = [[_read(model, each, way) for each in poses] for poses in seen]
    volume, mass = np.moveaxis(np.array(read), 2, 0)  # [patients, poses, 41]
    return {
        "muscle_volume": _summary(volume, whole, WHOLE),
        "muscle_lean_mass": _summary(mass, whole, WHOLE),
        "muscle_lean_fraction": _summary(lean_fraction(mass, volume), whole, WHOLE),
        "bone_mass": _summary(mass, whole, [label for label in BONE_LABELS if label.structure.view is View.WHOLE]),
    }


def _read(model: OnnxModel, seen: Seen, way: Knowing) -> np.ndarray:
    """Volumes and masses [2, 41]."""
    told = Told(None, seen.setup if way is Knowing.SETUP else None)
    thickness, mass = model.run(seen.channels[None], told.vector()[None])
    return np.stack([maps.sum((1, 2)) * MODEL_GRID.map_pixel_area_cm2 for maps in (thickness[0, :COUNT], mass[0])])


def _summary(values: np.ndarray, whole: np.ndarray, labels: list[Label]) -> dict[str, Any]:
    """The mean over structures, and each; values [patients, poses, 41], ``whole`` [patients, 41]."""
    per_structure = {label.name: _repeated(values[whole[:, label.channel], :, label.channel]) for label in labels}
    names = ("rms_cv_percent", "between_patients_percent")
    mean: dict[str, Any] = {
        name: round(float(np.nanmean([each[name] for each in per_structure.values()])), 2) for name in names
    }
    channels = [label.channel for label in labels]
    mean["rms_cv_percent_95"] = _interval(values[:, :, channels], whole[:, channels])
    return {"mean": mean, "per_structure": per_structure}


def _interval(values: np.ndarray, whole: np.ndarray) -> list[float]:
    """95 % interval of the mean RMS-CV over structures, of patients drawn again; a structure needs two of them."""
    squared = (values.std(axis=1, ddof=1) / np.maximum(values.mean(axis=1), 1e-9)) ** 2
    times = resamples(np.arange(len(values)))
    count = times @ whole
    rms = np.sqrt(np.where(count >= 2, times @ np.where(whole, squared, 0.0) / np.maximum(count, 1), np.nan))
    ends = np.nanpercentile(100 * np.nanmean(rms, axis=1), [2.5, 97.5])
    return [round(float(each), 2) for each in ends]


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
