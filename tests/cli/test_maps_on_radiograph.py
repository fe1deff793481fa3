"""The maps that a case leaves lie on its radiograph, where the example puts them."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "examples" / "read_results.py"
NAME = "gluteus_medius_left.thickness_cm"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("read_results", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["as drawn", "finer, within a border"])
def placed(request: pytest.FixtureRequest, radiograph: Path) -> tuple[Path, float]:
    """The radiograph, and its pixel size in mm."""
    if request.param == "as drawn":
        return radiograph, 1.5
    with Image.open(radiograph) as picture:
        grey = np.kron(np.asarray(picture), np.ones((3, 3), np.uint8))
    Image.fromarray(np.pad(grey, ((60, 11), (0, 130)))).save(radiograph)
    return radiograph, 0.5


def test_a_map_laid_back_keeps_its_sum_and_its_place(
    predict: Callable[..., int],
    placed: tuple[Path, float],
    out: Path,
    example: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, pixel_mm = placed
    assert predict(out, path, "--spacing-mm", str(pixel_mm)) == 0
    laid = example.on_radiograph(out / "case-0001", NAME)
    with Image.open(path) as picture:
        assert laid.shape == (picture.height, picture.width)
    with np.load(out / "case-0001" / "maps.npz") as maps:
        small = maps[NAME]
    assert laid.sum(dtype=float) * pixel_mm**2 == pytest.approx(small.sum(dtype=float) * 6.0**2, rel=0.01)
    field = json.loads((out / "case-0001" / "measurements.json").read_text())["image"]["field"]
    middle = (field["top"] + field["bottom"]) / 2, (field["left"] + field["right"]) / 2
    for axis in (0, 1):
        # The grid lies in the middle of the exposed field.
        from_middle_mm = (centre(small, axis) - small.shape[axis] / 2) * 6.0
        assert (centre(laid, axis) - middle[axis]) * pixel_mm == pytest.approx(from_middle_mm, abs=0.5)
    capsys.readouterr()
    example.main(out)
    totals = re.findall(r"sums to ([0-9.]+) cm3, on the radiograph to ([0-9.]+)", capsys.readouterr().out)
    assert len(totals) == 2
    for one, other in totals:
        assert float(one) == pytest.approx(float(other), rel=0.01)


def centre(image: np.ndarray, axis: int) -> float:
    """Of mass, from the image's edge, in pixels."""
    profile = image.sum(axis=1 - axis, dtype=float)
    return float(profile @ (np.arange(len(profile)) + 0.5) / profile.sum())
