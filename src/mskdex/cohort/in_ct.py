"""A virtual patient in the CT, as training uses it: projected under the radiograph's camera, and registered to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16
from numpy import ndarray

from mskdex.anatomy import MEASURED_LABELS
from mskdex.geometry import ConeBeam
from mskdex.phantom.patient import Patient
from mskdex.phantom.registered import RegistrationError
from mskdex.phantom.registered import project_registered
from mskdex.projection import Projection
from mskdex.projection import ProjectionVolume
from mskdex.projection import project
from mskdex.types import Affine


@dataclass(frozen=True)
class InCt:
    """Attributes:
    patient: as they lie in the CT.
    body: all 42 labels of that.
    registered: the same, where a registration of the bones puts it in the radiograph.
    """

    patient: Patient
    body: Projection
    registered: Projection

    @classmethod
    def of(
        cls,
        patient: Patient,
        motions: Mapping[str, Affine],
        camera: ConeBeam,
        error: RegistrationError,
        rng: np.random.Generator,
        *,
        oversample: int,
    ) -> "InCt":
        """Project the patient, as they lie in the CT and as registered to the radiograph.

        Args:
            patient: as they lie in the CT.
            motions: of the bones from there to the radiograph (``posing.bone_motions``).
            camera: of the radiograph, over the grid of the maps.
            error: what the registration leaves.
            rng: source of randomness, for that error alone.
            oversample: rays along each side of a map's pixel.
        """
        volume = ProjectionVolume.from_arrays(patient.labels, patient.measured_density(), patient.voxel_to_world)
        registered = project_registered(volume, motions, camera, error, rng, oversample=oversample)
        return cls(patient, project(volume, camera, oversample=oversample), registered)

    def maps(self) -> dict[str, Float16[ndarray, "labels map_rows map_columns"]]:
        """Under the names of ``record.FROM_CT``, as cohorts store them."""
        measured = len(MEASURED_LABELS)
        return {
            "ct_thickness_cm": self.body.thickness_cm.astype(np.float16),
            "ct_mass_g_per_cm2": self.body.mass_g_per_cm2[:measured].astype(np.float16),
            "registered_thickness_cm": self.registered.thickness_cm.astype(np.float16),
            "registered_mass_g_per_cm2": self.registered.mass_g_per_cm2[:measured].astype(np.float16),
        }
