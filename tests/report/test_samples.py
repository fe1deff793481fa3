"""A sample shows truth and prediction on one scale; the same maps give the same bytes."""

import io
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest

from mskdex.report.samples import Sample
from mskdex.report.samples import draw_sample


@pytest.fixture
def sample(drawn) -> Sample:  # type: ignore[no-untyped-def]
    return Sample("step 5, validation patient p-001", drawn.pixels, drawn.thickness_cm, 0.5 * drawn.thickness_cm)


def test_the_same_maps_give_the_same_bytes(sample: Sample) -> None:
    assert draw_sample(sample) == draw_sample(sample)


def test_another_prediction_is_another_picture_of_the_same_size(sample: Sample) -> None:
    pictures = [
        matplotlib.image.imread(io.BytesIO(draw_sample(each)))
        for each in (sample, replace(sample, predicted_cm=sample.true_cm))
    ]
    assert pictures[0].shape == pictures[1].shape
    changed = np.abs(pictures[0] - pictures[1]).max(-1) > 0
    height = len(changed)
    assert changed[height // 2 :].any()
    assert not changed[: height // 2].any()  # the truth lies above, and its scale is its own


def test_what_nobody_has_can_be_drawn(sample: Sample) -> None:
    assert draw_sample(replace(sample, true_cm=0 * sample.true_cm)).startswith(b"\x89PNG")
