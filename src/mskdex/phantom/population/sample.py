"""Draw a person."""

import numpy as np

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Side
from mskdex.phantom.population import lean
from mskdex.phantom.population import muscles
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.body import sample_body
from mskdex.phantom.population.body import sample_sagittal_abdominal_diameter_mm
from mskdex.phantom.population.body import sample_subcutaneous_fat_mm
from mskdex.phantom.population.body import sample_thigh_over_crest_fat
from mskdex.phantom.population.bones import sample_skeleton
from mskdex.phantom.population.conditions import STRATA
from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.intermuscular import sample_intermuscular_fat_mm
from mskdex.phantom.population.person import Condition
from mskdex.phantom.population.person import MuscleVector
from mskdex.phantom.population.person import Person
from mskdex.phantom.subcutaneous import CREST
from mskdex.phantom.subcutaneous import subcutaneous_at
from mskdex.physics import MUSCLE_DENSITY

_ON_SIDE = {side: np.array([label.side is side for label in MUSCLE_LABELS]) for side in (Side.RIGHT, Side.LEFT)}
_CONDITIONS = tuple(STRATA)
_CUMULATIVE_SHARE = np.cumsum([stratum.share for stratum in STRATA.values()])

OTHER_MUSCLE_LOSS_25_TO_75 = 0.24
"""Paraspinal muscles, Naruse 2023."""

OTHER_MUSCLE_SD = 0.08

MUSCLE_SHARE_OF_WEIGHT = (0.055, 0.215)
"""Bounds on the mass of the 36 muscles over body weight; people beyond (about 1 in 8000) have all volumes scaled to
the bound. All skeletal muscle is 31 % (women) and 38 % (men) of body weight (Janssen 2000), these about 40 % of it."""


def sample_person(rng: np.random.Generator, *, condition: Condition | None = None) -> Person:
    """Draw one person; the same generator state gives the same person.

    Parameters
    ----------
    rng
        Source of all randomness.
    condition
        Stratum to draw from; by default one is drawn with the shares of ``conditions.STRATA``.
    """
    if condition is None:
        condition = _CONDITIONS[int(np.searchsorted(_CUMULATIVE_SHARE, rng.random() * _CUMULATIVE_SHARE[-1], "right"))]
    stratum = STRATA[condition]
    body = sample_body(rng, stratum)
    affected = (Side.RIGHT if rng.random() < 0.5 else Side.LEFT) if stratum.affected_volume else None
    factors = muscles.Factors.draw(rng)
    muscularity = _draw(rng, stratum.muscularity)
    log_volume = np.repeat(np.log(muscles.mean_volume_cm3(body)), 2) + muscles.log_residual(factors) + muscularity
    hu = lean.sample_attenuation_hu(rng, body, factors) + _draw(rng, stratum.attenuation_hu)
    if affected is not None:
        log_volume = log_volume + _ON_SIDE[affected] * _draw(rng, stratum.affected_volume)
        hu = hu + _ON_SIDE[affected] * _draw(rng, stratum.affected_hu)
    fat_mm, thigh_over_crest = sample_subcutaneous_fat_mm(rng, body), sample_thigh_over_crest_fat(rng, body.sex)
    crest_fat_mm = subcutaneous_at(CREST, fat_mm, thigh_over_crest)
    skeleton = sample_skeleton(rng, body, stratum.t_score_range)
    return Person(
        sex=body.sex,
        age_years=body.age_years,
        height_cm=body.height_cm,
        weight_kg=body.weight_kg,
        condition=condition,
        affected_side=affected,
        muscle_volume_cm3=_within_weight(np.exp(log_volume), body.weight_kg),
        lean_fraction=lean.lean_fraction(hu),
        hip_centre_distance_mm=skeleton.hip_centre_distance_mm,
        pelvis_height_mm=skeleton.pelvis_height_mm,
        pelvis_depth_share=skeleton.pelvis_depth_share,
        bone_density_scale=skeleton.bone_density_scale,
        cortical_scale=skeleton.cortical_scale,
        subcutaneous_fat_mm=fat_mm,
        other_muscle_scale=_other_muscle_scale(rng, body, muscles.GENERAL_SD * factors.general + muscularity),
        intermuscular_fat_mm=sample_intermuscular_fat_mm(rng, lean.lean_fraction(hu)),
        thigh_over_crest_fat=thigh_over_crest,
        sagittal_abdominal_diameter_mm=sample_sagittal_abdominal_diameter_mm(rng, body, crest_fat_mm),
    )


def _draw(rng: np.random.Generator, distribution: Bounded | None) -> float:
    return 0.0 if distribution is None else distribution.draw(rng)


def _within_weight(volume_cm3: MuscleVector, weight_kg: float) -> MuscleVector:
    share = 1e-3 * MUSCLE_DENSITY * float(volume_cm3.sum()) / weight_kg
    return volume_cm3 * (min(max(share, MUSCLE_SHARE_OF_WEIGHT[0]), MUSCLE_SHARE_OF_WEIGHT[1]) / share)


def _other_muscle_scale(rng: np.random.Generator, body: Body, shared_log_volume: float) -> float:
    """Trunk muscle against a young person of the same sex and height at a body mass index of 23."""
    size = muscles.lower_limb_volume_cm3(body.height_m, muscles.muscle_bearing_mass_kg(body))
    reference = muscles.lower_limb_volume_cm3(body.height_m, 23.0 * body.height_m**2)
    loss = np.log1p(-OTHER_MUSCLE_LOSS_25_TO_75) * muscles.age_course(body.age_years)
    own = Bounded(0.0, OTHER_MUSCLE_SD, -0.25, 0.25).draw(rng)
    return float(np.clip(size / reference * np.exp(loss + shared_log_volume + own), 0.4, 1.7))
