"""What is written is a sound DX, and reads back as it was."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from mskdex.images.header import Photometric
from mskdex.images.radiograph import read_radiograph
from mskdex.images.write_dicom import Acquisition
from mskdex.images.write_dicom import write_dx


@pytest.fixture
def pixels(hip: np.ndarray) -> np.ndarray:
    return (hip * 4095).astype(np.uint16)


@pytest.mark.parametrize("photometric", list(Photometric))
def test_there_and_back(tmp_path: Path, pixels: np.ndarray, photometric: Photometric) -> None:
    path = tmp_path / "hip.dcm"
    write_dx(
        path, pixels, 0.4, acquisition=Acquisition(sdd_mm=1200, table_detector_mm=55, sex="F"), photometric=photometric
    )
    radiograph = read_radiograph(path)
    np.testing.assert_allclose(radiograph.pixels, pixels / 4095, atol=1e-6)
    assert (radiograph.spacing_mm, radiograph.spacing_source, radiograph.sdd_mm) == (0.4, "ImagerPixelSpacing", 1200)
    assert radiograph.table_detector_mm == 55
    assert radiograph.flags == ()
    assert radiograph.info["body_part"] == "pelvis"
    assert radiograph.info["sex"] == "female"
    np.testing.assert_array_equal(pydicom.dcmread(path).pixel_array.shape, pixels.shape)


def test_same_input_same_bytes(tmp_path: Path, pixels: np.ndarray) -> None:
    for name in ("a.dcm", "b.dcm"):
        write_dx(tmp_path / name, pixels, 0.4)
    write_dx(tmp_path / "c.dcm", pixels, 0.41)
    a, b, c = ((tmp_path / name).read_bytes() for name in ("a.dcm", "b.dcm", "c.dcm"))
    assert a == b != c


def test_values_beyond_the_depth_are_an_error(tmp_path: Path, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at most 4095"):
        write_dx(tmp_path / "hip.dcm", pixels + np.uint16(5000), 0.4)
