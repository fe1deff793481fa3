"""A patient's truth: posed without losing volume, rigid where bones are, and adding up on the detector."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Side
from mskdex.phantom.beam import Beam
from mskdex.phantom.beam import primary_attenuation
from mskdex.phantom.implants.frame import METAL_HU
from mskdex.phantom.implants.prosthesis import sample_total_hip
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.pose import Pose
from mskdex.phantom.posing import Body
from mskdex.phantom.posing import bone_motions
from mskdex.phantom.shape import sample_warp
from mskdex.phantom.template import GROWING
from mskdex.phantom.view import View
from mskdex.phantom.view import paths_g_per_cm2
from mskdex.phantom.view import sample_setup
from mskdex.physics import partial_densities_g_per_cm3
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project

POSE = Pose((6.0, 2.0, -3.0), ((-4.0, 6.0, 10.0), (3.0, -5.0, -12.0)))


@pytest.fixture(scope="module")
def posed(body: Body) -> Patient:
    return lay_down(body, POSE)


def test_supine_is_the_template_itself(body: Body) -> None:
    patient = lay_down(body, SUPINE, voxel_mm=5.0)
    expected = body.growable.volume_cm3[: len(MUSCLE_LABELS)]
    assert np.abs(patient.volumes_cm3()[:36] / expected - 1).max() < 0.02


def test_muscles_hold_their_volume_in_any_pose(body: Body, posed: Patient) -> None:
    errors = np.abs(posed.volumes_cm3()[: len(MUSCLE_LABELS)] / body.volume_cm3[: len(MUSCLE_LABELS)] - 1)
    # One of the toy's voxels is 0.7 % of its balls.
    assert errors.max() < 0.015
    assert np.median(errors) < 0.005


def test_a_muscle_that_is_cut_keeps_its_girth_instead(body: Body) -> None:
    cut = replace(body, is_whole=np.zeros(len(GROWING), bool))
    wider = replace(cut, shape=replace(body.shape, scale=np.array([1.2, 1.0, 1.0])))
    volumes = lay_down(wider, SUPINE).volumes_cm3()[: len(MUSCLE_LABELS)]
    np.testing.assert_allclose(volumes / body.volume_cm3[: len(MUSCLE_LABELS)], 1.2, rtol=0.02)


def test_bones_keep_their_shape_in_any_pose(body: Body, posed: Patient) -> None:
    still = lay_down(body, SUPINE)
    for name in ("femur_right", "femur_left", "hip_bone_left", "sacrum"):
        value = LABEL_BY_NAME[name].value
        moved, rest = (np.argwhere(patient.labels == value) for patient in (posed, still))
        assert abs(len(moved) / len(rest) - 1) < 0.02, name
        # The second moments of a rigid body are the same about its own axes.
        moved_axes, rest_axes = (np.sqrt(np.linalg.eigvalsh(np.cov(points.T))) for points in (moved, rest))
        assert np.abs(moved_axes / rest_axes - 1).max() < 0.05, name


def test_bones_as_seen_weigh_what_they_weigh_and_differ_at_their_surface_alone(body: Body, posed: Patient) -> None:
    own, seen = (hu[posed.labels > 0].astype(float) for hu in (posed.hu, posed.mixed_hu))
    # To X-rays 1000 HU are as much as the water in a voxel. The toy's bones are seven of its voxels wide.
    assert abs((seen - own).sum()) < 0.06 * (own[own > 150] + 1000).sum()
    changed = np.argwhere(posed.hu != posed.mixed_hu) * 2.5 + posed.voxel_to_world[:3, 3]
    away_mm = np.linalg.norm(changed - posed.hips_mm[1], axis=1)
    femur = away_mm[away_mm < 25]
    # The toy's is a ball of 18 mm, made of voxels of 5 mm.
    assert len(femur) > 300
    assert np.abs(femur - 18).max() < 4


def test_a_radiograph_is_smoother_than_the_voxels_of_bones(posed: Patient) -> None:
    camera = sample_setup(np.random.default_rng(2), posed, rows=200, columns=200, spacing_mm=2.0).camera
    own, seen = (paths_g_per_cm2(patient, camera)[2] for patient in (replace(posed, mixed_hu=posed.hu), posed))
    roughness = [np.abs(ndimage.laplace(path)).sum() for path in (own, seen)]
    assert roughness[1] < 0.7 * roughness[0]


def test_femurs_turn_about_their_hip_centres(body: Body, posed: Patient) -> None:
    still = lay_down(body, SUPINE)
    value = LABEL_BY_NAME["femur_left"].value
    # The toy's femoral heads are balls about the hip centres, which the pelvis carries along.
    np.testing.assert_allclose(_centre(posed, value), posed.hips_mm[1], atol=0.5)
    np.testing.assert_allclose(_centre(still, value), body.hips_mm[1], atol=0.5)


def test_bone_motions_lead_from_one_pose_to_the_other(body: Body) -> None:
    before = Pose((-3.0, 1.0, 2.0), ((5.0, 2.0, -9.0), (4.0, -3.0, 8.0)))
    lying, standing = (lay_down(body, pose, voxel_mm=1.25) for pose in (before, POSE))
    motions = bone_motions(body, before, POSE)
    for bone, name in (("pelvis", "sacrum"), ("pelvis", "hip_bone_right"), ("femur_left", "femur_left")):
        first, last = (_centre(patient, LABEL_BY_NAME[name].value) for patient in (lying, standing))
        np.testing.assert_allclose(motions[bone][:3, :3] @ first + motions[bone][:3, 3], last, atol=0.1)


def _centre(patient: Patient, value: int) -> np.ndarray:
    inside = np.argwhere(patient.labels == value)
    return np.asarray(inside.mean(0) * np.diag(patient.voxel_to_world)[:3] + patient.voxel_to_world[:3, 3])


def test_the_back_lies_on_the_table(posed: Patient) -> None:
    setup = sample_setup(np.random.default_rng(4), posed, rows=60, columns=60, spacing_mm=8.0)
    camera = setup.camera
    inside = np.argwhere(posed.labels > 0) * np.diag(posed.voxel_to_world)[:3] + posed.voxel_to_world[:3, 3]
    from_source_mm = (inside - camera.source_mm) @ camera.camera_to_world[:3, 2]
    back_mm = from_source_mm.max() + posed.voxel_to_world[1, 1] / 2  # the last voxels' far faces
    assert camera.sdd_mm - back_mm == pytest.approx(setup.table_detector_mm, abs=1e-6)
    assert 20 <= setup.table_detector_mm <= 90


def test_the_detector_holds_the_whole_truth(posed: Patient) -> None:
    camera = sample_setup(np.random.default_rng(0), posed, rows=200, columns=200, spacing_mm=3.0).camera
    view = View.of(posed, camera)
    sums = view.truth.thickness_cm.sum(axis=(1, 2)) * camera.pixel_area_cm2
    assert np.abs(sums[:41] / posed.volumes_cm3() - 1).max() < 0.02
    masses = view.truth.mass_g_per_cm2.sum(axis=(1, 2)) * camera.pixel_area_cm2
    assert np.abs(masses[:41] / posed.masses_g() - 1).max() < 0.02


def test_a_pixel_is_the_mean_of_the_x_rays_that_come_through(posed: Patient) -> None:
    camera = sample_setup(np.random.default_rng(1), posed, rows=40, columns=40, spacing_mm=8.0).camera
    fine = View.of(posed, camera.magnified(2), oversampling=1).attenuation
    through = np.exp(-fine.astype(np.float64)).reshape(40, 2, 40, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(View.of(posed, camera, oversampling=2).attenuation, -np.log(through), atol=1e-4)


def test_material_paths_are_those_of_each_material_by_itself(posed: Patient) -> None:
    camera = sample_setup(np.random.default_rng(1), posed, rows=60, columns=60, spacing_mm=8.0).camera
    together = paths_g_per_cm2(posed, camera)
    body = (posed.labels > 0).astype(np.uint8)
    for path, density in zip(together, partial_densities_g_per_cm3(posed.mixed_hu), strict=True):
        volume = ProjectionVolume.from_arrays(body, density, posed.voxel_to_world)
        alone = project(volume, camera, n_labels=1, weight=Weight.PATH).mass_g_per_cm2[0]
        np.testing.assert_allclose(path, alone, atol=0.02)


def test_a_prosthesis_is_metal_where_the_joint_was_and_hides_the_bone(posed: Patient) -> None:
    with_metal = sample_total_hip(np.random.default_rng(0), Side.LEFT).drawn_in(posed, POSE)
    metal = np.argwhere(with_metal.hu == METAL_HU) * 2.5 + posed.voxel_to_world[:3, 3]
    assert 20 < len(metal) * posed.voxel_cm3 < 120
    assert np.linalg.norm(metal - posed.hips_mm[1], axis=1).min() < 3
    assert metal[:, 0].min() > 0
    camera = sample_setup(np.random.default_rng(0), posed, rows=100, columns=100, spacing_mm=4.0).camera
    bright = primary_attenuation(paths_g_per_cm2(with_metal, camera), Beam())
    assert bright.max() > primary_attenuation(paths_g_per_cm2(posed, camera), Beam()).max() + 2


def test_a_warp_is_as_strong_as_asked() -> None:
    fields = [
        sample_warp(np.random.default_rng(seed), np.full(3, -250.0), np.full(3, 250.0), amplitude_mm=4.0)[0]
        for seed in range(6)
    ]
    assert np.std(fields) == pytest.approx(4.0, rel=0.2)
