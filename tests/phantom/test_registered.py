"""A registered CT: bones exactly where the true motion puts them, off by no more and no less than the error says."""

import numpy as np
import pytest

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import View
from mskdex.geometry import Rigid
from mskdex.geometry import ap_camera
from mskdex.geometry import voxel_grid
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import Pose
from mskdex.phantom.posing import Body
from mskdex.phantom.posing import bone_motions
from mskdex.phantom.registered import BONE_GROUPS
from mskdex.phantom.registered import RegistrationError
from mskdex.phantom.registered import project_registered
from mskdex.projection import Projection
from mskdex.projection import ProjectionVolume
from mskdex.projection import project

IN_CT = Pose((3.0, 1.0, -1.0), ((-3.0, 2.0, -9.0), (-4.0, -1.0, 6.0)))
IN_RADIOGRAPH = Pose((-5.0, 2.0, 3.0), ((2.0, 5.0, 12.0), (1.0, -4.0, -10.0)))
CAMERA = ap_camera((0, 0, 10), sdd_mm=1100, object_to_detector_mm=180, rows=96, columns=80, spacing_mm=6.0)
NONE = RegistrationError(0.0, 0.0)
BONES = [label.channel for label in BONE_LABELS]


def _volume(patient: Patient) -> ProjectionVolume:
    return ProjectionVolume.from_arrays(patient.labels, patient.measured_density(), patient.voxel_to_world)


def _registered(body: Body, error: RegistrationError, voxel_mm: float = 2.5) -> tuple[Patient, Projection]:
    ct = lay_down(body, IN_CT, voxel_mm=voxel_mm)
    motions = bone_motions(body, IN_CT, IN_RADIOGRAPH)
    rng = np.random.default_rng(0)
    return ct, project_registered(_volume(ct), motions, CAMERA, error, rng, oversample=8)


def test_without_error_the_bones_lie_where_the_radiograph_has_them(body: Body) -> None:
    in_ct, registered = _registered(body, NONE, voxel_mm=1.25)
    ct = project(_volume(in_ct), CAMERA, oversample=4)
    there = project(_volume(lay_down(body, IN_RADIOGRAPH, voxel_mm=1.25)), CAMERA, oversample=4)
    off_px, apart_px = (np.abs(_centres(each) - _centres(registered))[BONES].max(axis=1) for each in (there, ct))
    # Each pose is painted on voxels of its own; a pixel is 6 mm.
    assert off_px.max() < 0.1
    assert np.median(apart_px) > 0.3
    np.testing.assert_allclose(registered.volume_cm3[BONES], there.volume_cm3[BONES], rtol=0.03)
    np.testing.assert_allclose(registered.mass_g[BONES], there.mass_g[BONES], rtol=0.03)


def test_no_error_takes_anything_from_a_bone_or_a_muscle(body: Body) -> None:
    ct, registered = _registered(body, RegistrationError(8.0, 6.0))
    inside = [*BONES, *(label.channel for label in MUSCLE_LABELS if label.structure.view is View.WHOLE)]
    np.testing.assert_allclose(registered.volume_cm3[inside], ct.volumes_cm3()[inside], rtol=0.01)
    np.testing.assert_allclose(registered.mass_g[inside], ct.masses_g()[inside], rtol=0.01)


def test_bones_of_a_group_move_as_one_and_groups_apart(body: Body) -> None:
    (_, off), (_, exact) = _registered(body, RegistrationError(8.0, 0.0, 1.0)), _registered(body, NONE)
    moved = _centres(off) - _centres(exact)
    pelvis = [label.channel for label in BONE_GROUPS["pelvis"]]
    apart = [*BONE_GROUPS["femur_right"], *BONE_GROUPS["femur_left"]]
    assert np.ptp(moved[pelvis], axis=0).max() < 0.2  # nearer the source, farther apart
    for label in apart:
        assert np.linalg.norm(moved[label.channel] - moved[pelvis[0]]) > 0.3


def test_the_error_is_as_large_as_it_says() -> None:
    error, centre, rng = RegistrationError(1.0, 0.5, 3.0), np.array([80.0, 10.0, -60.0]), np.random.default_rng(1)
    turned = CAMERA.moved(Rigid.rotation((20.0, 30.0, 40.0)))
    errors = [error.sample(rng, turned, centre) for _ in range(4000)]
    shifts = np.array([each.apply(centre) - centre for each in errors]) @ turned.camera_to_world[:3, :3]
    angles = [np.linalg.norm(each.rotation_vector_deg) for each in errors]
    assert _rms(np.linalg.norm(shifts[:, :2], axis=1)) == pytest.approx(1.0, rel=0.04)
    assert _rms(shifts[:, 2]) == pytest.approx(3.0 / np.sqrt(2), rel=0.04)
    assert _rms(np.array(angles)) == pytest.approx(0.5, rel=0.04)
    assert np.abs(shifts.mean(axis=0)).max() < 0.1


def test_a_displaced_bone_is_seen_displaced() -> None:
    """Against a voxel put elsewhere by hand, not against the camera's own arithmetic."""
    labels = np.zeros((3, 3, 3), np.uint8)
    labels[1, 1, 1] = BONE_LABELS[2].value
    motion = Rigid.translation((12.0, 0.0, -18.0)) @ Rigid.rotation((0.0, 30.0, 0.0), about_mm=(5.0, 5.0, 5.0))
    motions = dict.fromkeys(BONE_GROUPS, motion.matrix)
    ct = ProjectionVolume.from_arrays(labels, labels * np.float32(0.03), voxel_grid(10.0, (40.0, 0.0, 20.0)))
    seen = project_registered(ct, motions, CAMERA, NONE, np.random.default_rng(0), oversample=4)
    expected = CAMERA.project_points(motion.apply((50.0, 10.0, 30.0)))
    assert np.abs(_centres(seen)[BONES[2]] - expected).max() < 0.1


def _centres(maps: Projection) -> np.ndarray:
    """(row, column) of each map's centre."""
    total = maps.thickness_cm.sum(axis=(1, 2), keepdims=True)
    share = maps.thickness_cm / np.maximum(total, 1e-9)
    rows, columns = np.mgrid[: CAMERA.rows, : CAMERA.columns]
    return np.stack([(share * rows).sum(axis=(1, 2)), (share * columns).sum(axis=(1, 2))], axis=1)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
