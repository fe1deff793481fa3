"""Write a radiograph as a DICOM file: the packaged example, simulated cohorts and tests are made with it."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation
from pydicom.uid import ExplicitVRLittleEndian
from pydicom.uid import generate_uid

from mskdex.images.header import Photometric


@dataclass(frozen=True)
class Acquisition:
    """How a radiograph was taken, and of whom. Distances in mm, tube voltage in kV."""

    sdd_mm: float = 1150.0
    table_detector_mm: float | None = None
    kvp: float = 75.0
    bits_stored: int = 12
    sex: str = ""
    age_years: int | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    patient_id: str = "VIRTUAL"
    view: str = "AP"
    body_part: str = "PELVIS"


def write_dx(
    path: Path,
    pixels: NDArray[np.uint16],
    spacing_mm: float,
    *,
    acquisition: Acquisition | None = None,
    photometric: Photometric = Photometric.MONOCHROME2,
) -> None:
    """Write what `dx_bytes` gives; an existing file is replaced."""
    path.write_bytes(dx_bytes(pixels, spacing_mm, acquisition=acquisition, photometric=photometric))


def dx_bytes(
    pixels: NDArray[np.uint16],
    spacing_mm: float,
    *,
    acquisition: Acquisition | None = None,
    photometric: Photometric = Photometric.MONOCHROME2,
) -> bytes:
    """A Digital X-Ray Image For Presentation (PS3.3 A.26), uncompressed, of a patient who does not exist.

    The same pixels and facts give the same bytes: identifiers are derived from them.

    Args:
        pixels: [row, column], bright = dense, below ``2 ** bits_stored``; turned over for MONOCHROME1.
        spacing_mm: Pixel size on the detector plane.
        acquisition: How it was taken, and of whom.
        photometric: How the values are to be stored.

    Raises:
        ValueError: the pixels are not of that kind.
    """
    acquisition = acquisition or Acquisition()
    highest = 2**acquisition.bits_stored - 1
    if pixels.dtype != np.uint16 or pixels.ndim != 2 or pixels.max() > highest:
        raise ValueError(f"expected a uint16 image with values of at most {highest}")
    stored = pixels if photometric is Photometric.MONOCHROME2 else np.uint16(highest) - pixels
    digest = hashlib.sha256(stored.tobytes() + repr((pixels.shape, spacing_mm, acquisition)).encode()).hexdigest()
    dataset = _header(stored, spacing_mm, acquisition, photometric)
    for level in ("Study", "Series", "SOP"):
        setattr(dataset, f"{level}InstanceUID", generate_uid(entropy_srcs=[digest, level]))
    dataset.PixelData = stored.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta = meta
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _header(stored: NDArray[Any], spacing_mm: float, acquisition: Acquisition, photometric: Photometric) -> Dataset:
    dataset = Dataset()
    dataset.update(_empty_type_2())
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.PatientName = "Virtual^Patient"
    dataset.PatientID = acquisition.patient_id
    dataset.PatientSex = acquisition.sex
    if acquisition.age_years is not None:
        dataset.PatientAge = f"{acquisition.age_years:03d}Y"
    if acquisition.height_cm is not None:
        dataset.PatientSize = f"{acquisition.height_cm / 100:.3f}"
    if acquisition.weight_kg is not None:
        dataset.PatientWeight = f"{acquisition.weight_kg:.1f}"
    dataset.Manufacturer = "mskdex"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SeriesNumber = dataset.InstanceNumber = 1
    dataset.BodyPartExamined = acquisition.body_part
    dataset.ViewPosition = acquisition.view
    dataset.PatientOrientation = ["L", "F"]
    dataset.ImageLaterality = "B"
    dataset.KVP = f"{acquisition.kvp:g}"
    dataset.DistanceSourceToDetector = f"{acquisition.sdd_mm:.6g}"
    if acquisition.table_detector_mm is not None:
        # Of DX, to the table on the patient's side of it (PS3.3 table C.8-72).
        dataset.DistanceSourceToPatient = f"{acquisition.sdd_mm - acquisition.table_detector_mm:.6g}"
    dataset.ImagerPixelSpacing = [f"{spacing_mm:.10g}"] * 2
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = photometric.value
    dataset.PresentationLUTShape = "IDENTITY" if photometric is Photometric.MONOCHROME2 else "INVERSE"
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = -1 if photometric is Photometric.MONOCHROME2 else 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = (
        16,
        acquisition.bits_stored,
        acquisition.bits_stored - 1,
    )
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.WindowCenter, dataset.WindowWidth = f"{2 ** (acquisition.bits_stored - 1)}", f"{2**acquisition.bits_stored}"
    dataset.LossyImageCompression = "00"
    dataset.BurnedInAnnotation = "NO"
    return dataset


def _empty_type_2() -> Dataset:
    """Attributes that the standard wants present though nothing is known."""
    empty = Dataset()
    for keyword in ("StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber"):
        setattr(empty, keyword, "")
    for keyword in ("PatientBirthDate", "ContentDate", "ContentTime", "AcquisitionDate", "AcquisitionTime"):
        setattr(empty, keyword, "")
    empty.AnatomicRegionSequence = []
    return empty
