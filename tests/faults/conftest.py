"""Makes good and bad radiograph files. Every fault is made by code; nothing is stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from mskdex.errors import ImageRefused
from mskdex.images.isolation import Decoder
from mskdex.images.radiograph import Radiograph
from mskdex.images.radiograph import read_radiograph
from mskdex.images.write_dicom import write_dx

Edit = Callable[[Dataset], None]
MakeDicom = Callable[..., Path]
Refusal = Callable[..., str]


@pytest.fixture(scope="session")
def decoder() -> Decoder:
    """One worker for all faults: it must survive them all."""
    with Decoder(wall_seconds=20) as decoder:
        yield decoder


@pytest.fixture(scope="session")
def hip() -> np.ndarray:
    """12-bit values of something dense in the middle and thin at the sides, with an odd number of rows."""
    row, column = np.mgrid[-1:1:151j, -1:1:180j]
    noise = np.random.default_rng(5).normal(0, 20, row.shape)
    return (3300 * np.exp(-2.5 * column**2 - 0.3 * row**2) + 200 + noise).clip(0, 4095).astype(np.uint16)


@pytest.fixture
def dicom(tmp_path: Path, hip: np.ndarray) -> MakeDicom:
    """Writes a sound DX of 2 mm pixels, changed by ``edit`` and then saved without being checked."""

    def make(edit: Edit | None = None, pixels: np.ndarray = hip, name: str = "image.dcm") -> Path:
        path = tmp_path / name
        write_dx(path, pixels, 2.0)
        if edit is not None:
            dataset = pydicom.dcmread(path)
            with pydicom.config.disable_value_validation():
                edit(dataset)
                dataset.save_as(path, enforce_file_format=False)
        return path

    return make


@pytest.fixture
def refusal(decoder: Decoder) -> Refusal:
    """Reads a file that must be refused, in one sentence; gives the code."""

    def refuse(path: Path, **options: object) -> str:
        with pytest.raises(ImageRefused) as refused:
            read_radiograph(path, decoder=decoder, **options)
        message = refused.value.message
        assert "\n" not in message
        assert len(message) < 200
        assert str(path) not in message
        return str(refused.value.code)

    return refuse


@pytest.fixture
def read(decoder: Decoder) -> Callable[..., Radiograph]:
    def read(path: Path, **options: object) -> Radiograph:
        return read_radiograph(path, decoder=decoder, **options)

    return read


@pytest.fixture
def flags(read: Callable[..., Radiograph]) -> Callable[..., set[str]]:
    """Reads a file that must be accepted; gives the codes of its flags."""

    def codes(path: Path, **options: object) -> set[str]:
        return {flag.code for flag in read(path, **options).flags}

    return codes


@pytest.fixture
def changed() -> Callable[..., Edit]:
    """Makes an edit that sets attributes."""

    def make(**attributes: object) -> Edit:
        def edit(dataset: Dataset) -> None:
            for keyword, value in attributes.items():
                setattr(dataset, keyword, value)

        return edit

    return make


@pytest.fixture
def eight_bit() -> Edit:
    """An edit that leaves eight bits of each value."""

    def edit(dataset: Dataset) -> None:
        stored = np.frombuffer(dataset.PixelData, "<u2") >> 4
        dataset.PixelData = stored.astype(np.uint8).tobytes() + b"\x00" * (stored.size % 2)
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.WindowCenter, dataset.WindowWidth = "128", "256"

    return edit
