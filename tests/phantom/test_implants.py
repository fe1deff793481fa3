"""Implants: as much metal as they have, unbroken, rigid with their bone, and in no bone that still counts."""

import json
from dataclasses import asdict
from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Side
from mskdex.geometry import ap_camera
from mskdex.phantom.beam import Beam
from mskdex.phantom.implants.draw import SHARES
from mskdex.phantom.implants.draw import fitting_implant
from mskdex.phantom.implants.draw import implant_facts
from mskdex.phantom.implants.draw import sample_implant
from mskdex.phantom.implants.draw import sample_kind
from mskdex.phantom.implants.frame import METAL_HU
from mskdex.phantom.implants.frame import Carrier
from mskdex.phantom.implants.frame import Frame
from mskdex.phantom.implants.frame import Kind
from mskdex.phantom.implants.frame import MisfitError
from mskdex.phantom.implants.frame import outward
from mskdex.phantom.implants.hardware import Hardware
from mskdex.phantom.implants.prosthesis import Prosthesis
from mskdex.phantom.implants.solid import Rod
from mskdex.phantom.implants.solid import Slab
from mskdex.phantom.implants.solid import Solid
from mskdex.phantom.implants.solid import metal_voxels
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.pose import Pose
from mskdex.phantom.view import View
from mskdex.phantom.view import paths_g_per_cm2
from mskdex.physics import COBALT_CHROME_DENSITY
from mskdex.physics import TITANIUM_DENSITY
from mskdex.physics import Material
from mskdex.physics import attenuation_cm2_per_g

POSE = Pose((6.0, 2.0, -3.0), ((-4.0, 6.0, 10.0), (3.0, -5.0, -12.0)))
VOXEL_MM = 2.5
HEAD_MM, SHAFT_MM, HIP_X_MM, OFFSET_MM = 24.0, 15.0, 90.0, 42.0
HARDWARE = (Kind.HIP_SCREW, Kind.NECK_SCREWS, Kind.ILIOSACRAL_SCREW)
SIDES = (Side.RIGHT, Side.LEFT)


def _patient(pose: Pose) -> Patient:
    """Two femurs of a ball, a neck and a tube; a pelvis of boxes; soft tissue about them."""
    shape = (144, 72, 136)
    frame = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    frame[:3, 3] = -VOXEL_MM * (np.array(shape) - 1) / 2 + (0.3, -0.7, -40.0)
    labels = np.full(shape, REST_LABEL.value, np.uint8)
    hips = np.array([[-HIP_X_MM, 0, 0], [HIP_X_MM, 0, 0]]) @ pose.pelvis().T
    hu = np.full(shape, 40, np.int16)
    patient = Patient(labels, hu, hu, frame, hips)
    world = np.moveaxis(np.indices(shape), 0, -1) * VOXEL_MM + frame[:3, 3]
    pelvis = Frame.of(patient, pose, Carrier.PELVIS, Side.RIGHT).own(world)
    labels[_box(pelvis, (-45, 20, 30), (45, 65, 105))] = LABEL_BY_NAME["sacrum"].value
    for side in SIDES:
        out = outward(side)
        mirrored = pelvis * (out, 1, 1)
        ilium = _box(mirrored, (45, 25, 30), (70, 75, 110)) | (np.linalg.norm(mirrored - (90, 0, 34), axis=-1) < 14)
        labels[ilium] = LABEL_BY_NAME[f"hip_bone_{side}"].value
        own = Frame.of(patient, pose, Carrier.THIGH, side).own(world)
        neck = Rod((0, 0, 0), (out * OFFSET_MM, 5, -40), 14).contains(own)
        shaft = Rod((out * OFFSET_MM, 5, 15), (out * OFFSET_MM, 5, -190), SHAFT_MM).contains(own)
        femur = (np.linalg.norm(own, axis=-1) < HEAD_MM) | neck | shaft
        labels[femur] = LABEL_BY_NAME[f"femur_{side}"].value
    patient.hu[np.isin(labels, [label.value for label in BONE_LABELS])] = 600
    return patient


def _box(points: np.ndarray, low: tuple[float, ...], high: tuple[float, ...]) -> np.ndarray:
    return np.asarray(((points > low) & (points < high)).all(axis=-1))


