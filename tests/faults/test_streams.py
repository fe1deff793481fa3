"""FAULTS 5, 8, 16-28: compressed pixels; each syntax by its named decoder, whole or not at all."""

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
    eight_bit: Callable[[Dataset], None],
    dicom: Callable[..., Path],
    flags: Callable[..., set[str]],
    tmp_path: Path,
    hip: np.ndarray,
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


def test_missing_codec_says_what_to_install(dicom: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from mskdex.errors import ImageRefused
    from mskdex.images.worker import decode_safely

    monkeypatch.setattr("mskdex.images.codecs.find_spec", lambda _: None)
    with pytest.raises(ImageRefused, match=r"pip install python-gdcm.*'mskdex\[jpeg-lossless\]'") as refused:
        decode_safely(dicom(hold(b"\xff\xd8\xff\xd9", JPEG_LOSSLESS)).read_bytes())
    assert refused.value.code == "unsupported_transfer_syntax"


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
