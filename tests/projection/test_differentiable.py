"""Gradients of the soft projector against finite differences and against similar triangles."""

import numpy as np
import pytest

from mskdex.geometry import Rigid
from mskdex.geometry import ap_camera
from mskdex.geometry import transform_points
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project

torch = pytest.importorskip("torch")

from mskdex.projection.differentiable import SoftProjector  # noqa: E402
from mskdex.projection.differentiable import rigid_motion  # noqa: E402

F64 = torch.float64
ABOUT_MM = torch.tensor([3.0, -2.0, 5.0], dtype=F64)
POSES = [(0.0,) * 6, (0.2, -0.3, 0.1, 5.0, -8.0, 3.0)]


@pytest.fixture(scope="module")
def volume():
    """Two blobs of 2 and 1 g/cm3, in a grid that is turned against the world."""
    voxel_to_world = Rigid.rotation((20, -30, 15)).matrix @ voxel_grid(4.0, (-46, -46, -46))
    points_mm = transform_points(voxel_to_world, np.moveaxis(np.indices((24, 24, 24)), 0, -1))
    outer = ((points_mm / (38, 30, 40)) ** 2).sum(-1) < 1
    inner = (((points_mm - (8, 4, -6)) / (16, 14, 18)) ** 2).sum(-1) < 1
    labels = (outer.astype(np.uint8) + inner).astype(np.uint8)
    return ProjectionVolume.from_arrays(labels, np.array([0, 2, 1], np.float32)[labels], voxel_to_world)


@pytest.fixture(scope="module")
def camera():
    return ap_camera((0, 0, 0), sdd_mm=1000, object_to_detector_mm=200, rows=24, columns=26, spacing_mm=6)


@pytest.fixture(scope="module")
def soft(volume):
    return SoftProjector.from_volume(volume, dtype=F64)


def smooth_loss(soft, camera, pose, weight):
    """A weighted sum of all maps, the weights smooth, as a function of six pose parameters."""
    motion = rigid_motion(pose[None, :3], pose[None, 3:], ABOUT_MM)
    thickness_cm, mass = soft.project(camera, motion, 2, weight)
    row, column = torch.meshgrid(torch.arange(24, dtype=F64), torch.arange(26, dtype=F64), indexing="ij")
    pattern = torch.stack([torch.sin(row / 5 + column / 7), torch.cos(row / 6 - column / 4)])
    return ((thickness_cm[0] + 0.5 * mass[0]) * pattern).sum()


@pytest.mark.parametrize("weight", Weight)
@pytest.mark.parametrize("pose", POSES, ids=["identity", "moved"])
def test_gradient_is_that_of_finite_differences(soft, camera, pose, weight):
    pose = torch.tensor(pose, dtype=F64, requires_grad=True)
    smooth_loss(soft, camera, pose, weight).backward()
    for axis in range(6):
        step = torch.zeros(6, dtype=F64)
        step[axis] = 1e-7 if axis < 3 else 1e-5  # short, for the maps are kinked at voxel planes
        with torch.no_grad():
            ahead, behind = (smooth_loss(soft, camera, pose + sign * step, weight) for sign in (1, -1))
        assert pose.grad[axis].item() == pytest.approx(
            (ahead - behind).item() / 2 / step[axis].item(), rel=1e-3, abs=1e-3
        )


def centroid(maps):
    """Row and column of the centre of the second map."""
    total = maps[0, 1].sum()
    row = (maps[0, 1].sum(1) * torch.arange(maps.shape[2], dtype=F64)).sum() / total
    column = (maps[0, 1].sum(0) * torch.arange(maps.shape[3], dtype=F64)).sum() / total
    return torch.stack([row, column])


def test_centroid_moves_as_similar_triangles_say(soft, camera):
    """At the identity: shifts by magnification over pixel size, turns by radius times that."""
    pose = torch.zeros(6, dtype=F64, requires_grad=True)
    motion = rigid_motion(pose[None, :3], pose[None, 3:], ABOUT_MM)
    fine = camera.magnified(2)  # a derivative is rougher than its map and asks for pixels below the voxel size
    row, column = centroid(soft.project(fine, motion, 2)[0])
    down = torch.autograd.grad(row, pose, retain_graph=True)[0]
    right = torch.autograd.grad(column, pose)[0]
    pixels_per_mm = 1000 / (800 + 4) / fine.spacing_mm
    assert right[3].item() == pytest.approx(pixels_per_mm, rel=0.02)
    assert down[5].item() == pytest.approx(-pixels_per_mm, rel=0.02)
    lever_mm = np.array([8, 4, -6]) - ABOUT_MM.numpy()
    # About the y axis, x moves by z's lever and z by minus x's.
    assert right[1].item() == pytest.approx(lever_mm[2] * pixels_per_mm, rel=0.05)
    assert down[1].item() == pytest.approx(lever_mm[0] * pixels_per_mm, rel=0.05)


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), (1e-9, 0.0, 0.0), (0.4, -0.7, 0.2)])
def test_rigid_motion_is_the_pose_of_geometry(turn):
    motion = rigid_motion(torch.tensor([turn], dtype=F64), torch.tensor([[1.0, 2.0, 3.0]], dtype=F64), ABOUT_MM)
    pose = Rigid.translation((1, 2, 3)) @ Rigid.rotation(np.rad2deg(turn), about_mm=ABOUT_MM.numpy())
    np.testing.assert_allclose(motion[0], pose.matrix, atol=1e-12)


def test_gradient_of_the_rotation_at_zero_is_the_cross_product():
    turn = torch.zeros(1, 3, dtype=F64)
    jacobian = torch.autograd.functional.jacobian(
        lambda turn: rigid_motion(turn, torch.zeros(1, 3, dtype=F64), torch.zeros(3, dtype=F64))[0, :3, :3], turn
    )
    for axis, unit in enumerate(np.eye(3)):
        np.testing.assert_allclose(jacobian[:, :, 0, axis], np.cross(unit, np.eye(3)).T, atol=1e-12)


def test_a_batch_is_its_poses_one_by_one(volume, camera):
    soft = SoftProjector.from_volume(volume)
    poses = torch.tensor(POSES, dtype=F64)
    motions = rigid_motion(poses[:, :3], poses[:, 3:], ABOUT_MM)
    together = soft.project(camera, motions, 2)
    for index in range(2):
        alone = soft.project(camera, motions[index : index + 1], 2)
        for batch, single in zip(together, alone, strict=True):
            np.testing.assert_array_equal(batch[index], single[0])


def test_moving_the_body_is_moving_the_camera_back(volume, camera, soft):
    pose = torch.tensor([POSES[1]], dtype=F64)
    motion = rigid_motion(pose[:, :3], pose[:, 3:], ABOUT_MM)
    thickness_cm, mass = soft.project(camera, motion, 2)
    exact = project(volume, camera.moved(Rigid(motion[0].numpy()).inverse), 2)
    np.testing.assert_allclose(thickness_cm[0].sum((1, 2)), exact.thickness_cm.sum((1, 2)), rtol=0.02)
    np.testing.assert_allclose(mass[0].sum((1, 2)), exact.mass_g_per_cm2.sum((1, 2)), rtol=0.02)


def test_chunks_do_not_show(volume, camera):
    whole, cut = (
        SoftProjector(**{**vars(SoftProjector.from_volume(volume, dtype=F64)), "max_points": points})
        for points in (1 << 21, 1000)
    )
    motion = torch.eye(4, dtype=F64).unsqueeze(0)
    np.testing.assert_allclose(whole.project(camera, motion, 2)[0], cut.project(camera, motion, 2)[0], rtol=1e-12)
