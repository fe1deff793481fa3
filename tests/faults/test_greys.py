"""FAULTS 5, 8, 16-28: what is wrong, or only unusual, with how stored values become greys."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from mskdex.images.radiograph import Radiograph


@pytest.mark.parametrize("slope", ["0", "nan", "inf", "-inf"])
def test_unusable_rescale(dicom: Callable[..., Path], refusal: Callable[..., str], slope: str) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.RescaleSlope = "1"
        dataset["RescaleSlope"]._value = slope

    assert refusal(dicom(edit)) == "bad_greyscale"


@pytest.mark.parametrize("slope", ["0.000001", "16"])
def test_rescale_without_window_changes_nothing(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], slope: str
) -> None:
    def edit(dataset: Dataset) -> None:
        del dataset.WindowCenter, dataset.WindowWidth
        dataset.RescaleSlope = slope

    np.testing.assert_array_equal(read(dicom(edit)).pixels, read(dicom(name="plain.dcm")).pixels)


def test_negative_slope_turns_polarity_once(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    read: Callable[..., Radiograph],
    hip: np.ndarray,
) -> None:
    edit = changed(PixelData=(4095 - hip).astype("<u2").tobytes(), RescaleSlope="-1", RescaleIntercept="4095")

    def turned(dataset: Dataset) -> None:
        edit(dataset)
        dataset.PixelIntensityRelationshipSign = 1

    one, two = read(dicom(turned)), read(dicom(name="plain.dcm"))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert one.flags == two.flags


@pytest.mark.parametrize("window", [("nan", "4096"), ("2048", "0"), ("2048", "-5"), ("90000", "10"), ("2048", "nan")])
def test_bad_window_is_ignored(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], window: tuple[str, str]
) -> None:
    def edit(dataset: Dataset) -> None:
        dataset["WindowCenter"]._value, dataset["WindowWidth"]._value = window

    radiograph = read(dicom(edit))
    assert "window_ignored" in {flag.code for flag in radiograph.flags}
    np.testing.assert_array_equal(radiograph.pixels, read(dicom(name="plain.dcm")).pixels)


def test_second_window_serves_where_the_first_is_bad(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    both = changed(WindowCenter=["2048", "1800"], WindowWidth=["0", "3000"])
    one, two = read(dicom(both)), read(dicom(changed(WindowCenter="1800", WindowWidth="3000"), name="b.dcm"))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert "window_ignored" in {flag.code for flag in one.flags}


def lut(values: np.ndarray, first: int = 0, count: int | None = None) -> Dataset:
    item = Dataset()
    item.add_new(0x00283002, "US", [count if count is not None else len(values), first, 16])
    item.add_new(0x00283006, "OW", values.astype("<u2").tobytes())
    return item


def test_modality_lut_does_what_a_rescale_does(dicom: Callable[..., Path], read: Callable[..., Radiograph]) -> None:
    def tabled(dataset: Dataset) -> None:
        del dataset.RescaleSlope, dataset.RescaleIntercept, dataset.WindowCenter, dataset.WindowWidth
        dataset.ModalityLUTSequence = [lut(np.arange(4096) * 8 + 5)]

    np.testing.assert_array_equal(read(dicom(tabled)).pixels, read(dicom(name="plain.dcm")).pixels)


def test_modality_lut_of_the_wrong_length(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], refusal: Callable[..., str]
) -> None:
    edit = changed(ModalityLUTSequence=[lut(np.arange(100), count=4096)])
    assert refusal(dicom(edit)) == "bad_greyscale"


def test_voi_lut_comes_before_windows(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    curve = (65535 * (np.arange(4096) / 4095) ** 2).round()
    shown = read(dicom(changed(VOILUTSequence=[lut(curve)]))).pixels
    plain = read(dicom(name="plain.dcm")).pixels
    np.testing.assert_allclose(shown, plain.astype(np.float64) ** 2, atol=1e-5)


def test_bad_voi_lut_is_ignored(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    radiograph = read(dicom(changed(VOILUTSequence=[lut(np.arange(100), count=4096)])))
    assert "window_ignored" in {flag.code for flag in radiograph.flags}
    np.testing.assert_array_equal(radiograph.pixels, read(dicom(name="plain.dcm")).pixels)


def test_for_processing_is_flagged_and_made_logarithmic(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    read: Callable[..., Radiograph],
    hip: np.ndarray,
) -> None:
    intensity = (4095 * np.exp(hip / -1500.0)).astype("<u2")
    edit = changed(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1.1",
        PixelData=intensity.tobytes(),
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=1,
    )
    radiograph = read(dicom(edit))
    assert "presentation_intent" in {flag.code for flag in radiograph.flags}
    assert np.corrcoef(radiograph.pixels.ravel(), hip.ravel())[0, 1] > 0.995


# Polarity contradictions.


@pytest.mark.parametrize("contradiction", [{"PixelIntensityRelationshipSign": 1}, {"PresentationLUTShape": "INVERSE"}])
@pytest.mark.parametrize("turned", [False, True])
def test_contradictions_are_settled_by_content(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    read: Callable[..., Radiograph],
    hip: np.ndarray,
    contradiction: dict[str, object],
    turned: bool,
) -> None:
    stored = (4095 - hip if turned else hip).astype("<u2")
    radiograph = read(dicom(changed(PixelData=stored.tobytes(), **contradiction)))
    assert "polarity_contradiction" in {flag.code for flag in radiograph.flags}
    np.testing.assert_array_equal(radiograph.pixels, read(dicom(name="plain.dcm")).pixels)


def test_contradiction_without_content_is_refused(
    changed: Callable[..., Callable[[Dataset], None]],
    dicom: Callable[..., Path],
    refusal: Callable[..., str],
    flags: Callable[..., set[str]],
    hip: np.ndarray,
) -> None:
    noise = np.random.default_rng(1).integers(0, 4096, hip.shape).astype(np.uint16)
    path = dicom(changed(PixelIntensityRelationshipSign=1), pixels=noise)
    assert refusal(path) == "polarity_unclear"
    assert flags(path, polarity="bright") == {"coarse"}


def test_an_inverted_picture_is_doubted(
    tmp_path: Path, read: Callable[..., Radiograph], flags: Callable[..., set[str]], hip: np.ndarray
) -> None:
    upright, inverted = tmp_path / "a.png", tmp_path / "b.png"
    Image.fromarray(hip << 4).save(upright)
    Image.fromarray(65535 - (hip << 4)).save(inverted)
    assert "polarity_doubtful" in flags(inverted, spacing_mm=2.0)
    assert "polarity_doubtful" not in flags(upright, spacing_mm=2.0)
    one, two = read(upright, spacing_mm=2.0), read(inverted, spacing_mm=2.0, polarity="dark")
    np.testing.assert_array_equal(one.pixels, two.pixels)
