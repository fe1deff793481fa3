"""Law 1: a map's sum times the pixel area is the volume, in any pose, at any distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from mskdex.projection import Weight
from mskdex.projection import project

angles = st.floats(-180, 180)
turns = st.tuples(angles, angles, angles)
offsets = st.tuples(*[st.floats(-4, 4)] * 3)


def true_volumes_cm3(volume):
    return np.bincount(volume.labels.ravel())[1:] * volume.voxel_volume_cm3


def true_masses_g(volume):
    return np.bincount(volume.labels.ravel(), volume.density_g_per_cm3.ravel())[1:] * volume.voxel_volume_cm3


@settings(max_examples=40, deadline=None)
@given(turn_deg=turns, offset_mm=offsets, sdd_mm=st.floats(700, 1800), share=st.floats(0.08, 0.5))
def test_any_pose_and_distance(nested, view, turn_deg, offset_mm, sdd_mm, share):
    # At 80 pixels the field's outer ellipsoid spans 40 and more.
    camera = view(80, turn_deg=turn_deg, offset_mm=offset_mm, sdd_mm=sdd_mm, object_to_detector_mm=share * sdd_mm)
    projection = project(nested, camera, n_labels=3, oversample=2)
    assert projection.volume_cm3.sum() == pytest.approx(true_volumes_cm3(nested).sum(), rel=1e-3)
    assert projection.mass_g.sum() == pytest.approx(true_masses_g(nested).sum(), rel=1e-3)


def relative_errors(volume, view, pixels, oversample=1):
    rng = np.random.default_rng(7)
    cameras = [view(pixels, turn_deg=rng.uniform(-90, 90, 3), offset_mm=rng.uniform(-4, 4, 3)) for _ in range(24)]
    maps = [project(volume, camera, n_labels=3, oversample=oversample) for camera in cameras]
    return np.array([map_.volume_cm3 / true_volumes_cm3(volume) - 1 for map_ in maps])


def test_error_falls_with_pixel_size(nested, view):
    rms = [np.sqrt((relative_errors(nested, view, pixels) ** 2).mean(axis=0)) for pixels in (20, 40, 80, 160)]
    assert (np.diff(rms, axis=0) < 0).all()
    assert (rms[0] > 8 * rms[-1]).all()
    assert rms[2][0] < 1e-3


def test_more_rays_per_pixel_are_as_good_as_smaller_pixels(nested, view):
    """The same rays, summed otherwise."""
    coarse = relative_errors(nested, view, 20, oversample=4)
    np.testing.assert_allclose(coarse, relative_errors(nested, view, 80), atol=1e-6)


def test_a_plain_line_integral_does_not_conserve(nested, view):
    """The law is not vacuous: tissue nearer the source is magnified."""
    near, far = (
        project(nested, view(80, object_to_detector_mm=distance), n_labels=3, weight=Weight.PATH).volume_cm3.sum()
        for distance in (400.0, 100.0)
    )
    assert near > 1.5 * far