@pytest.fixture(scope="module")
def posed() -> Patient:
    return _patient(POSE)


@pytest.fixture(scope="module")
def supine() -> Patient:
    return _patient(SUPINE)


def _directions(count: int) -> np.ndarray:
    drawn = np.random.default_rng(1).standard_normal((count, 3))
    return np.vstack([np.eye(3), drawn / np.linalg.norm(drawn, axis=1, keepdims=True)])


@pytest.mark.parametrize("radius_mm", [1.5, 2.0, 3.0, 6.0])
@pytest.mark.parametrize("direction", _directions(5))
def test_a_rod_is_as_much_metal_as_it_is(supine: Patient, radius_mm: float, direction: np.ndarray) -> None:
    rod = Rod((3.1, -2.2, 1.7), tuple((3.1, -2.2, 1.7) + 60 * direction), radius_mm)
    voxels = metal_voxels(rod, supine, Frame(np.zeros(3), np.eye(3)))
    assert len(voxels) * VOXEL_MM**3 == pytest.approx(np.pi * radius_mm**2 * 60, rel=0.05)
    assert len(np.unique(voxels, axis=0)) == len(voxels)


@pytest.mark.parametrize("direction", _directions(3))
def test_a_slab_is_as_much_metal_as_it_is(supine: Patient, direction: np.ndarray) -> None:
    face = tuple(np.roll(direction, 1))
    slab = Slab((0.4, 1.1, -20.0), tuple((0.4, 1.1, -20.0) + 80 * direction), face, 19.0, 5.8)
    voxels = metal_voxels(slab, supine, Frame(np.zeros(3), np.eye(3)))
    assert len(voxels) * VOXEL_MM**3 == pytest.approx(80 * 19.0 * 5.8, rel=0.05)


@pytest.mark.parametrize("angle_deg", [0, 20, 45, 70, 90])
def test_a_thin_screw_projects_to_an_unbroken_line_of_its_own_mass(supine: Patient, angle_deg: float) -> None:
    along = np.array([np.cos(np.deg2rad(angle_deg)), 0.2, np.sin(np.deg2rad(angle_deg))])
    along /= np.linalg.norm(along)
    screw = Rod(tuple(-30 * along), tuple(30 * along), 2.0)
    with_screw = Hardware(Kind.NECK_SCREWS, Side.LEFT, Carrier.PELVIS, (), (screw,)).drawn_in(supine, SUPINE)
    distance_mm, to_detector_mm = 1150.0, 100.0
    camera = ap_camera(
        np.zeros(3), sdd_mm=distance_mm, object_to_detector_mm=to_detector_mm, rows=320, columns=320, spacing_mm=0.5
    )
    metal = paths_g_per_cm2(with_screw, camera)[3]
    magnification = distance_mm / (distance_mm - to_detector_mm)
    mass_g = float(metal.sum()) * camera.pixel_area_cm2 / magnification**2
    assert mass_g == pytest.approx(screw.volume_mm3 / 1000 * TITANIUM_DENSITY, rel=0.1)
    # In the plane of the detector, x leads to the image's right or left and z up; the screw's middle is the image's.
    steps = np.linspace(-27, 27, 109) * magnification / 0.5
    rows, columns = (np.rint(159.5 + steps * part).astype(int) for part in (-along[2], along[0]))
    band = np.max([metal[rows + i, columns + j] for i in (-2, 0, 2) for j in (-2, 0, 2)], axis=0)
    assert band.min() > 0.5 * 0.25 * TITANIUM_DENSITY


def test_steel_hides_more_than_titanium(supine: Patient) -> None:
    screw = Hardware(Kind.NECK_SCREWS, Side.LEFT, Carrier.PELVIS, (), (Rod((-30, 0, 0), (30, 0, 0), 2.0),))
    camera = ap_camera(np.zeros(3), sdd_mm=1150.0, object_to_detector_mm=100.0, rows=40, columns=40, spacing_mm=2.0)
    seen, without = screw.drawn_in(supine, SUPINE), supine
    titanium, steel = (
        np.subtract(*(View.of(who, camera, beam, oversampling=1).attenuation for who in (seen, without))).max()
        for beam in (Beam(energy_kev=54.0), Beam(energy_kev=54.0, metal=Material.COBALT_CHROME))
    )
    per_cm = [
        attenuation_cm2_per_g(metal, 54.0) * density
        for metal, density in ((Material.TITANIUM, TITANIUM_DENSITY), (Material.COBALT_CHROME, COBALT_CHROME_DENSITY))
    ]
    assert steel / titanium == pytest.approx(float(per_cm[1] / per_cm[0]), rel=0.1)


