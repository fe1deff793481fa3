"""A deformed patient is one whose truth is known: pictures and maps move together, and sums follow the body."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

import mskdex.training.deform as module
from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort.record import FROM_CT
from mskdex.training.deform import deformed


def _arrays() -> Arrays:
    canvas = Canvas()
    rows, columns = np.mgrid[: canvas.map_rows, : canvas.map_columns]
    ball = np.sqrt(np.maximum(1 - ((rows - 35.5) / 20) ** 2 - ((columns - 39.5) / 15) ** 2, 0)).astype(np.float16)
    maps = np.repeat(ball[None], 42, axis=0)
    fine = np.kron(ball, np.ones((2, 2), np.float16))
    return Arrays(
        radiograph=fine,
        field=np.ones(fine.shape, bool),
        thickness_cm=maps,
        mass_g_per_cm2=maps[:41],
        whole_volume_cm3=np.ones(41, np.float32),
        whole_mass_g=np.ones(41, np.float32),
        attenuation=fine,
    )


@pytest.mark.parametrize("size", [0.85, 0.95, 1.0, 1.1])
def test_a_body_grown_in_all_directions_weighs_with_the_cube(monkeypatch: pytest.MonkeyPatch, size: float) -> None:
    monkeypatch.setattr(module, "SHIFT_SD_MM", 0.0)
    arrays = _arrays()
    before = arrays.thickness_cm[0].astype(np.float64).sum()
    after = deformed(arrays, Canvas(), size, np.random.default_rng(0)).thickness_cm[0].astype(np.float64).sum()
    assert after / before == pytest.approx(size**3, rel=0.005)


def test_picture_and_maps_move_together() -> None:
    for seed in range(3):
        other = deformed(_arrays(), Canvas(), 1.03, np.random.default_rng(seed))
        assert other.attenuation is not None
        pooled = other.attenuation.astype(np.float64).reshape(72, 2, 80, 2).mean(axis=(1, 3))
        np.testing.assert_allclose(pooled, other.thickness_cm[5].astype(np.float64), atol=0.12)
        assert np.corrcoef(pooled.ravel(), other.thickness_cm[5].astype(np.float64).ravel())[0, 1] > 0.999


def test_the_ct_of_the_undeformed_patient_does_not_come_along() -> None:
    arrays = _arrays()
    maps = arrays.thickness_cm
    scanned = replace(
        arrays,
        ct_thickness_cm=maps,
        ct_mass_g_per_cm2=maps[:41],
        registered_thickness_cm=maps,
        registered_mass_g_per_cm2=maps[:41],
    )
    alone = deformed(arrays, Canvas(), 1.03, np.random.default_rng(0))
    other = deformed(scanned, Canvas(), 1.03, np.random.default_rng(0))
    assert all(getattr(other, name) is None for name in FROM_CT)
    np.testing.assert_array_equal(other.thickness_cm, alone.thickness_cm)


def test_it_is_repeatable_and_leaves_the_original_alone() -> None:
    arrays = _arrays()
    first, second = (deformed(arrays, Canvas(), 1.03, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.thickness_cm, second.thickness_cm)
    np.testing.assert_array_equal(arrays.thickness_cm, _arrays().thickness_cm)
    assert not np.array_equal(first.thickness_cm, arrays.thickness_cm)


def test_a_stored_radiograph_moves_with_its_maps_and_its_field_and_keeps_its_greys() -> None:
    stored = replace(_arrays(), attenuation=None)
    stored = replace(stored, field=stored.radiograph > 0.5)
    for seed in range(3):
        other, truth = (deformed(each, Canvas(), 1.03, np.random.default_rng(seed)) for each in (stored, _arrays()))
        assert truth.attenuation is not None
        np.testing.assert_array_equal(other.thickness_cm, truth.thickness_cm)
        grey, attenuation = (each.astype(np.float64) for each in (other.radiograph, truth.attenuation))
        np.testing.assert_allclose(1.03 * grey, attenuation, atol=2e-3)
        assert (other.field == (grey > 0.5)).mean() > 0.98


def test_where_it_is_exposed_anew_the_stored_radiograph_stays() -> None:
    other = deformed(_arrays(), Canvas(), 1.03, np.random.default_rng(0))
    np.testing.assert_array_equal(other.radiograph, _arrays().radiograph)


def test_a_deformed_picture_is_as_sharp_as_it_was() -> None:
    """A network whose training pictures are all blurred reads the sharp ones of a hospital otherwise."""
    noise = np.random.default_rng(1).normal(size=(144, 160)).astype(np.float32)
    fine = ndimage.gaussian_filter(noise, 0.8) + 3
    arrays = replace(_arrays(), attenuation=fine.astype(np.float16))
    other = deformed(arrays, Canvas(), 1.0, np.random.default_rng(3)).attenuation
    assert other is not None
    edges = [each.astype(np.float32) - ndimage.gaussian_filter(each.astype(np.float32), 2) for each in (other, fine)]
    assert edges[0][20:-20, 20:-20].std() > 0.9 * edges[1][20:-20, 20:-20].std()


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5])
def test_curves_are_looked_up_exactly(shift: float) -> None:
    """A cubic through four pixels reproduces every parabola, which a straight line through two does not."""
    rows, columns = np.mgrid[:20, :30].astype(np.float32)

    def curve(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return 0.1 * y**2 - 0.05 * x**2 + y * x / 10

    moved = np.float32(shift)
    found = module._sharp(curve(rows, columns), rows - np.float32(9.5) + moved, columns - np.float32(14.5) - moved)
    np.testing.assert_allclose(found[3:-3, 3:-3], curve(rows + moved, columns - moved)[3:-3, 3:-3], atol=1e-3)
