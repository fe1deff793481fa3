"""HU to density, lean fraction and attenuation: the only place with physical constants. Imports nothing but numpy.

Sources
    Density points: Schneider, Pedroni, Lomax, Phys Med Biol 1996;41:111; Schneider, Bortfeld, Schlegel, Phys Med Biol
    2000;45:459. Compositions: ICRU Report 44 (1989), as NIST's XAAMDI tables list them (Hubbell & Seltzer, NISTIR
    5632); bone mineral is hydroxyapatite. Muscle 1.06 g/cm3: Mendez & Keys, Metabolism 1960;9:184. Lean muscle at about
    49 HU: Goodpaster et al., J Appl Physiol 2000;89:104. Windows of fat and muscle: Aubrey et al., Acta Physiol
    2014;210:489.

Mass attenuation is the *total*, coherent scatter included: what leaves a narrow beam. Scattered photons that reach the
detector all the same are counted where scatter is modelled (``phantom.exposure``).
"""

from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from numpy.typing import NDArray

HU_FAT = -100.0
"""Adipose tissue: lean fraction 0; ours, within the window of fat."""
HU_LEAN = 55.0
"""Muscle without fat: lean fraction 1; ours, a little above lean muscle's mean."""
HU_CORTICAL = 1524.0
"""Cortical bone (Schneider 2000)."""
HU_METAL = 2800.0
"""At and above: metal. Cortical bone and enamel stay below; titanium fills a 12-bit scale (3071 HU)."""

MUSCLE_DENSITY = 1.06
FAT_DENSITY = 0.93
"""Adipose tissue of -98 HU (Schneider 2000)."""
CORTICAL_DENSITY = 1.92
MINERAL_OF_CORTICAL = 0.564
"""Mass of hydroxyapatite per mass of cortical bone: calcium 22.5 % of one (ICRU 44), 39.9 % of the other."""
TITANIUM_DENSITY = 4.43
"""Ti-6Al-4V (ISO 5832-3)."""
COBALT_CHROME_DENSITY = 8.3
"""Co-28Cr-6Mo (ISO 5832-4)."""
AIR_DENSITY = 0.00121

_DENSITY_POINTS = (  # HU, g/cm3
    (-1000.0, AIR_DENSITY),
    (-98.0, 0.930),  # adipose tissue
    (14.0, 1.031),  # end of the soft tissues that fat dilutes: 1.018 + 0.893e-3 HU
    (23.0, 1.031),
    (40.0, 1.050),  # skeletal muscle: 1.003 + 1.169e-3 HU
    # From here marrow filling up with bone: 1.017 + 0.592e-3 HU. Connective tissue (100 HU, 1.12) is left out: it makes
    # the published curve jump back by 4 %, and in a hip 100 HU is spongiosa, not tendon.
    (100.0, 1.076),
    (HU_CORTICAL, CORTICAL_DENSITY),
    (HU_METAL, 2.675),
)

# Line integrals of a radiograph are made of four materials. Between the anchors a voxel mixes its two neighbours by
# volume: air, adipose tissue, muscle, cortical bone (its mineral; the rest of it counts as lean), and on past cortical.
_ANCHOR_HU = (-1000.0, HU_FAT, HU_LEAN, HU_CORTICAL)
_ANCHOR_DENSITY = {
    "lean": (0.0, 0.0, MUSCLE_DENSITY, (1 - MINERAL_OF_CORTICAL) * CORTICAL_DENSITY),
    "fat": (0.0, FAT_DENSITY, 0.0, 0.0),
    "bone_mineral": (0.0, 0.0, 0.0, MINERAL_OF_CORTICAL * CORTICAL_DENSITY),
}


class Material(StrEnum):
    """What attenuation is known for."""

    LEAN = "lean"
    FAT = "fat"
    BONE_MINERAL = "bone_mineral"
    TITANIUM = "titanium"
    COBALT_CHROME = "cobalt_chrome"
    AIR = "air"
    WATER = "water"
    CORTICAL_BONE = "cortical_bone"
    ALUMINIUM = "aluminium"
    CAESIUM_IODIDE = "caesium_iodide"


PATH_MATERIALS = ("lean", "fat", "bone_mineral", "metal")
"""Order of the first axis of partial densities and of ``paths_g_per_cm2``."""

