"""The rows of the ablation as data: what each minimises. Imports no torch.

Every row is made from another (`PARENT`) by changing one thing, which its line says. Starting weights are those that
the method's own group uses for images (L1 100, LSGAN 1, feature matching 10, gradient correlation 1), brought into our
units: theirs is a mean over all pixels, of which a structure covers about a twentieth, ours an error relative to the
structure's sum, so 100 of theirs are about 5 of ours. What validates better may replace them.
"""

from dataclasses import dataclass
from dataclasses import replace
from enum import StrEnum

from mskdex.model.head import Head


class Row(StrEnum):
    R0 = "R0"
    """Control without a network: sizes read off the radiograph."""
    R1 = "R1"
    """R0 with sex, age, height and weight."""
    A = "A"
    """Conventional: a CycleGAN between radiographs and maps of other patients."""
    A_OWIS = "A+OWIS"
    B = "B"
    C = "C"
    """MSKdeX, re-implemented from the published description."""
    D_UNJUDGED = "D-unjudged"
    D_CONDITIONED = "D-conditioned"
    D_RECOMPOSITION = "D-recomposition"
    D_LEANHEAD = "D-leanhead"
    D_PRETRAINED = "D-pretrained"
    U_STORED = "U-stored"
    """Pixel-wise pairs in the radiograph's own pose, of the bodies and exposures that the other rows see."""
    D_CARRIED = "D-carried"
    """Such pairs; but the CT, its muscles carried along with its registered bones, stands in for the truth."""
    D_CARRIED_DEFORMED = "D-carried+deformed"
    D_CARRIED_PRETRAINED = "D-carried+pretrained"
    D_CARRIED_PRETRAINED_DEFORMED = "D-carried+pretrained+deformed"
    U_EXPOSED = "U-exposed"
    """Such pairs, and at each step exposed anew, as only virtual bodies can be."""
    U = "U"
    """Paired reference: such pairs, and at each step bodies deformed and exposed anew."""


class Pairs(StrEnum):
    """Which maps are the pixel-wise partners of a radiograph."""

    TRUTH = "truth"
    """In the radiograph's own pose, as only virtual patients have it."""
    REGISTERED_CT = "registered CT"
    """What a hospital has: bones where a registration puts them, all else as they carry it along."""


@dataclass(frozen=True)
class Translation:
    """How maps are made to look like maps of somebody's CT, without a pixel-wise partner.

    Attributes:
        conditioned: Whether the discriminator of maps sees the radiograph too. It then judges whether maps may be
            those of this patient, and real ones are the same patient's, as he lay in the CT. Else real maps are those
            of any other patient.
        adversarial: Weight of the discriminators' verdicts (least squares); with 0 they learn, and nobody listens.
        feature_matching: Of the discriminator's average features.
        cycle: Of the absolute error after there and back: greys of the radiograph, and maps in units of the
            structure's typical sum. 0: there is no way back, nor a discriminator of radiographs.
        cycle_gradient_correlation: Of one less the gradient correlation of the radiograph after there and back.
    """

    conditioned: bool
    adversarial: float = 1.0
    feature_matching: float = 0.0
    cycle: float = 0.0
    cycle_gradient_correlation: float = 0.0


CYCLE = Translation(conditioned=False, cycle=10.0, cycle_gradient_correlation=1.0)
"""Ten times the adversary, as in CycleGAN (Zhu, ICCV 2017; without its history of made images); gradient correlation as
Nakanishi (Sci Rep 2023) has it."""
ONE_WAY = Translation(conditioned=False)
CONDITIONED = Translation(conditioned=True, feature_matching=10.0)
"""Maps are tied to the radiograph by a discriminator that sees both. Its real maps are the patient's own, in another
pose: what it learns to ask for is not aligned with the radiograph either."""


