"""The population: the joint distribution of body size, muscle, fat and bone (sources: docs/population.md)."""

from mskdex.phantom.population.conditions import STRATA
from mskdex.phantom.population.conditions import Stratum
from mskdex.phantom.population.muscles import muscle_correlation
from mskdex.phantom.population.muscles import muscle_covariance
from mskdex.phantom.population.person import Condition
from mskdex.phantom.population.person import Person
from mskdex.phantom.population.person import Sex
from mskdex.phantom.population.sample import sample_person

__all__ = [
    "STRATA",
    "Condition",
    "Person",
    "Sex",
    "Stratum",
    "muscle_correlation",
    "muscle_covariance",
    "sample_person",
]
