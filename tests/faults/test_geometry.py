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
        ("ViewPosition", "LATERAL", "view_differs"),
        ("ViewPosition", "FROG", "view_differs"),
        ("PatientOrientation", ["A", "F"], "view_differs"),
        ("PatientOrientation", ["PR", "F"], "view_differs"),
        ("PatientOrientation", ["L", "A"], "view_differs"),
        ("BodyPartExamined", "CHEST", "body_part_differs"),
        ("BodyPartExamined", "KNEE", "body_part_differs"),
    ],
)
def test_hints_of_another_picture(
    dicom: Callable[..., Path], flags: Callable[..., set[str]], keyword: str, value: object, code: str
) -> None:
    assert code in flags(dicom(lambda dataset: setattr(dataset, keyword, value)))


def test_a_view_from_the_side_is_not_called_mirrored(
    dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    radiograph = read(dicom(lambda dataset: setattr(dataset, "PatientOrientation", ["P", "F"])))
    (said,) = (flag for flag in radiograph.flags if flag.code != "coarse")
    assert (said.code, "side" in said.message) == ("view_differs", True)


def test_the_series_says_the_side_where_the_image_does_not(
    dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    def of_series(dataset: Dataset) -> None:
        dataset.SOPClassUID, dataset.Laterality = ComputedRadiographyImageStorage, "R"
        del dataset.ImageLaterality

    radiograph = read(dicom(of_series))
    assert radiograph.info["laterality"] == "right"
    assert "one_side" in {flag.code for flag in radiograph.flags}


@pytest.mark.parametrize(
    ("born", "studied", "acquired", "years"),
    [
        ("20100615", "20200614", "", 9),
        ("20100615", "20200615", "", 10),
        ("20100615", "", "20200616", 10),
        ("20100615", "soon", "20200616", 10),
        ("19200101", "20200101", "", 90),
        ("18000101", "20200101", "", None),
        ("20200101", "20200101", "", None),
        ("20210101", "20200101", "", None),
        ("20101345", "20200101", "", None),
        ("2010", "20200101", "", None),
        ("", "20200101", "", None),
    ],
)
def test_an_age_by_dates(
    dicom: Callable[..., Path], read: Callable[..., Radiograph], born: str, studied: str, acquired: str, years: int
) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.PatientBirthDate, dataset.StudyDate, dataset.AcquisitionDate = born, studied, acquired

    info = read(dicom(edit)).info
    assert info["age_years"] == years
    assert "2010" not in str({**info, "sha256": ""})


def test_a_stated_age_comes_before_dates(
    changed: Callable[..., Callable[[Dataset], None]], dicom: Callable[..., Path], read: Callable[..., Radiograph]
) -> None:
    dates = {"PatientBirthDate": "20100615", "StudyDate": "20200615"}
    assert read(dicom(changed(PatientAge="044Y", **dates))).info["age_years"] == 44
    assert read(dicom(changed(PatientAge="44", **dates))).info["age_years"] == 10


@pytest.mark.parametrize("word", ["PELVIS", "Becken", "HIP", "Hüfte", ""])
def test_words_for_the_hip(dicom: Callable[..., Path], flags: Callable[..., set[str]], word: str) -> None:
    def name(dataset: Dataset) -> None:
        dataset.SpecificCharacterSet, dataset.BodyPartExamined = "ISO_IR 100", word

    assert flags(dicom(name)) == {"coarse"}
