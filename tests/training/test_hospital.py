"""A hospital's example holds what a hospital knows, where it belongs, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import View
from mskdex.cohort import Arrays
from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.errors import CohortError
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.training.hospital import HospitalExample
from mskdex.training.hospital import hospital_example
from mskdex.training.hospital import mirrored_hospital
from mskdex.training.library import Patient

SUBJECT = Subject("one", "builtin-f-01", Split.TRAIN, seed=0)


def _arrays(*, rows: slice = slice(None)) -> Arrays:
    """Every structure a square in the middle; in the CT two map pixels further down."""
    square, moved = np.zeros((72, 80), np.float16), np.zeros((72, 80), np.float16)
    square[28:44, 32:48], moved[30:46, 32:48] = 1, 1
    field = np.zeros((144, 160), bool)
    field[rows] = True
    grades = np.arange(1, 43, dtype=np.float16)[:, None, None]
    nothing = np.full((42, 72, 80), np.nan, np.float16)
    return Arrays(
        radiograph=np.kron(0.2 + 0.6 * square, np.ones((2, 2))).astype(np.float16),
        field=field,
        thickness_cm=nothing,
        mass_g_per_cm2=nothing[:41],
        whole_volume_cm3=(256 * 0.36 * np.arange(1, 42)).astype(np.float32),
        whole_mass_g=np.arange(1, 42, dtype=np.float32),
        attenuation=np.full((144, 160), np.nan, np.float16),
        ct_thickness_cm=moved * grades,
        ct_mass_g_per_cm2=moved * grades[:41],
        registered_thickness_cm=square * grades,
        registered_mass_g_per_cm2=square * grades[:41],
    )


def _example(arrays: Arrays, seed: int = 0, subject: Subject = SUBJECT) -> HospitalExample:
    patient = Patient(subject, arrays)
    return hospital_example(patient, patient, np.random.default_rng(seed))


def test_the_truth_in_the_radiographs_pose_is_never_read() -> None:
    for seed in range(8):
        for name, array in vars(_example(_arrays(), seed)).items():
            assert np.isfinite(array).all(), name


def test_registered_bones_lie_where_the_radiograph_shows_them_and_the_ct_does_not() -> None:
    for seed in range(8):
        example = _example(_arrays(), seed)
        bright = example.radiograph[0] > 0
        np.testing.assert_array_equal(bright[::2, ::2], example.bone_thickness_cm[0] > 0)
        np.testing.assert_array_equal(
            np.roll(example.bone_thickness_cm[0] > 0, 2, axis=0), example.ct_thickness_cm[0] > 0
        )


def test_sums_are_compared_of_what_lies_wholly_in_view() -> None:
    expected = [label.structure.view is View.WHOLE for label in MEASURED_LABELS]
    np.testing.assert_array_equal(_example(_arrays()).whole_weight, expected)
    cut = _example(_arrays(rows=slice(0, 90)))  # the CT's squares end at row 92
    assert not cut.whole_weight.any()
    # Another pose may carry what ends 24 mm before the edge of the field over it; 36 mm are enough.
    assert not _example(_arrays(rows=slice(0, 100))).whole_weight.any()
    assert _example(_arrays(rows=slice(0, 104))).whole_weight.any()


def test_a_structure_larger_than_its_maps_is_cut() -> None:
    arrays = _arrays()
    arrays.whole_volume_cm3[LABEL_BY_NAME["iliacus_left"].channel] *= 1.05
    weights = {_side_of(example) for example in (_example(arrays, seed) for seed in range(8))}
    assert weights == {"left", "right"}  # mirrored, it is the right one that is larger


def _side_of(example: HospitalExample) -> str:
    left, right = (example.whole_weight[LABEL_BY_NAME[f"iliacus_{side}"].channel] for side in ("left", "right"))
    assert left + right == 1
    return "left" if left == 0 else "right"


def test_an_implanted_side_is_not_learnt() -> None:
    example = _example(_arrays(), subject=replace(SUBJECT, unmeasured=("femur_left", "gluteus_medius_left")))
    unlearnt = [label.name for label, weight in zip(BONE_LABELS, example.bone_weight, strict=True) if weight == 0]
    assert unlearnt in (["femur_left"], ["femur_right"])
    assert example.whole_weight.sum() == _example(_arrays()).whole_weight.sum() - 1


def test_mirroring_twice_changes_nothing_and_once_exchanges_sides() -> None:
    example = _example(_arrays())
    once = mirrored_hospital(example)
    for name, array in vars(mirrored_hospital(once)).items():
        np.testing.assert_array_equal(array, getattr(example, name))
    right, left = (BONE_LABELS.index(LABEL_BY_NAME[f"femur_{side}"]) for side in ("right", "left"))
    np.testing.assert_array_equal(once.bone_thickness_cm[right], example.bone_thickness_cm[left][:, ::-1])
    channels = [LABEL_BY_NAME[f"psoas_major_{side}"].channel for side in ("right", "left")]
    np.testing.assert_array_equal(once.whole_mass_g[channels], example.whole_mass_g[channels[::-1]])


def test_real_maps_may_be_somebody_elses() -> None:
    patient, other = Patient(SUBJECT, _arrays()), Patient(SUBJECT, _arrays(rows=slice(0, 80)))
    example = hospital_example(patient, other, np.random.default_rng(0))
    assert example.visible.min() == 1
    assert example.ct_field.min() == 0
    assert example.ct_thickness_cm[0].sum() == pytest.approx(16 * 10)  # of 16 rows, 10 above row 80


def test_half_of_the_examples_tell_of_the_person_and_half_of_the_setup() -> None:
    person = {"sex": "male", "age_years": 60.0, "height_cm": 175.0, "weight_kg": 80.0}
    known = replace(SUBJECT, person=person, camera={"sdd_mm": 1100.0, "table_detector_mm": 60.0})
    ways = [_example(_arrays(), seed, known).told for seed in range(40)]
    everything = Told.of(known.person, known.camera)
    expected = {tuple(told.vector()) for knowing in Knowing if (told := everything.only(knowing)) is not None}
    assert {tuple(told) for told in ways} == expected
    assert not _example(_arrays()).told.any()


@pytest.mark.parametrize("name", ["ct_mass_g_per_cm2", "registered_thickness_cm"])
def test_a_cohort_that_lacks_what_rows_need_is_refused(name: str) -> None:
    with pytest.raises(CohortError, match=name):
        _example(replace(_arrays(), **{name: None}))
