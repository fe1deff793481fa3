"""One virtual patient as a cohort holds it: everything drawn from one seed, truth projected, radiograph taken."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from functools import lru_cache

import numpy as np

from mskdex.anatomy import MEASURED_LABELS
from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.folds import stored_split
from mskdex.cohort.in_ct import InCt
from mskdex.cohort.plan import MONO_KEV
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Arrays
from mskdex.cohort.record import Subject
from mskdex.geometry import ConeBeam
from mskdex.images.grid import ModelGrid
from mskdex.phantom.beam import Beam
from mskdex.phantom.exposure import PLAIN_EXPOSURE
from mskdex.phantom.exposure import Exposure
from mskdex.phantom.exposure import sample_exposure
from mskdex.phantom.growable import Growable
from mskdex.phantom.growable import prepare
from mskdex.phantom.implants.draw import Implant
from mskdex.phantom.implants.draw import fitting_implant
from mskdex.phantom.implants.draw import implant_facts
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import Condition
from mskdex.phantom.population import Person
from mskdex.phantom.population import sample_person
from mskdex.phantom.pose import Pose
from mskdex.phantom.pose import sample_ct_pose
from mskdex.phantom.pose import sample_radiograph_pose
from mskdex.phantom.posing import Body
from mskdex.phantom.posing import bone_motions
from mskdex.phantom.radiograph import TakenRadiograph
from mskdex.phantom.radiograph import take_plain_radiograph
from mskdex.phantom.radiograph import take_radiograph
from mskdex.phantom.view import Setup
from mskdex.phantom.view import View
from mskdex.phantom.view import pooled
from mskdex.phantom.view import sample_setup
from mskdex.physics import Material

_FINEST_TEMPLATE_MM = 2.5  # finer patients are painted from this; growth would take long
_COBALT_CHROME_SHARE = 0.4
_RAYS = 2  # along each side of a detector pixel
_CT_DRAWS = 0xC7  # a stream of their own, so that a patient is the same with a CT and without


@dataclass(frozen=True)
class VirtualPatient:
    """A patient, its exposure and who it is.

    Attributes:
        person: whose body it is.
        body: of that person, to be laid down in any pose.
        pose: in the radiograph.
        patient: the body in that pose.
        setup: what looked at it, and from where.
        exposure: how its radiograph is to be taken.
        view: the truth on the detector.
        implant: what surgeons left in it, or None.
        misfits: why implants that were drawn before did not fit.
        metal: what an implant is made of.
        template: name of its anatomy.
    """

    person: Person
    body: Body
    pose: Pose
    patient: Patient
    setup: Setup
    exposure: Exposure
    view: View
    implant: Implant | None
    misfits: tuple[str, ...]
    metal: Material
    template: str

    @property
    def camera(self) -> ConeBeam:
        return self.setup.camera

    def lying(self, pose: Pose, voxel_mm: float) -> Patient:
        """The same patient, implant and all, in another pose, on voxels of ``voxel_mm``."""
        patient = lay_down(self.body, pose, voxel_mm=voxel_mm)
        return patient if self.implant is None else self.implant.drawn_in(patient, pose)


@lru_cache(maxsize=1)
def growable_of(anatomy: str, seed: int, group: int, voxel_mm: float) -> Growable:
    """The prepared template of a group; kept while one process works through the group."""
    return prepare(Anatomy.parse(anatomy).template(seed, group, voxel_mm))


def imagine(
    plan: VirtualPlan, index: int, rng: np.random.Generator, canvas: ModelGrid, *, oversampling: int = _RAYS
) -> VirtualPatient:
    """Draw patient ``index`` and look at it through the X-ray machine.

    Args:
        plan: which patients.
        index: number of the patient.
        rng: source of randomness; the template has its own.
        canvas: the detector, in place of the plan's.
        oversampling: rays along each side of a detector pixel.

    Raises:
        UsageError: the anatomy is not there.
    """
    growable = growable_of(plan.anatomy, plan.seed, plan.group(index), max(plan.voxel_mm, _FINEST_TEMPLATE_MM))
    person = person_for(growable, rng, plan.condition)
    body = embody(person, growable, rng)
    pose = sample_radiograph_pose(rng)
    patient = lay_down(body, pose, voxel_mm=plan.voxel_mm)
    wanted = rng.random() < plan.implant_share
    implant, misfits = fitting_implant(rng, patient, pose) if wanted else (None, ())
    patient = patient if implant is None else implant.drawn_in(patient, pose)
    setup = sample_setup(rng, patient, rows=canvas.rows, columns=canvas.columns, spacing_mm=canvas.spacing_mm)
    exposure = sample_exposure(rng)
    metal = Material.COBALT_CHROME if rng.random() < _COBALT_CHROME_SHARE else Material.TITANIUM
    beam = replace(exposure.beam, metal=metal)
    if plan.beam == "mono":
        exposure, beam = PLAIN_EXPOSURE, Beam(metal=metal, energy_kev=MONO_KEV)
    view = View.of(patient, setup.camera, beam, oversampling=oversampling)
    name = growable.template.name
    return VirtualPatient(person, body, pose, patient, setup, exposure, view, implant, misfits, metal, name)


def take(plan: VirtualPlan, made: VirtualPatient, spacing_mm: float, rng: np.random.Generator) -> TakenRadiograph:
    """The radiograph of a patient as its plan wants it: a hospital's, or a plain one."""
    if plan.beam == "mono":
        return take_plain_radiograph(made.view.attenuation, spacing_mm, rng)
    return take_radiograph(made.view.attenuation, spacing_mm, rng, made.exposure)


