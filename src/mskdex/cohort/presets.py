"""Cohorts that have a name, so that two figures can be about the same patients."""

from mskdex.cohort.plan import VirtualPlan
from mskdex.errors import UsageError

PRESETS = {
    # As many patients as MSKdeX's clinical cohort (Gu et al. 2023, arXiv:2305.19920), each of an anatomy of their own,
    # with a CT in another pose. Those were patients before hip surgery, so nobody here has a prosthesis.
    "virtualhip-539": VirtualPlan(
        anatomy="builtin", count=539, seed=539, per_template=1, implant_share=0.0, two_poses=True
    ),
}


def get_preset(name: str) -> VirtualPlan:
    """The plan of a named cohort.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in PRESETS:
        raise UsageError(f"--preset '{name}' is none of {', '.join(PRESETS)}")
    return PRESETS[name]
