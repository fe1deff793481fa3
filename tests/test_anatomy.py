"""The vocabulary keeps its promises: numbers, sides, mirrors, codes, and that it costs nothing to import."""

import re
import subprocess
import sys
from typing import Any

import pytest
from pydicom.sr.codedict import codes

from mskdex import anatomy
from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import LATERALITY_CODES
from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import STRUCTURES
from mskdex.anatomy import CodeStatus
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.anatomy import Structure
from mskdex.anatomy import Tissue
from mskdex.anatomy import View
from mskdex.anatomy import opposite

every_structure = pytest.mark.parametrize("structure", STRUCTURES, ids=lambda structure: structure.name)


def test_labels_are_numbered_as_documented() -> None:
    assert [label.value for label in LABELS] == list(range(1, 43))
    assert [label.channel for label in LABELS] == list(range(42))
    assert [label.value for label in MUSCLE_LABELS] == list(range(1, 37))
    assert [label.value for label in BONE_LABELS] == list(range(37, 42))
    assert anatomy.REST_LABEL.value == 42
    assert (*MEASURED_LABELS, anatomy.REST_LABEL) == LABELS


def test_some_numbers_that_files_on_disk_rely_on() -> None:
    known = {1: "gluteus_maximus_right", 2: "gluteus_maximus_left", 36: "hamstrings_left", 37: "hip_bone_right"}
    known |= {39: "femur_right", 40: "femur_left", 41: "sacrum", 42: "rest_of_body"}
    assert {value: LABELS[value - 1].name for value in known} == known


def test_names_find_their_labels_and_none_is_given_twice() -> None:
    assert len(anatomy.LABEL_BY_NAME) == len(LABELS)
    assert all(anatomy.LABEL_BY_NAME[label.name] is label for label in LABELS)
    assert len({label.display_name for label in LABELS}) == len(LABELS)
    assert set(anatomy.PELVIS_PARTS) <= anatomy.LABEL_BY_NAME.keys()


def test_mirroring_twice_changes_nothing() -> None:
    assert sorted(MIRRORED_CHANNELS) == list(range(len(LABELS)))
    assert [MIRRORED_CHANNELS[channel] for channel in MIRRORED_CHANNELS] == list(range(len(LABELS)))


def test_mirroring_swaps_sides_and_keeps_structures() -> None:
    for label in LABELS:
        other = opposite(label)
        assert other.structure is label.structure
        assert (other is label) == (label.side is Side.MIDLINE) == (not label.structure.paired)
        assert MIRRORED_CHANNELS[label.channel] == other.channel


@every_structure
def test_every_structure_is_fully_described(structure: Structure) -> None:
    assert structure.parts
    assert re.fullmatch(r"#[0-9a-f]{6}", structure.colour)
    assert structure.display_name[0].isupper()
    assert "_" not in structure.display_name
    mass = Quantity.LEAN_MASS if structure.tissue is Tissue.MUSCLE else Quantity.BONE_MASS
    assert structure.quantities[:2] == (Quantity.VOLUME, mass)
    assert all(quantity in anatomy.UNITS for quantity in structure.quantities)


@pytest.mark.parametrize("what", ["colour", "name", "display_name"])
def test_no_two_structures_share(what: str) -> None:
    values = [getattr(structure, what) for structure in (*STRUCTURES, anatomy.REST)]
    assert len(set(values)) == len(values)


def test_no_part_belongs_to_two_structures() -> None:
    parts = [part for structure in STRUCTURES for part in structure.parts]
    assert len(set(parts)) == len(parts)


def test_muscles_that_run_into_the_thigh_are_marked_as_within_view() -> None:
    cut = {structure.name for structure in anatomy.MUSCLES if structure.view is View.WITHIN_VIEW}
    thigh = {
        "adductors",
        "gracilis",
        "sartorius",
        "rectus_femoris",
        "vastus_lateralis",
        "vastus_medialis",
        "hamstrings",
    }
    assert cut == {"psoas_major", *thigh}


CODES = [(structure.name, code) for structure in STRUCTURES for code in structure.codes]


@pytest.mark.parametrize(("name", "code"), CODES, ids=lambda value: str(value))
def test_codes_are_snomed_identifiers_with_a_status(name: str, code: anatomy.Code) -> None:
    assert isinstance(code.status, CodeStatus)
    assert re.fullmatch(r"[1-9]\d{5,17}", code.value)
    assert verhoeff(code.value) == 0, f"{name}: the check digit of {code.value} is wrong"
    assert code.value[-3:-1] == "00", "a concept of the international release has partition 00"


def test_no_code_is_given_twice_and_every_muscle_has_one() -> None:
    values = [code.value for _, code in CODES] + list(anatomy.LATERALITY_CODES.values())
    assert len(set(values)) == len(values)
    assert [structure.name for structure in STRUCTURES if not structure.codes] == ["hip_bone"]
    assert all(structure.codes for structure in anatomy.MUSCLES)


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        (BY_NAME["femur"].codes[0].value, codes.SCT.Femur),
        (BY_NAME["sacrum"].codes[0].value, codes.SCT.Sacrum),
        (LATERALITY_CODES[Side.LEFT], codes.SCT.Left),
        (LATERALITY_CODES[Side.RIGHT], codes.SCT.Right),
    ],
    ids=lambda value: str(getattr(value, "meaning", "")),
)
def test_codes_that_dicom_has_are_dicoms(code: str, concept: Any) -> None:
    """PS3.16, as pydicom lists it."""
    assert concept.value == code


def verhoeff(number: str) -> int:
    """The check digit that every SNOMED CT identifier carries (Verhoeff 1969): 0 where it fits."""

    def times(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
        return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5

    turn = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for place, character in enumerate(reversed(number)):
        digit = int(character)
        for _ in range(place % 8):
            digit = turn[digit]
        check = times(check, digit)
    return check


def test_the_check_digit_itself_is_checked() -> None:
    assert verhoeff("2363") == 0  # 236 with its check digit 3, the usual example
    assert verhoeff("2364") != 0


@pytest.mark.parametrize("module", ["mskdex.anatomy", "mskdex.errors", "mskdex.result", "mskdex.schemes"])
def test_the_vocabulary_loads_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert not {"numpy", "scipy", "torch", "numba", "pydicom", "pydantic", "PIL"} & set(loaded.stdout.split())
