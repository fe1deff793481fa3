"""The cone-beam camera against similar triangles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mskdex.geometry import ConeBeam
from mskdex.geometry import Rigid
from mskdex.geometry import ap_camera

TARGET_MM = np.array([10.0, -20.0, 30.0])
LEFT, BACK, UP = np.eye(3)


@pytest.fixture
def camera():
    return ap_camera(TARGET_MM, sdd_mm=1000, object_to_detector_mm=200, rows=101, columns=121, spacing_mm=2.0)


def test_ap_view_looks_from_the_front(camera):
    np.testing.assert_allclose(camera.source_mm, TARGET_MM - 800 * BACK)
    np.testing.assert_allclose(camera.pixel_centres_mm[50, 60], TARGET_MM + 200 * BACK)


def test_patients_left_is_at_the_right_and_the_head_at_the_top(camera):
    row, column = camera.project_points(TARGET_MM)
    assert camera.project_points(TARGET_MM + 8 * LEFT) == pytest.approx((row, column + 8 * 1000 / 800 / 2))
    assert camera.project_points(TARGET_MM + 8 * UP) == pytest.approx((row - 8 * 1000 / 800 / 2, column))


def test_nearer_the_source_is_larger(camera):
    _, near = camera.project_points(TARGET_MM + 8 * LEFT - 400 * BACK)
    _, far = camera.project_points(TARGET_MM + 8 * LEFT + 200 * BACK)
    assert near - 60 == pytest.approx(8 * 1000 / 400 / 2)
    assert far - 60 == pytest.approx(8 / 2)


@given(row=st.floats(-1, 1), column=st.floats(-1, 1), spacing_mm=st.sampled_from([0.5, 2.0, 7.0]))
def test_pixels_project_onto_themselves(row, column, spacing_mm):
    pose = (Rigid.translation((1, 2, 3)) @ Rigid.rotation((20, -50, 70))).matrix
    camera = ConeBeam(pose, 900, 5, 4, spacing_mm, (row, column))
    indices = np.stack(np.mgrid[:5, :4], axis=-1)
    np.testing.assert_allclose(camera.project_points(camera.pixel_centres_mm), indices, atol=1e-9)


def test_another_grid_covers_the_same_field(camera):
    coarse = camera.with_grid(50, 60, 4.0)
    np.testing.assert_allclose(coarse.pixel_centres_mm[24:26, 29:31].mean((0, 1)), camera.pixel_centres_mm[50, 60])
    fine = camera.magnified(3)
    assert (fine.rows, fine.columns, fine.spacing_mm) == (303, 363, pytest.approx(2 / 3))
    block_means = fine.pixel_centres_mm.reshape(101, 3, 121, 3, 3).mean((1, 3))
    np.testing.assert_allclose(block_means, camera.pixel_centres_mm, atol=1e-9)


def test_field_stays_when_the_principal_point_is_off_centre():
    camera = ConeBeam(np.eye(4), 900, 10, 12, 3.0, (-20.0, 4.0))
    coarse = camera.with_grid(5, 6, 6.0)
    centre = camera.pixel_centres_mm.mean((0, 1))
    np.testing.assert_allclose(coarse.pixel_centres_mm.mean((0, 1)), centre, atol=1e-9)


def test_moving_carries_source_and_detector(camera):
    motion = Rigid.translation((5, 6, 7)) @ Rigid.rotation((0, 30, 0))
    np.testing.assert_allclose(camera.moved(motion).source_mm, motion.apply(camera.source_mm))
    np.testing.assert_allclose(camera.moved(motion).pixel_centres_mm, motion.apply(camera.pixel_centres_mm), atol=1e-9)


def test_pixel_area_is_in_square_centimetres(camera):
    assert camera.pixel_area_cm2 == pytest.approx(0.04)


@pytest.mark.parametrize("wrong", [{"sdd_mm": 0}, {"rows": 0}, {"spacing_mm": -1}])
def test_sizes_must_be_positive(wrong):
    sizes = {"sdd_mm": 1000.0, "rows": 4, "columns": 4, "spacing_mm": 1.0} | wrong
    with pytest.raises(ValueError, match="positive"):
        ConeBeam(np.eye(4), **sizes)


def test_target_must_be_between_source_and_detector():
    with pytest.raises(ValueError, match="object_to_detector_mm"):
        ap_camera(TARGET_MM, sdd_mm=1000, object_to_detector_mm=1000, rows=4, columns=4, spacing_mm=1)
