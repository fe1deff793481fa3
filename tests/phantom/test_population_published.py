"""The sampled population against published figures, and its spread against the theoretical matrices."""

from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float64

from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import MUSCLES
from mskdex.phantom.population import Condition
from mskdex.phantom.population import Person
from mskdex.phantom.population import Sex
from mskdex.phantom.population import muscle_correlation
from mskdex.phantom.population import muscle_covariance
from mskdex.phantom.population import sample_person
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.comparison import community
from mskdex.phantom.population.comparison import compare
from mskdex.phantom.population.comparison import correlation_markdown
from mskdex.phantom.population.comparison import mean_markdown
from mskdex.phantom.population.comparison import published_cells
from mskdex.phantom.population.lean import attenuation_correlation
from mskdex.phantom.population.lean import mean_attenuation_hu
from mskdex.phantom.population.muscles import lower_limb_volume_cm3
from mskdex.phantom.population.muscles import mean_volume_cm3
from mskdex.phantom.population.published import FIGURES

DOCS = Path(__file__).parents[2] / "docs" / "population.md"

HANDSFIELD_FRACTIONS = {
    "gluteus_maximus": 0.1193,
    "gluteus_medius": 0.0454,
    "gluteus_minimus": 0.0147,
    "iliacus": 0.0248,
    "psoas_major": 0.0380,
    "piriformis": 0.0061,
    "adductors": 0.0786 + 0.0226 + 0.0147,
    "gracilis": 0.0146,
    "tensor_fasciae_latae": 0.0089,
    "sartorius": 0.0229,
    "rectus_femoris": 0.0379,
    "vastus_lateralis": 0.1166 + 0.0384,
    "vastus_medialis": 0.0606,
    "hamstrings": 0.0346 + 0.0292 + 0.0260 + 0.0140,
}
"""Fractions of lower-limb muscle volume, Handsfield 2014: another table of the paper than the regressions we use."""


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return community(np.random.default_rng(3), 12000)


@pytest.fixture(scope="module")
def healthy() -> list[Person]:
    rng = np.random.default_rng(4)
    return [sample_person(rng, condition=Condition.HEALTHY) for _ in range(6000)]


def body_of(person: Person) -> Body:
    return Body(person.sex, person.age_years, person.height_cm, person.weight_kg)


def log_residuals(people: list[Person]) -> Float64[np.ndarray, "people muscles"]:
    return np.array([np.log(p.muscle_volume_cm3 / np.repeat(mean_volume_cm3(body_of(p)), 2)) for p in people])


def test_means_and_sds_are_the_published_ones_or_say_why_not(people: list[Person]) -> None:
    for comparison in compare(people):
        assert comparison.count > 300
        assert comparison.within or comparison.published.reason, comparison


def test_what_was_put_in_comes_out(people: list[Person]) -> None:
    """But for the attenuation of lean young thighs, which the ramp of the lean fraction cuts."""
    misses = [one.published.what for one in compare(people) if one.published.built_in and not one.within]
    assert misses == ["Thigh, lean adults under 45, HU"]


def test_the_largest_independent_sample_of_gluteus_medius_is_met(people: list[Person]) -> None:
    [medius] = [one for one in compare(people) if one.published.what == "Gluteus medius, adults 20-86, cm3"]
    assert not medius.published.built_in
    assert abs(medius.mean_error_sd) < 0.25


def test_mean_volumes_are_handsfields_fractions_of_the_limb() -> None:
    sexes: tuple[Sex, ...] = ("male", "male", "female")
    volumes = np.mean([mean_volume_cm3(Body(sex, 25.0, 171.0, 71.8)) for sex in sexes], axis=0)
    total = lower_limb_volume_cm3(1.71, 71.8)
    for muscle, volume in zip(MUSCLES, volumes, strict=True):
        if muscle.name in HANDSFIELD_FRACTIONS:
            assert volume == pytest.approx(HANDSFIELD_FRACTIONS[muscle.name] * total, rel=0.03)


def test_women_have_a_third_less_lower_body_muscle() -> None:
    """Janssen 2000: 33 % less, in people of 68.6 and 86 kg; heights ours."""
    women = mean_volume_cm3(Body("female", 43.0, 163.0, 68.6)).sum()
    men = mean_volume_cm3(Body("male", 43.0, 176.0, 86.0)).sum()
    assert 1 - women / men == pytest.approx(0.33, abs=0.02)


@pytest.mark.parametrize(("muscle", "loss"), [("psoas_major", 0.29), ("adductors", 0.13), ("hamstrings", 0.19)])
def test_muscles_shrink_with_age_as_published(muscle: str, loss: float) -> None:
    """Naruse 2023, from 25 to 75 years."""
    index = [structure.name for structure in MUSCLES].index(muscle)
    young, old = (mean_volume_cm3(Body("male", age, 175.0, 78.0))[index] for age in (25.0, 75.0))
    assert 1 - old / young == pytest.approx(loss, abs=1e-6)


def test_gluteus_maximus_is_the_fattest_in_the_old(healthy: list[Person]) -> None:
    old = np.mean([person.lean_fraction for person in healthy if person.age_years > 65], axis=0)
    assert {MUSCLE_LABELS[index].structure.name for index in np.argsort(old)[:2]} == {"gluteus_maximus"}


def test_lean_fraction_and_bone_density_fall_with_age(healthy: list[Person]) -> None:
    age = np.array([person.age_years for person in healthy])
    for values in ([p.lean_fraction.mean() for p in healthy], [p.bone_density_scale for p in healthy]):
        assert np.corrcoef(age, values)[0, 1] < -0.3


def test_realised_correlation_is_the_theoretical_one(healthy: list[Person]) -> None:
    realised = np.corrcoef(log_residuals(healthy).T)
    assert np.abs(realised - muscle_correlation()).max() < 0.06
    assert np.abs(realised - muscle_correlation()).mean() < 0.015


def test_realised_sds_are_the_theoretical_ones(healthy: list[Person]) -> None:
    residuals = log_residuals(healthy)
    assert np.abs(residuals.mean(axis=0)).max() < 0.01
    assert residuals.std(axis=0) == pytest.approx(np.sqrt(np.diag(muscle_covariance())), rel=0.05)


def test_realised_attenuation_correlation_is_the_theoretical_one() -> None:
    rng = np.random.default_rng(5)
    old = [sample_person(rng, condition=Condition.OSTEOPOROSIS) for _ in range(3000)]
    residuals = [p.lean_fraction * 155 - 100 - np.repeat(mean_attenuation_hu(body_of(p)), 2) for p in old]
    assert np.abs(np.corrcoef(np.transpose(residuals)) - attenuation_correlation()).max() < 0.09


def test_atrophy_and_fat_come_together(healthy: list[Person]) -> None:
    volume = log_residuals(healthy).mean(axis=1)
    fat = [np.mean(p.lean_fraction * 155 - 100 - np.repeat(mean_attenuation_hu(body_of(p)), 2)) for p in healthy]
    assert np.corrcoef(volume, fat)[0, 1] > 0.15


def test_docs_print_the_matrix_and_the_means_that_are_sampled() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert correlation_markdown() in text
    for published in FIGURES:
        assert published_cells(published) in text, published.what
    assert mean_markdown() in text
