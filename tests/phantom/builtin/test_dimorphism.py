"""Pelves measured, and given the proportions of the other sex."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import Side
from mskdex.phantom.builtin import BuiltinShape
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.dimorphism import proportions_before
from mskdex.phantom.hips import head_diameter_mm
from mskdex.phantom.pelvimetry import biiliac_breadth_mm
from mskdex.phantom.pelvimetry import subpubic_angle_ap_deg
from mskdex.phantom.pelvimetry import subpubic_angle_deg
from mskdex.phantom.shaft import measure_shaft
from mskdex.phantom.template import Template
from mskdex.phantom.vary import looked_up


@pytest.mark.parametrize("angle", [50.0, 84.0])
def test_a_built_pubic_arch_has_the_angle_that_was_asked_for(angle: float) -> None:
    built = builtin_template(replace(average_shape("male"), subpubic_angle_deg=angle))
    assert subpubic_angle_deg(built) == pytest.approx(angle, abs=5)


def test_women_have_the_wider_arch_by_as_much_as_published(man: Template, woman: Template) -> None:
    # Karakas 2013: 84 against 66 degrees, taken to be those in the plane of the rami.
    assert subpubic_angle_deg(woman) - subpubic_angle_deg(man) == pytest.approx(18, abs=5)


def test_an_ap_view_shows_about_the_angles_of_radiographs(man: Template, woman: Template) -> None:
    # Means of three studies 101-106 and 135-141 degrees; a woman's 135 would need tuberosities farther apart than hers.
    assert subpubic_angle_ap_deg(man) == pytest.approx(104, abs=6)
    assert subpubic_angle_ap_deg(woman) == pytest.approx(130, abs=6)


def test_an_ap_view_shows_a_wider_arch_than_the_rami_make(body: Template) -> None:
    # They lie askew to it, leaning backwards.
    assert subpubic_angle_ap_deg(body) > subpubic_angle_deg(body) + 10


def test_built_bones_measure_what_was_asked_for(man: Template) -> None:
    shape = average_shape("male")
    assert biiliac_breadth_mm(man) == pytest.approx(shape.biiliac_breadth_mm, abs=5)
    assert _head_mm(man) == pytest.approx(shape.head_diameter_mm, abs=1.5)


def test_a_man_takes_a_womans_proportions_and_keeps_his_hips(man: Template, woman: Template) -> None:
    given = _changed(man, average_shape("female"))
    assert subpubic_angle_deg(given) == pytest.approx(average_shape("female").subpubic_angle_deg, abs=4)
    assert subpubic_angle_ap_deg(given) == pytest.approx(subpubic_angle_ap_deg(woman), abs=5)
    assert biiliac_breadth_mm(given) / given.hip_centre_distance_mm == pytest.approx(
        biiliac_breadth_mm(woman) / woman.hip_centre_distance_mm, rel=0.03
    )
    # In a woman's pelvis, to which he is scaled when he becomes one.
    across = woman.hip_centre_distance_mm / man.hip_centre_distance_mm
    up = woman.pelvis_extent_mm()[2] / man.pelvis_extent_mm()[2]
    assert _head_mm(given) * np.sqrt(across * up) == pytest.approx(_head_mm(woman), abs=1.5)
    np.testing.assert_allclose(given.hip_centres_mm, man.hip_centres_mm, atol=0.1)
    # Against the distance of the hips.
    his, hers = measure_shaft(given, Side.LEFT), measure_shaft(woman, Side.LEFT)
    assert his.offset_mm * across == pytest.approx(hers.offset_mm, abs=1.5)
    depth = woman.pelvis_extent_mm()[1] / man.pelvis_extent_mm()[1]
    assert his.diameter_mm * np.sqrt(across * depth) == pytest.approx(hers.diameter_mm, abs=1)


def test_his_bones_become_as_large_as_hers(man: Template, woman: Template) -> None:
    given = _changed(man, average_shape("female"))
    scale = np.prod(woman.pelvis_extent_mm()[1:] / given.pelvis_extent_mm()[1:])
    scale *= woman.hip_centre_distance_mm / given.hip_centre_distance_mm
    for name in ("hip_bone_left", "hip_bone_right", "sacrum", "femur_left"):
        hers, his, before = (_held_cm3(each, name) for each in (woman, given, man))
        assert his * scale == pytest.approx(hers, rel=0.1)
        assert abs(his * scale - hers) < abs(before * scale - hers)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_a_built_shaft_measures_what_was_asked_for(sex: str, man: Template, woman: Template) -> None:
    shape, shaft = average_shape(sex), measure_shaft(man if sex == "male" else woman, Side.LEFT)
    assert shaft.diameter_mm == pytest.approx(shape.shaft_diameter_mm, abs=1)
    offset_mm = shape.neck_length_mm * np.sin(np.deg2rad(shape.neck_shaft_angle_deg))
    assert shaft.offset_mm == pytest.approx(offset_mm, abs=1.5)


def test_his_own_proportions_leave_a_man_as_he_was(man: Template) -> None:
    same = _changed(man, average_shape("male"))
    for name in ("hip_bone_left", "femur_left"):
        bone = LABEL_BY_NAME[name].value
        assert np.mean((same.parts == bone)[man.parts == bone]) > 0.9
    assert subpubic_angle_deg(same) == pytest.approx(average_shape("male").subpubic_angle_deg, abs=4)


def test_a_body_in_coarser_voxels_is_the_same_body(man: Template) -> None:
    coarse = looked_up(man, lambda places: places, voxel_mm=5.0)
    np.testing.assert_allclose(coarse.hip_centres_mm, man.hip_centres_mm, atol=1e-3)
    for name in ("hip_bone_left", "femur_right", "sacrum", "gluteus_maximus_left"):
        fine_voxels, voxels = (np.argwhere(each.parts == LABEL_BY_NAME[name].value) for each in (man, coarse))
        assert len(voxels) * coarse.voxel_cm3 == pytest.approx(len(fine_voxels) * man.voxel_cm3, rel=0.03)
        centre_mm = voxels.mean(axis=0) * coarse.spacing_mm + coarse.origin_mm
        np.testing.assert_allclose(centre_mm, fine_voxels.mean(axis=0) * man.spacing_mm + man.origin_mm, atol=0.7)


def test_a_body_without_a_pubic_arch_is_refused(man: Template) -> None:
    low = int((man.hip_centres_mm[0][2] - 20 - man.origin_mm[2]) / man.spacing_mm[2])
    cut = man.parts.copy()
    cut[..., :low][np.isin(cut[..., :low], [LABEL_BY_NAME[f"hip_bone_{side}"].value for side in ("right", "left")])] = 0
    with pytest.raises(ValueError, match="no pubic arch"):
        subpubic_angle_deg(replace(man, parts=cut))


def test_a_femur_that_is_cut_above_its_shaft_is_refused(man: Template) -> None:
    low = int((man.hip_centres_mm[0][2] - 95 - man.origin_mm[2]) / man.spacing_mm[2])
    cut = man.parts.copy()
    cut[..., :low][cut[..., :low] == LABEL_BY_NAME["femur_left"].value] = 0
    with pytest.raises(ValueError, match="left femur has no shaft"):
        measure_shaft(replace(man, parts=cut), Side.LEFT)


def _changed(template: Template, shape: BuiltinShape) -> Template:
    return looked_up(template, proportions_before(template, shape))


def _head_mm(template: Template) -> float:
    return head_diameter_mm(template.parts, template.voxel_to_world, Side.LEFT)


def _held_cm3(template: Template, name: str) -> float:
    return float((template.parts == LABEL_BY_NAME[name].value).sum()) * template.voxel_cm3
