"""A labelled CT as a template: what was scanned comes back, however the volume lies; what will not do is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace
from itertools import permutations
from itertools import product

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import View
from mskdex.cohort.virtual import person_for
from mskdex.errors import StudyError
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.ct import scan
from mskdex.phantom.growable import prepare
from mskdex.phantom.held import held_fraction
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import sample_person
from mskdex.phantom.pose import sample_ct_pose
from mskdex.phantom.scanned import template_from_ct
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Part
from mskdex.phantom.template import Template
from mskdex.phantom.tissue import TEXTURE_STEPS
from mskdex.phantom.vary import mirrored
from mskdex.phantom.vary import varied

VOXEL_MM = 5.0


@dataclass(frozen=True)
class Scanned:
    """What a hospital has of a patient."""

    hu: np.ndarray
    labels: np.ndarray
    voxel_to_world: np.ndarray

    def template(self) -> Template:
        return template_from_ct("ct", "female", 165.0, self.hu, self.labels, self.voxel_to_world, voxel_mm=VOXEL_MM)

    def reoriented(self, order: tuple[int, ...], signs: tuple[int, ...]) -> "Scanned":
        """The same voxels in the same places, stored along other axes."""
        steps = tuple(slice(None, None, sign) for sign in signs)
        to_here = np.eye(4)
        for axis, (source, sign) in enumerate(zip(order, signs, strict=True)):
            to_here[:3, axis] = 0
            to_here[source, axis] = sign
            to_here[source, 3] = 0 if sign > 0 else self.hu.shape[source] - 1
        hu, labels = (np.ascontiguousarray(each.transpose(order)[steps]) for each in (self.hu, self.labels))
        return Scanned(hu, labels, self.voxel_to_world @ to_here)


@pytest.fixture(scope="module")
def patient() -> Patient:
    rng = np.random.default_rng(5)
    growable = prepare(builtin_template(average_shape("female"), VOXEL_MM))
    body = embody(person_for(growable, rng), growable, rng)
    return lay_down(body, sample_ct_pose(rng), voxel_mm=VOXEL_MM)


@pytest.fixture(scope="module")
def scanned(patient: Patient) -> Scanned:
    return Scanned(scan(patient, np.random.default_rng(6)), patient.labels, patient.voxel_to_world)


@pytest.fixture(scope="module")
def template(scanned: Scanned) -> Template:
    return scanned.template()


def test_every_muscle_and_bone_has_its_volume(template: Template, patient: Patient) -> None:
    held = np.bincount(template.parts.ravel(), minlength=42)[1:42] * template.voxel_cm3
    for label, found, true in zip(MEASURED_LABELS, held, patient.volumes_cm3(), strict=True):
        assert found == pytest.approx(true, rel=0.02), label.name


def test_hips_are_where_they_were(template: Template, patient: Patient) -> None:
    assert np.linalg.norm(np.stack(template.hip_centres_mm) - patient.hips_mm, axis=1).max() < 3.0


def test_the_body_is_inside_and_the_rest_of_it_is_named(template: Template, patient: Patient) -> None:
    inside = np.count_nonzero(template.parts != Part.OUTSIDE) * template.voxel_cm3
    assert inside == pytest.approx(np.count_nonzero(patient.labels) * patient.voxel_cm3, rel=0.02)
    x = template.origin_mm[0] + np.arange(template.parts.shape[0]) * template.spacing_mm[0]
    middle = np.mean(template.hip_centres_mm, axis=0)[0]
    for part in OTHER_MUSCLES:
        side = x[np.argwhere(template.parts == part)[:, 0]] - middle
        assert len(side) > 0, part.name
        assert np.all(side < 0 if part.name.endswith("RIGHT") else side >= 0), part.name
    volume = {part: np.count_nonzero(template.parts == part) * template.voxel_cm3 for part in Part}
    assert 80 < volume[Part.VERTEBRA] < 400
    assert 2000 < volume[Part.VISCERA] < 12000


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_axes_may_run_any_way(scanned: Scanned, template: Template, order: tuple[int, ...]) -> None:
    for signs in list(product((1, -1), repeat=3))[1 :: 3 if order == (0, 1, 2) else 6]:
        other = scanned.reoriented(order, signs).template()
        np.testing.assert_array_equal(other.parts, template.parts)
        np.testing.assert_allclose(other.voxel_to_world, template.voxel_to_world, atol=1e-9)
        np.testing.assert_allclose(other.texture, template.texture, atol=1)


def test_voxels_that_are_split_hold_the_same(scanned: Scanned, template: Template) -> None:
    frame = scanned.voxel_to_world @ np.diag([0.5, 1, 1, 1])
    frame[0, 3] -= VOXEL_MM / 4
    halves = Scanned(np.repeat(scanned.hu, 2, 0), np.repeat(scanned.labels, 2, 0), frame)
    other = halves.template()
    np.testing.assert_array_equal(other.parts, template.parts)


def test_thick_slices_still_hold_the_muscles(scanned: Scanned, patient: Patient) -> None:
    frame = scanned.voxel_to_world @ np.diag([1, 1, 2, 1])
    thick = Scanned(scanned.hu[:, :, ::2], scanned.labels[:, :, ::2], frame).template()
    held = np.bincount(thick.parts.ravel(), minlength=42)[1:42] * thick.voxel_cm3
    large = patient.volumes_cm3() > 100
    np.testing.assert_allclose(held[large], patient.volumes_cm3()[large], rtol=0.06)
    assert np.linalg.norm(np.stack(thick.hip_centres_mm) - patient.hips_mm, axis=1).max() < 5.0


def test_the_table_is_no_part_of_the_patient(scanned: Scanned, template: Template) -> None:
    hu = np.pad(scanned.hu, ((0, 0), (0, 6), (0, 0)), constant_values=-1000)
    hu[:, -3:-1] = 150
    labels = np.pad(scanned.labels, ((0, 0), (0, 6), (0, 0)))
    with_table = replace(scanned, hu=hu, labels=labels).template()
    np.testing.assert_array_equal(with_table.parts[:, :-6], template.parts)
    assert not with_table.parts[:, -6:].any()


def test_texture_has_no_mean_and_a_deviation_of_one(template: Template) -> None:
    assert template.texture is not None
    assert template.texture.dtype == np.int8
    assert not template.texture[template.parts == Part.OUTSIDE].any()
    for name in ("gluteus_maximus_right", "adductors_left", "femur_left"):
        inside = template.texture[template.parts == LABEL_BY_NAME[name].value] / TEXTURE_STEPS
        assert abs(inside.mean()) < 0.1, name
        assert inside.std() == pytest.approx(1, abs=0.12), name


def test_texture_goes_where_its_part_goes(template: Template) -> None:
    assert template.texture is not None
    once = mirrored(template)
    np.testing.assert_array_equal(once.texture, template.texture[::-1])
    other = varied(template, np.random.default_rng(1), "ct-001")
    assert other.texture is not None
    assert not other.texture[other.parts == Part.OUTSIDE].any()
    assert np.count_nonzero(other.texture) == pytest.approx(np.count_nonzero(template.texture), rel=0.1)


def test_a_patient_grown_from_it_has_the_person_s_muscles(template: Template) -> None:
    rng = np.random.default_rng(8)
    person = sample_person(rng)
    grown = lay_down(embody(person, prepare(template), rng), sample_ct_pose(rng), voxel_mm=VOXEL_MM)
    wanted = person.muscle_volume_cm3 * held_fraction(template)
    found = grown.volumes_cm3()
    assert np.all(found > 0)
    for label in MUSCLE_LABELS:
        if label.structure.view is View.WHOLE and wanted[label.channel] > 50:
            assert found[label.channel] == pytest.approx(wanted[label.channel], rel=0.12), label.name


def _without_a_muscle(scanned: Scanned) -> Scanned:
    gone = scanned.labels == LABEL_BY_NAME["piriformis_left"].value
    return replace(scanned, labels=np.where(gone, np.uint8(42), scanned.labels))


def _ending_below_the_crest(scanned: Scanned) -> Scanned:
    crest = np.flatnonzero((scanned.labels == LABEL_BY_NAME["hip_bone_left"].value).any(axis=(0, 1)))[-1]
    return replace(scanned, hu=scanned.hu[:, :, : crest - 2], labels=scanned.labels[:, :, : crest - 2])


def _ending_above_the_thighs(scanned: Scanned) -> Scanned:
    frame = scanned.voxel_to_world @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 28], [0, 0, 0, 1.0]])
    return Scanned(scanned.hu[:, :, 28:], scanned.labels[:, :, 28:], frame)


def _with_a_nail(scanned: Scanned) -> Scanned:
    femur = scanned.labels == LABEL_BY_NAME["femur_left"].value
    return replace(scanned, hu=np.where(femur, np.int16(3071), scanned.hu))


def _with_half_a_hip_bone(scanned: Scanned) -> Scanned:
    bone = scanned.labels == LABEL_BY_NAME["hip_bone_right"].value
    low = np.arange(scanned.labels.shape[2]) * VOXEL_MM + scanned.voxel_to_world[2, 3] < 0
    return replace(scanned, labels=np.where(bone & low, np.uint8(42), scanned.labels))


def _with_a_sliver_for_a_femur(scanned: Scanned) -> Scanned:
    gone = scanned.labels == LABEL_BY_NAME["femur_right"].value
    labels = np.where(gone, np.uint8(42), scanned.labels)
    labels[tuple(np.argwhere(gone)[0])] = LABEL_BY_NAME["femur_right"].value
    frame = scanned.voxel_to_world.copy()
    frame[2, 3] += 4000  # scanners have their origin anywhere
    return Scanned(scanned.hu, labels, frame)


def _with_a_muscle_far_away(scanned: Scanned) -> Scanned:
    far = round(200 / VOXEL_MM)
    muscle = scanned.labels == LABEL_BY_NAME["piriformis_left"].value
    labels = np.pad(np.where(muscle, np.uint8(42), scanned.labels), ((0, 0), (0, 0), (0, far)))
    labels[:4, :4, -4:] = LABEL_BY_NAME["piriformis_left"].value
    hu = np.pad(scanned.hu, ((0, 0), (0, 0), (0, far)), mode="edge")
    return replace(scanned, hu=hu, labels=labels)


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (_without_a_muscle, "structures_missing", "piriformis_left"),
        (_ending_below_the_crest, ("hip_bone_cut", "ct_too_short"), "CT"),
        (_ending_above_the_thighs, "ct_too_short", "expected -150 to 150"),
        (_with_a_nail, "metal", "native hips"),
        (_with_half_a_hip_bone, "hip_bone_not_whole", "ischium"),
        (_with_a_sliver_for_a_femur, "hips_not_found", "femur_right is no femoral head"),
        (_with_a_muscle_far_away, "structures_missing", "piriformis_left within 300 mm below and 245 mm above"),
    ],
)
def test_what_is_no_template_is_refused(
    scanned: Scanned, spoil: Callable[[Scanned], Scanned], code: str | tuple[str, ...], said: str
) -> None:
    with pytest.raises(StudyError, match=said) as error:
        spoil(scanned).template()
    assert error.value.code in code
