"""How exactly muscles keep their volume, and bones their shape, from the CT's pose to the radiograph's.

Command: python benchmarks/poses.py [--anatomy builtin --count 12]

Figures are of the muscles that the body's window holds whole, at 2.5 mm: the relative difference of a muscle's painted
volume between the two poses, and from the person's own; and of the bones of the pelvis, at 2.5 and 1.25 mm: how far
a bone's centre lies from where its rigid motion puts it, and how much its volume changes, which is what painting on
voxels leaves.
"""

import argparse
from collections.abc import Sequence
from typing import Any

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
from mskdex.phantom.pose import Pose
from mskdex.phantom.pose import sample_ct_pose
from mskdex.phantom.pose import sample_radiograph_pose
from mskdex.phantom.posing import Body
from mskdex.phantom.posing import bone_motions
from results import write_result

SEED, VOXEL_MM, FINE_MM = 24, 2.5, 1.25
WHOLE_BONES = [label for label in BONE_LABELS if label.structure.name != "femur"]
SHARES = (0.5, 0.9, 0.99, 1.0)

Poses = tuple[Pose, Pose]
Laid = tuple[Patient, Patient]
"""In the CT's pose, in the radiograph's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anatomy", default="builtin")
    parser.add_argument("--count", type=int, default=12)
    options = parser.parse_args()
    muscles, coarse, fine = zip(*(_one(options.anatomy, index) for index in range(options.count)), strict=True)
    between, off = (np.concatenate(each) for each in zip(*muscles, strict=True))
    figures = {
        "quantiles": SHARES,
        "between_poses_percent": _quantiles(100 * between),
        "from_the_person_percent": _quantiles(100 * off),
        "bones": [_of_bones(VOXEL_MM, coarse), _of_bones(FINE_MM, fine)],
    }
    kind = VirtualPlan(options.anatomy).settings()["anatomy"]
    write_result("poses", "python benchmarks/poses.py", SEED, f"{options.count} {kind} patients", figures)
    print(figures)


def _of_bones(voxel_mm: float, errors: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    changed, off_mm = (np.concatenate(each) for each in zip(*errors, strict=True))
    return {
        "voxel_mm": voxel_mm,
        "between_poses_percent": _quantiles(100 * changed),
        "centre_off_mm": _quantiles(off_mm),
    }


def _one(
    anatomy: str, index: int
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Errors of muscles, of bones, and of bones on fine voxels."""
    rng = np.random.default_rng([SEED, index])
    growable = growable_of(anatomy, SEED, index, VOXEL_MM)
    body = embody(person_for(growable, rng), growable, rng)
    poses = sample_ct_pose(rng), sample_radiograph_pose(rng)
    laid, finer = (
        (lay_down(body, poses[0], voxel_mm=edge), lay_down(body, poses[1], voxel_mm=edge))
        for edge in (VOXEL_MM, FINE_MM)
    )
    return _muscles(body, laid), _bones(body, poses, laid), _bones(body, poses, finer)


def _muscles(body: Body, laid: Laid) -> tuple[np.ndarray, np.ndarray]:
    """How much volumes change from pose to pose, and differ from the person's; shares of one."""
    whole = body.is_whole[: len(MUSCLE_LABELS)]
    before, after = (patient.volumes_cm3()[: len(MUSCLE_LABELS)][whole] for patient in laid)
    wanted = body.volume_cm3[: len(MUSCLE_LABELS)][whole]
    return np.abs(after / before - 1), np.abs(after / wanted - 1)


def _bones(body: Body, poses: Poses, laid: Laid) -> tuple[np.ndarray, np.ndarray]:
    """How much volumes change from pose to pose, a share of one, and how many mm off centres are."""
    motion = bone_motions(body, *poses)["pelvis"]
    channels = [label.channel for label in WHOLE_BONES]
    before, after = (patient.volumes_cm3()[channels] for patient in laid)
    off_mm = [
        float(np.linalg.norm(motion[:3, :3] @ _centre(laid[0], label) + motion[:3, 3] - _centre(laid[1], label)))
        for label in WHOLE_BONES
    ]
    return np.abs(after / before - 1), np.array(off_mm)


def _centre(patient: Patient, label: Label) -> np.ndarray:
    voxels = np.argwhere(patient.labels == label.value).mean(axis=0)
    return np.asarray(patient.voxel_to_world[:3, :3] @ voxels + patient.voxel_to_world[:3, 3])


def _quantiles(errors: np.ndarray) -> list[float]:
    return [round(float(np.quantile(errors, share)), 3) for share in SHARES]


if __name__ == "__main__":
    main()
