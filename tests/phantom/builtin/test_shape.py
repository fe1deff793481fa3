"""Measures of the people drawn."""

from dataclasses import asdict

import numpy as np
import pytest

from mskdex.phantom.builtin import BuiltinShape
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import sample_shape


def _drawn(sex: str, count: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    rows = [asdict(sample_shape(rng, sex)) for _ in range(count)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0] if name != "sex"}


@pytest.mark.parametrize("sex", ["female", "male"])
def test_the_mean_of_many_is_the_average(sex: str) -> None:
    drawn, average = _drawn(sex), asdict(average_shape(sex))
    for name, values in drawn.items():
        assert abs(values.mean() - average[name]) < 4 * values.std() / np.sqrt(len(values)) + 0.1, name


def test_sexes_differ_as_published() -> None:
    women, men = _drawn("female"), _drawn("male")
    assert 14 < women["subpubic_angle_deg"].mean() - men["subpubic_angle_deg"].mean() < 25
    assert 4 < men["head_diameter_mm"].mean() - women["head_diameter_mm"].mean() < 7
    assert 10 < men["stature_cm"].mean() - women["stature_cm"].mean() < 16
    assert abs(women["hip_centre_distance_mm"].mean() - men["hip_centre_distance_mm"].mean()) < 6


def test_bones_grow_with_stature() -> None:
    men = _drawn("male")
    assert 0.45 < np.corrcoef(men["stature_cm"], men["pelvic_height_mm"])[0, 1] < 0.75
    assert abs(np.corrcoef(men["stature_cm"], men["neck_shaft_angle_deg"])[0, 1]) < 0.2


def test_same_seed_same_person() -> None:
    def draw(seed: int) -> BuiltinShape:
        return sample_shape(np.random.default_rng(seed), "female")

    assert draw(8) == draw(8)
    assert draw(8) != draw(9)


def test_unknown_sex_is_refused() -> None:
    with pytest.raises(ValueError, match="'female' or 'male', found 'x'"):
        sample_shape(np.random.default_rng(0), "x")
    with pytest.raises(ValueError, match="found ''"):
        average_shape("")
