"""What is measured: structures, sides, tissues, names, colours, codes and labels. Data only; imports nothing heavy.

A *structure* is an anatomical name ("gluteus_medius"); a *label* is a structure on a side, numbered as label volumes
and map stacks number it: muscles 1..36, bones 37..41, the rest of the body 42, and 0 outside the body. Channel ``c`` of
a map stack is label ``c + 1``.
"""

from dataclasses import dataclass
from enum import StrEnum


class Tissue(StrEnum):
    MUSCLE = "muscle"
    BONE = "bone"
    BODY = "body"


class Side(StrEnum):
    RIGHT = "right"
    LEFT = "left"
    MIDLINE = "midline"


class Quantity(StrEnum):
    VOLUME = "volume"
    LEAN_MASS = "lean_mass"
    LEAN_FRACTION = "lean_fraction"
    BONE_MASS = "bone_mass"


UNITS = {Quantity.VOLUME: "cm3", Quantity.LEAN_MASS: "g", Quantity.LEAN_FRACTION: "1", Quantity.BONE_MASS: "g"}


class View(StrEnum):
    """How much of a structure an AP hip radiograph holds."""

    WHOLE = "whole"
    WITHIN_VIEW = "within_view"


class CodeStatus(StrEnum):
    """How sure a SNOMED CT code is; SNOMED CT itself was not asked.

    ``two_sources``: two tables of codes that others publish name the structure by it. ``one_source``: one does, and it
    is to be checked before it goes into anybody's records. ``entire_only``: found is the code of "entire ...", where
    that of "structure of ..." is wanted.

    Which tables they were is on record for some alone: DICOM PS3.16 has femur, sacrum, left and right (a test holds
    ours to it).
    """

    TWO_SOURCES = "two_sources"
    ONE_SOURCE = "one_source"
    ENTIRE_ONLY = "entire_only"


@dataclass(frozen=True)
class Code:
    """A SNOMED CT concept."""

    value: str
    status: CodeStatus


@dataclass(frozen=True)
class Structure:
    """An anatomical structure, whichever its side."""

    name: str
    display_name: str
    tissue: Tissue
    view: View
    colour: str
    paired: bool = True
    parts: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        if self.tissue is Tissue.MUSCLE:
            return (Quantity.VOLUME, Quantity.LEAN_MASS, Quantity.LEAN_FRACTION)
        return (Quantity.VOLUME, Quantity.BONE_MASS) if self.tissue is Tissue.BONE else ()


@dataclass(frozen=True)
class Label:
    """A structure on a side, with its number in label volumes."""

    value: int
    structure: Structure
    side: Side

    @property
    def name(self) -> str:
        return self.structure.name if self.side is Side.MIDLINE else f"{self.structure.name}_{self.side}"

    @property
    def display_name(self) -> str:
        name = self.structure.display_name
        return name if self.side is Side.MIDLINE else f"{name}, {self.side}"

    @property
    def channel(self) -> int:
        return self.value - 1


def _two(value: str) -> Code:
    return Code(value, CodeStatus.TWO_SOURCES)


def _one(value: str) -> Code:
    return Code(value, CodeStatus.ONE_SOURCE)


def _entire(value: str) -> Code:
    return Code(value, CodeStatus.ENTIRE_ONLY)


def _muscle(
    name: str, view: View, colour: str, *codes: Code, parts: tuple[str, ...] = (), title: str = ""
) -> Structure:
    display = title or name.replace("_", " ").capitalize()
    return Structure(name, display, Tissue.MUSCLE, view, colour, parts=parts or (name,), codes=codes)


def _bone(name: str, view: View, colour: str, *codes: Code, paired: bool = True) -> Structure:
    display = name.replace("_", " ").capitalize()
    return Structure(name, display, Tissue.BONE, view, colour, paired=paired, parts=(name,), codes=codes)


_W, _V = View.WHOLE, View.WITHIN_VIEW

