"""Simulated cohorts: repeatable to the byte, resumable, split by anatomy, and refused in one sentence."""

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.folds import stored_split
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.simulate import simulate
from mskdex.cohort.virtual import make_subject
from mskdex.errors import CohortError
from mskdex.errors import UsageError
from mskdex.phantom.implants.frame import MisfitError
from mskdex.phantom.population import Condition
from mskdex.physics import Material

PLAN = VirtualPlan(anatomy="builtin", count=2, seed=7, per_template=2, voxel_mm=5.0, implant_share=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients of one template, in this process."""
    path = tmp_path_factory.mktemp("simulated") / "cohort"
    assert list(simulate(PLAN, path, workers=1))[-1] == (2, 2)
    return path


def test_an_interrupted_cohort_ends_as_the_uninterrupted_one(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "cohort"
    steps = simulate(PLAN, other, workers=1)
    assert next(steps) == (0, 2)
    assert next(steps) == (1, 2)
    steps.close()
    assert next(simulate(PLAN, other, workers=1)) == (1, 2)
    assert list(simulate(PLAN, other, workers=1))[-1] == (2, 2)
    for name in ("cohort.json", "subjects.jsonl", *(f"subjects/{PLAN.subject_id(i)}.npz" for i in range(2))):
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name


def test_worker_processes_make_the_same_patients(folder: Path, tmp_path: Path) -> None:
    plan = replace(PLAN, count=3)
    assert list(simulate(plan, tmp_path / "cohort", workers=2))[-1] == (3, 3)
    name = f"subjects/{PLAN.subject_id(1)}.npz"
    assert (folder / name).read_bytes() == (tmp_path / "cohort" / name).read_bytes()


def test_maps_sum_to_what_is_in_view_and_never_more(folder: Path) -> None:
    cohort = Cohort.open(folder)
    for subject in cohort.subjects:
        arrays = cohort.read(subject)
        sums = arrays.thickness_cm[:41].astype(np.float64).sum(axis=(1, 2)) * cohort.canvas.map_pixel_area_cm2
        assert np.all(sums < arrays.whole_volume_cm3 * 1.03)
        # A hip radiograph holds the deep muscles of the hip and the femoral heads whole.
        for name in ("gluteus_minimus_right", "obturator_externus_left", "quadratus_femoris_right"):
            channel = LABEL_BY_NAME[name].channel
            assert sums[channel] == pytest.approx(arrays.whole_volume_cm3[channel], rel=0.03)


def test_lean_mass_never_exceeds_what_the_thickness_allows(folder: Path) -> None:
    cohort = Cohort.open(folder)
    arrays = cohort.read(cohort.subjects[0])
    muscles = slice(0, 36)
    thickness, mass = (each[muscles].astype(np.float64) for each in (arrays.thickness_cm, arrays.mass_g_per_cm2))
    assert np.all(mass <= thickness * 1.06 * 1.01 + 1e-3)


def test_every_split_has_templates_of_its_own_and_of_both_sexes() -> None:
    plan = replace(PLAN, count=80, per_template=2)
    groups: dict[Split, set[int]] = {}
    for index in range(80):
        split = stored_split(f"builtin-f-{plan.group(index):03d}")
        groups.setdefault(split, set()).add(plan.group(index))
    assert {split: len(found) for split, found in groups.items()} == {
        Split.TRAIN: 32,
        Split.VALIDATION: 4,
        Split.TEST: 4,
    }
    assert sum(len(found) for found in groups.values()) == 40
    for found in groups.values():
        # Built-in templates are female and male by turns.
        assert len({group % 2 for group in found}) == 2


def test_an_implant_is_metal_and_marks_its_bones_as_unmeasured() -> None:
    subject, _ = make_subject(replace(PLAN, implant_share=1.0), 0)
    implant = subject.details["implant"]
    assert subject.metal
    assert subject.unmeasured
    assert all(str(implant["side"]) in name or name == "sacrum" for name in subject.unmeasured)
    assert implant["metal"] in (Material.TITANIUM, Material.COBALT_CHROME)


def test_a_patient_whom_no_implant_fits_has_none_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def misfit(*_: object) -> None:
        raise MisfitError("the implant misses the bone that it belongs to")

    monkeypatch.setattr("mskdex.phantom.implants.draw.sample_implant", misfit)
    subject, _ = make_subject(replace(PLAN, implant_share=1.0), 0)
    assert not subject.metal
    assert not subject.unmeasured
    assert "implant" not in subject.details
    assert set(subject.details["implant_misfits"]) == {"the implant misses the bone that it belongs to"}


def test_the_simple_mode_shows_the_attenuation_itself(folder: Path) -> None:
    subject, arrays = make_subject(replace(PLAN, beam="mono"), 0)
    assert arrays.attenuation is not None
    body = arrays.attenuation > 1
    attenuation, grey = (each[body].astype(np.float64) for each in (arrays.attenuation, arrays.radiograph))
    line = np.polyfit(attenuation, grey, 1)
    np.testing.assert_allclose(grey, np.polyval(line, attenuation), atol=2e-3)
    assert arrays.field.all()
    # The same patient as in the other mode: the beam is no part of who it is.
    hospital = Cohort.open(folder)
    assert hospital.subjects[0].person == subject.person
    np.testing.assert_array_equal(hospital.read(hospital.subjects[0]).mass_g_per_cm2, arrays.mass_g_per_cm2)


def test_all_may_be_of_one_condition(folder: Path) -> None:
    plan = replace(PLAN, condition=Condition.SARCOPENIA)
    subject, _ = make_subject(plan, 0)
    assert subject.person["condition"] == "sarcopenia"
    with pytest.raises(CohortError, match="other settings"):
        next(simulate(plan, folder, workers=1))
    assert "condition" not in PLAN.settings()  # what was begun before one could choose is continued


def test_another_plan_does_not_continue_the_cohort(folder: Path) -> None:
    with pytest.raises(CohortError, match="other settings"):
        next(simulate(replace(PLAN, seed=8), folder))


def test_an_atlas_that_lacks_muscles_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "torso.json").write_text('{"1": "femur_R"}')
    affine = np.diag([-3.0, -3.0, 3.0, 1.0])
    nibabel.Nifti1Image(np.ones((20, 20, 20), np.uint8), affine).to_filename(tmp_path / "torso.nii")
    with pytest.raises(UsageError, match=r"torso\.nii is no whole atlas"):
        Anatomy.parse(f"atlas:{tmp_path / 'torso.nii'}").template(seed=0, group=0, voxel_mm=3.0)


@pytest.mark.parametrize("text", ["bultin", "atlas:", "atlas:/nowhere/at/all", "builtin:here"])
def test_an_unknown_anatomy_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="builtin"):
        Anatomy.parse(text)
