"""FAULTS 1-14: what is wrong with the file itself."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from mskdex.images.isolation import Decoder
from mskdex.images.radiograph import Radiograph
from mskdex.images.radiograph import read_radiograph


def test_empty_file(tmp_path: Path, refusal: Callable[..., str]) -> None:
    path = tmp_path / "empty.dcm"
    path.touch()
    assert refusal(path) == "empty_file"


def test_missing_file_folder_and_device(tmp_path: Path, refusal: Callable[..., str]) -> None:
    assert refusal(tmp_path / "nothing.dcm") == "unreadable"
    assert refusal(tmp_path) == "unreadable"
    assert refusal(Path("/dev/zero")) == "unreadable"


@pytest.mark.parametrize("content", [b"%PDF-1.7\n" + bytes(300), b"\x00" * 400, b"hello" * 100])
def test_no_image_at_all(tmp_path: Path, refusal: Callable[..., str], content: bytes) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(content)
    assert refusal(path) == "not_dicom"


def test_zip(tmp_path: Path, dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    path = tmp_path / "image.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(dicom(), "image.dcm")
    assert refusal(path) == "not_dicom"


@pytest.mark.parametrize("size", [3, 100, 140, 170, 400, 1000])
def test_cut_inside_the_header(dicom: Callable[..., Path], refusal: Callable[..., str], size: int) -> None:
    path = dicom()
    path.write_bytes(path.read_bytes()[:size])
    assert refusal(path) in {"truncated", "decoder_failed"}


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.9999])
def test_cut_inside_native_pixels(dicom: Callable[..., Path], refusal: Callable[..., str], kept: float) -> None:
    path = dicom()
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert refusal(path) in {"pixel_data_short", "decoder_failed"}


def test_short_native_pixels_in_a_whole_file(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    def shorten(dataset: Dataset) -> None:
        dataset.PixelData = dataset.PixelData[:-2]

    assert refusal(dicom(shorten)) == "pixel_data_short"


def test_a_few_surplus_bytes_are_flagged(dicom: Callable[..., Path], flags: Callable[..., set[str]]) -> None:
    def lengthen(dataset: Dataset) -> None:
        dataset.PixelData = dataset.PixelData + bytes(64)

    assert "padded_pixel_data" in flags(dicom(lengthen))


def test_many_surplus_bytes_are_refused(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    def lengthen(dataset: Dataset) -> None:
        dataset.PixelData = dataset.PixelData * 2

    assert refusal(dicom(lengthen)) == "inconsistent_size"


def test_deflated_bomb_is_never_inflated(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    path = dicom(lambda dataset: setattr(dataset.file_meta, "TransferSyntaxUID", "1.2.840.10008.1.2.1.99"))
    head = path.read_bytes()
    body = 144 + struct.unpack_from("<I", head, 140)[0]
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = b"".join(squeeze.compress(bytes(2**20)) for _ in range(64)) + squeeze.flush()
    path.write_bytes(head[:body] + bomb)
    assert refusal(path) == "unsupported_transfer_syntax"


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2.4.100", "1.2.3.4", "../../etc/x", "<script>"])
def test_other_transfer_syntax(dicom: Callable[..., Path], refusal: Callable[..., str], uid: str) -> None:
    def rename(dataset: Dataset) -> None:
        dataset.PixelData = encapsulate([bytes(100)])
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.add_new(0x00020010, "UI", uid)

    assert refusal(dicom(rename)) == "unsupported_transfer_syntax"


def test_huge_dimensions_without_pixels(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    def enlarge(dataset: Dataset) -> None:
        dataset.Rows = dataset.Columns = 65535

    assert refusal(dicom(enlarge)) == "too_large"


def run_length_header(segments: int) -> bytes:
    return struct.pack("<16I", segments, *(64 + n for n in range(segments)), *[0] * (15 - segments)) + bytes(8)


@pytest.mark.parametrize("segments", [0, 1, 3, 15])
def test_run_length_with_wrong_segments(dicom: Callable[..., Path], refusal: Callable[..., str], segments: int) -> None:
    def compress(dataset: Dataset) -> None:
        dataset.PixelData = encapsulate([run_length_header(segments)])
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"

    assert refusal(dicom(compress)) == "inconsistent_size"


def test_deep_nesting(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    opened = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    path = dicom()
    data = path.read_bytes()
    place = data.index(struct.pack("<HH", 0x0010, 0x0010))
    path.write_bytes(data[:place] + opened * 20_000 + data[place:])
    assert refusal(path) in {"malformed", "decoder_failed"}


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.840.10008.5.1.4.1.1.104.1",  # encapsulated PDF
        "1.2.840.10008.5.1.4.1.1.88.33",  # comprehensive SR
        "1.2.840.10008.5.1.4.1.1.2",  # CT
        "1.2.840.10008.1.3.10",  # DICOMDIR
        "../../etc/passwd",
    ],
)
def test_other_objects(dicom: Callable[..., Path], refusal: Callable[..., str], sop_class: str) -> None:
    def other(dataset: Dataset) -> None:
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class

    assert refusal(dicom(other)) == "not_an_image"


@pytest.mark.parametrize("missing", ["Rows", "BitsStored", "PixelData", "SOPClassUID"])
def test_required_attribute_missing(dicom: Callable[..., Path], refusal: Callable[..., str], missing: str) -> None:
    assert refusal(dicom(lambda dataset: delattr(dataset, missing))) == "truncated"


def test_executable_preamble_is_ignored(dicom: Callable[..., Path], flags: Callable[..., set[str]]) -> None:
    path = dicom()
    path.write_bytes((b"MZ" + bytes(126)) + path.read_bytes()[128:])
    assert flags(path) == {"coarse"}


SECRETS = ("Muster^Erika", "4711-PATIENT", "19570203", "<script>alert(1)</script>", "1.2.3.4711")


def test_nothing_that_identifies_crosses(dicom: Callable[..., Path], read: Callable[..., Radiograph]) -> None:
    def identify(dataset: Dataset) -> None:
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = SECRETS[:3]
        dataset.StudyDescription = dataset.BodyPartExamined = dataset.ViewPosition = SECRETS[3]
        dataset.SOPInstanceUID = SECRETS[4]
        dataset.PatientAge = "101Y"

    radiograph = read(dicom(identify))
    told = repr((radiograph.info, radiograph.flags))
    assert not [secret for secret in SECRETS if secret in told]
    assert radiograph.info["age_years"] == 90


@pytest.mark.parametrize("text", ["J\x00\x1b[31m", "../../x", "a" * 300])
def test_odd_text_is_harmless(dicom: Callable[..., Path], read: Callable[..., Radiograph], text: str) -> None:
    def scribble(dataset: Dataset) -> None:
        dataset.add_new(0x00080005, "CS", "ISO_IR 999")
        dataset.add_new(0x00100010, "PN", text)
        dataset.add_new(0x00080018, "UI", text[:64])

    path = dicom()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path)
        scribble(dataset)
        dataset.save_as(path, enforce_file_format=False)
    assert text[:60] not in repr(read(path).info)


def test_pictures_cut_short(tmp_path: Path, hip: np.ndarray, refusal: Callable[..., str]) -> None:
    for name, pixels in (("a.png", hip), ("a.tif", hip), ("a.jpg", (hip >> 4).astype(np.uint8))):
        path = tmp_path / name
        Image.fromarray(pixels).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert refusal(path, spacing_mm=1.0) in {"truncated", "decoder_failed"}


def test_picture_that_claims_to_be_huge(tmp_path: Path, refusal: Callable[..., str]) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    path = tmp_path / "huge.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    assert refusal(path, spacing_mm=0.2) == "too_large"


def test_a_sequence_where_a_number_should_be(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    def confuse(dataset: Dataset) -> None:
        del dataset.Rows
        dataset.add_new(0x00280010, "SQ", Sequence([Dataset()]))

    assert refusal(dicom(confuse)) in {"truncated", "malformed", "decoder_failed"}


def test_random_damage_never_raises_anything_else(dicom: Callable[..., Path], decoder: Decoder) -> None:
    from mskdex.errors import ImageRefused

    path = dicom()
    whole = path.read_bytes()
    rng = np.random.default_rng(11)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(132, 1500, rng.integers(1, 6)):
            damaged[place] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            read_radiograph(path, decoder=decoder)
        except ImageRefused as refused:
            assert refused.code  # noqa: PT017
