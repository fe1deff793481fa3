"""A patient in the CT and in the radiograph: the same patient, two poses, and what a hospital may see of them."""

import json
from dataclasses import fields
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import REST_LABEL
from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import Hospital
from mskdex.cohort import Subject
from mskdex.cohort.plan import IN_CT
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import FROM_CT
from mskdex.cohort.record import check
from mskdex.cohort.record import decode
from mskdex.cohort.record import encode
from mskdex.cohort.simulate import simulate
from mskdex.cohort.virtual import make_subject
from mskdex.errors import CohortError
from mskdex.phantom.registered import RegistrationError

PLAN = VirtualPlan(
    count=1, seed=7, per_template=2, voxel_mm=2.5, implant_share=0.0, two_poses=True, canvas=Canvas(176, 192)
)
BONES = [label.channel for label in BONE_LABELS]


@pytest.fixture(scope="module")
def made() -> tuple[Subject, Arrays]:
    return make_subject(PLAN, 0)


@pytest.fixture(scope="module")
def arrays(made: tuple[Subject, Arrays]) -> Arrays:
    return made[1]


def test_a_second_pose_changes_nothing_of_the_first(made: tuple[Subject, Arrays]) -> None:
    subject, arrays = made
    other, alone = make_subject(replace(PLAN, two_poses=False), 0)
    for name in ("radiograph", "field", "thickness_cm", "mass_g_per_cm2", "attenuation"):
        np.testing.assert_array_equal(getattr(arrays, name), getattr(alone, name))
    assert all(getattr(alone, name) is None for name in FROM_CT)
    assert replace(subject, details={"exposure": subject.details["exposure"]}) == other


def test_the_ct_is_the_same_patient_lying_otherwise(arrays: Arrays) -> None:
    truth, ct = (each.astype(np.float64) for each in (arrays.thickness_cm, arrays.ct_thickness_cm))
    area = PLAN.canvas.map_pixel_area_cm2
    for name, same in (("gluteus_minimus_right", 0.015), ("obturator_externus_left", 0.015), ("hip_bone_left", 0.04)):
        channel = LABEL_BY_NAME[name].channel
        # Wholly in view, so the CT's sums are those of its maps and, as no pose changes a muscle, of the radiograph's.
        assert ct[channel].sum() * area == pytest.approx(arrays.whole_volume_cm3[channel], rel=0.02)
        assert ct[channel].sum() == pytest.approx(truth[channel].sum(), rel=same)
        assert np.abs(ct[channel] - truth[channel]).sum() > 0.1 * truth[channel].sum()


def test_registered_bones_lie_over_the_radiograph_s_and_the_ct_s_do_not(arrays: Arrays) -> None:
    _, exact = make_subject(replace(PLAN, registration_error=RegistrationError(0.0, 0.0)), 0)
    without, usual, ct = (
        _apart(maps, arrays)[BONES]
        for maps in (exact.registered_thickness_cm, arrays.registered_thickness_cm, arrays.ct_thickness_cm)
    )
    # Voxels of 2.5 mm, painted anew in each pose, are what is left without an error.
    assert without.max() < 0.2
    assert without.mean() < usual.mean() < ct.mean()
    np.testing.assert_array_equal(exact.ct_thickness_cm, arrays.ct_thickness_cm)


def test_muscles_carried_along_lie_nearer_the_radiograph_s_than_the_ct_s(arrays: Arrays) -> None:
    registered, ct = (_apart(maps, arrays) for maps in (arrays.registered_thickness_cm, arrays.ct_thickness_cm))
    muscles = [label.channel for label in MUSCLE_LABELS]
    assert np.median(registered[muscles]) < 0.7 * np.median(ct[muscles])
    assert registered[REST_LABEL.channel] < ct[REST_LABEL.channel]


def _apart(maps: np.ndarray, arrays: Arrays) -> np.ndarray:
    """Per label, the summed absolute error over the truth's sum."""
    truth = arrays.thickness_cm.astype(np.float64)
    return np.asarray(np.abs(maps.astype(np.float64) - truth).sum(axis=(1, 2)) / truth.sum(axis=(1, 2)))


def test_two_poses_are_read_back_and_half_of_them_refused(arrays: Arrays) -> None:
    again = decode(encode(arrays), PLAN.canvas)
    for item in fields(Arrays):
        np.testing.assert_array_equal(getattr(again, item.name), getattr(arrays, item.name))
    with pytest.raises(CohortError, match="no registered_mass_g_per_cm2"):
        check(replace(arrays, registered_mass_g_per_cm2=None), PLAN.canvas)
    with pytest.raises(CohortError, match="ct_thickness_cm is float16"):
        check(replace(arrays, ct_thickness_cm=arrays.ct_thickness_cm[:41]), PLAN.canvas)


def test_a_hospital_has_no_muscle_of_the_radiograph(arrays: Arrays) -> None:
    hospital = arrays.as_hospital()
    held = {item.name for item in fields(Hospital)}
    assert held == {"radiograph", "field", "whole_volume_cm3", "whole_mass_g", *FROM_CT}
    for name in ("thickness_cm", "mass_g_per_cm2", "attenuation", "__dict__"):
        assert not hasattr(hospital, name)
    with pytest.raises((AttributeError, TypeError)):
        hospital.thickness_cm = arrays.thickness_cm  # type: ignore[attr-defined]
    kept = [getattr(hospital, name) for name in held]
    for name in ("thickness_cm", "mass_g_per_cm2", "attenuation"):
        assert not any(np.shares_memory(array, getattr(arrays, name)) for array in kept)


def test_what_a_hospital_has_does_not_depend_on_the_truth(arrays: Arrays) -> None:
    """Another truth, the same radiograph: nothing that training may see tells them apart."""
    lies = replace(
        arrays,
        thickness_cm=np.zeros_like(arrays.thickness_cm),
        mass_g_per_cm2=np.zeros_like(arrays.mass_g_per_cm2),
        attenuation=None,
    )
    for item in fields(Hospital):
        np.testing.assert_array_equal(getattr(lies.as_hospital(), item.name), getattr(arrays.as_hospital(), item.name))


def test_without_a_ct_there_is_no_hospital(arrays: Arrays) -> None:
    with pytest.raises(CohortError, match="--two-poses"):
        arrays.one_pose().as_hospital()


def test_the_folder_says_which_poses_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(PLAN, canvas=Canvas(), registration_error=RegistrationError(2.0, 1.0))
    assert next(simulate(plan, tmp_path, workers=1)) == (0, 1)
    provenance = json.loads((tmp_path / "cohort.json").read_text())["provenance"]
    assert provenance["two_poses"] is True
    assert provenance["registration_error"] == {"translation_mm": 2.0, "rotation_deg": 1.0, "depth_factor": 3.0}
    assert provenance["in_ct"] == IN_CT
    assert not {"two_poses", "in_ct"} & replace(plan, two_poses=False).settings().keys()
    for other in (replace(plan, two_poses=False), replace(plan, registration_error=RegistrationError())):
        with pytest.raises(CohortError, match="other settings"):
            next(simulate(other, tmp_path, workers=1))
    monkeypatch.setattr("mskdex.cohort.plan.IN_CT", IN_CT - 1)
    with pytest.raises(CohortError, match="other settings"):
        next(simulate(plan, tmp_path, workers=1))
