"""What the network is asked and what it should answer belong together, wherever the window lies."""

from dataclasses import replace

import numpy as np
import pytest

from mskdex.anatomy import LABELS
from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import Split
from mskdex.cohort import Subject
from mskdex.model.person import PersonFacts
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.training.examples import mirrored
from mskdex.training.examples import presented_anew
from mskdex.training.examples import random_example
from mskdex.training.examples import stored_example
from mskdex.training.examples import visible_share

SUBJECT = Subject("one", "builtin-f-01", Split.TRAIN, seed=0)
CANVAS = Canvas()


def _arrays(rows: slice = slice(None), columns: slice = slice(None), *, virtual: bool = True) -> Arrays:
    """A patient of one bright square in every map, exposed in a rectangle."""
    fine = np.full((144, 160), 1.0, np.float16)
    fine[56:88, 64:96] = 4
    square = np.zeros((72, 80), np.float16)
    square[28:44, 32:48] = 1
    field = np.zeros((144, 160), bool)
    field[rows, columns] = True
    return Arrays(
        radiograph=fine / 4,
        field=field,
        thickness_cm=square * np.arange(1, 43, dtype=np.float16)[:, None, None],
        mass_g_per_cm2=square * np.arange(1, 42, dtype=np.float16)[:, None, None],
        whole_volume_cm3=np.ones(41, np.float32),
        whole_mass_g=np.ones(41, np.float32),
        attenuation=fine if virtual else None,
    )


def test_the_grid_lies_in_the_middle_of_the_field() -> None:
    example = stored_example(SUBJECT, _arrays())
    assert example.radiograph.shape == (2, 128, 144)
    assert example.thickness_cm.shape == (42, 64, 72)
    rows, columns = np.nonzero(example.thickness_cm[0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (24, 39, 28, 43)


def test_image_and_maps_are_cut_alike() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        example = random_example(SUBJECT, _arrays(virtual=False), CANVAS, rng, deform=False)
        bright = example.radiograph[0] > 0
        np.testing.assert_array_equal(bright[::2, ::2], example.thickness_cm.max(0) > 0)


def test_truth_ends_where_the_field_ends() -> None:
    arrays = _arrays(rows=slice(20, 73))
    example = stored_example(SUBJECT, arrays)
    # The square's rows 56..87 are exposed up to 72: 17 of 32.
    assert example.thickness_cm[0].sum() == pytest.approx(16 * 16 * 17 / 32)
    # The network is told what prediction would know: a black border beside black air is not seen.
    assert example.radiograph[1].sum() == 128 * 144


def test_share_of_a_map_pixel() -> None:
    field = np.zeros((4, 4), bool)
    field[:, :3] = True
    np.testing.assert_array_equal(visible_share(field, 2), [[1, 0.5], [1, 0.5]])


def test_mirroring_twice_changes_nothing() -> None:
    example = stored_example(SUBJECT, _arrays(columns=slice(3, 99)))
    again = mirrored(mirrored(example))
    for name, array in vars(example).items():
        np.testing.assert_array_equal(getattr(again, name), array)


def test_mirroring_exchanges_sides() -> None:
    example = replace(stored_example(SUBJECT, _arrays()), weight=np.arange(42, dtype=np.float32))
    other = mirrored(example)
    right, left = (
        next(label.channel for label in LABELS if label.name == f"femur_{side}") for side in ("right", "left")
    )
    np.testing.assert_array_equal(other.thickness_cm[right], example.thickness_cm[left][:, ::-1])
    assert other.weight[right] == left
    assert other.weight[41] == 41


def test_implanted_sides_are_not_learnt() -> None:
    example = stored_example(replace(SUBJECT, unmeasured=("femur_left",)), _arrays())
    assert [label.name for label in LABELS if example.weight[label.channel] == 0] == ["femur_left"]


def test_equal_seeds_give_equal_examples() -> None:
    first, second = (random_example(SUBJECT, _arrays(), CANVAS, np.random.default_rng(3)) for _ in range(2))
    other = random_example(SUBJECT, _arrays(), CANVAS, np.random.default_rng(4))
    np.testing.assert_array_equal(first.radiograph, second.radiograph)
    assert not np.array_equal(first.radiograph, other.radiograph)


def test_random_windows_reach_every_margin() -> None:
    rng = np.random.default_rng(0)
    seen = [random_example(SUBJECT, _arrays(virtual=False), CANVAS, rng, deform=False) for _ in range(60)]
    first_rows = {int(np.flatnonzero(example.thickness_cm[0].any(1))[0]) for example in seen}
    assert first_rows == set(range(20, 29))


def test_another_presentation_keeps_the_order_of_greys() -> None:
    pixels = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    field = np.ones((20, 20), bool)
    seen = [presented_anew(pixels, field, np.random.default_rng(seed)) for seed in range(5)]
    for each in seen:
        assert (np.diff(each.ravel()) >= 0).all()
        assert len(np.unique(each)) > 350
    assert not np.array_equal(seen[0], seen[1])


FACTS = {"sex": "female", "age_years": 70.0, "height_cm": 160.0, "weight_kg": 60.0}
KNOWN = replace(SUBJECT, person=FACTS, camera={"sdd_mm": 1200.0, "table_detector_mm": 75.0})


HEIGHT, PERSON_KNOWN, SDD, SETUP_KNOWN = 2, 4, 5, 7


def test_half_of_the_examples_tell_of_the_person_and_half_of_the_setup() -> None:
    told = np.array([random_example(KNOWN, _arrays(), CANVAS, np.random.default_rng(n)).told for n in range(80)])
    person, setup = told[:, PERSON_KNOWN], told[:, SETUP_KNOWN]
    assert 24 <= person.sum() <= 56
    assert 24 <= setup.sum() <= 56
    assert 8 <= (person * setup).sum() <= 32
    assert not any(random_example(SUBJECT, _arrays(), CANVAS, np.random.default_rng(n)).told.any() for n in range(9))


def test_a_patient_drawn_larger_is_said_to_be_larger() -> None:
    heights = [
        example.told[HEIGHT]
        for example in (random_example(KNOWN, _arrays(), CANVAS, np.random.default_rng(n)) for n in range(20))
        if example.told[PERSON_KNOWN]
    ]
    unchanged = Told(PersonFacts.of(FACTS)).vector()[HEIGHT]
    assert min(heights) < unchanged < max(heights)


def test_a_picture_drawn_larger_is_said_to_be_of_a_larger_setup() -> None:
    told = np.array([random_example(KNOWN, _arrays(), CANVAS, np.random.default_rng(n)).told for n in range(40)])
    height, sdd = told[told[:, PERSON_KNOWN] * told[:, SETUP_KNOWN] == 1][:, [HEIGHT, SDD]].T
    assert np.ptp(sdd) > 0.1
    assert np.corrcoef(height, sdd)[0, 1] > 0.999


def test_what_is_stored_is_told_only_where_it_is_asked_for() -> None:
    assert not stored_example(KNOWN, _arrays()).told.any()
    told = stored_example(KNOWN, _arrays(), knowing=Knowing.PERSON)
    np.testing.assert_array_equal(told.told, Told(PersonFacts.of(FACTS)).vector())
    np.testing.assert_array_equal(mirrored(told).told, told.told)
    assert stored_example(KNOWN, _arrays(), knowing=Knowing.SETUP).told[SETUP_KNOWN] == 1
    with pytest.raises(ValueError, match="does not say what is to be known: setup"):
        stored_example(replace(KNOWN, camera={}), _arrays(), knowing=Knowing.SETUP)
