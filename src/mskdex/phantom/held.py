"""How much of each muscle a template holds: thighs are cut above the knee, the psoas at the top."""

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.template import Template

KNEE_BELOW_HIP = 0.245
"""Thigh length over stature (Drillis & Contini 1966, as Winter's Biomechanics prints it)."""
PSOAS_TOP_ABOVE_HIP = 0.15
"""The first lumbar vertebra's height over the hip centres, over stature: our estimate from the atlas' proportions."""


def held_fraction(template: Template) -> Float64[ndarray, " muscles"]:
    """[36] share of each muscle's volume that lies inside the template's grid.

    A muscle that touches the lower end is taken to reach the knee, one that touches the upper end to reach the first
    lumbar vertebra, with a belly whose cross-section is a parabola between its ends. Order: ``MUSCLE_LABELS``.
    """
    z_mm = template.origin_mm[2] + np.arange(template.parts.shape[2]) * template.spacing_mm[2]
    hip_z = float(np.mean([centre[2] for _, centre in template.hips()]))
    stature_mm = template.stature_cm * 10
    knee, lumbar = hip_z - KNEE_BELOW_HIP * stature_mm, hip_z + PSOAS_TOP_ABOVE_HIP * stature_mm
    fractions = np.ones(len(MUSCLE_LABELS))
    for index, label in enumerate(MUSCLE_LABELS):
        occupied = np.flatnonzero((template.parts == label.value).any(axis=(0, 1)))
        low, high = z_mm[occupied[0]], z_mm[occupied[-1]]
        whole_low = min(knee, low) if occupied[0] == 0 else low
        whole_high = max(lumbar, high) if occupied[-1] == len(z_mm) - 1 else high
        cut = np.array([low, high]) - whole_low
        fractions[index] = np.diff(_belly_share(cut / (whole_high - whole_low)))[0]
    return fractions


def _belly_share(along: Float64[ndarray, " places"]) -> Float64[ndarray, " places"]:
    """Share of a parabolic belly's volume up to a relative length."""
    return np.asarray(3 * along**2 - 2 * along**3)
