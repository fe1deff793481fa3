"""Templates and their sources."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from mskdex.errors import UsageError
from mskdex.phantom.atlas import template_from_meshes
from mskdex.phantom.held import held_fraction
from mskdex.phantom.template import MIRRORED_PARTS
from mskdex.phantom.template import Template
from mskdex.phantom.vary import mirrored
from mskdex.phantom.vary import varied
from mskdex.phantom.voxelise import inside_mesh


def test_mirroring_twice_is_nothing_and_once_swaps_sides(toy: Template) -> None:
    once = mirrored(toy)
    np.testing.assert_array_equal(mirrored(once).parts, toy.parts)
    np.testing.assert_array_equal(once.parts, toy.parts)  # the toy is its own mirror image
    assert MIRRORED_PARTS[MIRRORED_PARTS].tolist() == list(range(len(MIRRORED_PARTS)))


def test_variation_moves_hips_with_the_bones(toy: Template) -> None:
    other = varied(toy, np.random.default_rng(4), "toy-1")
    femurs = (other.parts == 39, other.parts == 40)
    for mask, centre in zip(femurs, other.hip_centres_mm, strict=True):
        seen = np.argwhere(mask).mean(0) * other.spacing_mm + other.origin_mm
        np.testing.assert_allclose(seen, centre, atol=2.0)
    assert np.mean(other.parts != toy.parts) > 0.01


def test_a_mesh_holds_its_volume() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=30.0)
    frame = np.diag([2.0, 2.0, 2.0, 1.0])
    frame[:3, 3] = -40
    inside = inside_mesh(ball, frame, (41, 41, 41))
    assert inside.sum() * 8 == pytest.approx(ball.volume, rel=0.01)
    centres = np.argwhere(inside) * 2.0 - 40
    assert np.linalg.norm(centres, axis=1).max() <= 30.0


def test_a_folder_without_an_atlas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"skin_trunk_thigh\.ply"):
        template_from_meshes("nothing", tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no mesh", r"^femur_R\.ply is no mesh that can be read"),
        (trimesh.Trimesh().export(file_type="ply"), r"^femur_R\.ply holds no surface"),
    ],
)
def test_a_mesh_that_is_none_is_refused_by_its_name(content: bytes, says: str, tmp_path: Path) -> None:
    trimesh.creation.icosphere().export(tmp_path / "skin_trunk_thigh.ply")
    (tmp_path / "femur_R.ply").write_bytes(content)
    with pytest.raises(UsageError, match=says):
        template_from_meshes("broken", tmp_path)


def test_muscles_that_end_inside_are_held_whole(toy: Template) -> None:
    np.testing.assert_array_equal(held_fraction(toy), 1.0)
