"""From the reference body to a person: what is measured comes out as asked."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.phantom.builtin.frame import REFERENCE
from mskdex.phantom.builtin.frame import FemurAxes
from mskdex.phantom.builtin.frame import Frame

POINTS = np.array([[121.0, -50, 92], [50, 28, -60], [12, -45, -20], [0, 30, 100], [140, 10, -20], [100, 0, -200]])


def test_the_reference_is_mapped_to_itself() -> None:
    frame = Frame.of(REFERENCE)
    np.testing.assert_allclose(frame.pelvis(POINTS), POINTS, atol=1e-9)
    np.testing.assert_allclose(frame.thigh(POINTS, 1.0), POINTS, atol=1e-9)


@pytest.mark.parametrize("angle", [115.0, 128.0, 141.0])
@pytest.mark.parametrize("version", [-8.0, 10.0, 30.0])
def test_neck_and_shaft_meet_at_the_asked_angle(angle: float, version: float) -> None:
    femur = FemurAxes.of(replace(REFERENCE, neck_shaft_angle_deg=angle, anteversion_deg=version))
    assert np.rad2deg(np.arccos(femur.neck @ femur.down)) == pytest.approx(angle)
    across = femur.neck - (femur.neck @ femur.down) * femur.down
    assert np.rad2deg(np.arcsin(-across[1] / np.linalg.norm(across))) == pytest.approx(version)
    assert np.linalg.norm(femur.crossing_mm - femur.head_mm) == pytest.approx(REFERENCE.neck_length_mm)


def test_pelvis_scales_with_its_measures() -> None:
    wide = replace(REFERENCE, hip_centre_distance_mm=1.1 * REFERENCE.hip_centre_distance_mm)
    hip = np.array([[REFERENCE.hip_x_mm, 0.0, 0.0]])
    np.testing.assert_allclose(Frame.of(wide).pelvis(hip), [[wide.hip_x_mm, 0, 0]])
    tall = replace(REFERENCE, pelvic_height_mm=1.2 * REFERENCE.pelvic_height_mm)
    np.testing.assert_allclose(Frame.of(tall).pelvis(POINTS)[:, 2], 1.2 * POINTS[:, 2])


def test_a_wider_arch_moves_the_rami_outwards_and_leaves_the_crest() -> None:
    arch = replace(REFERENCE, subpubic_angle_deg=REFERENCE.subpubic_angle_deg + 20)
    moved = Frame.of(arch).pelvis(POINTS) - POINTS
    assert moved[1, 0] > 3
    np.testing.assert_allclose(moved[[0, 2, 3]], 0, atol=1e-9)


def test_the_midline_stays_the_midline() -> None:
    odd = replace(REFERENCE, iliac_flare_deg=6, subpubic_angle_deg=95, biiliac_breadth_mm=300)
    line = np.array([[0.0, y, z] for y in (-60, 0, 80) for z in (-70, -30, 30, 120)])
    np.testing.assert_allclose(Frame.of(odd).pelvis(line)[:, 0], 0, atol=1e-9)