def make_subject(plan: VirtualPlan, index: int) -> tuple[Subject, Arrays]:
    """Subject ``index`` of a plan; the same for the same plan, whatever was made before it.

    Raises:
        UsageError: the anatomy is not there.
    """
    rng = plan.randomness(index)
    made = imagine(plan, index, rng, plan.canvas)
    ct_pose, ct = _lie_in_ct(plan, index, made) if plan.two_poses else (None, None)
    whole = ct.patient if ct else made.patient
    taken = take(plan, made, plan.canvas.spacing_mm, rng)
    stride = plan.canvas.map_stride
    arrays = Arrays(
        radiograph=taken.pixels.astype(np.float16),
        field=taken.field,
        thickness_cm=pooled(made.view.truth.thickness_cm, stride).astype(np.float16),
        mass_g_per_cm2=pooled(made.view.truth.mass_g_per_cm2[: len(MEASURED_LABELS)], stride).astype(np.float16),
        whole_volume_cm3=whole.volumes_cm3().astype(np.float32),
        whole_mass_g=whole.masses_g().astype(np.float32),
        attenuation=made.view.attenuation.astype(np.float16),
        **(ct.maps() if ct else {}),
    )
    subject = Subject(
        id=plan.subject_id(index),
        anatomy=made.template,
        split=stored_split(made.template),
        seed=plan.seed,
        person=person_facts(made.person),
        camera=camera_facts(made.setup),
        metal=made.implant is not None,
        unmeasured=made.implant.unmeasured if made.implant else (),
        details={
            "exposure": asdict(made.exposure),
            **metal_facts(made, taken),
            **({"ct_pose": asdict(ct_pose)} if ct_pose else {}),
        },
    )
    return subject, arrays


def _lie_in_ct(plan: VirtualPlan, index: int, made: VirtualPatient) -> tuple[Pose, InCt]:
    rng = plan.randomness(index, _CT_DRAWS)
    pose = sample_ct_pose(rng)
    patient, motions = made.lying(pose, plan.voxel_mm), bone_motions(made.body, pose, made.pose)
    # Maps are made of the rays that the radiograph's own truth is made of.
    stride = plan.canvas.map_stride
    camera = made.camera.magnified(1 / stride)
    return pose, InCt.of(patient, motions, camera, plan.registration_error, rng, oversample=_RAYS * stride)


def person_for(growable: Growable, rng: np.random.Generator, condition: Condition | None = None) -> Person:
    """Somebody of the template's sex, if it has one, and of this condition, if one is wanted."""
    while True:
        person = sample_person(rng, condition=condition)
        if growable.template.sex in (None, person.sex):
            return person


def person_facts(person: Person) -> dict[str, object]:
    """As a cohort keeps them."""
    return {
        "sex": person.sex,
        "age_years": round(person.age_years, 1),
        "height_cm": round(person.height_cm, 1),
        "weight_kg": round(person.weight_kg, 1),
        "condition": str(person.condition),
    }


def metal_facts(made: VirtualPatient, taken: TakenRadiograph) -> dict[str, object]:
    """What of metal is in the picture, as cohorts and studies keep it; nothing where there is none."""
    facts: dict[str, object] = {}
    if made.implant is not None:
        facts["implant"] = {**implant_facts(made.implant), "metal": str(made.metal)}
    if made.misfits:
        facts["implant_misfits"] = list(made.misfits)
    if taken.shield is not None:
        facts["shield"] = asdict(taken.shield)
    return facts


def camera_facts(setup: Setup) -> dict[str, object]:
    """As a cohort keeps them."""
    camera = setup.camera
    return {
        "camera_to_world": camera.camera_to_world.tolist(),
        "sdd_mm": camera.sdd_mm,
        "principal_point": list(camera.principal_point),
        "table_detector_mm": setup.table_detector_mm,
    }
