"""A gonad shield: a sheet of lead on the patient, in the midline, that the beam does not get through."""

from dataclasses import dataclass

import numpy as np

from mskdex.types import Image

SHIELD_SHARE = 0.04
"""Of radiographs; our choice. They were usual until the AAPM's position statement PP 32 (2019) advised against them."""
_BELOW_SHARE = 0.7
"""Of the shields: below the symphysis, as for men and boys; the others over the middle of the pelvis. Our choice."""

LEAD_PER_MM = 5.70
"""Attenuation of 1 mm: 5.02 cm2/g at 60 keV (Elam's tables, by xraydb), 11.35 g/cm3."""


@dataclass(frozen=True)
class Shield:
    """A trapezoid, in mm on the detector.

    Attributes:
        lead_mm: thickness of the lead.
        top_mm: its upper edge, below the middle of the image.
        height_mm: from its upper to its lower edge.
        upper_mm, lower_mm: widths of these edges.
        aside_mm: off the midline, to the image's right.
        turned_deg: about its middle, clockwise.
    """

    lead_mm: float
    top_mm: float
    height_mm: float
    upper_mm: float
    lower_mm: float
    aside_mm: float
    turned_deg: float


def sample_shield(rng: np.random.Generator) -> Shield | None:
    """Draw a shield for some radiographs, none for most; sizes and places are our choice.

    The beam is centred about 5 mm above the hips (``view.sample_setup``), so the symphysis ends some 60 mm below the
    middle of the image, and the pelvis' middle lies some 50 mm above it.
    """
    if rng.random() >= SHIELD_SHARE:
        return None
    lead = float(rng.choice((0.5, 1.0)))
    aside, turned = float(rng.normal(0, 8)), float(rng.normal(0, 4))
    narrow, wide = float(rng.uniform(40, 65)), float(rng.uniform(85, 130))
    height = float(rng.uniform(80, 130))
    if rng.random() < _BELOW_SHARE:
        return Shield(lead, float(rng.uniform(45, 80)), height, narrow, wide, aside, turned)
    return Shield(lead, float(rng.uniform(-60, -30)) - height / 2, height, wide, narrow, aside, turned)


def shielded(attenuation: Image, spacing_mm: float, shield: Shield) -> Image:
    """The attenuation with the lead's added, about the midline of the body; what it was elsewhere."""
    rows, columns = attenuation.shape
    down = ((np.arange(rows) + 0.5) * spacing_mm - rows * spacing_mm / 2)[:, None]
    right = ((np.arange(columns) + 0.5) * spacing_mm - _midline_mm(attenuation, spacing_mm) - shield.aside_mm)[None]
    angle = np.deg2rad(shield.turned_deg)
    below = down - shield.top_mm - shield.height_mm / 2
    along, across = np.cos(angle) * below - np.sin(angle) * right, np.cos(angle) * right + np.sin(angle) * below
    share = along / shield.height_mm + 0.5
    half_width = (shield.upper_mm + (shield.lower_mm - shield.upper_mm) * share) / 2
    lead = (share >= 0) & (share <= 1) & (np.abs(across) <= half_width)
    return np.where(lead, attenuation + np.float32(LEAD_PER_MM * shield.lead_mm), attenuation)


def _midline_mm(attenuation: Image, spacing_mm: float) -> float:
    """Where the body is balanced, from the image's left edge; the image's middle where there is none."""
    per_column = attenuation.sum(axis=0, dtype=np.float64)
    total = float(per_column.sum())
    middle = float(per_column @ (np.arange(len(per_column)) + 0.5)) / total if total > 0 else len(per_column) / 2
    return middle * spacing_mm
