"""Which implant a patient has."""

from dataclasses import asdict

import numpy as np

from mskdex.anatomy import Side
from mskdex.phantom.implants.frame import Kind
from mskdex.phantom.implants.frame import MisfitError
from mskdex.phantom.implants.hardware import Hardware
from mskdex.phantom.implants.plate import sample_hip_screw
from mskdex.phantom.implants.prosthesis import Prosthesis
from mskdex.phantom.implants.prosthesis import sample_hemiarthroplasty
from mskdex.phantom.implants.prosthesis import sample_total_hip
from mskdex.phantom.implants.screws import sample_iliosacral_screw
from mskdex.phantom.implants.screws import sample_neck_screws
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose

Implant = Prosthesis | Hardware
"""Both have ``kind``, ``side``, ``unmeasured`` and ``drawn_in(patient, pose)``."""

SHARES = {
    Kind.TOTAL_HIP: 0.55,
    Kind.HEMIARTHROPLASTY: 0.1,
    Kind.HIP_SCREW: 0.15,
    Kind.NECK_SCREWS: 0.12,
    Kind.ILIOSACRAL_SCREW: 0.08,
}
"""Of the patients with an implant; our choice: prostheses are the most common, the rest often enough to be learnt."""

_TRIES = 5


def sample_implant(rng: np.random.Generator, patient: Patient, pose: Pose) -> Implant:
    """Draw an implant for a patient who lies in ``pose``; it fits the same patient in any other.

    Raises:
        MisfitError: the patient lacks the bone that it belongs to.
    """
    side = Side.RIGHT if rng.random() < 0.5 else Side.LEFT
    return sample_kind(rng, list(SHARES)[int(rng.choice(len(SHARES), p=list(SHARES.values())))], patient, pose, side)


def fitting_implant(rng: np.random.Generator, patient: Patient, pose: Pose) -> tuple[Implant | None, tuple[str, ...]]:
    """Draw implants until one fits, and say why those before it did not; None where several did not fit."""
    misfits: list[str] = []
    while len(misfits) < _TRIES:
        try:
            return sample_implant(rng, patient, pose), tuple(misfits)
        except MisfitError as misfit:
            misfits.append(str(misfit))
    return None, tuple(misfits)


def sample_kind(rng: np.random.Generator, kind: Kind, patient: Patient, pose: Pose, side: Side) -> Implant:
    """Draw an implant of one kind for one side.

    Raises:
        MisfitError: the patient lacks the bone that it belongs to.
    """
    match kind:
        case Kind.TOTAL_HIP:
            return sample_total_hip(rng, side)
        case Kind.HEMIARTHROPLASTY:
            return sample_hemiarthroplasty(rng, patient, pose, side)
        case Kind.HIP_SCREW:
            return sample_hip_screw(rng, patient, pose, side)
        case Kind.NECK_SCREWS:
            return sample_neck_screws(rng, patient, pose, side)
        case Kind.ILIOSACRAL_SCREW:
            return sample_iliosacral_screw(rng, patient, pose, side)


def implant_facts(implant: Implant) -> dict[str, object]:
    """As a cohort or a study keeps them: the kind, and sizes and places in the frame of the bone."""
    return {"kind": implant.kind, **asdict(implant)}
