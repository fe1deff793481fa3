"""What the drawn volumes come to in a body: spreads, sides and correlations survive growth, shape and painting."""

from dataclasses import replace

import numpy as np
import pytest
from jaxtyping import Float64

from mskdex.phantom.growable import Growable
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import muscle_covariance
from mskdex.phantom.population import sample_person
from mskdex.phantom.population.muscles import Factors
from mskdex.phantom.population.muscles import log_residual
from mskdex.phantom.pose import SUPINE

Logs = Float64[np.ndarray, "people 36"]
PEOPLE = 10


@pytest.fixture(scope="module")
def volumes(growable: Growable) -> tuple[Logs, Logs]:
    """Logarithms of drawn and realised over template volume, [people, 36] each.

    The toy's muscles are small balls, so people's muscles are the toy's times the population's deviations.
    """
    drawn, realised = [], []
    for seed in range(PEOPLE):
        rng = np.random.default_rng([11, seed])
        deviation = log_residual(Factors.draw(rng))
        person = replace(sample_person(rng), muscle_volume_cm3=growable.volume_cm3[:36] * np.exp(deviation))
        patient = lay_down(embody(person, growable, rng), SUPINE, voxel_mm=2.5)
        drawn.append(deviation)
        realised.append(np.log(patient.volumes_cm3()[:36] / growable.volume_cm3[:36]))
    return np.array(drawn), np.array(realised)


def test_every_muscle_follows_what_was_drawn_for_it(volumes: tuple[Logs, Logs]) -> None:
    drawn, realised = volumes
    for muscle in range(36):
        assert np.corrcoef(drawn[:, muscle], realised[:, muscle])[0, 1] > 0.9, muscle
    assert abs(np.mean(realised - drawn)) < 0.02


def test_realised_spread_is_the_drawn_one(volumes: tuple[Logs, Logs]) -> None:
    drawn, realised = (each.std(axis=0) for each in volumes)
    assert np.mean(realised) == pytest.approx(np.mean(drawn), rel=0.1)
    # The draws themselves are the population's.
    assert np.mean(drawn) == pytest.approx(np.sqrt(np.diag(muscle_covariance())).mean(), rel=0.2)


def test_realised_difference_between_the_sides_is_the_drawn_one(volumes: tuple[Logs, Logs]) -> None:
    drawn, realised = ((each[:, ::2] - each[:, 1::2]).std() for each in volumes)
    # A toy's muscle is some hundreds of voxels, and warps differ from side to side: more difference, never less.
    assert 0.95 < realised / drawn < 1.4


def test_realised_correlation_between_muscles_is_the_drawn_one(volumes: tuple[Logs, Logs]) -> None:
    off_diagonal = ~np.eye(36, dtype=bool)
    drawn, realised = (np.corrcoef(each.T)[off_diagonal] for each in volumes)
    assert np.corrcoef(drawn, realised)[0, 1] > 0.9
    assert abs(realised.mean() - drawn.mean()) < 0.06
