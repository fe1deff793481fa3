"""What is typical of a cohort's structures: the scales of the network's heads and the norms of its losses."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.anatomy import Tissue
from mskdex.model.generator import Bounds
from mskdex.physics import MUSCLE_DENSITY
from mskdex.training.examples import stored_example
from mskdex.training.hospital import paired
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.rows import Pairs
from mskdex.training.state import Norms

SUBJECTS = 400
"""So many subjects tell what is typical."""

PRESENT_CM = 0.05
BONE_DENSITY_G_PER_CM3 = (0.9, 2.1)
"""From fatty marrow to dense cortex; a projected bone's mean density lies well inside (Schneider 1996)."""


class KnownMaps(Protocol):
    """Maps that training knows of a patient, inside his field, in whichever pose."""

    @property
    def thickness_cm(self) -> Float32[ndarray, "labels map_rows map_columns"]: ...

    @property
    def mass_g_per_cm2(self) -> Float32[ndarray, "measured map_rows map_columns"]: ...


def partners(patient: Patient, pairs: Pairs) -> KnownMaps:
    """The pixel-wise partners of the patient's stored radiograph."""
    return stored_example(*paired(patient, pairs))


def measure(library: Library, known: Callable[[Patient], KnownMaps]) -> tuple[Bounds, Norms]:
    """Typical thickness where a structure is present, and typical sums, left and right averaged."""
    patients = list(library)[:: max(1, len(library) // SUBJECTS)]
    thickness_sums, mass_sums, scales = [], [], []
    for patient in patients:
        maps = known(patient)
        thickness_sums.append(maps.thickness_cm.sum((1, 2)))
        mass_sums.append(maps.mass_g_per_cm2.sum((1, 2)))
        present = maps.thickness_cm > PRESENT_CM
        scales.append(thickness_sums[-1] / np.maximum(present.sum((1, 2)), 1))
    bounds = Bounds(_typical(scales).tolist(), *_density_bounds())
    return bounds, Norms(torch.from_numpy(_typical(thickness_sums)), torch.from_numpy(_typical(mass_sums)))


def _typical(values: list[Float32[ndarray, " labels"]]) -> Float32[ndarray, " labels"]:
    """The mean over subjects and sides; a structure that no subject has gets the least of the others."""
    mean = np.stack(values).mean(0, dtype=np.float64)
    both = (mean + mean[np.asarray(MIRRORED_CHANNELS)[: len(mean)]]) / 2
    least = both[both > 0].min(initial=1.0)
    typical: Float32[ndarray, " labels"] = np.maximum(both, least).astype(np.float32)
    return typical


def _density_bounds() -> tuple[list[float], list[float]]:
    low, high = BONE_DENSITY_G_PER_CM3
    muscle = [label.structure.tissue is Tissue.MUSCLE for label in MEASURED_LABELS]
    return (
        [0.0 if is_muscle else low for is_muscle in muscle],
        [MUSCLE_DENSITY if is_muscle else high for is_muscle in muscle],
    )
