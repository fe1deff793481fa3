"""The polychromatic beam against sums over every keV, and the laws of beam hardening."""

import numpy as np
import pytest
import xraydb

from mskdex.cohort.plan import MONO_KEV
from mskdex.phantom.beam import Beam
from mskdex.phantom.beam import primary_attenuation
from mskdex.physics import AIR_DENSITY
from mskdex.physics import COBALT_CHROME_DENSITY
from mskdex.physics import MASS_FRACTIONS
from mskdex.physics import Material
from mskdex.physics import detector_response
from mskdex.physics import spectrum

THICKNESSES_CM = np.array([0.0, 0.5, 1, 2, 5, 10, 20, 30, 40])


def _paths(lean: float, fat: float, mineral: float, metal: float) -> np.ndarray:
    per_cm = np.array([lean, fat, mineral, metal], np.float32)
    return per_cm[:, None, None] * THICKNESSES_CM.astype(np.float32)[None, None]


def _over_every_kev(paths: np.ndarray, beam: Beam) -> np.ndarray:
    energy_kev, weights = spectrum(beam.kvp, beam.filtration_mm_al)
    mu = [
        sum(f * xraydb.mu_elam(element, energy_kev * 1000) for element, f in MASS_FRACTIONS[material].items())
        for material in (Material.LEAN, Material.FAT, Material.BONE_MINERAL, beam.metal)
    ]
    signal = weights * detector_response(energy_kev)
    transmitted = np.exp(-np.tensordot(np.transpose(mu), paths, axes=1))
    return -np.log(np.tensordot(signal / signal.sum(), transmitted, axes=1))


@pytest.mark.parametrize("beam", [Beam(60, 2.5), Beam(75, 3.0), Beam(90, 4.0, Material.COBALT_CHROME)])
@pytest.mark.parametrize("mixture", [(1.06, 0, 0, 0), (0.5, 0.46, 0, 0), (0.9, 0, 0.12, 0), (0.9, 0.02, 0.05, 0.1)])
def test_twenty_bands_are_as_good_as_every_kev(beam: Beam, mixture: tuple[float, ...]) -> None:
    paths = _paths(*mixture)
    tolerance = 0.015 if mixture[3] == 0 else 0.06
    np.testing.assert_allclose(primary_attenuation(paths, beam), _over_every_kev(paths, beam), atol=tolerance)


def test_a_beam_hardens_on_its_way() -> None:
    attenuation = primary_attenuation(_paths(1.06, 0, 0, 0), Beam())[0]
    per_cm = np.diff(attenuation) / np.diff(THICKNESSES_CM)
    assert attenuation[0] == pytest.approx(0, abs=1e-6)
    assert (np.diff(per_cm) < 0).all()
    assert 0.19 < per_cm[-1] < per_cm[0] < 0.32


def test_a_higher_voltage_and_more_filtration_penetrate_more() -> None:
    paths = _paths(0.9, 0.1, 0.05, 0)
    soft, hard, filtered = (primary_attenuation(paths, beam)[0, 4:] for beam in (Beam(65, 3), Beam(85, 3), Beam(65, 4)))
    assert (hard < soft).all()
    assert (filtered < soft).all()


def test_bone_is_told_from_muscle_more_than_muscle_from_fat() -> None:
    slab = np.eye(4, dtype=np.float32)[:, :, None] * 5
    lean, fat, mineral, metal = primary_attenuation(slab, Beam()).ravel()
    assert fat < lean < mineral / 2
    assert metal > mineral
    assert AIR_DENSITY * 100 * lean / 5 < 0.04  # a metre of air may be left out: the spectrum has it


@pytest.mark.parametrize("energy_kev", [None, MONO_KEV])
def test_thick_metal_is_opaque_and_still_a_number(energy_kev: float | None) -> None:
    beam = Beam(metal=Material.COBALT_CHROME, energy_kev=energy_kev)
    attenuation = primary_attenuation(_paths(0, 0, 0, COBALT_CHROME_DENSITY), beam)[0]
    assert np.isfinite(attenuation).all()
    assert (np.diff(attenuation) >= 0).all()
    assert attenuation[-1] > 80


def test_other_than_four_materials_are_refused() -> None:
    with pytest.raises(ValueError, match="bone_mineral"):
        primary_attenuation(np.zeros((3, 2, 2), np.float32), Beam())


def test_a_single_energy_does_not_harden() -> None:
    paths = _paths(0.9, 0.1, 0.05, 0.02)
    mu = [
        sum(f * xraydb.mu_elam(element, 54_000.0) for element, f in MASS_FRACTIONS[material].items())
        for material in (Material.LEAN, Material.FAT, Material.BONE_MINERAL, Material.TITANIUM)
    ]
    expected = np.tensordot(np.array(mu), paths, axes=1)
    np.testing.assert_allclose(primary_attenuation(paths, Beam(energy_kev=54.0)), expected, rtol=1e-4)


def test_the_single_energy_is_the_one_that_a_detector_sees_on_average() -> None:
    energy_kev, weights = spectrum(75.0, 3.0)
    water = xraydb.mu_elam("H", energy_kev * 1000) * 0.111898 + xraydb.mu_elam("O", energy_kev * 1000) * 0.888102
    signal = weights * detector_response(energy_kev) * np.exp(-20 * water)
    assert float(energy_kev @ signal / signal.sum()) == pytest.approx(MONO_KEV, abs=0.5)