@pytest.mark.parametrize("kind", HARDWARE)
@pytest.mark.parametrize("side", SIDES)
def test_hardware_is_rigid_with_its_bone(posed: Patient, supine: Patient, kind: Kind, side: Side) -> None:
    implant = sample_kind(np.random.default_rng(2), kind, posed, POSE, side)
    assert isinstance(implant, Hardware)
    there = [
        Frame.of(patient, pose, implant.carrier, side).own(_metal_mm(implant.drawn_in(patient, pose)))
        for patient, pose in ((posed, POSE), (supine, SUPINE))
    ]
    assert len(there[0]) == pytest.approx(len(there[1]), rel=0.05)
    # Within half a voxel or so; a turn of these poses that was left out would move it by several.
    np.testing.assert_allclose(there[0].mean(axis=0), there[1].mean(axis=0), atol=1.5)
    spreads = [np.sqrt(np.linalg.eigvalsh(np.cov(each.T))) for each in there]
    np.testing.assert_allclose(*spreads, atol=1.0)


def _metal_mm(patient: Patient) -> np.ndarray:
    return np.argwhere(patient.hu == METAL_HU) * VOXEL_MM + patient.voxel_to_world[:3, 3]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("side", SIDES)
def test_only_bones_that_do_not_count_any_more_are_touched(posed: Patient, kind: Kind, side: Side) -> None:
    implant = sample_kind(np.random.default_rng(3), kind, posed, POSE, side)
    after = implant.drawn_in(posed, POSE)
    changed = np.flatnonzero(after.volumes_cm3() != posed.volumes_cm3())
    assert implant.kind is kind
    assert {LABEL.name for LABEL in BONE_LABELS if LABEL.channel in changed} == set(implant.unmeasured)
    assert np.all(after.labels[after.hu == METAL_HU] == REST_LABEL.value)
    json.dumps(implant_facts(implant))


@pytest.mark.parametrize("seed", range(6))
def test_screws_end_inside_the_head_and_start_on_the_outer_cortex(posed: Patient, seed: int) -> None:
    for kind in (Kind.HIP_SCREW, Kind.NECK_SCREWS):
        implant = sample_kind(np.random.default_rng(seed), kind, posed, POSE, Side.LEFT)
        assert isinstance(implant, Hardware)
        tips = implant.rods[2:3] if kind is Kind.HIP_SCREW else implant.rods[1::3]
        for tip in tips:
            assert HEAD_MM - 14 < np.linalg.norm(tip.end_mm) < HEAD_MM - 2
        assert max(rod.start_mm[0] for rod in implant.rods) == pytest.approx(OFFSET_MM + SHAFT_MM, abs=9)


@pytest.mark.parametrize("seed", range(6))
def test_a_plate_lies_on_the_shaft_and_its_screws_go_through_both_cortices(posed: Patient, seed: int) -> None:
    implant = sample_kind(np.random.default_rng(seed), Kind.HIP_SCREW, posed, POSE, Side.RIGHT)
    assert isinstance(implant, Hardware)
    (plate,) = implant.slabs
    inner = -plate.end_mm[0] - plate.thickness_mm / 2
    assert inner == pytest.approx(OFFSET_MM + SHAFT_MM, abs=VOXEL_MM)
    for screw in implant.rods[3:]:
        assert -screw.end_mm[0] < OFFSET_MM - SHAFT_MM + VOXEL_MM
        assert plate.contains(np.array(screw.start_mm))


def test_an_iliosacral_screw_goes_from_outside_the_ilium_to_the_sacrum(posed: Patient) -> None:
    implant = sample_kind(np.random.default_rng(0), Kind.ILIOSACRAL_SCREW, posed, POSE, Side.LEFT)
    assert isinstance(implant, Hardware)
    assert implant.rods[1].end_mm[0] < 20
    assert implant.rods[2].start_mm[0] > 70


