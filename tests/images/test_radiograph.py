"""From file to network: what a radiograph is must not depend on how it was sampled or stored."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mskdex.images.grid import to_grid
from mskdex.images.normalise import network_input
from mskdex.images.radiograph import Radiograph
from mskdex.images.radiograph import read_radiograph
from mskdex.images.write_dicom import write_dx


def on_grid(radiograph: Radiograph) -> np.ndarray:
    placed = to_grid(radiograph.pixels, radiograph.field, radiograph.spacing_mm)
    return network_input(placed.pixels, placed.field)


@pytest.fixture
def pixels(hip: np.ndarray) -> np.ndarray:
    return (hip * 4095).astype(np.uint16)


def test_half_the_pixel_size_gives_the_same_input(tmp_path: Path, pixels: np.ndarray) -> None:
    write_dx(tmp_path / "coarse.dcm", pixels, 0.5)
    write_dx(tmp_path / "fine.dcm", pixels.repeat(2, axis=0).repeat(2, axis=1), 0.25)
    coarse, fine = (on_grid(read_radiograph(tmp_path / name)) for name in ("coarse.dcm", "fine.dcm"))
    np.testing.assert_allclose(coarse, fine, atol=1e-4)


def test_borders_added_by_a_printer_change_little(tmp_path: Path, pixels: np.ndarray) -> None:
    framed = np.full((760, 860), 4095, np.uint16)
    framed[80:680, 90:790] = pixels
    write_dx(tmp_path / "plain.dcm", pixels, 0.5)
    write_dx(tmp_path / "framed.dcm", framed, 0.5)
    plain, framed_input = (on_grid(read_radiograph(tmp_path / name)) for name in ("plain.dcm", "framed.dcm"))
    both = (plain[1] > 0) & (framed_input[1] > 0)
    assert both.mean() > 0.5
    assert np.abs(plain[0] - framed_input[0])[both].mean() < 0.05


def test_a_picture_and_a_dicom_file_of_the_same_pixels(tmp_path: Path, pixels: np.ndarray) -> None:
    write_dx(tmp_path / "hip.dcm", pixels, 0.5)
    Image.fromarray(pixels).save(tmp_path / "hip.png")
    dicom, picture = read_radiograph(tmp_path / "hip.dcm"), read_radiograph(tmp_path / "hip.png", spacing_mm=0.5)
    np.testing.assert_allclose(on_grid(dicom), on_grid(picture), atol=1e-3)


def test_info_is_plain_and_names_its_source(tmp_path: Path, pixels: np.ndarray) -> None:
    write_dx(tmp_path / "hip.dcm", pixels, 0.5)
    info = read_radiograph(str(tmp_path / "hip.dcm")).info
    assert (info["spacing_mm"], info["spacing_source"]) == (0.5, "ImagerPixelSpacing")
    assert len(info["sha256"]) == 64
    plain = (str, int, float, type(None), dict, list)
    assert all(type(value) in plain for value in info.values())


def test_an_unknown_polarity_is_a_mistake_of_the_caller(tmp_path: Path, pixels: np.ndarray) -> None:
    write_dx(tmp_path / "hip.dcm", pixels, 0.5)
    with pytest.raises(ValueError, match="sideways"):
        read_radiograph(tmp_path / "hip.dcm", polarity="sideways")
