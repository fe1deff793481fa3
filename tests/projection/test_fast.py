"""The fast projector beside what the laws say: threads, refusals, empty fields."""

import numba
import numpy as np
import pytest

from mskdex.geometry import ConeBeam
from mskdex.geometry import ap_camera
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project


@pytest.fixture
def volume():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (20, 15, 25)).astype(np.uint8)
    return ProjectionVolume.from_arrays(
        labels, rng.uniform(0, 2, labels.shape).astype(np.float32), voxel_grid(4.0, (-38, -28, -48))
    )


@pytest.fixture
def camera():
    return ap_camera((0, 0, 0), sdd_mm=1000, object_to_detector_mm=200, rows=33, columns=29, spacing_mm=4)


@pytest.fixture
def one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


def test_threads_do_not_change_a_bit(volume, camera, one_thread):
    serial = project(volume, camera, 4)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    parallel = project(volume, camera, 4)
    np.testing.assert_array_equal(serial.thickness_cm, parallel.thickness_cm)
    np.testing.assert_array_equal(serial.mass_g_per_cm2, parallel.mass_g_per_cm2)


@pytest.mark.parametrize("weight", Weight)
def test_a_slab_is_as_thick_as_it_is(weight):
    """Along the perpendicular, a plate of 30 mm halfway between source and detector."""
    labels = np.full((20, 10, 20), 7, np.uint8)
    volume = ProjectionVolume.from_arrays(
        labels, np.full(labels.shape, 1.5, np.float32), voxel_grid(3.0, (-28.5, -13.5, -28.5))
    )
    camera = ap_camera((0, 0, 0), sdd_mm=1000, object_to_detector_mm=500, rows=1, columns=1, spacing_mm=1)
    seen = project(volume, camera, 9, weight)
    expected_cm = 3.0 if weight is Weight.PATH else (51.5**3 - 48.5**3) / 3 / 100**2
    assert seen.thickness_cm[6].item() == pytest.approx(expected_cm)
    assert seen.mass_g_per_cm2[6].item() == pytest.approx(1.5 * expected_cm)
    assert not np.delete(seen.thickness_cm, 6, axis=0).any()


def test_outside_the_body_there_is_nothing(volume, camera):
    away = ConeBeam(camera.camera_to_world, 1000, 10, 10, 4, (300.0, 300.0))
    assert not project(volume, away, 4).thickness_cm.any()


def test_an_empty_volume_projects_to_nothing(camera):
    empty = ProjectionVolume.from_arrays(np.zeros((2, 2, 2), np.uint8), np.ones((2, 2, 2), np.float32), np.eye(4))
    assert not project(empty, camera).thickness_cm.any()


def test_a_label_without_a_channel_is_refused(volume, camera):
    with pytest.raises(ValueError, match="label 4, but only 3"):
        project(volume, camera, 3)


def test_there_is_at_least_one_ray_per_pixel(volume, camera):
    with pytest.raises(ValueError, match="oversample"):
        project(volume, camera, 4, oversample=0)


def test_maps_are_float32_and_labelled_by_channel(volume, camera):
    seen = project(volume, camera)
    assert seen.thickness_cm.shape == seen.mass_g_per_cm2.shape == (42, 33, 29)
    assert seen.thickness_cm.dtype == seen.mass_g_per_cm2.dtype == np.float32
    assert not seen.thickness_cm[4:].any()
