"""Real files of others: each is read, or refused for the right reason."""

import os
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mskdex.errors import ImageRefused
from mskdex.images.labels import read_ct_volume
from mskdex.images.labels import read_label_volume
from mskdex.images.radiograph import Radiograph
from mskdex.images.radiograph import read_radiograph

pytestmark = [
    pytest.mark.dev_data,
    pytest.mark.skipif(
        "MSKDEX_DEV_DATA" not in os.environ, reason="MSKDEX_DEV_DATA does not name the development data"
    ),
]
DATA = Path(os.environ.get("MSKDEX_DEV_DATA", "."))


def codes(radiograph: Radiograph) -> set[str]:
    return {flag.code for flag in radiograph.flags}


def refused(path: Path) -> ImageRefused:
    with pytest.raises(ImageRefused) as error:
        read_radiograph(path)
    return error.value


def test_lower_leg_is_refused_for_its_spacing() -> None:
    error = refused(DATA / "radiographs/RG3_UNCR_lowerleg_CR_MONOCHROME1.dcm")
    assert error.code == "spacing_missing"
    assert "--spacing-mm" in error.message


def test_lower_leg_with_spacing_is_turned_and_its_collimation_found() -> None:
    radiograph = read_radiograph(DATA / "radiographs/RG3_UNCR_lowerleg_CR_MONOCHROME1.dcm", spacing_mm=0.2)
    assert {"collimated", "body_part_differs"} <= codes(radiograph)
    assert not {"polarity_doubtful", "polarity_contradiction"} & codes(radiograph)
    field = radiograph.info["field"]
    assert (field["top"], field["bottom"]) == (0, 1760)
    assert (field["left"], field["right"]) == (pytest.approx(465, abs=25), pytest.approx(1230, abs=25))


@pytest.mark.parametrize("number", [1, 10, 107, 115, 116])
def test_children(number: int) -> None:
    radiograph = read_radiograph(DATA / f"radiographs/331_DDH_{number}.jpg", spacing_mm=0.9)
    facts = {"lossy", "low_depth", "colour_is_grey", "coarse"}
    assert codes(radiograph) == facts | {"sdd_missing", "sides_unconfirmed"}
    assert radiograph.field.all()


def test_digital_x_ray_with_inverse_shape_is_turned_once() -> None:
    path = DATA / "dicom/highdicom_dx_MONOCHROME1_PLUT_INVERSE.dcm"
    radiograph = read_radiograph(path)
    assert radiograph.spacing_mm == pytest.approx(1.2006, abs=1e-4)
    assert "polarity_contradiction" not in codes(radiograph)
    stored = pydicom.dcmread(path).pixel_array
    np.testing.assert_allclose(radiograph.pixels, 1 - stored / 255, atol=1e-6)


def test_chest_in_jpeg_2000_has_zero_spacing() -> None:
    path = DATA / "dicom/RG1_J2KI.dcm"
    assert refused(path).code == "spacing_implausible"
    assert {"lossy", "view_differs", "body_part_differs"} <= codes(read_radiograph(path, spacing_mm=0.2))


@pytest.mark.parametrize(("name", "flag"), [("mlut_18.dcm", "signed_pixels"), ("vlut_04.dcm", "low_depth")])
def test_lookup_tables(name: str, flag: str) -> None:
    assert refused(DATA / "dicom" / name).code == "spacing_missing"
    radiograph = read_radiograph(DATA / "dicom" / name, spacing_mm=0.6)
    assert {"secondary_capture", flag} <= codes(radiograph)
    assert "window_ignored" not in codes(radiograph)


def test_ct_slices_are_no_radiographs() -> None:
    for path in sorted(DATA.glob("real_ct/*/slice_*.dcm")):
        assert refused(path).code == "not_an_image"


def test_volumes() -> None:
    labels = read_label_volume(DATA / "zanatomy_hip_thigh/example_labels_1p5mm.nii.gz")
    assert labels.voxels.shape == (256, 212, 322)
    assert labels.voxels.max() == 255
    ct = read_ct_volume(next(DATA.glob("real_ct/*/*.nii.gz")))
    assert ct.voxels.min() == -1024
