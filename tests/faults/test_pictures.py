"""FAULTS 2, 18, 19, 24, 25: radiographs kept as PNG, JPEG or TIFF."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mskdex.images.radiograph import Radiograph


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits(tmp_path: Path, read: Callable[..., Radiograph], hip: np.ndarray, suffix: str) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(hip).save(path)
    radiograph = read(path, spacing_mm=2.0)
    np.testing.assert_allclose(radiograph.pixels, hip / 65535, atol=1e-6)
    assert (radiograph.spacing_mm, radiograph.spacing_source) == (2.0, "user")
    assert {flag.code for flag in radiograph.flags} == {"coarse", "sdd_missing", "sides_unconfirmed"}


def test_the_name_does_not_matter(tmp_path: Path, read: Callable[..., Radiograph], hip: np.ndarray) -> None:
    path = tmp_path / "image.dcm"
    Image.fromarray(hip).save(path, format="PNG")
    assert read(path, spacing_mm=2.0).info["kind"] == "PNG"


def test_eight_bit_jpeg(tmp_path: Path, flags: Callable[..., set[str]], hip: np.ndarray) -> None:
    path = tmp_path / "image.jpg"
    Image.fromarray((hip >> 4).astype(np.uint8)).save(path)
    assert flags(path, spacing_mm=2.0) == {"lossy", "low_depth", "coarse", "sdd_missing", "sides_unconfirmed"}


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_no_spacing_is_refused_whatever_the_file_says_of_dots_per_inch(
    tmp_path: Path, refusal: Callable[..., str], hip: np.ndarray, suffix: str
) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.fromarray((hip >> 4).astype(np.uint8)).save(path, dpi=(150, 150))
    assert refusal(path) == "spacing_missing"


def test_grey_in_colour_is_flagged_and_colour_refused(
    tmp_path: Path, flags: Callable[..., set[str]], refusal: Callable[..., str], hip: np.ndarray
) -> None:
    path = tmp_path / "image.png"
    channels = np.repeat((hip >> 4).astype(np.uint8)[..., None], 3, axis=2)
    Image.fromarray(channels).save(path)
    assert "colour_is_grey" in flags(path, spacing_mm=2.0)
    channels[10:20, 10:20, 1] = 255
    Image.fromarray(channels).save(path)
    assert refusal(path, spacing_mm=2.0) == "colour"


def test_transparent_pixels(tmp_path: Path, refusal: Callable[..., str], hip: np.ndarray) -> None:
    path = tmp_path / "image.png"
    picture = Image.fromarray((hip >> 4).astype(np.uint8)).convert("RGBA")
    picture.putalpha(100)
    picture.save(path)
    assert refusal(path, spacing_mm=2.0) == "colour"


@pytest.mark.parametrize("mode", ["1", "CMYK", "F"])
def test_other_modes(tmp_path: Path, refusal: Callable[..., str], hip: np.ndarray, mode: str) -> None:
    path = tmp_path / "image.tif"
    Image.fromarray((hip >> 4).astype(np.uint8)).convert(mode).save(path)
    assert refusal(path, spacing_mm=2.0) == "unsupported_pixels"


def test_several_pages(tmp_path: Path, refusal: Callable[..., str], hip: np.ndarray) -> None:
    path = tmp_path / "image.tif"
    page = Image.fromarray(hip)
    page.save(path, save_all=True, append_images=[page])
    assert refusal(path, spacing_mm=2.0) == "multi_frame"


@pytest.mark.parametrize("bits", [8, 16])
def test_white_is_zero(tmp_path: Path, read: Callable[..., Radiograph], hip: np.ndarray, bits: int) -> None:
    plain, turned = tmp_path / "plain.tif", tmp_path / "turned.tif"
    pixels = (hip >> 4).astype(np.uint8) if bits == 8 else hip
    Image.fromarray(pixels).save(plain)
    inverted = Image.fromarray(np.iinfo(pixels.dtype).max - pixels)
    inverted.save(turned)
    data = bytearray(turned.read_bytes())
    entry = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00")  # photometric, SHORT, one value: BlackIsZero
    data[entry + 8] = 0
    turned.write_bytes(bytes(data))
    np.testing.assert_array_equal(read(plain, spacing_mm=2.0).pixels, read(turned, spacing_mm=2.0).pixels)


def test_turned_by_exif(tmp_path: Path, flags: Callable[..., set[str]], hip: np.ndarray) -> None:
    path = tmp_path / "image.jpg"
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray((hip >> 4).astype(np.uint8)).save(path, exif=exif)
    assert "orientation_differs" in flags(path, spacing_mm=2.0)


def test_thumbnail(tmp_path: Path, refusal: Callable[..., str], hip: np.ndarray) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(hip[:20, :20]).save(path)
    assert refusal(path, spacing_mm=2.0) == "field_too_small"
    Image.fromarray(hip).save(path)
    assert refusal(path, spacing_mm=0.5) == "field_too_small"


@pytest.mark.parametrize("shape", [(40, 17000), (17000, 40), (60, 640)])
def test_a_strip(tmp_path: Path, refusal: Callable[..., str], shape: tuple[int, int]) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, shape, np.uint8)).save(path)
    assert refusal(path, spacing_mm=2.0) == "field_too_small"
