"""Label schemes: what they hold, what they refuse, and that a mapped volume loses and invents nothing."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.errors import StudyError
from mskdex.errors import UsageError
from mskdex.schemes import SCHEMES
from mskdex.schemes import LabelScheme
from mskdex.schemes import get_scheme
from mskdex.schemes import read_scheme
from mskdex.schemes.mapping import map_labels

OWN = {
    "schema": 1,
    "name": "ward-3",
    "source": "drawn by hand",
    "codes": {"1": ["femur_right"], "2": ["iliacus_right", "psoas_major_right"], "3": [], "9": ["femur_right"]},
    "inexact": ["femur_right"],
}


def names(labels: Any) -> set[str]:
    return {label.name for label in labels}


def write(folder: Path, document: Any) -> Path:
    path = folder / "scheme.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def volume_of(*codes: float, dtype: Any = np.int16) -> np.ndarray:
    return np.array(codes, dtype).reshape(-1, 1, 1)


# Ids read by hand from the authors' tables (TotalSegmentator 2.18.0, MuscleMap 2.0), not from our own.
PUBLISHED = [
    ("totalsegmentator", 25, {"sacrum"}),
    ("totalsegmentator", 26, {"sacrum"}),
    ("totalsegmentator", 75, {"femur_left"}),
    ("totalsegmentator", 76, {"femur_right"}),
    ("totalsegmentator", 77, {"hip_bone_left"}),
    ("totalsegmentator", 80, {"gluteus_maximus_left"}),
    ("totalsegmentator", 83, {"gluteus_medius_right"}),
    ("totalsegmentator", 84, {"gluteus_minimus_left"}),
    ("totalsegmentator", 88, {"iliacus_left", "psoas_major_left"}),
    ("totalsegmentator", 89, {"iliacus_right", "psoas_major_right"}),
    ("totalsegmentator", 86, set()),
    ("totalsegmentator", 117, set()),
    ("musclemap", 5121, {"psoas_major_left"}),
    ("musclemap", 6102, {"gluteus_minimus_right"}),
    ("musclemap", 6112, {"gluteus_medius_right"}),
    ("musclemap", 6121, {"gluteus_maximus_left"}),
    ("musclemap", 6132, {"tensor_fasciae_latae_right"}),
    ("musclemap", 6141, {"iliacus_left"}),
    ("musclemap", 6160, {"sacrum"}),
    ("musclemap", 6172, {"femur_right"}),
    ("musclemap", 6182, {"piriformis_right"}),
    ("musclemap", 6191, {"pectineus_left"}),
    ("musclemap", 6202, {"obturator_internus_right"}),
    ("musclemap", 6211, {"obturator_externus_left"}),
    ("musclemap", 6222, {"quadratus_femoris_right"}),
    ("musclemap", 7101, {"vastus_lateralis_left"}),
    ("musclemap", 7111, {"vastus_lateralis_left"}),
    ("musclemap", 7122, {"vastus_medialis_right"}),
    ("musclemap", 7131, {"rectus_femoris_left"}),
    ("musclemap", 7142, {"sartorius_right"}),
    ("musclemap", 7152, {"gracilis_right"}),
    ("musclemap", 7162, {"hamstrings_right"}),
    ("musclemap", 7191, {"hamstrings_left"}),
    ("musclemap", 7201, {"adductors_left"}),
    ("musclemap", 7222, {"adductors_right"}),
    ("musclemap", 7231, set()),
    ("musclemap", 8222, set()),
]


@pytest.mark.parametrize(("scheme", "code", "expected"), PUBLISHED)
def test_ids_mean_what_their_authors_publish(scheme: str, code: int, expected: set[str]) -> None:
    assert set(get_scheme(scheme).codes[code]) == expected


@pytest.mark.parametrize(("scheme", "count"), [("totalsegmentator", 117), ("musclemap", 113)])
def test_schemes_hold_as_many_ids_as_their_authors_count(scheme: str, count: int) -> None:
    assert len(get_scheme(scheme).codes) == count


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.name)
def test_schemes_treat_both_sides_alike(scheme: LabelScheme) -> None:
    for kind in ("measured", "missing", "masked"):
        sides: dict[str, set[str]] = {"right": set(), "left": set()}
        for label in getattr(scheme, kind):
            if label.structure.paired:
                sides[str(label.side)].add(label.structure.name)
        assert sides["right"] == sides["left"]


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.name)
def test_every_structure_is_measured_or_masked_never_both(scheme: LabelScheme) -> None:
    measured, masked = names(scheme.measured), names(scheme.masked)
    assert not measured & masked
    assert measured | masked >= names(MEASURED_LABELS)


def test_totalsegmentator_merges_iliopsoas_and_lacks_the_thigh() -> None:
    scheme = get_scheme("totalsegmentator")
    assert [names(group) for group in scheme.merged] == [
        {"iliacus_right", "psoas_major_right"},
        {"iliacus_left", "psoas_major_left"},
    ]
    assert {"adductors_left", "sartorius_right", "piriformis_left"} <= names(scheme.missing)
    assert names(scheme.measured) >= {"gluteus_minimus_right", "hip_bone_left", "sacrum"}
    assert {"iliacus_right", "rest_of_body"} <= names(scheme.masked)


def test_musclemap_lacks_nothing_but_holds_two_structures_inexactly() -> None:
    scheme = get_scheme("musclemap")
    assert scheme.missing == ()
    assert scheme.merged == ()
    inexact = {f"{name}_{side}" for name in ("hip_bone", "quadratus_femoris") for side in ("left", "right")}
    assert names(scheme.masked) == {*inexact, "rest_of_body"}


def test_a_scheme_that_only_merges_leaves_the_rest_of_the_body_known() -> None:
    codes = {label.value: (label.name,) for label in MEASURED_LABELS}
    assert LabelScheme("ours", "test", codes).masked == ()
    group = ("iliacus_left", "psoas_major_left")
    merging = LabelScheme(
        "merging", "test", {code: group if held[0] in group else held for code, held in codes.items()}
    )
    assert names(merging.masked) == set(group)


def test_own_scheme_is_read_and_travels_to_worker_processes(tmp_path: Path) -> None:
    scheme = get_scheme(write(tmp_path, OWN))
    assert scheme.codes == {1: ("femur_right",), 2: ("iliacus_right", "psoas_major_right"), 3: (), 9: ("femur_right",)}
    assert scheme.measured == ()  # the femur is inexact, the others are merged
    assert pickle.loads(pickle.dumps(scheme)) == scheme


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in OWN.items() if name != key}


REFUSED = [
    ("{", "not valid JSON"),
    ("[]", "must be an object"),
    ("[" * 100_000, "not valid JSON"),
    (without("source"), "lacks source"),
    ({**OWN, "colour": "red"}, "unknown entries: colour"),
    ({**OWN, "schema": 2}, "schema 2"),
    ({**OWN, "schema": True}, "schema True"),
    ({**OWN, "name": " "}, "needs a name"),
    ({**OWN, "codes": {}}, "must have codes"),
    ({**OWN, "codes": {"01": []}}, "'01'"),
    ({**OWN, "codes": {"-1": []}}, "'-1'"),
    ({**OWN, "codes": {"": []}}, "whole numbers"),
    ({**OWN, "codes": {"٣": []}}, "whole numbers"),
    ({**OWN, "codes": {"0": []}}, "0 is outside"),
    ({**OWN, "codes": {"70000": []}}, "70000"),
    ({**OWN, "codes": {"9" * 5000: []}}, "whole numbers"),
    ({**OWN, "codes": {"1": "femur_right"}}, "list of label names for code 1"),
    ({**OWN, "codes": {"1": [3]}}, "list of label names for code 1"),
    ({**OWN, "codes": {"1": ["femur"]}}, "did you mean femur_"),
    ({**OWN, "codes": {"1": ["xyz"]}}, "none of our labels"),
    ({**OWN, "codes": {"1": ["rest_of_body"]}}, r"write \[\]"),
    ({**OWN, "codes": {"1": ["sacrum", "sacrum"]}}, "twice"),
    ({**OWN, "codes": {"1": ["sacrum"], "2": ["sacrum", "femur_left"]}}, "holds sacrum in code 1"),
    ({**OWN, "inexact": ["sacrum"]}, "sacrum inexact"),
    ('{"schema": 1, "name": "a", "source": "b", "codes": {"1": ["sacrum"], "1": []}}', "'1' twice"),
]


@pytest.mark.parametrize(("document", "message"), REFUSED)
def test_own_scheme_is_refused_with_the_file_and_the_reason(tmp_path: Path, document: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        read_scheme(write(tmp_path, document))
    assert "scheme.json" in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_unknown_names_and_absent_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="musclemap, totalsegmentator"):
        get_scheme("totalsegmenter")
    with pytest.raises(UsageError, match=r"nowhere\.json"):
        get_scheme(tmp_path / "nowhere.json")


def test_mapping_numbers_ours_the_rest_and_the_merged_apart() -> None:
    mapped = map_labels(volume_of(0, 76, 1, 89, 88, 26), get_scheme("totalsegmentator"))
    femur, sacrum = LABEL_BY_NAME["femur_right"].value, LABEL_BY_NAME["sacrum"].value
    assert mapped.labels.ravel().tolist() == [0, femur, 42, 43, 44, sacrum]
    assert names(mapped.merged[43]) == {"iliacus_right", "psoas_major_right"}
    assert mapped.n_labels == 44
    assert "femur_left" in names(mapped.absent)
    assert not names(mapped.absent) & {"femur_right", "iliacus_left", "sacrum", "adductors_left", "rest_of_body"}


@settings(deadline=None, max_examples=30)
@given(hnp.arrays(np.int32, (4, 3, 2), elements=st.sampled_from([0, 6160, *get_scheme("musclemap").codes])))
def test_mapping_goes_voxel_by_voxel_whatever_the_dtype_and_order(volume: np.ndarray) -> None:
    volume[0, 0, 0] = 6172
    scheme = get_scheme("musclemap")
    expected = np.array([[[scheme.value_of(c) if c else 0 for c in row] for row in plane] for plane in volume])
    for foreign in (volume, volume.astype(">f8"), np.asfortranarray(volume, np.uint16), volume + 9e-4):
        assert np.array_equal(map_labels(foreign, scheme).labels, expected)


def test_our_own_numbering_maps_to_itself() -> None:
    scheme = LabelScheme("ours", "test", {label.value: (label.name,) for label in MEASURED_LABELS} | {42: ()})
    volume = np.arange(len(LABELS) + 1, dtype=np.uint8).reshape(1, 1, -1)
    assert np.array_equal(map_labels(volume, scheme).labels, volume)


@pytest.mark.parametrize(
    ("volume", "code", "message"),
    [
        (np.zeros((2, 2), np.uint8), "labels_shape", "three dimensions"),
        (np.zeros((2, 2, 2), np.complex64), "labels_shape", "complex64"),
        (volume_of(76.002, dtype=float), "labels_not_whole", r"76\.002"),
        (volume_of(np.nan, dtype=float), "labels_not_whole", "nan"),
        (volume_of(-np.inf, dtype=float), "labels_not_whole", "inf"),
        (volume_of(76, 118, 118), "labels_unknown", r"118 +2"),
        (volume_of(76, -1), "labels_unknown", r"-1 +1"),
        (volume_of(76, 2**40, dtype=np.int64), "labels_unknown", "1099511627776"),
        (volume_of(*range(200, 230)), "labels_unknown", "and 18 more"),
        (volume_of(0, 0), "labels_empty", "none of our structures"),
        (volume_of(0, 5), "labels_empty", "none of our structures"),
        (np.zeros((0, 3, 0), np.uint8), "labels_empty", "none of our structures"),
    ],
)
def test_volumes_that_do_not_fit_are_refused(volume: np.ndarray, code: str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as refusal:
        map_labels(volume, get_scheme("totalsegmentator"))
    assert refusal.value.code == code