@dataclass(frozen=True)
class Recipe:
    """What a row minimises; weights of 0 are terms that the row does not have.

    Attributes:
        head: How the generator answers.
        translation: Of rows without pixel-wise partners but for the bones. A row has this or ``pairs``.
        pairs: The partners of rows that have one for every pixel.
        exposed: Whether radiographs of pairs are taken anew at each step where the attenuation is known, which only
            virtual patients have; else they are seen as they are stored.
        deformed: Whether pairs are deformed at each step.
        maps: Weight of the pixel-wise error of every map against its partner.
        density: Of the error of each structure's mass per volume, against the same.
        owis: Of the sums. With a translation they are compared with the 3-D sums of the CT, for structures that lie
            wholly in view; else with the sums of the partners.
        bone: Of the pixel-wise error of the bones that were registered to the radiograph.
        bone_gradient_correlation: Of one less their gradient correlation.
        recomposition: Of the disagreement of the parts, weighted by attenuation, with the radiograph.
        pretrained: Whether training must begin with another run's weights.
        learning_rate: Peak, where the settings name none.
        judges_rate: Of the discriminators, as a share of the generators'; ours: at the same rate they win at once.
        momenta: AdamW's.
        muon: Muon's rate for the generator's filters, as a multiple of AdamW's; 0: AdamW moves them too. The published
            method has no Muon: in every row it is ours.
    """

    head: Head = Head.PLAIN
    translation: Translation | None = None
    pairs: Pairs | None = None
    exposed: bool = False
    deformed: bool = False
    maps: float = 0.0
    density: float = 0.0
    owis: float = 0.0
    bone: float = 0.0
    bone_gradient_correlation: float = 0.0
    recomposition: float = 0.0
    pretrained: bool = False
    learning_rate: float = 1e-3
    judges_rate: float = 0.1
    momenta: tuple[float, float] = (0.5, 0.999)
    muon: float = 20.0


_A = Recipe(translation=CYCLE)
_A_OWIS = replace(_A, owis=5.0)
_B = replace(_A_OWIS, translation=ONE_WAY)
_C = replace(_B, bone=5.0, bone_gradient_correlation=1.0)
_UNJUDGED = replace(_C, translation=replace(ONE_WAY, adversarial=0.0))
_CONDITIONED = replace(_C, translation=CONDITIONED)
_RECOMPOSITION = replace(_C, recomposition=1.0)
_LEANHEAD = replace(_C, head=Head.LEAN)
_PAIRED = Recipe(
    Head.LEAN, pairs=Pairs.TRUTH, maps=1.0, density=1.0, owis=1.0, learning_rate=1.5e-3, momenta=(0.9, 0.999)
)
_EXPOSED = replace(_PAIRED, exposed=True)
_CARRIED = replace(_PAIRED, pairs=Pairs.REGISTERED_CT)

RECIPES: dict[Row, Recipe] = {
    Row.A: _A,
    Row.A_OWIS: _A_OWIS,
    Row.B: _B,
    Row.C: _C,
    Row.D_UNJUDGED: _UNJUDGED,
    Row.D_CONDITIONED: _CONDITIONED,
    Row.D_RECOMPOSITION: _RECOMPOSITION,
    Row.D_LEANHEAD: _LEANHEAD,
    # Pairs are learnt by row U, whose head is the lean one: this row is beside D-leanhead, not beside C.
    Row.D_PRETRAINED: replace(_LEANHEAD, pretrained=True),
    Row.U_STORED: _PAIRED,
    Row.D_CARRIED: _CARRIED,
    Row.D_CARRIED_DEFORMED: replace(_CARRIED, deformed=True),
    Row.D_CARRIED_PRETRAINED: replace(_CARRIED, pretrained=True),
    Row.D_CARRIED_PRETRAINED_DEFORMED: replace(_CARRIED, pretrained=True, deformed=True),
    Row.U_EXPOSED: _EXPOSED,
    Row.U: replace(_EXPOSED, deformed=True),
}
"""Every row that has a network."""

PARENT: dict[Row, Row] = {
    Row.A_OWIS: Row.A,
    Row.B: Row.A_OWIS,
    Row.C: Row.B,
    Row.D_UNJUDGED: Row.C,
    Row.D_CONDITIONED: Row.C,
    Row.D_RECOMPOSITION: Row.C,
    Row.D_LEANHEAD: Row.C,
    Row.D_PRETRAINED: Row.D_LEANHEAD,
    Row.D_CARRIED: Row.U_STORED,
    Row.D_CARRIED_DEFORMED: Row.D_CARRIED,
    Row.D_CARRIED_PRETRAINED: Row.D_CARRIED,
    Row.D_CARRIED_PRETRAINED_DEFORMED: Row.D_CARRIED_PRETRAINED,
    Row.U_EXPOSED: Row.U_STORED,
    Row.U: Row.U_EXPOSED,
}
"""The row that each is to be compared with."""
