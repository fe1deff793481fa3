"""From a radiograph to measurements: every row there, honest intervals, null with a reason."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.anatomy import Tissue
from mskdex.codes import Remark
from mskdex.errors import ImageRefused
from mskdex.images.radiograph import Radiograph
from mskdex.inference.gate import Likeness
from mskdex.inference.gate import admit
from mskdex.inference.predict import predict
from mskdex.inference.predict import refuse
from mskdex.model.card import Card
from mskdex.model.card import Interval
from mskdex.model.card import Reading
from mskdex.model.card import TrainingRange
from mskdex.model.told import Knowing
from mskdex.result import CaseResult
from mskdex.result import Measurement
from mskdex.result import Status

Take = Callable[[np.ndarray], Radiograph]


def of(result: CaseResult, structure: str, side: Side, quantity: Quantity) -> Measurement:
    (found,) = (
        one for one in result.measurements if (one.structure, one.side, one.quantity) == (structure, side, quantity)
    )
    return found


@pytest.fixture
def result(model: Any, drawn: Any, take: Take) -> CaseResult:
    return predict(take(drawn.pixels), model, "case-0001").result


def test_every_quantity_of_every_label_has_a_row(result: CaseResult) -> None:
    expected = sum(len(label.structure.quantities) for label in MEASURED_LABELS) + 2
    assert len(result.measurements) == expected
    assert result.status is Status.MEASURED
    assert result.image == {"kind": "PNG", "measured": {"top": 0, "bottom": 256, "left": 0, "right": 288}}


def test_figures_are_the_sums_of_the_maps(result: CaseResult, drawn: Any) -> None:
    channel = LABEL_BY_NAME["gluteus_medius_left"].channel
    volume = of(result, "gluteus_medius", Side.LEFT, Quantity.VOLUME)
    assert volume.value == pytest.approx(drawn.thickness_cm[channel].sum() * 0.36, abs=0.006)
    assert (volume.lower, volume.upper) == pytest.approx((0.9 * volume.value, 1.2 * volume.value), abs=0.01)
    assert volume.level == 0.9
    fraction = of(result, "gluteus_medius", Side.LEFT, Quantity.LEAN_FRACTION)
    assert fraction.value == pytest.approx(0.9 / 1.06, abs=1e-4)
    assert fraction.unit == "1"


def test_a_fraction_never_leaves_zero_to_one(model: Any, drawn: Any, take: Take) -> None:
    model.mass_g_per_cm2[:36] = drawn.thickness_cm[:36] * 1.06
    fractions = [
        one
        for one in predict(take(drawn.pixels), model, "c").result.measurements
        if one.quantity is Quantity.LEAN_FRACTION
    ]
    assert all(one.value == 1.0 and one.upper == 1.0 and one.lower == pytest.approx(0.9) for one in fractions)


def test_the_pelvis_is_its_parts_added_up(result: CaseResult) -> None:
    parts = [("hip_bone", Side.RIGHT), ("hip_bone", Side.LEFT), ("sacrum", Side.MIDLINE)]
    pelvis = of(result, "pelvis", Side.MIDLINE, Quantity.BONE_MASS)
    for name in ("value", "lower", "upper"):
        total = sum(getattr(of(result, structure, side, Quantity.BONE_MASS), name) for structure, side in parts)
        assert getattr(pelvis, name) == pytest.approx(total, abs=0.02)


def test_a_pelvis_has_its_own_interval_or_says_that_it_has_none(model: Any, drawn: Any, take: Take) -> None:
    radiograph = take(drawn.pixels)
    added = of(predict(radiograph, model, "c").result, "pelvis", Side.MIDLINE, Quantity.BONE_MASS)
    assert Remark.NOT_CALIBRATED in added.flags
    pelvis = {Quantity.BONE_MASS: Interval(level=0.8, low=0.97, high=1.02, calibrated_on=100)}
    readings = {way: one.model_copy(update={"pelvis": pelvis}) for way, one in model.card.readings.items()}
    model.card = model.card.model_copy(update={"readings": readings})
    own = of(predict(radiograph, model, "c").result, "pelvis", Side.MIDLINE, Quantity.BONE_MASS)
    assert Remark.NOT_CALIBRATED not in own.flags
    assert (own.value, own.level) == (added.value, 0.8)
    assert (own.lower, own.upper) == pytest.approx((0.97 * added.value, 1.02 * added.value), abs=0.01)


def test_a_structure_that_runs_out_of_view_is_null_and_says_so(model: Any, drawn: Any, take: Take) -> None:
    channel = LABEL_BY_NAME["hip_bone_right"].channel
    model.thickness_cm[channel, :, :3] = 2
    result = predict(take(drawn.pixels), model, "c").result
    for structure, side in (("hip_bone", Side.RIGHT), ("pelvis", Side.MIDLINE)):
        one = of(result, structure, side, Quantity.BONE_MASS)
        assert (one.value, one.reason) == (None, "out_of_view")
    assert of(result, "hip_bone", Side.LEFT, Quantity.BONE_MASS).value is not None


def test_thigh_muscles_are_measured_within_view(model: Any, drawn: Any, take: Take) -> None:
    channel = LABEL_BY_NAME["gracilis_left"].channel
    model.thickness_cm[channel, 40:, 30:40] = 3
    one = of(predict(take(drawn.pixels), model, "c").result, "gracilis", Side.LEFT, Quantity.VOLUME)
    assert one.value is not None
    assert "within_view" in one.flags


def test_what_was_not_found_is_null_never_zero(model: Any, drawn: Any, take: Take) -> None:
    model.thickness_cm[LABEL_BY_NAME["piriformis_left"].channel] = 0
    one = of(predict(take(drawn.pixels), model, "c").result, "piriformis", Side.LEFT, Quantity.VOLUME)
    assert (one.value, one.reason) == (None, "not_found")


def test_mirroring_the_patient_swaps_the_sides(model: Any, drawn: Any, take: Take) -> None:
    right = LABEL_BY_NAME["iliacus_right"].channel
    model.thickness_cm[right] *= 1.3
    first = predict(take(drawn.pixels), model, "c").result
    assert of(first, "iliacus", Side.RIGHT, Quantity.VOLUME).value == pytest.approx(
        1.3 * (of(first, "iliacus", Side.LEFT, Quantity.VOLUME).value or 0), rel=1e-3
    )


def test_without_calibration_there_is_no_interval(model: Any, drawn: Any, take: Take, card: Card) -> None:
    model.card = card.model_copy(update={"readings": {}})
    one = predict(take(drawn.pixels), model, "c").result.measurements[0]
    assert one.value is not None
    assert (one.lower, one.upper, one.level) == (None, None, None)


def test_another_picture_than_its_parts_is_refused_or_flagged(model: Any, drawn: Any, take: Take) -> None:
    noise = np.random.default_rng(0).uniform(size=drawn.pixels.shape).astype(np.float32)
    with pytest.raises(ImageRefused) as refused:
        predict(take(noise), model, "c")
    assert refused.value.code == "wrong_anatomy"
    coarse = np.kron(noise[::16, ::16], np.ones((16, 16), np.float32))
    result = predict(take(drawn.pixels + np.float32(0.8) * coarse), model, "c").result
    assert [flag.code for flag in result.flags] == ["parts_do_not_add_up"]
    assert result.status is Status.MEASURED_WITH_FLAGS


def range_around(thickness: np.ndarray, mass: np.ndarray, spread: float) -> TrainingRange:
    volume, grams = np.log(thickness[:41].sum((1, 2)) * 0.36), np.log(mass.sum((1, 2)) * 0.36)
    return TrainingRange(
        floor=0.1,
        log_volume_low=list(volume - spread),
        log_volume_high=list(volume + spread),
        log_mass_low=list(grams - spread),
        log_mass_high=list(grams + spread),
        mean=list(volume),
        precision=(np.eye(41) / spread**2).tolist(),
        distance_threshold=8.0,
        subjects=100,
    )


def test_sizes_unlike_the_training_are_flagged_and_absurd_ones_refused(
    model: Any, drawn: Any, take: Take, card: Card
) -> None:
    training = range_around(drawn.thickness_cm, drawn.mass_g_per_cm2, 0.1)
    model.card = card.model_copy(update={"readings": {Knowing.IMAGE: Reading(training_range=training)}})
    assert predict(take(drawn.pixels), model, "c").result.flags == ()
    model.thickness_cm = drawn.thickness_cm * np.float32(1.2)
    result = predict(take(drawn.pixels), model, "c").result
    assert [flag.code for flag in result.flags] == ["unlike_training"]
    assert all("outside_training_range" in one.flags for one in result.measurements)
    model.thickness_cm = drawn.thickness_cm * np.float32(3)
    with pytest.raises(ImageRefused) as refused:
        predict(take(drawn.pixels), model, "c")
    assert refused.value.code == "wrong_anatomy"


def test_what_is_not_a_number_is_refused() -> None:
    for likeness in (Likeness(np.nan, 0.0, ()), Likeness(0.9, np.nan, ())):
        with pytest.raises(ImageRefused):
            admit(likeness)


def test_children_are_refused(model: Any, drawn: Any, take: Take) -> None:
    with pytest.raises(ImageRefused) as refused:
        predict(replace(take(drawn.pixels), info={"age_years": 7}), model, "c")
    assert refused.value.code == "age_out_of_range"
    predict(replace(take(drawn.pixels), info={"age_years": 70}), model, "c")


def test_metal_leaves_the_bones_of_its_side_unmeasured(model: Any, drawn: Any, take: Take) -> None:
    pixels = drawn.pixels.copy()
    pixels[100:130, 60:90] = 2
    pixels[130:200, 60:70] = 2
    result = predict(take(pixels), model, "c").result
    assert "metal" in [flag.code for flag in result.flags]
    for structure, side in (("femur", Side.RIGHT), ("hip_bone", Side.RIGHT), ("pelvis", Side.MIDLINE)):
        one = of(result, structure, side, Quantity.BONE_MASS)
        assert (one.value, one.reason) == (None, "metal")
    assert of(result, "femur", Side.LEFT, Quantity.BONE_MASS).value is not None
    assert "metal" in of(result, "pectineus", Side.RIGHT, Quantity.VOLUME).flags
    assert "metal" not in of(result, "pectineus", Side.LEFT, Quantity.VOLUME).flags


def test_a_shield_is_flagged_and_leaves_every_bone_measured(model: Any, drawn: Any, take: Take) -> None:
    pixels = drawn.pixels.copy()
    middle = pixels.shape[1] // 2
    pixels[150:210, middle - 25 : middle + 25] = 2
    result = predict(take(pixels), model, "c").result
    codes = [flag.code for flag in result.flags]
    assert "shield" in codes
    assert "metal" not in codes
    assert not any(one.reason == "metal" or "metal" in one.flags for one in result.measurements)


def test_flags_of_the_image_are_carried_over(model: Any, drawn: Any, take: Take) -> None:
    from mskdex.result import Flag

    radiograph = replace(take(drawn.pixels), flags=(Flag("lossy", "compressed with loss"),))
    result = predict(radiograph, model, "c").result
    assert result.flags[0].code == "lossy"


def test_a_refusal_has_every_row_with_its_code(card: Card, result: CaseResult) -> None:
    refused = refuse(ImageRefused("spacing_missing", "no spacing"), card, "c")
    assert refused.status is Status.REFUSED
    assert len(refused.measurements) == len(result.measurements)
    assert {one.reason for one in refused.measurements} == {"spacing_missing"}
    bones = {one.structure for one in refused.measurements if one.quantity is Quantity.BONE_MASS}
    assert bones == {label.structure.name for label in MEASURED_LABELS if label.structure.tissue is Tissue.BONE} | {
        "pelvis"
    }


@pytest.mark.parametrize(
    ("rows", "columns", "says"),
    [
        (280, 320, ": 18 mm above and as much below and 24 mm at either side were left out"),
        (280, 288, ": 18 mm above and as much below were left out"),
        (258, 288, None),
    ],
)
def test_what_the_model_does_not_see_is_said(
    model: Any, drawn: Any, take: Take, rows: int, columns: int, says: str | None
) -> None:
    pixels = np.full((rows, columns), drawn.pixels.min(), np.float32)
    top, left = (rows - 256) // 2, (columns - 288) // 2
    pixels[top : top + 256, left : left + 288] = drawn.pixels
    result = predict(take(pixels), model, "c").result
    assert [flag.message.partition("sees")[2] for flag in result.flags] == ([says] if says else [])
    assert result.image["measured"] == {"top": top, "bottom": top + 256, "left": left, "right": left + 288}