# fmt: off
MASS_FRACTIONS: dict[Material, dict[str, float]] = {
    Material.LEAN: {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.710, "Na": 0.001, "P": 0.002, "S": 0.003, "Cl": 0.001,
                    "K": 0.004},
    Material.FAT: {"H": 0.114, "C": 0.598, "N": 0.007, "O": 0.278, "Na": 0.001, "S": 0.001, "Cl": 0.001},
    Material.BONE_MINERAL: {"H": 0.002, "O": 0.414, "P": 0.185, "Ca": 0.399},
    Material.TITANIUM: {"Ti": 0.90, "Al": 0.06, "V": 0.04},
    Material.COBALT_CHROME: {"Co": 0.66, "Cr": 0.28, "Mo": 0.06},
    Material.AIR: {"C": 0.000124, "N": 0.755268, "O": 0.231781, "Ar": 0.012827},
    Material.WATER: {"H": 0.111898, "O": 0.888102},
    Material.CORTICAL_BONE: {"H": 0.034, "C": 0.155, "N": 0.042, "O": 0.435, "Na": 0.001, "Mg": 0.002, "P": 0.103,
                             "S": 0.003, "Ca": 0.225},
    Material.ALUMINIUM: {"Al": 1.0},
    Material.CAESIUM_IODIDE: {"Cs": 0.5115, "I": 0.4885},
}
# fmt: on
"""Elements by mass. Lean is skeletal muscle, fat is adipose tissue."""

_CSI_G_PER_CM2 = 0.2
"""A needle scintillator of 0.55 mm, packed to four fifths: general radiography."""
_TUBE_ANGLE_DEG = 12.0
_ALUMINIUM_DENSITY = 2.699

Floats = NDArray[np.float64]


def mass_density_g_per_cm3(hu: ArrayLike) -> NDArray[np.float32]:
    """Mass density of tissue, piecewise linear through Schneider's points; any shape; constant beyond 2800 HU."""
    return _by_hu("density", hu)


def lean_fraction(hu: ArrayLike) -> NDArray[np.float32]:
    """``clip((hu + 100) / 155, 0, 1)``: 0 in adipose tissue, 1 in muscle without fat; any shape."""
    return _by_hu("lean_fraction", hu)


def lean_density_g_per_cm3(hu: ArrayLike) -> NDArray[np.float32]:
    """Lean mass per volume, ``1.06 * lean_fraction``."""
    return np.float32(MUSCLE_DENSITY) * lean_fraction(hu)


def noisy_lean_fraction(hu: ArrayLike, noise_sd_hu: ArrayLike) -> Floats:
    """What ``lean_fraction`` reads on average where the true HU carries Gaussian noise.

    The ramp is clipped, so noise does not average out: at 49 HU and a noise SD of 20 it reads 0.93 instead of 0.96. The
    mean of a clipped Gaussian is the difference of two of the form ``E[max(x, 0)] = m Phi(m/s) + s phi(m/s)``.
    """
    from scipy.special import ndtr

    span = HU_LEAN - HU_FAT
    mean, sd = (np.asarray(hu, np.float64) - HU_FAT) / span, np.asarray(noise_sd_hu, np.float64) / span
    sd = np.maximum(sd, 1e-12)

    def positive_part(m: Floats) -> Floats:
        z = m / sd
        return np.asarray(m * ndtr(z) + sd * np.exp(-0.5 * np.minimum(z * z, 1400.0)) / np.sqrt(2 * np.pi))

    return np.asarray(positive_part(mean) - positive_part(mean - 1))


def lean_fraction_bias(hu: ArrayLike, noise_sd_hu: ArrayLike) -> Floats:
    """``noisy_lean_fraction`` less the true one: what noise adds (near fat) or takes away (near muscle)."""
    return noisy_lean_fraction(hu, noise_sd_hu) - np.clip(
        (np.asarray(hu, np.float64) - HU_FAT) / (HU_LEAN - HU_FAT), 0, 1
    )


def partial_densities_g_per_cm3(hu: ArrayLike) -> NDArray[np.float32]:
    """What a voxel of ``hu`` is made of: float32 [4, ...], the grams per cm3 of lean, fat, bone mineral and metal.

    Up to 55 HU a mixture of adipose tissue and muscle (below -100 HU of adipose tissue and air, which weighs nothing);
    above, muscle-like soft tissue filling up with cortical bone, whose mineral is hydroxyapatite and whose water and
    collagen count as lean; from 2800 HU on, titanium. A CT of the mixture at 72 keV, the effective energy of 120 kVp,
    gives the HU back: within 10 HU in soft tissue, 1 % in bone. HU alone cannot tell fatty marrow with more mineral
    from red marrow with less: in spongiosa the mineral is a fifth too low, density and attenuation right within 1 %.
    """
    return np.stack([_by_hu(material, hu) for material in PATH_MATERIALS])


