"""How much of each muscle a template holds: thighs are cut above the knee, the psoas at the top."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy.special import betainc

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.template import Template


class _Belly(NamedTuple):
    """A muscle's cross-sections along the body: a beta distribution of its volume from its lower to its upper end.

    Attributes:
        end: height of the end that may lie out of view under (thigh) or over (psoas) the hip centres, over stature.
        below, above: parameters of the distribution; the first shapes the lower end, the second the upper.
    """

    end: float
    below: float
    above: float


_BELLIES = {
    "psoas_major": _Belly(0.172, 4.2, 3.3),
    "adductors": _Belly(0.231, 4.3, 2.6),
    "gracilis": _Belly(0.300, 2.7, 1.8),
    "sartorius": _Belly(0.296, 1.8, 1.6),
    "rectus_femoris": _Belly(0.284, 4.6, 2.5),
    "vastus_lateralis": _Belly(0.277, 4.3, 3.5),
    "vastus_medialis": _Belly(0.277, 3.0, 3.2),
    "hamstrings": _Belly(0.296, 3.7, 2.8),
}
"""Fitted to 40 sections of each mesh of BodyParts3D's man (1.71 m), in full length. Tests hold what they say of his
template to what the meshes hold (``tests/cohort/test_atlas_sources.py``)."""
_UNUSUAL = _Belly(0.245, 2.0, 2.0)
"""Of a muscle that only an unusual template cuts: down to the knee (thigh over stature: Drillis & Contini 1966, as
Winter's Biomechanics prints it), its cross-section a parabola."""


def held_fraction(template: Template) -> Float64[ndarray, " muscles"]:
    """[36] share of each muscle's volume that lies inside the template's grid.

    A muscle that touches the lower or the upper end of the grid is taken to go on beyond it. Order: ``MUSCLE_LABELS``.
    """
    z_mm = template.origin_mm[2] + np.arange(template.parts.shape[2]) * template.spacing_mm[2]
    hip_z = float(np.mean([centre[2] for _, centre in template.hips()]))
    stature_mm = template.stature_cm * 10
    fractions = np.ones(len(MUSCLE_LABELS))
    for index, label in enumerate(MUSCLE_LABELS):
        belly = _BELLIES.get(label.structure.name, _UNUSUAL)
        occupied = np.flatnonzero((template.parts == label.value).any(axis=(0, 1)))
        low, high = z_mm[occupied[0]], z_mm[occupied[-1]]
        whole_low = min(hip_z - belly.end * stature_mm, low) if occupied[0] == 0 else low
        whole_high = max(hip_z + belly.end * stature_mm, high) if occupied[-1] == len(z_mm) - 1 else high
        ends = (np.array([low, high]) - whole_low) / (whole_high - whole_low)
        fractions[index] = np.diff(betainc(belly.below, belly.above, ends))[0]
    return fractions
