"""FAULTS 5, 8, 16-28: what is wrong, or only unusual, with the pixels."""

import struct
from collections.abc import Callable
from pathlib import Path

import jpeg_ls
import numpy as np
import openjpeg.utils
import pytest
import rle.utils
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from mskdex.images.radiograph import Radiograph

JPEG_LS, JPEG_LS_NEAR = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"
JPEG_2000, JPEG_2000_LOSSY = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"
RLE, JPEG, JPEG_LOSSLESS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"


def compress(pixels: np.ndarray, syntax: str) -> bytes:
    if syntax == RLE:
        return rle.utils.encode_pixel_data(
            pixels.tobytes(),
            rows=pixels.shape[0],
            columns=pixels.shape[1],
            bits_allocated=pixels.dtype.itemsize * 8,
            samples_per_pixel=1,
            number_of_frames=1,
            byteorder="<",
        )
    if syntax in (JPEG_LS, JPEG_LS_NEAR):
        return jpeg_ls.encode(pixels, lossy_error=4 if syntax == JPEG_LS_NEAR else 0).tobytes()
    ratios = [8.0] if syntax == JPEG_2000_LOSSY else None
    return openjpeg.utils.encode_array(pixels, bits_stored=12, photometric_interpretation=2, compression_ratios=ratios)


def hold(stream: bytes, syntax: str) -> Callable[[Dataset], None]:
    """An edit that puts a compressed stream in place of the pixels."""

    def edit(dataset: Dataset) -> None:
        dataset.PixelData = encapsulate([stream])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = syntax

    return edit


def changed(**attributes: object) -> Callable[[Dataset], None]:
    def edit(dataset: Dataset) -> None:
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)

    return edit


def eight_bit(dataset: Dataset) -> None:
    stored = np.frombuffer(dataset.PixelData, "<u2") >> 4
    dataset.PixelData = stored.astype(np.uint8).tobytes() + b"\x00" * (stored.size % 2)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.WindowCenter, dataset.WindowWidth = "128", "256"


# Compressed: each syntax by its named decoder, whole or not at all.


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000])
def test_lossless_syntaxes_give_the_same_bits(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray, syntax: str
) -> None:
    native = read(dicom()).pixels
    radiograph = read(dicom(hold(compress(hip, syntax), syntax)))
    np.testing.assert_array_equal(radiograph.pixels, native)
    assert "lossy" not in {flag.code for flag in radiograph.flags}


@pytest.mark.parametrize("syntax", [JPEG_LS_NEAR, JPEG_2000_LOSSY])
def test_lossy_syntaxes_are_flagged(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray, syntax: str
) -> None:
    def edit(dataset: Dataset) -> None:
        hold(compress(hip, syntax), syntax)(dataset)
        dataset.LossyImageCompression, dataset.LossyImageCompressionRatio = "01", "8"

    native, radiograph = read(dicom()), read(dicom(edit))
    message = next(flag.message for flag in radiograph.flags if flag.code == "lossy")
    assert "8 to 1" in message
    np.testing.assert_allclose(radiograph.pixels, native.pixels, atol=0.03)


def test_baseline_jpeg(
    dicom: Callable[..., Path], flags: Callable[..., set[str]], tmp_path: Path, hip: np.ndarray
) -> None:
    picture = tmp_path / "picture.jpg"
    Image.fromarray((hip >> 4).astype(np.uint8)).save(picture, quality=95)

    def edit(dataset: Dataset) -> None:
        eight_bit(dataset)
        hold(picture.read_bytes(), JPEG)(dataset)
        dataset.LossyImageCompression = "01"

    assert {"lossy", "low_depth"} <= flags(dicom(edit))


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000])
@pytest.mark.parametrize("kept", [0.5, 0.95])
def test_compressed_stream_cut_short(
    dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray, syntax: str, kept: float
) -> None:
    stream = compress(hip, syntax)
    cut = stream[: int(len(stream) * kept)]
    assert refusal(dicom(hold(cut, syntax))) in {"truncated", "decoder_failed"}


@pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000])
def test_cut_stream_with_a_forged_end(
    dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray, syntax: str
) -> None:
    stream = compress(hip, syntax)
    cut = stream[: len(stream) // 2] + b"\xff\xd9"
    path = dicom(hold(cut, syntax))
    assert refusal(path) == "decoder_failed"


@pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000])
def test_stream_of_another_size(
    dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray, syntax: str
) -> None:
    assert refusal(dicom(hold(compress(hip[:-1], syntax), syntax))) == "inconsistent_size"


def test_tiny_stream_that_claims_to_be_huge(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    stream = (
        b"\xff\xd8\xff\xf7" + struct.pack(">HBHHB3B", 11, 12, 65535, 65535, 1, 1, 0x11, 0) + bytes(40) + b"\xff\xd9"
    )
    assert refusal(dicom(hold(stream, JPEG_LS))) == "inconsistent_size"

    def enlarged(dataset: Dataset) -> None:
        hold(stream, JPEG_LS)(dataset)
        dataset.Rows = dataset.Columns = 65535

    assert refusal(dicom(enlarged)) == "too_large"


def test_noise_instead_of_a_stream(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    noise = np.random.default_rng(2).bytes(5000)
    for syntax in (JPEG_LS, JPEG_2000, JPEG, JPEG_LOSSLESS):
        assert refusal(dicom(hold(noise, syntax))) in {"decoder_failed", "unsupported_transfer_syntax"}


@pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000, RLE])
def test_damaged_streams_end_in_time(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray, syntax: str
) -> None:
    from mskdex.errors import ImageRefused

    stream, rng = compress(hip, syntax), np.random.default_rng(13)
    for _ in range(15):
        damaged = bytearray(stream)
        for place in rng.integers(4, len(stream) - 2, 4):
            damaged[place] = rng.integers(256)
        try:
            read(dicom(hold(bytes(damaged), syntax)))
        except ImageRefused as refused:
            assert refused.code in {"decoder_failed", "inconsistent_size", "too_large", "truncated"}  # noqa: PT017


