"""A radiograph of a body in a pose, from a camera and with an exposure of chance, as a model gets to see it."""

from typing import NamedTuple

import numpy as np

from mskdex.anatomy import MEASURED_LABELS
from mskdex.images.field import detect_field
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import to_grid
from mskdex.images.normalise import network_input
from mskdex.model.setup import SetupFacts
from mskdex.phantom.exposure import sample_exposure
from mskdex.phantom.patient import lay_down
from mskdex.phantom.pose import sample_radiograph_pose
from mskdex.phantom.posing import Body
from mskdex.phantom.radiograph import take_radiograph
from mskdex.phantom.view import View
from mskdex.phantom.view import sample_setup

VOXEL_MM, PIXEL_MM = 2.5, 1.0
IN_VIEW = 0.98
"""A structure of which the field holds this share counts as wholly in view."""
_COUNT = len(MEASURED_LABELS)


class Seen(NamedTuple):
    """What a model gets to see of a body, and what is true of it.

    Attributes:
        channels: [2, rows, columns] of the network's input.
        in_field_cm3: [41] of each structure what the field holds.
        whole_cm3: [41] and all of it.
        setup: how far source, table and detector were apart.
    """

    channels: np.ndarray
    in_field_cm3: np.ndarray
    whole_cm3: np.ndarray
    setup: SetupFacts

    @property
    def share(self) -> np.ndarray:
        """[41] of each structure, in the field."""
        return np.asarray(self.in_field_cm3 / np.maximum(self.whole_cm3, 1e-6))


def see(body: Body, rng: np.random.Generator) -> Seen:
    """Lay a body down for a radiograph and take it."""
    patient = lay_down(body, sample_radiograph_pose(rng), voxel_mm=VOXEL_MM)
    exposure = sample_exposure(rng)
    camera, table_detector_mm = sample_setup(rng, patient, rows=432, columns=480, spacing_mm=PIXEL_MM)
    exposed = View.of(patient, camera, exposure.beam, oversampling=1)
    taken = take_radiograph(exposed.attenuation, PIXEL_MM, rng, exposure)
    on_grid = to_grid(taken.pixels, detect_field(taken.pixels).mask, PIXEL_MM, MODEL_GRID)
    channels = network_input(on_grid.pixels, on_grid.field)
    in_field = (exposed.truth.thickness_cm[:_COUNT] * taken.field).sum((1, 2)) * camera.pixel_area_cm2
    return Seen(channels, in_field, patient.volumes_cm3(), SetupFacts(camera.sdd_mm, table_detector_mm))
