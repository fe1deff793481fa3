"""``mskdex simulate``."""

from pathlib import Path
from typing import Annotated
from typing import Any
from typing import Literal

from cyclopts import Parameter
from cyclopts import validators

from mskdex.cli.console import OUT
from mskdex.cli.console import progress
from mskdex.errors import UsageError

Positive = validators.Number(gt=0)
Share = validators.Number(gte=0, lte=1)
NotNegative = validators.Number(gte=0)
Voxel = validators.Number(gte=1, lte=5)
"""Finer ones ask for tens of gigabytes; coarser ones have no room for the smallest muscles."""


def simulate(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    count: Annotated[int, Parameter(validator=Positive)] = 8,
    seed: Annotated[int, Parameter(validator=NotNegative)] = 0,
    anatomy: str = "builtin",
    as_: Annotated[Literal["cohort", "study"], Parameter(name="--as")] = "cohort",
    per_template: Annotated[int, Parameter(validator=Positive)] = 8,
    condition: Literal["healthy", "sarcopenia", "hip_osteoarthritis", "obesity", "osteoporosis"] | None = None,
    implant_share: Annotated[float, Parameter(validator=Share)] = 0.05,
    voxel_mm: Annotated[float, Parameter(validator=Voxel)] = 2.5,
    two_poses: Annotated[bool, Parameter(negative="")] = False,
    registration_mm: Annotated[float, Parameter(validator=NotNegative)] = 1.0,
    registration_deg: Annotated[float, Parameter(validator=NotNegative)] = 0.5,
    preset: str | None = None,
    beam: Literal["spectrum", "mono"] = "spectrum",
    label_scheme: Literal["totalsegmentator", "musclemap"] | None = None,
    failed_share: Annotated[float | None, Parameter(validator=Share)] = None,
    workers: Annotated[int | None, Parameter(validator=Positive)] = None,
) -> int:
    """Make virtual patients, whose muscles and bones are known exactly: to train and test on, or as a hospital's files.

    Parameters
    ----------
    output
        The folder. One begun with the same settings is continued; the same seed gives the same bytes.
    count
        Patients in all. To train on: 480 or more, for splits go by anatomy and the first three anatomies all train.
    seed
        Of everything.
    anatomy
        Where bodies come from: builtin; atlas:PATH (meshes, or a label volume); or ct:PATH (a study of labelled CTs).
    as_
        A cohort, which training reads; or a study: CT, labels and radiograph as a hospital has them, and the truth.
    per_template
        Patients that share one anatomy, each grown to their own muscles, made by one core and held for one split.
        Another anatomy costs some seconds.
    condition
        What all patients have; by default each person's is drawn, with the population's shares.
    implant_share
        Share of patients with an implant: a hip prosthesis, a plate or screws.
    voxel_mm
        Edge of a patient's voxels, 1 to 5.
    two_poses
        Cohort: each patient also lies in a CT, in another pose, which is registered to the radiograph by its bones.
    registration_mm
        With two poses: RMS displacement, in the detector's plane, of a bone from its true place; more in depth.
    registration_deg
        With two poses: RMS angle of a bone from its true direction.
    preset
        A named cohort, in place of all settings of patients: virtualhip-539, in two poses, each of their own anatomy.
    beam
        Stored radiographs: spectrum; or mono: one energy, no scatter, noise or processing. Training takes its own.
    label_scheme
        Study: whose ids the label volumes hold; by default musclemap, which knows all muscles.
    failed_share
        Study: share of patients whose segmentation failed in some way, which the truth names; none by default.
    workers
        Processes; all cores by default.
    """
    from mskdex.cohort.plan import VirtualPlan
    from mskdex.cohort.presets import get_preset
    from mskdex.cohort.study_case import StudyPlan
    from mskdex.phantom.population import Condition
    from mskdex.phantom.registered import RegistrationError
    from mskdex.workflows.simulate import SimulateConfig
    from mskdex.workflows.simulate import simulate as run

    plan = VirtualPlan(
        anatomy=anatomy,
        count=count,
        seed=seed,
        per_template=per_template,
        condition=None if condition is None else Condition(condition),
        implant_share=implant_share,
        voxel_mm=voxel_mm,
        two_poses=two_poses,
        registration_error=RegistrationError(registration_mm, registration_deg),
        beam=beam,
    )
    if plan.registration_error != RegistrationError() and not two_poses:
        raise UsageError("--registration-mm and --registration-deg are for --two-poses")
    if preset is not None:
        if plan != VirtualPlan():
            raise UsageError(f"--preset {preset} says who the patients are; leave the other settings of patients out")
        plan = get_preset(preset)
    if as_ == "study" and plan.two_poses:
        raise UsageError("--two-poses and --preset are for --as cohort; a study has a CT in another pose anyway")
    settings: dict[str, Any] = {"label_scheme": label_scheme, "failed_share": failed_share}
    given = {name: value for name, value in settings.items() if value is not None}
    if given and as_ != "study":
        raise UsageError("--label-scheme and --failed-share are for --as study")
    chosen = StudyPlan(plan, **given) if as_ == "study" else plan
    config = SimulateConfig(output, chosen, workers)
    with progress("virtual patients") as advance:
        made = run(config, watch=advance)
    OUT.print(f"{made} virtual patients in {output}", markup=False)
    return 0
