"""The named measures of a built-in body, and how they vary among adults."""

from dataclasses import dataclass
from dataclasses import replace
from typing import Any

import numpy as np

FEMALE, MALE = "female", "male"


@dataclass(frozen=True)
class BuiltinShape:
    """What a surgeon or an anthropometrist would measure; everything else follows from it.

    Lengths in mm, angles in degrees. ``hip_centre_distance_mm`` joins the centres of the femoral heads,
    ``biiliac_breadth_mm`` is the greatest bony breadth between the crests, ``pelvic_height_mm`` from the ischial
    tuberosity to the top of the crest, ``pelvic_depth_mm`` from the front of the pubis to the back of the sacrum or of
    the posterior spines, ``neck_length_mm`` from the centre of the head to the axis of the shaft. ``iliac_flare_deg``
    tilts the wings outwards, ``muscle_girth`` scales thickness and spread of the muscles (1: a young man's, as they are
    written), and ``subcutaneous_fat_mm`` is the thickness of fat at the side of the hip.
    """

    sex: str
    stature_cm: float
    hip_centre_distance_mm: float
    biiliac_breadth_mm: float
    pelvic_height_mm: float
    pelvic_depth_mm: float
    iliac_flare_deg: float
    subpubic_angle_deg: float
    head_diameter_mm: float
    neck_shaft_angle_deg: float
    anteversion_deg: float
    neck_length_mm: float
    shaft_diameter_mm: float
    shaft_bow_mm: float
    muscle_girth: float
    subcutaneous_fat_mm: float

    @property
    def hip_x_mm(self) -> float:
        return self.hip_centre_distance_mm / 2


@dataclass(frozen=True)
class _Spread:
    """Mean, standard deviation, and correlation with stature."""

    mean: float
    sd: float
    with_stature: float = 0.0


_STATURE = {MALE: _Spread(175.5, 7.0), FEMALE: _Spread(162.0, 6.5)}

_MEASURES: dict[str, dict[str, _Spread]] = {
    MALE: {
        "hip_centre_distance_mm": _Spread(175.0, 8.0, 0.5),
        "biiliac_breadth_mm": _Spread(272.0, 14.0, 0.5),
        "pelvic_height_mm": _Spread(219.0, 10.0, 0.6),
        "pelvic_depth_mm": _Spread(148.0, 8.0, 0.4),
        "iliac_flare_deg": _Spread(0.0, 3.0),
        "subpubic_angle_deg": _Spread(66.0, 7.0),
        "head_diameter_mm": _Spread(48.8, 2.3, 0.5),
        "neck_shaft_angle_deg": _Spread(128.0, 5.0),
        "anteversion_deg": _Spread(10.0, 7.0),
        "neck_length_mm": _Spread(55.0, 4.0, 0.4),
        "shaft_diameter_mm": _Spread(29.5, 1.9, 0.4),
        "shaft_bow_mm": _Spread(6.0, 2.0, 0.1),
        "muscle_girth": _Spread(0.87, 0.06),
        "subcutaneous_fat_mm": _Spread(15.0, 5.0),
    },
    FEMALE: {
        "hip_centre_distance_mm": _Spread(176.0, 8.0, 0.5),
        "biiliac_breadth_mm": _Spread(268.0, 15.0, 0.5),
        "pelvic_height_mm": _Spread(201.0, 9.0, 0.6),
        "pelvic_depth_mm": _Spread(146.0, 8.0, 0.4),
        "iliac_flare_deg": _Spread(2.0, 3.0),
        "subpubic_angle_deg": _Spread(84.0, 8.0),
        "head_diameter_mm": _Spread(43.2, 2.1, 0.5),
        "neck_shaft_angle_deg": _Spread(128.0, 5.0),
        "anteversion_deg": _Spread(13.0, 7.0),
        "neck_length_mm": _Spread(49.5, 3.6, 0.4),
        "shaft_diameter_mm": _Spread(26.5, 1.7, 0.4),
        "shaft_bow_mm": _Spread(6.0, 2.0, 0.1),
        "muscle_girth": _Spread(0.75, 0.05),
        "subcutaneous_fat_mm": _Spread(25.0, 8.0),
    },
}
_LEAST = {"subcutaneous_fat_mm": 5.0, "shaft_bow_mm": 0.0}


def average_shape(sex: str) -> BuiltinShape:
    """The average adult of a sex. Raises ValueError for a sex other than "female" and "male"."""
    measures = _MEASURES[_known(sex)]
    means: dict[str, Any] = {name: spread.mean for name, spread in measures.items()}
    return BuiltinShape(sex=sex, stature_cm=_STATURE[sex].mean, **means)


def sample_shape(rng: np.random.Generator, sex: str) -> BuiltinShape:
    """A random adult of a sex: normal measures within 2.5 standard deviations, bone sizes correlated with stature.

    Means and spreads are rounded, after: stature Fryar et al. 2021 (NHANES); femoral head Milner & Boldsen 2012;
    neck-shaft angle and version Toogood et al. 2009; neck length and offset Noble et al. 1988; subpubic angle Karakas
    et al. 2013; pelvic height and breadths Patriquin et al. 2005; distance of the hip centres Seidel et al. 1995. The
    correlations with stature are ours. Raises ValueError for an unknown sex.
    """
    stature = _STATURE[_known(sex)]
    tallness = _clipped_normal(rng)
    drawn: dict[str, Any] = {"stature_cm": stature.mean + stature.sd * tallness}
    for name, spread in _MEASURES[sex].items():
        own = _clipped_normal(rng)
        deviation = spread.with_stature * tallness + np.sqrt(1 - spread.with_stature**2) * own
        drawn[name] = max(float(spread.mean + spread.sd * deviation), _LEAST.get(name, -np.inf))
    return replace(average_shape(sex), **drawn)


def _clipped_normal(rng: np.random.Generator) -> float:
    return float(np.clip(rng.standard_normal(), -2.5, 2.5))


def _known(sex: str) -> str:
    if sex not in _MEASURES:
        raise ValueError(f"sex must be 'female' or 'male', found '{sex}'")
    return sex
