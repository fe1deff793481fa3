"""pydicom's own grey test files, called radiographs for the purpose: the same pixels as pydicom's decoders give."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mskdex.errors import ImageRefused
from mskdex.images.worker import decode_safely

FILES = Path(pydicom.__file__).parent / "data" / "test_files"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def called_radiograph(name: str) -> tuple[pydicom.Dataset, bytes]:
    if not (FILES / name).exists():
        pytest.skip("this pydicom came without its test files")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(FILES / name)
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
        buffer = BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
    return dataset, buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "693_J2KI.dcm",
        "CT_small.dcm",
        "J2K_pixelrep_mismatch.dcm",
        "JPEG2000.dcm",
        "MR_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_expb.dcm",
        "MR_small_implicit.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
    ],
)
def test_same_pixels_as_pydicom(name: str) -> None:
    dataset, data = called_radiograph(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = dataset.pixel_array
    np.testing.assert_array_equal(decode_safely(data).stored, expected)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MR_truncated.dcm", "pixel_data_short"),
        ("GDCMJ2K_TextGBR.dcm", "decoder_failed"),
        ("JPEG2000-embedded-sequence-delimiter.dcm", "inconsistent_size"),
        ("SC_rgb_small_odd.dcm", "field_too_small"),
        ("SC_rgb_rle.dcm", "colour"),
        ("SC_ybr_full_422_uncompressed.dcm", "pixel_data_short"),
        ("image_dfl.dcm", "unsupported_transfer_syntax"),
        ("liver_1frame.dcm", "unsupported_pixels"),
        ("rtdose.dcm", "multi_frame"),
    ],
)
def test_the_right_reason(name: str, code: str) -> None:
    _, data = called_radiograph(name)
    with pytest.raises(ImageRefused) as refused:
        decode_safely(data)
    assert refused.value.code == code
