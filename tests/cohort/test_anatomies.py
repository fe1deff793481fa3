"""An atlas of one body serves both sexes."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Side
from mskdex.cohort.anatomies import Anatomy
from mskdex.errors import UsageError
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.pelvimetry import subpubic_angle_deg
from mskdex.phantom.template import Template

VOXEL_MM = 4.0
LETTERS = {Side.RIGHT: "_R", Side.LEFT: "_L", Side.MIDLINE: ""}


@pytest.fixture(scope="module")
def man() -> Template:
    return builtin_template(average_shape("male"), VOXEL_MM)


@pytest.fixture(scope="module")
def atlas(man: Template, tmp_path_factory: pytest.TempPathFactory) -> Anatomy:
    """The built-in man as somebody's label volume."""
    path = tmp_path_factory.mktemp("atlas") / "man.nii"
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    nibabel.Nifti1Image(man.parts, to_ras @ man.voxel_to_world).to_filename(path)
    names = {label.value: f"{label.structure.parts[0]}{LETTERS[label.side]}" for label in MEASURED_LABELS}
    path.with_suffix(".json").write_text(json.dumps(names))
    return Anatomy.parse(f"atlas:{path}")


def test_an_atlas_is_read_as_it_is(atlas: Anatomy, man: Template) -> None:
    read = atlas.atlas(VOXEL_MM)
    for label in MEASURED_LABELS:
        assert (read.parts == label.value).sum() == pytest.approx((man.parts == label.value).sum(), rel=0.1, abs=4)


def test_women_and_men_take_turns_and_women_have_the_wider_arch(atlas: Anatomy) -> None:
    templates = [atlas.template(seed=0, group=group, voxel_mm=VOXEL_MM) for group in range(10)]
    assert [each.name for each in templates[:3]] == ["atlas-f-000", "atlas-m-001", "atlas-f-002"]
    assert [each.sex for each in templates] == ["female", "male"] * 5
    angles = [subpubic_angle_deg(each) for each in templates]
    assert np.mean(angles[::2]) > np.mean(angles[1::2]) + 8  # 18 are drawn; each has an SD of 7, and voxels are coarse


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[1, 2]", r"man\.json, are no map of codes"),
        ("{'1': 'x'}", r"man\.json, are not JSON"),
        ('{"one": "gluteus_maximus_R"}', r"man\.json, have an entry 'one'"),
        ('{"-1": "gluteus_maximus_R"}', r"man\.json, have an entry '-1'"),
        ('{"1": null}', r"man\.json, have an entry '1'"),
        (None, r"man\.json, cannot be read"),
    ],
)
def test_names_that_are_none_are_refused_by_their_file(
    atlas: Anatomy, content: str | None, says: str, tmp_path: Path
) -> None:
    assert atlas.path is not None
    path = tmp_path / "man.nii"
    path.symlink_to(atlas.path)
    names = path.with_suffix(".json")
    if content is None:
        names.mkdir()
    else:
        names.write_text(content)
    with pytest.raises(UsageError, match=says):
        Anatomy.parse(f"atlas:{path}").template(0, 0, VOXEL_MM)


def test_code_0_is_outside_whatever_it_is_called(atlas: Anatomy, tmp_path: Path) -> None:
    assert atlas.path is not None
    path = tmp_path / "man.nii"
    path.symlink_to(atlas.path)
    names = json.loads(atlas.path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(names | {"0": "gluteus_maximus_R"}))
    np.testing.assert_array_equal(Anatomy.parse(f"atlas:{path}").atlas(VOXEL_MM).parts, atlas.atlas(VOXEL_MM).parts)


def test_a_volume_that_is_none_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "l.nii").write_bytes(b"no volume at all")
    (tmp_path / "l.json").write_text('{"1": "gluteus_maximus_R"}')
    with pytest.raises(UsageError, match=r"the atlas l\.nii is no label volume: the file is not a whole NIfTI-1"):
        Anatomy.parse(f"atlas:{tmp_path / 'l.nii'}").template(0, 0, VOXEL_MM)
