"""What each structure's thickness and mass attenuate: the coefficients with which the parts are added up again."""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Tissue
from mskdex.physics import CORTICAL_DENSITY
from mskdex.physics import FAT_DENSITY
from mskdex.physics import MINERAL_OF_CORTICAL
from mskdex.physics import MUSCLE_DENSITY
from mskdex.physics import Material
from mskdex.physics import attenuation_cm2_per_g
from mskdex.physics import detector_response
from mskdex.physics import spectrum

KVP, FILTRATION_MM_AL = 75.0, 3.0
"""A hip's usual exposure; which one it truly was is part of the unknown contrast curve."""
BODY_G_PER_CM2 = 20.0 * MUSCLE_DENSITY
"""About a hip's thickness of soft tissue, behind which a further layer is seen."""


def coefficients() -> tuple[Tensor, Tensor]:
    """(per cm of each label [42], per g/cm2 of each measured label [41]), in which attenuation is linear.

    A muscle of thickness T and lean mass M is M of lean tissue and, in the rest of its volume, fat. A bone is compact
    bone and, in the rest of its volume, soft tissue without fat, as ``physics`` mixes them above 55 HU. The rest of the
    body is half fat, half lean by volume: subcutaneous fat in front and behind, organs between.
    """
    lean, fat, mineral = (_behind_a_body(each) for each in (Material.LEAN, Material.FAT, Material.BONE_MINERAL))
    fat_per_cm, lean_per_cm = fat * FAT_DENSITY, lean * MUSCLE_DENSITY
    compact_per_cm = CORTICAL_DENSITY * (MINERAL_OF_CORTICAL * mineral + (1 - MINERAL_OF_CORTICAL) * lean)
    # Compact bone takes (mass - 1.06 T) / (1.92 - 1.06) of a bone's T.
    per_compact = (compact_per_cm - lean_per_cm) / (CORTICAL_DENSITY - MUSCLE_DENSITY)
    by_thickness = {
        Tissue.MUSCLE: fat_per_cm,
        Tissue.BONE: lean_per_cm - MUSCLE_DENSITY * per_compact,
        Tissue.BODY: (fat_per_cm + lean_per_cm) / 2,
    }
    by_mass = {Tissue.MUSCLE: lean - fat_per_cm / MUSCLE_DENSITY, Tissue.BONE: per_compact}
    return (
        torch.tensor([by_thickness[label.structure.tissue] for label in LABELS], dtype=torch.float32),
        torch.tensor([by_mass[label.structure.tissue] for label in MEASURED_LABELS], dtype=torch.float32),
    )


@cache
def _behind_a_body(material: Material) -> float:
    """cm2/g by which the detector's signal falls per further g/cm2 of a material: its mean over the photons left."""
    energy_kev, photons = spectrum(KVP, FILTRATION_MM_AL)
    passed = np.exp(-attenuation_cm2_per_g(Material.LEAN, energy_kev) * BODY_G_PER_CM2)
    weight = photons * detector_response(energy_kev) * passed
    return float(np.average(attenuation_cm2_per_g(material, energy_kev), weights=weight))