def test_missing_codec_says_what_to_install(dicom: Callable[..., Path], tmp_path: Path) -> None:
    from mskdex.errors import ImageRefused
    from mskdex.images.worker import decode_safely

    pytest.importorskip("pydicom")
    try:
        import gdcm  # noqa: F401
    except ImportError:
        with pytest.raises(ImageRefused, match="pip install python-gdcm") as refused:
            decode_safely(dicom(hold(b"\xff\xd8\xff\xd9", JPEG_LOSSLESS)).read_bytes())
        assert refused.value.code == "unsupported_transfer_syntax"
    else:
        pytest.skip("a decoder for lossless JPEG is installed here")


# Stored values.


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
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray
) -> None:
    junk = (hip | (np.random.default_rng(0).integers(0, 16, hip.shape) << 12)).astype("<u2")
    np.testing.assert_array_equal(
        read(dicom(changed(PixelData=junk.tobytes()))).pixels, read(dicom(name="clean.dcm")).pixels
    )


def test_high_bit_at_the_top(dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray) -> None:
    raised = changed(PixelData=(hip << 4).astype("<u2").tobytes(), HighBit=15)
    np.testing.assert_array_equal(read(dicom(raised)).pixels, read(dicom(name="plain.dcm")).pixels)


def test_signed_values_are_read_and_flagged(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray
) -> None:
    lowered = ((hip.astype(np.int32) - 2048) & 0x0FFF).astype("<u2")
    edit = changed(PixelData=lowered.tobytes(), PixelRepresentation=1, RescaleIntercept="2048")
    one, two = read(dicom(edit)), read(dicom(name="plain.dcm"))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert "signed_pixels" in {flag.code for flag in one.flags}


@pytest.mark.parametrize("values", [{"BitsStored": 17}, {"BitsAllocated": 32}, {"HighBit": 3}, {"BitsStored": 0}])
def test_impossible_bits(dicom: Callable[..., Path], refusal: Callable[..., str], values: dict[str, int]) -> None:
    assert refusal(dicom(changed(**values))) == "unsupported_pixels"


def test_eight_bits_are_flagged(dicom: Callable[..., Path], flags: Callable[..., set[str]]) -> None:
    assert "low_depth" in flags(dicom(eight_bit))


@pytest.mark.parametrize("frames", ["2", "65535"])
def test_several_frames(dicom: Callable[..., Path], refusal: Callable[..., str], frames: str) -> None:
    assert refusal(dicom(changed(NumberOfFrames=frames))) == "multi_frame"


def test_no_frames_means_one(dicom: Callable[..., Path], flags: Callable[..., set[str]]) -> None:
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


def test_palette(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    assert refusal(dicom(changed(PhotometricInterpretation="PALETTE COLOR"))) == "colour"


@pytest.mark.parametrize("value", [0, 1000, 4095])
def test_one_single_grey(dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray, value: int) -> None:
    assert refusal(dicom(pixels=np.full_like(hip, value))) == "no_contrast"


def test_nearly_empty(dicom: Callable[..., Path], refusal: Callable[..., str], hip: np.ndarray) -> None:
    dust = np.full_like(hip, 1000)
    dust[40:42, 50:52] = 4000
    assert refusal(dicom(pixels=dust)) == "no_contrast"


# Greyscale transforms.


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
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray
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
    dicom: Callable[..., Path], read: Callable[..., Radiograph]
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


def test_modality_lut_of_the_wrong_length(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    edit = changed(ModalityLUTSequence=[lut(np.arange(100), count=4096)])
    assert refusal(dicom(edit)) == "bad_greyscale"


def test_voi_lut_comes_before_windows(dicom: Callable[..., Path], read: Callable[..., Radiograph]) -> None:
    curve = (65535 * (np.arange(4096) / 4095) ** 2).round()
    shown = read(dicom(changed(VOILUTSequence=[lut(curve)]))).pixels
    plain = read(dicom(name="plain.dcm")).pixels
    np.testing.assert_allclose(shown, plain.astype(np.float64) ** 2, atol=1e-5)


def test_bad_voi_lut_is_ignored(dicom: Callable[..., Path], read: Callable[..., Radiograph]) -> None:
    radiograph = read(dicom(changed(VOILUTSequence=[lut(np.arange(100), count=4096)])))
    assert "window_ignored" in {flag.code for flag in radiograph.flags}
    np.testing.assert_array_equal(radiograph.pixels, read(dicom(name="plain.dcm")).pixels)


def test_for_processing_is_flagged_and_made_logarithmic(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], hip: np.ndarray
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
    dicom: Callable[..., Path], refusal: Callable[..., str], flags: Callable[..., set[str]], hip: np.ndarray
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


def test_lossless_jpeg_where_its_decoder_is_installed(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], tmp_path: Path
) -> None:
    gdcm = pytest.importorskip("gdcm", reason="python-gdcm is optional")
    source, target = gdcm.ImageReader(), gdcm.ImageWriter()
    source.SetFileName(str(dicom()))
    assert source.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(source.GetImage())
    assert change.Change()
    target.SetFileName(str(tmp_path / "lossless.dcm"))
    target.SetFile(source.GetFile())
    target.SetImage(change.GetOutput())
    assert target.Write()
    np.testing.assert_array_equal(read(tmp_path / "lossless.dcm").pixels, read(dicom()).pixels)
