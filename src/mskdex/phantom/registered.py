"""A CT carried onto a radiograph by a rigid registration of its bones that leaves an error, and projected there.

A bone that is moved under a camera looks as it lies under the camera moved back: each group of bones is projected from
its own camera, exactly, and no voxel is drawn anew. Soft tissue goes along with the bones.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import PELVIS_PARTS
from mskdex.geometry import ConeBeam
from mskdex.geometry import Rigid
from mskdex.geometry import transform_points
from mskdex.phantom.carried import Bone
from mskdex.phantom.carried import carry
from mskdex.projection import Projection
from mskdex.projection import ProjectionVolume
from mskdex.projection import project
from mskdex.projection.maps import PerLabel
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


def project_registered(
    ct: ProjectionVolume,
    motions: Mapping[str, Affine],
    camera: ConeBeam,
    error: RegistrationError,
    rng: np.random.Generator,
    *,
    oversample: int = 1,
) -> Projection:
    """Maps of the CT as a registration of its bones puts it in the radiograph; channels as ``anatomy.LABELS``.

    Bones are where it puts them; all else is carried along (`carry`), at the volume and mass that it has in the CT, but
    for a structure of so few voxels that none of them is left.

    Args:
        ct: the body in the CT's pose.
        motions: the true motion of each of ``BONE_GROUPS`` from CT to radiograph, ``posing.bone_motions``.
        camera: of the radiograph.
        error: what the registration leaves.
        rng: source of randomness.
        oversample: rays along each side of a pixel.

    Raises:
        ValueError: the CT holds no bone.
    """
    moved: list[Bone] = []
    alone: list[Projection] = []
    for name, labels in BONE_GROUPS.items():
        values = [label.value for label in labels]
        bone, to_radiograph = ct.only(values), Rigid(motions[name])
        registered = error.sample(rng, camera, to_radiograph.apply(_centre_mm(bone))) @ to_radiograph
        moved.append((values, registered))
        alone.append(project(bone, camera.moved(registered.inverse), len(values), oversample=oversample))
    maps = _carried_along(ct, moved, camera, oversample)
    for labels, seen in zip(BONE_GROUPS.values(), alone, strict=True):
        channels = [label.channel for label in labels]
        maps.thickness_cm[channels], maps.mass_g_per_cm2[channels] = seen.thickness_cm, seen.mass_g_per_cm2
    return maps


def _carried_along(ct: ProjectionVolume, bones: Sequence[Bone], camera: ConeBeam, oversample: int) -> Projection:
    """Everything where the bones carry it, each label at the CT's volume and mass."""
    carried = carry(ct, bones)
    seen = project(carried, camera, oversample=oversample)
    (volume, mass), (volume_then, mass_then) = _content(ct), _content(carried)
    thickness_cm = seen.thickness_cm * _ratio(volume, volume_then)
    return Projection(thickness_cm, seen.mass_g_per_cm2 * _ratio(mass, mass_then), seen.pixel_area_cm2)


def _content(volume: ProjectionVolume) -> tuple[PerLabel, PerLabel]:
    """Voxels of each label, and their summed densities."""
    labels, count = volume.labels.ravel(), len(LABELS) + 1
    density = volume.density_g_per_cm3.ravel()
    voxels, weight = (np.bincount(labels, each, count)[1:] for each in (np.ones_like(density), density))
    return voxels, weight


def _ratio(before: PerLabel, after: PerLabel) -> Float32[ndarray, "labels 1 1"]:
    ratio = np.where(after > 0, before / np.maximum(after, 1e-9), 1.0)
    return ratio.astype(np.float32)[:, None, None]


def _centre_mm(volume: ProjectionVolume) -> Vector3:
    """Of all its voxels; of its frame, if it has none."""
    voxels = np.argwhere(volume.packed)
    middle = voxels.mean(axis=0) if len(voxels) else np.zeros(3)
    return transform_points(volume.voxel_to_world, middle)
