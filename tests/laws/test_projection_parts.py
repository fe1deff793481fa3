"""Laws 3 and 4: parts add up to the whole; a mirrored patient swaps left and right and nothing else."""

import numpy as np
import pytest

from mskdex.anatomy import LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.geometry import ap_camera
from mskdex.geometry import voxel_grid
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project


@pytest.mark.parametrize("weight", Weight)
def test_parts_add_up_to_the_whole(nested, view, weight):
    camera = view(50, turn_deg=(30, 10, -20))
    parts = project(nested, camera, 3, weight)
    one_label = (nested.labels > 0).astype(np.uint8)
    body = ProjectionVolume.from_arrays(one_label, nested.density_g_per_cm3, nested.voxel_to_world)
    whole = project(body, camera, 1, weight)
    np.testing.assert_allclose(parts.thickness_cm.sum(0), whole.thickness_cm[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(parts.mass_g_per_cm2.sum(0), whole.mass_g_per_cm2[0], rtol=1e-6, atol=1e-6)


def test_a_part_alone_projects_as_in_the_whole(nested, view):
    camera = view(50, turn_deg=(30, 10, -20))
    together = project(nested, camera, 3)
    for label in (1, 2, 3):
        alone = np.where(nested.labels == label, label, 0).astype(np.uint8)
        volume = ProjectionVolume.from_arrays(alone, nested.density_g_per_cm3, nested.voxel_to_world)
        np.testing.assert_allclose(
            project(volume, camera, 3).thickness_cm[label - 1], together.thickness_cm[label - 1], rtol=1e-6, atol=1e-6
        )


def test_mirrored_patient_swaps_left_and_right():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, len(LABELS) + 1, (12, 10, 14)).astype(np.uint8)
    density = rng.uniform(0, 2, labels.shape).astype(np.float32)
    voxel_to_world = voxel_grid(10.0, (-55, -45, -65))
    renamed = np.array([0, *(channel + 1 for channel in MIRRORED_CHANNELS)], np.uint8)
    patient = ProjectionVolume.from_arrays(labels, density, voxel_to_world)
    mirrored = ProjectionVolume.from_arrays(renamed[labels[::-1]], density[::-1], voxel_to_world)
    camera = ap_camera((0, 3, 4), sdd_mm=1000, object_to_detector_mm=200, rows=30, columns=28, spacing_mm=6)
    before, after = project(patient, camera), project(mirrored, camera)
    swapped = list(MIRRORED_CHANNELS)
    for ours, theirs in (
        (after.thickness_cm, before.thickness_cm),
        (after.mass_g_per_cm2, before.mass_g_per_cm2),
    ):
        np.testing.assert_allclose(ours, theirs[swapped][:, :, ::-1], rtol=1e-5, atol=1e-6)
