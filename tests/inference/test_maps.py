"""Sums and visibility of maps."""

from typing import Any

import numpy as np
import pytest

from mskdex.inference.maps import Maps
from mskdex.inference.maps import eroded
from mskdex.inference.maps import predict_maps
from mskdex.inference.maps import share_beyond_view
from mskdex.model.told import Told


def one_map(thickness: np.ndarray, field: np.ndarray | None = None, spacing_mm: float = 6.0) -> Maps:
    field = np.ones(thickness.shape, bool) if field is None else field
    return Maps(thickness[None].astype(np.float32), thickness[None].astype(np.float32), field, spacing_mm)


def test_a_map_sums_to_the_volume_of_a_ball() -> None:
    rows, columns = np.mgrid[:64, :72]
    rest = 6.0**2 - ((rows - 31.5) ** 2 + (columns - 35.5) ** 2) * 0.6**2
    maps = one_map(2 * np.sqrt(np.clip(rest, 0, None)))
    assert maps.volume_cm3[0] == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.01)


def test_half_the_pixel_size_has_a_quarter_of_the_area() -> None:
    thickness = np.random.default_rng(0).uniform(size=(8, 8))
    fine = np.kron(thickness, np.ones((2, 2)))
    assert one_map(fine, spacing_mm=3.0).volume_cm3[0] == pytest.approx(one_map(thickness).volume_cm3[0], rel=1e-6)


def test_maps_keep_the_models_stride(model: Any, drawn: Any) -> None:
    channels = np.ones((2, 128, 144), np.float32)
    channels[1, :, :60] = 0
    maps = predict_maps(model, channels, Told(), 3.0)
    assert maps.spacing_mm == 6.0
    assert not maps.field[:, :30].any()
    assert maps.field[:, 30:].all()
    np.testing.assert_array_equal(maps.thickness_cm, drawn.thickness_cm)


def test_what_ends_inside_the_field_is_wholly_in_view() -> None:
    thickness = np.zeros((20, 20))
    thickness[5:15, 5:15] = 3
    assert share_beyond_view(one_map(thickness))[0] == 0
    field = np.zeros((20, 20), bool)
    field[:, :15] = True
    # Columns 14 (the outermost in view) of ten columns.
    assert share_beyond_view(one_map(thickness, field))[0] == pytest.approx(0.1)
    field[:, 10:] = False
    assert share_beyond_view(one_map(thickness, field))[0] == pytest.approx(0.6)


def test_an_empty_map_lies_nowhere() -> None:
    assert share_beyond_view(one_map(np.zeros((4, 4))))[0] == 0


def test_erosion_takes_one_pixel_off_every_side() -> None:
    mask = np.zeros((6, 6), bool)
    mask[1:5, 1:5] = True
    inner = eroded(mask)
    assert inner.sum() == 4
    assert inner[2:4, 2:4].all()
    assert eroded(np.ones((5, 7), bool)).sum() == 15
