"""Soft tissue settles on bones: clefts close, nothing else is pressed, and bones and the belly stay."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.nearest import PerGrowing
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import Person
from mskdex.phantom.population import sample_person
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.pose import Pose
from mskdex.phantom.posing import Body
from mskdex.phantom.settling import Settling
from mskdex.phantom.settling import settled
from mskdex.phantom.template import Part

VOXEL_MM = 4.0
BENT = Pose((6.0, 2.0, -3.0), ((-4.0, 6.0, 10.0), (3.0, -5.0, -12.0)))
HIP_BONES = [label.value for label in BONE_LABELS if label.structure.name == "hip_bone"]
THIN, NORMAL = 0.6, 1.0
LAYER_MM, BETWEEN_CM2 = 1.0, 6.0
ROOMY_CM2 = 600.0
"""So much between muscles that no fat is too much."""


@pytest.fixture(scope="module")
def man() -> Growable:
    return prepare(builtin_template(average_shape("male"), VOXEL_MM))


@pytest.fixture(scope="module")
def person(man: Growable) -> Person:
    rng = np.random.default_rng(5)
    while (person := sample_person(rng)).sex != "male":
        pass
    slight = person.muscle_volume_cm3 / person.muscle_volume_cm3.sum() * 4500
    return replace(person, muscle_volume_cm3=slight, intermuscular_fat_mm=LAYER_MM)


@pytest.fixture(scope="module")
def body(man: Growable, person: Person) -> Body:
    return embody(person, man, np.random.default_rng(1))


@pytest.fixture(scope="module")
def patients(body: Body) -> tuple[Patient, Patient]:
    """The same body settled, and not."""
    loose = replace(body, settling=Settling.none())
    return lay_down(body, SUPINE, voxel_mm=VOXEL_MM), lay_down(loose, SUPINE, voxel_mm=VOXEL_MM)


def _shrunk(man: Growable, share: float) -> PerGrowing:
    return man.volume_cm3 * share


def test_where_no_fat_is_too_much_nothing_moves(man: Growable) -> None:
    assert not settled(man, _shrunk(man, THIN), ROOMY_CM2).shift_mm.any()


def test_slighter_muscles_settle_farther(man: Growable) -> None:
    thin, normal = (np.abs(settled(man, _shrunk(man, share), BETWEEN_CM2).shift_mm).mean() for share in (THIN, NORMAL))
    assert thin > 1.2 * normal > 0


def test_tissue_comes_from_farther_out(man: Growable) -> None:
    """Beside the midline and at the side of the hips, what lies there lay farther to the side."""
    settling = settled(man, _shrunk(man, THIN), BETWEEN_CM2)
    middle = np.mean(man.template.hip_centres_mm, axis=0)
    outside = middle + np.array([[150.0, 10.0, -100.0], [-150.0, 10.0, -100.0]])
    moved = settling.origin_mm(outside) - outside
    assert moved[0, 0] > 2
    assert moved[1, 0] < -2


def test_the_volume_ratio_is_that_of_what_moved(man: Growable) -> None:
    """Count the settled voxels that show a muscle, beside the mean ratio of its own voxels."""
    settling, template = settled(man, _shrunk(man, NORMAL), BETWEEN_CM2), man.template
    own = template.parts == MUSCLE_LABELS[0].value
    places = np.moveaxis(np.indices(template.parts.shape), 0, -1) * template.spacing_mm + template.origin_mm
    origins = np.round((settling.origin_mm(places) - template.origin_mm) / template.spacing_mm).astype(int)
    origins = np.clip(origins, 0, np.array(own.shape) - 1)
    counted = own[tuple(np.moveaxis(origins, -1, 0))].sum() / own.sum()
    assert settling.volume_ratio(places[own]).mean() == pytest.approx(counted, rel=0.05)
    assert 0.5 < counted < 0.95


def test_clefts_close_and_muscles_keep_their_volumes(body: Body, patients: tuple[Patient, Patient]) -> None:
    tight, loose = patients
    whole = body.is_whole[: len(MUSCLE_LABELS)]
    channels = [label.channel for label in MUSCLE_LABELS]
    for patient in patients:
        held = patient.volumes_cm3()[channels][whole]
        np.testing.assert_allclose(held, body.volume_cm3[: len(MUSCLE_LABELS)][whole], rtol=0.02)
    assert _between_cm2(tight) < 0.7 * _between_cm2(loose)


def test_bones_and_belly_stay(patients: tuple[Patient, Patient]) -> None:
    tight, loose = patients
    for label in BONE_LABELS:
        np.testing.assert_array_equal(tight.labels == label.value, loose.labels == label.value)
    middle = round(-tight.voxel_to_world[0, 3] / VOXEL_MM)
    crest = np.flatnonzero(np.isin(tight.labels, HIP_BONES).any(axis=(0, 1)))[-1]
    depths = [np.count_nonzero(each.labels[middle, :, crest]) * VOXEL_MM for each in patients]
    assert depths[0] == pytest.approx(depths[1], abs=3 * VOXEL_MM)


def test_joints_hold_cartilage_whether_the_template_says_so_or_not(man: Growable) -> None:
    fatty = np.where(man.template.parts == Part.CARTILAGE, np.uint8(Part.FAT), man.template.parts)
    found = prepare(replace(man.template, parts=fatty)).base == Part.CARTILAGE
    near_hips = np.zeros(found.shape, bool)
    for centre in man.template.hip_centres_mm:
        i, j, k = np.round((centre - man.origin_mm) / man.template.spacing_mm).astype(int)
        near_hips[i - 9 : i + 10, j - 9 : j + 10, k - 9 : k + 10] = True
    assert (found & near_hips).sum() * man.template.voxel_cm3 > 2


def _between_cm2(patient: Patient) -> float:
    """Fat of a slice of both thighs, 130 mm below the hips, that lies between firm voxels to the left and right."""
    k = round((-130 - patient.voxel_to_world[2, 3]) / VOXEL_MM)
    firm = (patient.labels[:, :, k] > 0) & (patient.labels[:, :, k] <= len(MUSCLE_LABELS) + len(BONE_LABELS))
    total = 0
    middle = round(-patient.voxel_to_world[0, 3] / VOXEL_MM)
    for side in (firm[:middle], firm[middle:]):
        before, behind = np.maximum.accumulate(side, axis=0), np.maximum.accumulate(side[::-1], axis=0)[::-1]
        total += int((before & behind & ~side).sum())
    return total * VOXEL_MM**2 / 100


def test_both_halves_settle_alike(man: Growable) -> None:
    shift = settled(man, _shrunk(man, THIN), BETWEEN_CM2).shift_mm
    across, others = np.abs(shift[0] + shift[0][::-1]), np.abs(shift[1:] - shift[1:, ::-1])
    assert max(across.mean(), others.mean()) < 0.15 * np.abs(shift).mean() + 0.1


def test_people_keep_as_much_between_their_muscles_as_they_have(body: Body) -> None:
    between = []
    for cm2 in (6.0, 12.0, 24.0):
        settling = settled(body.growable, body.volume_cm3 / body.stretch, cm2)
        between.append(_between_cm2(lay_down(replace(body, settling=settling), SUPINE, voxel_mm=VOXEL_MM)))
    assert between[0] < between[1] < between[2]
    assert between[2] < 2.5 * 24.0


@pytest.fixture(scope="module")
def strong(man: Growable, person: Person) -> Body:
    """Half again the usual muscle on a frame as small as it comes."""
    muscles = person.muscle_volume_cm3 / person.muscle_volume_cm3.sum() * 11500
    small = replace(person, hip_centre_distance_mm=155.0, pelvis_height_mm=200.0, muscle_volume_cm3=muscles)
    return embody(small, man, np.random.default_rng(1))


def test_muscles_much_larger_than_the_templates_swell_and_reach_their_volumes(strong: Body) -> None:
    whole = strong.is_whole[: len(MUSCLE_LABELS)]
    for pose in (SUPINE, BENT):
        held = lay_down(strong, pose, voxel_mm=VOXEL_MM).volumes_cm3()[: len(MUSCLE_LABELS)]
        np.testing.assert_allclose(held[whole], strong.volume_cm3[: len(MUSCLE_LABELS)][whole], rtol=0.005)


def test_what_swells_pushes_the_skin_out(strong: Body) -> None:
    middle = np.mean(strong.growable.template.hip_centres_mm, axis=0)
    outside = middle + np.array([[150.0, 10.0, -100.0], [-150.0, 10.0, -100.0]])
    moved = strong.settling.settled_mm(outside) - outside
    assert moved[0, 0] > 5
    assert moved[1, 0] < -5


@pytest.mark.parametrize("muscle", ["gluteus_maximus_right", "vastus_lateralis_left", "adductors_right"])
def test_a_muscle_swells_by_most_of_what_its_surface_cannot_gain(man: Growable, muscle: str) -> None:
    """Not by all of it: cells on bones are shut, and those on a muscle's edge swell by its share of them."""
    settling = settled(man, man.volume_cm3 * 1.8, BETWEEN_CM2)
    template, value = man.template, LABEL_BY_NAME[muscle].value
    own = np.argwhere(template.parts == value) * template.spacing_mm + template.origin_mm
    gained = np.log(settling.volume_ratio(own).mean()) / np.log(1.8 / 1.1)
    assert 0.7 < gained < 1.05