@pytest.mark.parametrize("inwards_deg", [-15.0, 0.0, 15.0])
def test_a_long_stem_is_whole_on_both_sides_however_the_thigh_lies(supine: Patient, inwards_deg: float) -> None:
    pose = Pose(thighs_deg=((0.0, -inwards_deg, 0.0), (0.0, inwards_deg, 0.0)))
    counts = []
    for side in SIDES:
        out = outward(side)
        longest = Prosthesis(side, 29.0, 18.0, 11.5, (out * 44, 0.0, -42.0), (out * 36, 10.0, -192.0))
        metal = _metal_mm(longest.drawn_in(supine, pose))
        own = Frame.of(supine, pose, Carrier.THIGH, side).own(metal)
        assert own[:, 2].min() == pytest.approx(-197, abs=VOXEL_MM)
        assert (out * own[:, 0]).max() == pytest.approx(44 + 11.5, abs=VOXEL_MM)
        counts.append(len(metal))
    straight = len(_metal_mm(longest.drawn_in(supine, SUPINE)))
    assert counts == pytest.approx([straight, straight], rel=0.02)


@pytest.mark.parametrize("scale", [0.85, 1.0, 1.1])
@pytest.mark.parametrize("side", SIDES)
def test_half_a_prosthesis_has_a_head_as_large_as_the_native_one(posed: Patient, side: Side, scale: float) -> None:
    frame = np.diag([scale, scale, scale, 1.0]) @ posed.voxel_to_world
    scaled = replace(posed, voxel_to_world=frame, hips_mm=scale * posed.hips_mm)
    half = sample_kind(np.random.default_rng(4), Kind.HEMIARTHROPLASTY, scaled, POSE, side)
    assert isinstance(half, Prosthesis)
    assert half.head_mm == pytest.approx(scale * HEAD_MM, abs=1.0)


def test_prostheses_are_the_most_common_and_every_kind_occurs(posed: Patient) -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    drawn = [sample_implant(np.random.default_rng(seed), posed, POSE).kind for seed in range(120)]
    counts = {kind: drawn.count(kind) for kind in Kind}
    assert min(counts.values()) > 0
    assert max(counts, key=lambda kind: counts[kind]) is Kind.TOTAL_HIP


def test_the_same_seed_draws_the_same_implant(posed: Patient) -> None:
    first, again = (asdict(sample_implant(np.random.default_rng(9), posed, POSE)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("kind", [*HARDWARE, Kind.HEMIARTHROPLASTY])
def test_a_patient_without_the_bone_is_refused(posed: Patient, kind: Kind) -> None:
    boneless = replace(posed, labels=np.full_like(posed.labels, 1))
    with pytest.raises(MisfitError, match="the patient has no"):
        sample_kind(np.random.default_rng(0), kind, boneless, POSE, Side.LEFT)


def test_what_does_not_fit_is_drawn_again_or_left_out(posed: Patient) -> None:
    boneless = replace(posed, labels=np.full_like(posed.labels, 1))
    drawn = [fitting_implant(np.random.default_rng(seed), boneless, POSE) for seed in range(200)]
    # A total hip asks for no bone of the patient's: it alone can be drawn here.
    assert {implant and implant.kind for implant, _ in drawn} == {Kind.TOTAL_HIP, None}
    assert {len(misfits) for _, misfits in drawn} == set(range(6))
    for implant, misfits in drawn:
        assert (implant is None) == (len(misfits) == 5)
        assert all("the patient has no" in misfit for misfit in misfits)


def test_the_first_implant_that_fits_is_the_one_that_was_drawn(posed: Patient) -> None:
    first, again = (draw(np.random.default_rng(9), posed, POSE) for draw in (sample_implant, fitting_implant))
    assert again == (first, ())


def test_what_lies_outside_the_volume_is_left_out(supine: Patient) -> None:
    frame = Frame(np.zeros(3), np.eye(3))
    beyond: tuple[Solid, ...] = (Rod((900, 0, 0), (950, 0, 0), 4), Rod((0, 0, 100), (0, 0, 300), 4))
    gone, cut = (metal_voxels(solid, supine, frame) for solid in beyond)
    assert gone.shape == (0, 3)
    assert 0 < len(cut) * VOXEL_MM**3 < 0.5 * beyond[1].volume_mm3
