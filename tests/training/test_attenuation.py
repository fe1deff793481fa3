"""The coefficients give back what their materials attenuate."""

import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import REST_LABEL
from mskdex.physics import CORTICAL_DENSITY
from mskdex.physics import FAT_DENSITY
from mskdex.physics import MUSCLE_DENSITY
from mskdex.physics import Material
from mskdex.physics import attenuation_cm2_per_g
from mskdex.training.attenuation import coefficients


def _per_cm(label: str, density: float) -> float:
    per_cm, per_g = coefficients()
    channel = LABEL_BY_NAME[label].channel
    return float(per_cm[channel] + density * per_g[channel])


def test_they_are_materials_at_a_hips_photon_energies() -> None:
    for density, label, material in (
        (MUSCLE_DENSITY, "gluteus_medius_left", Material.LEAN),
        (CORTICAL_DENSITY, "femur_left", Material.CORTICAL_BONE),
    ):
        low, high = (density * attenuation_cm2_per_g(material, energy) for energy in (65.0, 50.0))
        assert low < _per_cm(label, density) < high


def test_muscle_without_lean_mass_is_fat() -> None:
    per_cm, _ = coefficients()
    low, high = (FAT_DENSITY * attenuation_cm2_per_g(Material.FAT, energy) for energy in (65.0, 50.0))
    assert low < per_cm[LABEL_BY_NAME["gluteus_medius_left"].channel] < high


def test_bone_as_light_as_muscle_is_muscle() -> None:
    assert _per_cm("sacrum", MUSCLE_DENSITY) == pytest.approx(_per_cm("gluteus_medius_left", MUSCLE_DENSITY), rel=1e-5)


def test_the_rest_of_the_body_lies_between_fat_and_muscle() -> None:
    per_cm, _ = coefficients()
    assert _per_cm("iliacus_left", 0) < per_cm[REST_LABEL.channel] < _per_cm("iliacus_left", MUSCLE_DENSITY)
