"""Laws of the population: bounds, determinism, and that what was sampled is what was stated."""

import dataclasses

import numpy as np
import pytest

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import Side
from mskdex.phantom.population import STRATA
from mskdex.phantom.population import Condition
from mskdex.phantom.population import Person
from mskdex.phantom.population import muscle_correlation
from mskdex.phantom.population import sample_person
from mskdex.phantom.population.body import HEIGHT_CM
from mskdex.phantom.population.body import LOG_BODY_MASS_INDEX
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.body import sample_sagittal_abdominal_diameter_mm
from mskdex.phantom.population.person import Sex
from mskdex.phantom.subcutaneous import CREST
from mskdex.phantom.subcutaneous import subcutaneous_at

SEXES: tuple[Sex, ...] = ("female", "male")


@pytest.fixture(scope="module")
def mixed() -> list[Person]:
    rng = np.random.default_rng(20240101)
    return [sample_person(rng) for _ in range(3000)]


def test_same_seed_gives_the_same_person() -> None:
    one, other = (sample_person(np.random.default_rng(7)) for _ in range(2))
    for field in dataclasses.fields(Person):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name))


def test_different_seeds_give_different_people() -> None:
    one, other = (sample_person(np.random.default_rng(seed)) for seed in (7, 8))
    assert not np.array_equal(one.muscle_volume_cm3, other.muscle_volume_cm3)


@pytest.mark.parametrize("condition", list(Condition))
def test_a_stratum_can_be_asked_for(condition: Condition) -> None:
    stratum = STRATA[condition]
    person = sample_person(np.random.default_rng(1), condition=condition)
    assert person.condition is condition
    assert stratum.age_range_years[0] <= person.age_years <= stratum.age_range_years[1]
    assert stratum.body_mass_index_range[0] <= person.body_mass_index * (1 + 1e-9)
    assert person.body_mass_index <= stratum.body_mass_index_range[1] * (1 + 1e-9)


def test_default_mix_has_the_stated_shares(mixed: list[Person]) -> None:
    assert sum(stratum.share for stratum in STRATA.values()) == pytest.approx(1.0)
    for condition, stratum in STRATA.items():
        drawn = np.mean([person.condition is condition for person in mixed])
        assert drawn == pytest.approx(stratum.share, abs=4 * np.sqrt(0.25 / len(mixed)))


def test_no_impossible_person(mixed: list[Person]) -> None:
    for person in mixed:
        assert 20 <= person.age_years <= 90
        assert 134 <= person.height_cm <= 200
        assert 32 <= person.weight_kg <= 170
        assert person.muscle_volume_cm3.shape == (len(MUSCLE_LABELS),)
        assert person.muscle_volume_cm3.min() > 4
        share = 1.06e-3 * person.muscle_volume_cm3.sum() / person.weight_kg
        assert 0.05 < share < 0.23
        assert 0.3 < person.lean_fraction.min() <= person.lean_fraction.max() <= 1
        assert 0.3 < person.bone_density_scale < 1.5
        assert 0.4 < person.cortical_scale < 1.5
        assert 3 <= person.subcutaneous_fat_mm <= 90
        assert 110 < person.sagittal_abdominal_diameter_mm < 480
        assert 0.85 < person.pelvis_depth_share < 1.15


@pytest.mark.parametrize(("sex", "crest_mm"), [("female", 18.0), ("male", 15.0)])
def test_fat_at_the_crests_is_as_thick_as_ct_has_it(mixed: list[Person], sex: Sex, crest_mm: float) -> None:
    """1787 people of body mass index 23.5: 147 and 117 cm2 at the third lumbar vertebra, over a waist of 80 cm."""
    alike = [one for one in mixed if one.sex == sex and abs(one.body_mass_index - 23.5) < 1]
    ours = [subcutaneous_at(CREST, one.subcutaneous_fat_mm, one.thigh_over_crest_fat) for one in alike]
    assert np.mean(ours) == pytest.approx(crest_mm, rel=0.15)


def test_women_carry_their_fat_lower_than_men(mixed: list[Person]) -> None:
    ratios = {sex: [one.thigh_over_crest_fat for one in mixed if one.sex == sex] for sex in SEXES}
    assert np.median(ratios["female"]) > 1.5 * np.median(ratios["male"])


def test_nobody_is_flatter_than_the_fat_under_their_skin(mixed: list[Person]) -> None:
    for one in mixed:
        crest_fat_mm = subcutaneous_at(CREST, one.subcutaneous_fat_mm, one.thigh_over_crest_fat)
        assert one.sagittal_abdominal_diameter_mm > 130 + 2 * crest_fat_mm


@pytest.mark.parametrize(("sex", "percentiles"), [("female", (0.102, 0.132, 0.175)), ("male", (0.103, 0.130, 0.165))])
def test_bellies_are_as_deep_as_those_of_us_adults(sex: Sex, percentiles: tuple[float, ...]) -> None:
    rng = np.random.default_rng(3)
    mean, sd = LOG_BODY_MASS_INDEX[sex]
    height_cm = HEIGHT_CM[sex].mean
    people = [
        Body(sex, age, height_cm, float(np.exp(mean + sd * index)) * (height_cm / 100) ** 2)
        for age, index in zip(rng.uniform(20, 80, 4000), rng.standard_normal(4000), strict=True)
    ]
    diameters_mm = [sample_sagittal_abdominal_diameter_mm(rng, one, crest_fat_mm=0.0) for one in people]
    assert np.percentile(diameters_mm, (10, 50, 90)) / height_cm / 10 == pytest.approx(percentiles, rel=0.04)
    logs = np.log([one.body_mass_index for one in people]), np.log(diameters_mm)
    assert np.corrcoef(logs)[0, 1] == pytest.approx(0.85, abs=0.03)


def test_men_have_more_fat_within_the_belly_and_women_more_before_it(mixed: list[Person]) -> None:
    fat = {sex: [one.visceral_fat_fraction for one in mixed if one.sex == sex] for sex in SEXES}
    assert np.median(fat["male"]) > np.median(fat["female"]) + 0.05
    assert min(map(min, fat.values())) == 0
    assert 0.5 < max(map(max, fat.values())) < 0.85


def test_only_osteoarthritis_has_a_side_and_it_is_the_smaller_one(mixed: list[Person]) -> None:
    right = np.array([label.side is Side.RIGHT for label in MUSCLE_LABELS])
    losses = []
    for person in mixed:
        if person.condition is not Condition.HIP_OSTEOARTHRITIS:
            assert person.affected_side is None
            continue
        log_ratio = np.log(person.muscle_volume_cm3[right] / person.muscle_volume_cm3[~right]).mean()
        losses.append(log_ratio if person.affected_side is Side.RIGHT else -log_ratio)
    assert 1 - np.exp(np.mean(losses)) == pytest.approx(0.16, abs=0.01)


def test_correlation_is_a_correlation() -> None:
    matrix = muscle_correlation()
    assert np.allclose(matrix, matrix.T)
    assert np.allclose(np.diag(matrix), 1)
    assert np.linalg.eigvalsh(matrix).min() > 0
