"""The greyscale pipeline against PS3.3's formulas and pydicom's own."""

from dataclasses import replace

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing

from mskdex.images.greyscale import show
from mskdex.images.header import Decoded
from mskdex.images.header import Header
from mskdex.images.header import Kind
from mskdex.images.header import Photometric

STORED = np.random.default_rng(4).integers(0, 4096, (64, 80)).astype(np.uint16)
PLAIN = Header(Kind.CR, 64, 80, 12)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("window", [(2048.0, 4096.0), (1500.0, 2500.0), (700.5, 3001.0)])
def test_windows_are_pydicoms(function: str, window: tuple[float, float]) -> None:
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = "MONOCHROME2", 12, 0
    dataset.WindowCenter, dataset.WindowWidth = window
    dataset.VOILUTFunction = function
    expected = apply_windowing(STORED, dataset) / 4095
    shown = show(Decoded(replace(PLAIN, windows=(window,), voi_function=function), STORED))
    np.testing.assert_allclose(shown.pixels, expected, atol=1e-6)


@pytest.mark.parametrize("window", [(), ((1500.0, 2500.0),), ((2047.5, 1800.0),)])
@pytest.mark.parametrize("function", ["LINEAR", "SIGMOID"])
def test_turned_over_values_show_the_same_to_the_bit(window: tuple[tuple[float, float], ...], function: str) -> None:
    one = show(Decoded(replace(PLAIN, windows=window, voi_function=function), STORED))
    # PS3.3 C.11.2.1.2 puts a linear window's middle half a value below its centre.
    shift = 4096 if function == "LINEAR" else 4095
    mirrored = tuple((shift - centre, width) for centre, width in window)
    header = replace(PLAIN, windows=mirrored, voi_function=function, photometric=Photometric.MONOCHROME1)
    two = show(Decoded(header, (4095 - STORED).astype(np.uint16)))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert one.rises is not two.rises


def test_values_are_used_as_far_as_the_file_can_hold_them() -> None:
    dark = (STORED // 4).astype(np.uint16)
    assert show(Decoded(PLAIN, dark)).pixels.max() == pytest.approx(1023 / 4095, abs=1e-3)
