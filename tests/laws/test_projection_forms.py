"""Law 2: the exact forms agree within float32 rounding, sampled forms and voxels within what they leave out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from mskdex.geometry import ConeBeam
from mskdex.geometry import Rigid
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project
from mskdex.projection import reference

ROUNDING = {"rtol": 3e-6, "atol": 1e-6}


def assert_same(volume, camera, n_labels, weight=Weight.VOLUME, oversample=1):
    slow = reference.project(volume, camera, n_labels, weight, oversample=oversample)
    quick = project(volume, camera, n_labels, weight, oversample=oversample)
    np.testing.assert_allclose(quick.thickness_cm, slow.thickness_cm, **ROUNDING)
    np.testing.assert_allclose(quick.mass_g_per_cm2, slow.mass_g_per_cm2, **ROUNDING)
    return quick


def noise_volume(seed, shape=(5, 7, 6), n_labels=42):
    """Every voxel another label and density; boxes of three different edges, turned and shifted."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_labels + 1, shape).astype(np.uint8)
    matrix = Rigid.rotation(rng.uniform(-90, 90, 3)).matrix.copy()
    matrix[:3, :3] *= rng.uniform(3, 9, 3)
    matrix[:3, 3] -= matrix[:3, :3] @ (np.array(shape) / 2)
    return ProjectionVolume.from_arrays(labels, rng.uniform(0, 2, shape).astype(np.float32), matrix)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), weight=st.sampled_from(Weight), distance_mm=st.floats(-20, 300))
def test_fast_is_the_reference(seed, weight, distance_mm):
    """Also from within the volume, and when the detector cuts it."""
    pose = np.eye(4)
    pose[2, 3] = -distance_mm
    assert_same(noise_volume(seed), ConeBeam(pose, 290.0, 7, 8, 9.0), 42, weight)


@pytest.mark.parametrize("weight", Weight)
def test_fast_is_the_reference_with_more_rays_per_pixel(weight):
    pose = np.eye(4)
    pose[2, 3] = -200
    assert_same(noise_volume(1), ConeBeam(pose, 290.0, 4, 5, 14.0), 42, weight, oversample=3)


@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (0, 180, 0), (90, 0, 0), (-90, 0, 0), (0, 90, 0), (0, -90, 0)])
@pytest.mark.parametrize("shift_voxels", [0.0, 0.5])
def test_rays_along_axes_planes_and_edges(turn_deg, shift_voxels):
    """The middle ray is parallel to an axis; unshifted it runs in voxels' middles, shifted exactly on their edges."""
    labels = np.arange(1, 126, dtype=np.uint8).reshape(5, 5, 5)
    voxel_to_world = voxel_grid(1.0, [shift_voxels - 2] * 3)
    volume = ProjectionVolume.from_arrays(labels, np.ones((5, 5, 5), np.float32), voxel_to_world)
    turn = np.rint(Rigid.rotation(turn_deg).matrix)
    camera = ConeBeam(turn @ Rigid.translation((0, 0, -64)).matrix, 128.0, 5, 5, 0.5)
    quick = assert_same(volume, camera, 125, Weight.PATH)
    assert quick.thickness_cm[:, 2, 2].sum() == pytest.approx(0.5)


@pytest.mark.parametrize("form", [project, reference.project])
def test_a_diagonal_ray_through_corners(form):
    volume = ProjectionVolume.from_arrays(np.ones((4, 4, 4), np.uint8), np.ones((4, 4, 4), np.float32), np.eye(4))
    turn = Rigid.rotation(np.rad2deg(np.arccos(1 / np.sqrt(3))) * np.array([-1, 1, 0]) / np.sqrt(2))
    pose = Rigid.translation([-0.5, -0.5, -0.5]) @ turn @ Rigid.translation((0, 0, -10))
    camera = ConeBeam(pose.matrix, 30.0, 1, 1, 1.0)
    assert form(volume, camera, 1, Weight.PATH).thickness_cm.item() == pytest.approx(0.4 * np.sqrt(3))


@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (20, 35, -50)])
def test_voxels_against_analytic_chords(voxelised, ellipsoid, view, turn_deg):
    camera = view(100, turn_deg=turn_deg)
    chords_cm = ellipsoid.chords_cm(camera)
    deep = chords_cm > chords_cm.max() / 2
    errors = []
    for spacing_mm in (4.0, 2.0, 1.0):
        labels, voxel_to_world = voxelised([ellipsoid], spacing_mm)
        volume = ProjectionVolume.from_arrays(labels, labels.astype(np.float32), voxel_to_world)
        error_cm = abs(project(volume, camera, 1, Weight.PATH).thickness_cm[0] - chords_cm)
        # Each of a chord's two ends is off by less than the voxel that holds it is long along a ray at 45 degrees.
        assert error_cm[deep].max() < 2 * 2 * spacing_mm / 10
        assert error_cm[deep].mean() < 0.6 * spacing_mm / 10
        errors.append(error_cm.sum() / chords_cm.sum())
    assert errors[0] > 1.6 * errors[1] > 1.6**2 * errors[2]


def test_supersampled_labels_come_nearer_to_analytic_chords(voxelised, ellipsoid, view):
    camera = view(100, turn_deg=(20, 10, 0))
    chords_cm = ellipsoid.chords_cm(camera)
    labels, voxel_to_world = voxelised([ellipsoid], 3.0)
    errors = []
    for factor in (1, 2, 3):
        density = np.ones(labels.shape, np.float32)
        volume = ProjectionVolume.from_arrays(labels, density, voxel_to_world, supersample=factor)
        thickness_cm = project(volume, camera, 1, Weight.PATH).thickness_cm[0]
        errors.append(abs(thickness_cm - chords_cm).sum() / chords_cm.sum())
    assert errors[1] < 0.75 * errors[0]
    assert errors[2] < 0.65 * errors[0]


@pytest.mark.parametrize("weight", Weight)
def test_sampled_form_within_its_discretisation(nested, ellipsoid, view, weight):
    torch = pytest.importorskip("torch")
    from mskdex.projection.differentiable import SoftProjector

    camera = view(60, turn_deg=(15, -20, 5))
    exact = project(nested, camera, 3, weight)
    thickness_cm, mass = SoftProjector.from_volume(nested).project(camera, torch.eye(4).unsqueeze(0), 3, weight)
    off = abs(thickness_cm[0].numpy() - exact.thickness_cm).sum((1, 2)) / exact.thickness_cm.sum((1, 2))
    # A trilinear boundary is a voxel wide, so what is off goes as voxel size over radius.
    radii_mm = ellipsoid.semi_axes_mm.mean() / np.array([1, 2, 4])
    assert (off < 0.4 * 2.0 / radii_mm).all()
    np.testing.assert_allclose(thickness_cm[0].sum((1, 2)), exact.thickness_cm.sum((1, 2)), rtol=0.01)
    np.testing.assert_allclose(mass[0].sum(), exact.mass_g_per_cm2.sum(), rtol=0.005)
