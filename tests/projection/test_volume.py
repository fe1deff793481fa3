"""Packing loses nothing but what it says it rounds."""

import numpy as np
import pytest

from mskdex.geometry import Rigid
from mskdex.geometry import ap_camera
from mskdex.geometry import transform_points
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection import project


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    labels = np.zeros((9, 8, 7), np.uint8)
    labels[2:6, 3:8, 1:3] = rng.integers(1, 43, (4, 5, 2))
    return labels, rng.uniform(0, 3, labels.shape).astype(np.float32)


def test_box_holds_all_labels_inside_an_empty_frame(arrays):
    labels, density = arrays
    volume = ProjectionVolume.from_arrays(labels, density, np.eye(4))
    assert volume.packed.shape == (6, 7, 4)
    inner = np.s_[1:-1, 1:-1, 1:-1]
    np.testing.assert_array_equal(volume.labels[inner], labels[2:6, 3:8, 1:3])
    assert volume.packed.sum() == volume.packed[inner].sum()


def test_density_is_kept_to_a_milligram(arrays):
    labels, density = arrays
    volume = ProjectionVolume.from_arrays(labels, density, np.eye(4))
    np.testing.assert_allclose(volume.density_g_per_cm3[1:-1, 1:-1, 1:-1], density[2:6, 3:8, 1:3], atol=5.1e-4)


def test_voxels_stay_where_they_are(arrays):
    labels, density = arrays
    voxel_to_world = Rigid.rotation((10, 20, 30)).matrix @ voxel_grid((1, 2, 3), (-4, 5, 6))
    volume = ProjectionVolume.from_arrays(labels, density, voxel_to_world)
    before = transform_points(voxel_to_world, np.argwhere(labels))
    np.testing.assert_allclose(transform_points(volume.voxel_to_world, np.argwhere(volume.labels)), before, atol=1e-12)
    np.testing.assert_allclose(volume.corner_coordinates(before[0]), np.argwhere(volume.labels)[0] + 0.5, atol=1e-12)
    assert volume.voxel_volume_cm3 == pytest.approx(0.006)


def test_supersampling_keeps_the_body_in_place():
    block = np.zeros((12, 12, 12), np.uint8)
    block[2:6, 3:8, 4:9] = 1
    density = block.astype(np.float32)
    coarse, fine = (ProjectionVolume.from_arrays(block, density, np.eye(4), supersample=n) for n in (1, 3))
    centres = [transform_points(v.voxel_to_world, np.argwhere(v.labels)).mean(axis=0) for v in (coarse, fine)]
    np.testing.assert_allclose(centres[1], centres[0], atol=1e-6)


def test_nothing_labelled_is_a_volume_too():
    volume = ProjectionVolume.from_arrays(np.zeros((3, 3, 3), np.uint8), np.ones((3, 3, 3), np.float32), np.eye(4))
    assert volume.highest_label == 0
    assert not volume.packed.any()


@pytest.mark.parametrize(
    ("labels", "density", "affine", "message"),
    [
        (np.zeros((2, 2, 2), np.int64), np.zeros((2, 2, 2)), np.eye(4), "uint8"),
        (np.zeros((2, 2), np.uint8), np.zeros((2, 2)), np.eye(4), "uint8"),
        (np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 3)), np.eye(4), "shape"),
        (np.zeros((2, 2, 2), np.uint8), np.full((2, 2, 2), np.nan), np.eye(4), "densities"),
        (np.zeros((2, 2, 2), np.uint8), np.full((2, 2, 2), np.inf), np.eye(4), "densities"),
        (np.zeros((2, 2, 2), np.uint8), np.full((2, 2, 2), -1.0), np.eye(4), "densities"),
        (np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 2)), np.zeros((4, 4)), "inverted"),
        (np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 2)), np.eye(3), "4x4"),
    ],
)
def test_what_cannot_be_projected_is_refused(labels, density, affine, message):
    with pytest.raises(ValueError, match=message):
        ProjectionVolume.from_arrays(labels, density.astype(np.float32), affine)


def test_only_some_labels_are_projected_as_among_all(arrays):
    labels, density = arrays
    voxel_to_world = Rigid.rotation((10, 20, 30)).matrix @ voxel_grid((1, 2, 3), (-4, 5, 6))
    volume = ProjectionVolume.from_arrays(labels, density, voxel_to_world)
    wanted = [int(labels[3, 4, 1]), int(labels[5, 7, 2])]
    camera = ap_camera((0, 0, 15), sdd_mm=300, object_to_detector_mm=40, rows=40, columns=40, spacing_mm=1.0)
    some, everything = project(volume.only(wanted), camera, len(wanted)), project(volume, camera)
    channels = [label - 1 for label in wanted]
    np.testing.assert_allclose(some.thickness_cm, everything.thickness_cm[channels], atol=1e-6)
    np.testing.assert_allclose(some.mass_g_per_cm2, everything.mass_g_per_cm2[channels], atol=1e-6)
    assert some.thickness_cm[0].max() > 0


def test_of_labels_that_are_nowhere_nothing_is_left(arrays):
    assert not ProjectionVolume.from_arrays(*arrays, np.eye(4)).only([200]).packed.any()
