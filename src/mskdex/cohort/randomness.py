"""Where a virtual patient's randomness comes from: its template's number and its place there, not its own number.

So whoever is held out of one cohort is held out of every cohort of that seed, however many patients share a template,
and no person of one anatomy source is the twin of one of another's.
"""

import numpy as np

_KINDS = ("builtin", "atlas", "ct")


def patient_randomness(
    kind: str, seed: int, index: int, per_template: int, stream: tuple[int, ...] = ()
) -> np.random.Generator:
    """The source of what is drawn for one patient, its template aside.

    Args:
        kind: of the anatomy: ``builtin``, ``atlas`` or ``ct``.
        seed: of the cohort.
        index: number of the patient in it.
        per_template: patients that share a template.
        stream: tells apart several sources of one patient.
    """
    group, place = divmod(index, per_template)
    return np.random.default_rng([seed, _KINDS.index(kind), group, place, *stream])
