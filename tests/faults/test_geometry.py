"""FAULTS 29-34: sizes, distances and sides that a file states wrongly or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage

from mskdex.images.radiograph import Radiograph


def stating(keyword: str, value: object) -> Callable[[Dataset], None]:
    """An edit that puts a value into a file as it stands, sound or not."""

    def edit(dataset: Dataset) -> None:
        setattr(dataset, keyword, ["1", "1"] if keyword.endswith("Spacing") else "1")
        dataset[keyword]._value = value

    return edit


@pytest.mark.parametrize("spacing", ["abc", "nan\\inf", "0\\0", "-2\\-2", "0.01\\0.01", "3\\3", "2"])
def test_nonsense_spacing(dicom: Callable[..., Path], refusal: Callable[..., str], spacing: str) -> None:
    assert refusal(dicom(stating("ImagerPixelSpacing", spacing))) == "spacing_implausible"


def test_no_spacing(dicom: Callable[..., Path], refusal: Callable[..., str], flags: Callable[..., set[str]]) -> None:
    path = dicom(lambda dataset: delattr(dataset, "ImagerPixelSpacing"))
    assert refusal(path) == "spacing_missing"
    assert flags(path, spacing_mm=1.5) == {"coarse"}


def test_oblong_pixels(dicom: Callable[..., Path], refusal: Callable[..., str]) -> None:
    assert refusal(dicom(stating("ImagerPixelSpacing", "2\\1.5"))) == "spacing_not_square"


@pytest.mark.parametrize("distance", ["", "0", "-1", "nan", "abc", "99999"])
def test_unknown_source_distance(dicom: Callable[..., Path], read: Callable[..., Radiograph], distance: str) -> None:
    path = dicom(stating("DistanceSourceToDetector", distance))
    radiograph = read(path)
    assert radiograph.sdd_mm is None
    assert "sdd_missing" in {flag.code for flag in radiograph.flags}
    assert read(path, sdd_mm=1100.0).sdd_mm == 1100.0


def both(source_detector: str, source_table: str) -> Callable[[Dataset], None]:
    def edit(dataset: Dataset) -> None:
        stating("DistanceSourceToDetector", source_detector)(dataset)
        stating("DistanceSourceToPatient", source_table)(dataset)

    return edit


def test_the_tables_distance_is_what_dx_leaves_of_the_sources(
    dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    path = dicom(both("1150", "1090"))
    assert read(path).table_detector_mm == 60.0
    assert read(path).info["table_detector_mm"] == 60.0
    assert read(path, table_mm=45.0).table_detector_mm == 45.0
    assert read(path, table_mm=0.0).table_detector_mm == 0.0
    assert read(path, table_mm=float("nan")).table_detector_mm is None


def test_of_a_corrected_file_the_tables_distance_is_not_believed(
    dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    path = dicom(both("1150", "1090"))
    assert read(path, sdd_mm=1050.0).table_detector_mm is None
    assert read(path, sdd_mm=1150.0).table_detector_mm == 60.0


@pytest.mark.parametrize(
    ("source_detector", "source_table"),
    [
        ("1150", "980"),
        ("1150", "1200"),
        ("1150", "1150"),
        ("115", "90"),
        ("1150", "nan"),
        ("1150", "abc"),
        ("1150", ""),
    ],
)
def test_no_distance_of_a_table(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], source_detector: str, source_table: str
) -> None:
    assert read(dicom(both(source_detector, source_table))).table_detector_mm is None


def test_of_another_class_the_same_attribute_means_something_else(
    dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    def as_cr(dataset: Dataset) -> None:
        both("1150", "1090")(dataset)
        dataset.SOPClassUID = ComputedRadiographyImageStorage

    assert read(dicom(as_cr)).table_detector_mm is None


@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ("PatientOrientation", ["R", "F"], "orientation_differs"),
        ("PatientOrientation", ["F", "L"], "orientation_differs"),
        ("PatientOrientation", "", "sides_unconfirmed"),
        ("ImageLaterality", "L", "one_side"),
        ("BurnedInAnnotation", "YES", "burned_in"),
        ("ViewPosition", "LL", "view_differs"),
        ("ViewPosition", "PA", "view_differs"),
        ("BodyPartExamined", "CHEST", "body_part_differs"),
        ("BodyPartExamined", "KNEE", "body_part_differs"),
    ],
)
def test_hints_of_another_picture(
    dicom: Callable[..., Path], flags: Callable[..., set[str]], keyword: str, value: object, code: str
) -> None:
    assert code in flags(dicom(lambda dataset: setattr(dataset, keyword, value)))


@pytest.mark.parametrize("word", ["PELVIS", "Becken", "HIP", "Hüfte", ""])
def test_words_for_the_hip(dicom: Callable[..., Path], flags: Callable[..., set[str]], word: str) -> None:
    def name(dataset: Dataset) -> None:
        dataset.SpecificCharacterSet, dataset.BodyPartExamined = "ISO_IR 100", word

    assert flags(dicom(name)) == {"coarse"}