MUSCLES: tuple[Structure, ...] = (
    _muscle("gluteus_maximus", _W, "#c0392b", _two("206007")),
    _muscle("gluteus_medius", _W, "#e67e22", _two("78333006")),
    _muscle("gluteus_minimus", _W, "#f1c40f", _two("75297007")),
    _muscle("iliacus", _W, "#27ae60", _entire("244956009")),
    _muscle("psoas_major", _V, "#16a085", _one("57240007")),
    _muscle("piriformis", _W, "#2980b9", _one("75699001")),
    _muscle("obturator_internus", _W, "#8e44ad", _one("82115007")),
    _muscle("obturator_externus", _W, "#d35d9e", _entire("245026009")),
    _muscle("quadratus_femoris", _W, "#7f8c3a", _entire("245020003")),
    _muscle("pectineus", _W, "#48c9b0", _entire("245017006")),
    _muscle(
        "adductors",
        _V,
        "#5dade2",
        _entire("181686003"),
        _entire("181687007"),
        _entire("181688002"),
        parts=("adductor_longus", "adductor_brevis", "adductor_magnus"),
    ),
    _muscle("gracilis", _V, "#a569bd", _entire("181689005")),
    _muscle("tensor_fasciae_latae", _W, "#f5b041", _entire("181671009")),
    _muscle("sartorius", _V, "#ec7063", _one("12595009")),
    _muscle("rectus_femoris", _V, "#52be80", _two("72226001")),
    _muscle(
        "vastus_lateralis",
        _V,
        "#1f8a70",
        _two("1403006"),
        _entire("181682001"),
        parts=("vastus_lateralis", "vastus_intermedius"),
        title="Vastus lateralis with intermedius",
    ),
    _muscle("vastus_medialis", _V, "#6c8ebf", _one("3478008")),
    _muscle(
        "hamstrings",
        _V,
        "#af601a",
        _two("128511007"),
        parts=("biceps_femoris", "semitendinosus", "semimembranosus"),
    ),
)

BONES: tuple[Structure, ...] = (
    # No code: those at hand are of the ilium alone (22356005) and of the bony pelvis (118645006), not of the hip bone.
    _bone("hip_bone", _W, "#d7ccb8"),
    _bone("femur", _V, "#b9c7d6", _two("71341001")),
    _bone("sacrum", _W, "#cdb7d6", _two("54735007"), paired=False),
)

REST = Structure("rest_of_body", "Rest of the body", Tissue.BODY, View.WITHIN_VIEW, "#9e9e9e", paired=False)

STRUCTURES: tuple[Structure, ...] = (*MUSCLES, *BONES)
BY_NAME: dict[str, Structure] = {structure.name: structure for structure in (*STRUCTURES, REST)}

LATERALITY_CODES = {Side.LEFT: "7771000", Side.RIGHT: "24028007"}


def _number() -> tuple[Label, ...]:
    sided = [
        (structure, side)
        for structure in STRUCTURES
        for side in ((Side.RIGHT, Side.LEFT) if structure.paired else (Side.MIDLINE,))
    ]
    sided.append((REST, Side.MIDLINE))
    return tuple(Label(value, structure, side) for value, (structure, side) in enumerate(sided, start=1))


OUTSIDE = 0
LABELS: tuple[Label, ...] = _number()
LABEL_BY_NAME: dict[str, Label] = {label.name: label for label in LABELS}
MUSCLE_LABELS = tuple(label for label in LABELS if label.structure.tissue is Tissue.MUSCLE)
BONE_LABELS = tuple(label for label in LABELS if label.structure.tissue is Tissue.BONE)
MEASURED_LABELS = (*MUSCLE_LABELS, *BONE_LABELS)
REST_LABEL = LABEL_BY_NAME["rest_of_body"]

PELVIS = "pelvis"
PELVIS_PARTS = ("hip_bone_right", "hip_bone_left", "sacrum")
"""The pelvis is derived: both hip bones and the sacrum added up."""
PELVIS_QUANTITIES = (Quantity.VOLUME, Quantity.BONE_MASS)

_OPPOSITE = {Side.RIGHT: Side.LEFT, Side.LEFT: Side.RIGHT, Side.MIDLINE: Side.MIDLINE}


def opposite(label: Label) -> Label:
    """The same structure on the other side of the body; a midline structure is its own opposite."""
    return next(other for other in LABELS if other.structure is label.structure and other.side is _OPPOSITE[label.side])


MIRRORED_CHANNELS: tuple[int, ...] = tuple(opposite(label).channel for label in LABELS)
"""Channel ``c`` of a mirrored patient is channel ``MIRRORED_CHANNELS[c]`` of the patient."""
