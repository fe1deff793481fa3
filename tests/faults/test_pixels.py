"""FAULTS 5, 8, 16-28: pixels stored in other ways, or that hold no picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from mskdex.images.radiograph import Radiograph


def test_monochrome1_is_its_twin_to_the_bit(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray
) -> None:
    def turn(dataset: Dataset) -> None:
        dataset.PixelData = (4095 - hip).astype("<u2").tobytes()
        dataset.PhotometricInterpretation = "MONOCHROME1"
        dataset.PresentationLUTShape, dataset.PixelIntensityRelationshipSign = "INVERSE", 1

    one, two = read(dicom()), read(dicom(turn))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    np.testing.assert_array_equal(one.field, two.field)
    assert one.flags == two.flags


def test_big_endian_and_implicit(dicom: Callable[..., Path], read: Callable[..., Radiograph], tmp_path: Path) -> None:
    import pydicom

    path = dicom()
    native = read(path).pixels
    for syntax, implicit, little in (("1.2.840.10008.1.2.2", False, False), ("1.2.840.10008.1.2", True, True)):
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = syntax
        if not little:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
        other = tmp_path / f"{syntax}.dcm"
        pydicom.dcmwrite(other, dataset, implicit_vr=implicit, little_endian=little, force_encoding=True)
        np.testing.assert_array_equal(read(other).pixels, native)


def test_junk_and_overlays_in_unused_bits(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    read: Callable[..., Radiograph],
    hip: np.ndarray,
) -> None:
    junk = (hip | (np.random.default_rng(0).integers(0, 16, hip.shape) << 12)).astype("<u2")
    np.testing.assert_array_equal(
        read(dicom(changed(PixelData=junk.tobytes()))).pixels, read(dicom(name="clean.dcm")).pixels
    )


def test_high_bit_at_the_top(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    read: Callable[..., Radiograph],
    hip: np.ndarray,
) -> None:
    raised = changed(PixelData=(hip << 4).astype("<u2").tobytes(), HighBit=15)
    np.testing.assert_array_equal(read(dicom(raised)).pixels, read(dicom(name="plain.dcm")).pixels)


def test_signed_values_are_read_and_flagged(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    read: Callable[..., Radiograph],
    hip: np.ndarray,
) -> None:
    lowered = ((hip.astype(np.int32) - 2048) & 0x0FFF).astype("<u2")
    edit = changed(PixelData=lowered.tobytes(), PixelRepresentation=1, RescaleIntercept="2048")
    one, two = read(dicom(edit)), read(dicom(name="plain.dcm"))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert "signed_pixels" in {flag.code for flag in one.flags}


@pytest.mark.parametrize("values", [{"BitsStored": 17}, {"BitsAllocated": 32}, {"HighBit": 3}, {"BitsStored": 0}])
def test_impossible_bits(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    refusal: Callable[..., str],
    values: dict[str, int],
) -> None:
    assert refusal(dicom(changed(**values))) == "unsupported_pixels"


def test_eight_bits_are_flagged(
    eight_bit: Callable[[Dataset], None], dicom: Callable[..., Path], flags: Callable[..., set[str]]
) -> None:
    assert "low_depth" in flags(dicom(eight_bit))


@pytest.mark.parametrize("frames", ["2", "65535"])
def test_several_frames(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    refusal: Callable[..., str],
    frames: str,
) -> None:
    assert refusal(dicom(changed(NumberOfFrames=frames))) == "multi_frame"


def test_no_frames_means_one(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], flags: Callable[..., set[str]]
) -> None:
    assert flags(dicom(changed(NumberOfFrames="0"))) == {"coarse"}


def coloured(channels: np.ndarray, planar: int) -> Callable[[Dataset], None]:
    def edit(dataset: Dataset) -> None:
        data = channels.transpose(2, 0, 1) if planar else channels
        dataset.PixelData = data.tobytes() + b"\x00" * (data.size % 2)
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
        dataset.PlanarConfiguration = planar
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.WindowCenter, dataset.WindowWidth = "128", "256"
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"

    return edit


@pytest.mark.parametrize("planar", [0, 1])
def test_colour(
    dicom: Callable[..., Path],
    flags: Callable[..., set[str]],
    refusal: Callable[..., str],
    hip: np.ndarray,
    planar: int,
) -> None:
    grey = np.repeat((hip >> 4).astype(np.uint8)[..., None], 3, axis=2)
    assert {"colour_is_grey", "secondary_capture"} <= flags(dicom(coloured(grey, planar)))
    grey[70, 80, 0] ^= 1
    assert refusal(dicom(coloured(grey, planar))) == "colour"


def test_palette(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], refusal: Callable[..., str]
) -> None:
    assert refusal(dicom(changed(PhotometricInterpretation="PALETTE COLOR"))) == "colour"


@pytest.mark.parametrize("value", [0, 1000, 4095])
def test_one_single_grey(dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray, value: int) -> None:
    assert refusal(dicom(pixels=np.full_like(hip, value))) == "no_contrast"


def test_nearly_empty(dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray) -> None:
    dust = np.full_like(hip, 1000)
    dust[40:42, 50:52] = 4000
    assert refusal(dicom(pixels=dust)) == "no_contrast"