def attenuation_cm2_per_g(material: Material, energy_kev: ArrayLike) -> Floats:
    """Total mass attenuation, coherent scatter included (Elam's tables, by xraydb); within 0.2 % of NIST's tables."""
    import xraydb

    energy_ev = np.atleast_1d(np.asarray(energy_kev, np.float64)) * 1000
    parts = [f * xraydb.mu_elam(symbol, energy_ev) for symbol, f in MASS_FRACTIONS[material].items()]
    return np.asarray(sum(parts), np.float64).reshape(np.shape(energy_kev))


@cache
def spectrum(kvp: float, filtration_mm_al: float) -> tuple[Floats, Floats]:
    """Photons per keV of a tungsten tube: (energies_kev, weights that sum to 1), 1 keV apart.

    Spectra: Poludniowski et al., Med Phys 2021;48:3630 (spekpy), 12 degrees anode, 1 m of air. The first call of a
    process takes about a second, every further kVp 0.2 s, a repeated one nothing.
    """
    energy_kev, fluence = _unfiltered_spectrum(kvp)
    thickness_g_per_cm2 = filtration_mm_al / 10 * _ALUMINIUM_DENSITY
    filtered = fluence * np.exp(-attenuation_cm2_per_g(Material.ALUMINIUM, energy_kev) * thickness_g_per_cm2)
    return energy_kev, _frozen(filtered / filtered.sum())


def detector_response(energy_kev: ArrayLike) -> Floats:
    """Signal per photon of an energy-integrating caesium iodide detector: energy (keV) times the share absorbed."""
    absorbed = -np.expm1(-attenuation_cm2_per_g(Material.CAESIUM_IODIDE, energy_kev) * _CSI_G_PER_CM2)
    return np.asarray(energy_kev, np.float64) * absorbed


@cache
def _unfiltered_spectrum(kvp: float) -> tuple[Floats, Floats]:
    if not 40 <= kvp <= 150:
        raise ValueError(f"kvp is {kvp}; expected a tube voltage of 40 to 150 kV")
    import spekpy

    energy_kev, fluence = spekpy.Spek(kvp=kvp, th=_TUBE_ANGLE_DEG, dk=1.0).get_spectrum()
    above = energy_kev > 10  # nothing below leaves the tube, and the tables' edges lie there
    return _frozen(np.asarray(energy_kev[above], np.float64)), _frozen(np.asarray(fluence[above], np.float64))


def _frozen(array: Floats) -> Floats:
    array.setflags(write=False)
    return array


def _exact(curve: str, hu: Any) -> NDArray[np.float32]:
    values = np.asarray(hu, np.float64)
    if curve == "density":
        points = np.asarray(_DENSITY_POINTS)
        result = np.interp(values, points[:, 0], points[:, 1])
    elif curve == "lean_fraction":
        result = np.clip((values - HU_FAT) / (HU_LEAN - HU_FAT), 0, 1)
    elif curve == "metal":
        result = np.where(values >= HU_METAL, TITANIUM_DENSITY, 0.0)
    else:
        anchors = np.asarray(_ANCHOR_DENSITY[curve])
        beyond = (HU_METAL - HU_CORTICAL) / (HU_CORTICAL - HU_LEAN) * (anchors[-1] - anchors[-2])
        result = np.interp(values, (*_ANCHOR_HU, HU_METAL), (*anchors, anchors[-1] + beyond))
        result = np.where(values >= HU_METAL, 0.0, result)
    return np.asarray(result, np.float32)


@cache
def _table(curve: str) -> NDArray[np.float32]:
    table = _exact(curve, np.arange(-32768, 32768))
    table.setflags(write=False)
    return table


def _by_hu(curve: str, hu: ArrayLike) -> NDArray[np.float32]:
    values = np.asarray(hu)
    if values.dtype == np.int16:  # whole volumes come as int16: looking up is ten times quicker than interpolating
        return np.asarray(_table(curve)[values.view(np.uint16) ^ 0x8000])
    return _exact(curve, values)
