"""Bones carried from a CT onto a radiograph by a rigid registration that leaves an error, and projected there.

A bone that is moved under a camera looks as it lies under the camera moved back: each group of bones is projected from
its own camera, exactly, and no voxel is drawn anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import PELVIS_PARTS
from mskdex.geometry import ConeBeam
from mskdex.geometry import Rigid
from mskdex.geometry import transform_points
from mskdex.projection import Projection
from mskdex.projection import ProjectionVolume
from mskdex.projection import project
from mskdex.types import Affine
from mskdex.types import Vector3

BONE_GROUPS = {
    bone: tuple(LABEL_BY_NAME[name] for name in names)
    for bone, names in {
        "pelvis": PELVIS_PARTS,
        "femur_right": ("femur_right",),
        "femur_left": ("femur_left",),
    }.items()
}
"""What moves as one bone, by the names of ``posing.bone_motions``."""


@dataclass(frozen=True)
class RegistrationError:
    """How far from its true place a 2D-3D registration leaves a bone; normal, without a bias. The sizes are ours.

    Attributes:
        translation_mm: root mean square of the displacement in the detector's plane.
        rotation_deg: root mean square of the angle, about any axis through the bone's centre alike.
        depth_factor: SD of the displacement along the beam, over that along either axis of the detector: from one view,
            depth shows in nothing but the magnification.
    """

    translation_mm: float = 1.0
    rotation_deg: float = 0.5
    depth_factor: float = 3.0

    def sample(self, rng: np.random.Generator, camera: ConeBeam, centre_mm: Vector3) -> Rigid:
        """What moves a bone with this centre from where it truly lies to where the registration puts it."""
        turn_deg = rng.normal(0, 1, 3) * self.rotation_deg / np.sqrt(3)
        shift_mm = rng.normal(0, 1, 3) * self.translation_mm / np.sqrt(2) * (1, 1, self.depth_factor)
        shift = Rigid.translation(camera.camera_to_world[:3, :3] @ shift_mm)
        return shift @ Rigid.rotation(turn_deg, about_mm=centre_mm)


def project_registered_bones(
    ct: ProjectionVolume,
    motions: Mapping[str, Affine],
    camera: ConeBeam,
    error: RegistrationError,
    rng: np.random.Generator,
    *,
    oversample: int = 1,
) -> Projection:
    """Maps of the bones as a registration puts them in the radiograph; channels as ``anatomy.BONE_LABELS``.

    Args:
        ct: the body in the CT's pose.
        motions: the true motion of each of ``BONE_GROUPS`` from CT to radiograph, ``posing.bone_motions``.
        camera: of the radiograph.
        error: what the registration leaves.
        rng: source of randomness.
        oversample: rays along each side of a pixel.
    """
    shape = (len(BONE_LABELS), camera.rows, camera.columns)
    thickness_cm, mass_g_per_cm2 = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for bone, labels in BONE_GROUPS.items():
        group = ct.only([label.value for label in labels])
        to_radiograph = Rigid(motions[bone])
        registered = error.sample(rng, camera, to_radiograph.apply(_centre_mm(group))) @ to_radiograph
        seen = project(group, camera.moved(registered.inverse), len(labels), oversample=oversample)
        channels = [BONE_LABELS.index(label) for label in labels]
        thickness_cm[channels], mass_g_per_cm2[channels] = seen.thickness_cm, seen.mass_g_per_cm2
    return Projection(thickness_cm, mass_g_per_cm2, camera.pixel_area_cm2)


def _centre_mm(volume: ProjectionVolume) -> Vector3:
    """Of all its voxels; of its frame, if it has none."""
    voxels = np.argwhere(volume.packed)
    middle = voxels.mean(axis=0) if len(voxels) else np.zeros(3)
    return transform_points(volume.voxel_to_world, middle)
