"""The strata of the population: who is in them, and what the condition does to muscle and bone."""

from dataclasses import dataclass

from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.population.person import Condition


@dataclass(frozen=True)
class Stratum:
    """What sets a stratum apart.

    ``age_power`` bends the uniform age distribution: age = youngest + span * u^(1/age_power), so 1 is uniform and
    above 1 leans to the old. ``muscularity`` is added to log volume of every muscle, ``attenuation_hu`` to the HU of
    every muscle, ``affected_volume`` and ``affected_hu`` on the affected side alone. ``t_score`` bounds the bone
    density in young-adult SDs.
    """

    share: float
    female_share: float
    age_range_years: tuple[float, float] = (20.0, 90.0)
    age_power: float = 1.0
    body_mass_index_range: tuple[float, float] = (18.5, 30.0)
    muscularity: Bounded | None = None
    attenuation_hu: Bounded | None = None
    affected_volume: Bounded | None = None
    affected_hu: Bounded | None = None
    t_score_range: tuple[float, float] = (-4.5, 3.0)


STRATA: dict[Condition, Stratum] = {
    Condition.HEALTHY: Stratum(share=0.40, female_share=0.5, age_power=1.1),
    Condition.SARCOPENIA: Stratum(
        share=0.18,
        female_share=0.5,
        age_range_years=(60.0, 90.0),
        body_mass_index_range=(16.5, 27.0),
        muscularity=Bounded(-0.14, 0.05, -0.30, -0.04),
        attenuation_hu=Bounded(-5.0, 2.5, -12.0, 0.0),
    ),
    Condition.HIP_OSTEOARTHRITIS: Stratum(
        share=0.20,
        female_share=0.6,
        age_range_years=(45.0, 90.0),
        age_power=1.2,
        body_mass_index_range=(19.0, 38.0),
        affected_volume=Bounded(-0.178, 0.06, -0.36, -0.03),
        affected_hu=Bounded(-7.9, 3.0, -17.0, 0.0),
    ),
    Condition.OBESITY: Stratum(
        share=0.10, female_share=0.5, age_range_years=(20.0, 85.0), body_mass_index_range=(30.0, 45.0)
    ),
    Condition.OSTEOPOROSIS: Stratum(
        share=0.12,
        female_share=0.8,
        age_range_years=(55.0, 90.0),
        body_mass_index_range=(17.0, 30.0),
        t_score_range=(-4.5, -2.5),
    ),
}
"""The default mix is ours: a hip clinic's and a sarcopenia screening's patients rather than a census, so that the old
and the thin are well represented.

Sarcopenia: EWGSOP2 (Cruz-Jentoft 2019) asks for appendicular muscle below 7.0 (men) and 5.5 kg/m2 (women), about a
fifth below the young mean; age, thinness and the general loss here add up to that and more. Hip osteoarthritis:
Iwasa 2022 (doi 10.1007/s11548-022-02797-8), 44 patients with one affected hip: 16.3 % atrophy, 7.9 HU;
ln(1 - 0.163) = -0.178.
Osteoporosis: T-score of -2.5 or less (WHO). The spreads within strata are estimates of ours."""
