"""How exactly muscles keep their volume, and bones their shape, from the CT's pose to the radiograph's.

Command: python benchmarks/poses.py [--anatomy builtin --count 12]

Figures are of the muscles that the body's window holds whole, at 2.5 mm: the relative difference of a muscle's painted
volume between the two poses, and from the person's own; and of the bones of the pelvis, how far a bone's centre lies
from where its rigid motion puts it, and how much its volume changes, which is what painting on voxels leaves.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Label
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import person_for
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import sample_ct_pose
from mskdex.phantom.pose import sample_radiograph_pose
from mskdex.phantom.posing import bone_motions
from results import write_result

SEED, VOXEL_MM = 24, 2.5
WHOLE_BONES = [label for label in BONE_LABELS if label.structure.name != "femur"]
SHARES = (0.5, 0.9, 0.99, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anatomy", default="builtin")
    parser.add_argument("--count", type=int, default=12)
    options = parser.parse_args()
    off, between, bones, bones_mm = zip(*(_one(options.anatomy, index) for index in range(options.count)), strict=True)
    figures = {
        "quantiles": SHARES,
        "between_poses_percent": _quantiles(between),
        "from_the_person_percent": _quantiles(off),
        "bones_between_poses_percent": _quantiles(bones),
        "bone_centre_off_mm": [round(float(np.quantile(bones_mm, share)), 3) for share in SHARES],
    }
    kind = VirtualPlan(options.anatomy).settings()["anatomy"]
    write_result(
        "poses", "python benchmarks/poses.py", SEED, f"{options.count} {kind} patients, {VOXEL_MM} mm", figures
    )
    print(figures)


def _one(anatomy: str, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]:
    rng = np.random.default_rng([SEED, index])
    growable = growable_of(anatomy, SEED, index, VOXEL_MM)
    body = embody(person_for(growable, rng), growable, rng)
    poses = sample_ct_pose(rng), sample_radiograph_pose(rng)
    ct, radiograph = (lay_down(body, pose, voxel_mm=VOXEL_MM) for pose in poses)
    whole = body.is_whole[: len(MUSCLE_LABELS)]
    volumes = [patient.volumes_cm3()[: len(MUSCLE_LABELS)][whole] for patient in (ct, radiograph)]
    wanted = body.volume_cm3[: len(MUSCLE_LABELS)][whole]
    motion = bone_motions(body, *poses)["pelvis"]
    moved = [motion[:3, :3] @ _centre(ct, label) + motion[:3, 3] for label in WHOLE_BONES]
    off_mm = [
        float(np.linalg.norm(_centre(radiograph, label) - centre))
        for label, centre in zip(WHOLE_BONES, moved, strict=True)
    ]
    bones = [[patient.volumes_cm3()[label.channel] for label in WHOLE_BONES] for patient in (ct, radiograph)]
    changes = (
        np.abs(np.divide(later, before) - 1) for later, before in ((volumes[1], wanted), volumes[::-1], bones[::-1])
    )
    return (*changes, off_mm)


def _centre(patient: Patient, label: Label) -> np.ndarray:
    voxels = np.argwhere(patient.labels == label.value).mean(axis=0)
    return np.asarray(patient.voxel_to_world[:3, :3] @ voxels + patient.voxel_to_world[:3, 3])


def _quantiles(errors: Sequence[np.ndarray]) -> list[float]:
    return [round(100 * float(np.quantile(np.concatenate(errors), share)), 3) for share in SHARES]


if __name__ == "__main__":
    main()
