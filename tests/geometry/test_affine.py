"""Rigid poses against scipy and against what a pose must do to distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import expm

from mskdex.geometry import Rigid
from mskdex.geometry import finer_grid
from mskdex.geometry import transform_points
from mskdex.geometry import voxel_grid

vectors = arrays(np.float64, 3, elements=st.floats(-170, 170))
poses = st.builds(lambda turn, shift: Rigid.translation(shift) @ Rigid.rotation(turn / 2), vectors, vectors)


@given(turn=vectors)
def test_rotation_is_the_exponential_of_its_vector(turn):
    x, y, z = np.deg2rad(turn)
    cross = np.array([(0, -z, y), (z, 0, -x), (-y, x, 0)])
    np.testing.assert_allclose(Rigid.rotation(turn).matrix[:3, :3], expm(cross), atol=1e-9)


@given(a=poses, b=poses, point=vectors)
def test_composition_does_the_right_one_first(a, b, point):
    np.testing.assert_allclose((a @ b).apply(point), a.apply(b.apply(point)), atol=1e-9)


@given(pose=poses, points=arrays(np.float64, (4, 3), elements=st.floats(-500, 500)))
def test_inverse_undoes(pose, points):
    np.testing.assert_allclose(pose.inverse.apply(pose.apply(points)), points, atol=1e-9)


@given(turn=vectors, centre=vectors)
def test_rotation_leaves_its_centre(turn, centre):
    np.testing.assert_allclose(Rigid.rotation(turn, about_mm=centre).apply(centre), centre, atol=1e-9)


@pytest.mark.parametrize(
    "scale", [np.diag([2.0, 1, 1, 1]), np.diag([-1.0, 1, 1, 1]), np.full((4, 4), np.nan), np.eye(3)]
)
def test_what_is_not_rigid_is_refused(scale):
    with pytest.raises(ValueError, match="rigid pose"):
        Rigid(scale)


def test_pose_is_a_value():
    with pytest.raises(ValueError, match="read-only"):
        Rigid.identity().matrix[0, 0] = 2
    assert repr(Rigid.translation((1, 2, 3))).endswith("translation_mm=(1.000, 2.000, 3.000))")


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_finer_grid_covers_the_same_voxels(factor):
    coarse = Rigid.rotation((10, 20, 30)).matrix @ voxel_grid((1, 2, 3), (-5, 4, 7))
    corners = np.array([(-0.5, -0.5, -0.5), (9.5, 7.5, 4.5)])
    fine_corners = (corners + 0.5) * factor - 0.5
    np.testing.assert_allclose(
        transform_points(finer_grid(coarse, factor), fine_corners), transform_points(coarse, corners), atol=1e-12
    )
