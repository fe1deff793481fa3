"""The schemes of the programs whose labels people have.

Sources, as their authors publish them:

- **TotalSegmentator** 2.18.0 (August 2026), class map of the task ``total``. Version 1 used the same range of ids for
  other structures, so a volume of version 1 cannot be recognised by its ids: check the version that wrote it.
- **MuscleMap** 2.0 (August 2026), label table of its whole-body model 1.4. The ids of hip and thigh are those of the
  models since 1.2; 1.0 and 1.1 lacked the deep hip muscles, and the legacy regional models number from 1.
"""

from mskdex.anatomy import Side
from mskdex.schemes.scheme import LabelScheme

_BOTH = (Side.LEFT, Side.RIGHT)
"""Both programs number the left side first."""


def _totalsegmentator() -> LabelScheme:
    codes: dict[int, tuple[str, ...]] = dict.fromkeys(range(1, 118), ())
    # Version 2 cuts the first sacral vertebra (26) out of the sacrum (25); ours is the whole bone.
    codes |= {25: ("sacrum",), 26: ("sacrum",)}
    firsts = {
        75: ("femur",),
        77: ("hip_bone",),
        80: ("gluteus_maximus",),
        82: ("gluteus_medius",),
        84: ("gluteus_minimus",),
        88: ("iliacus", "psoas_major"),
    }
    for first, structures in firsts.items():
        for code, side in enumerate(_BOTH, start=first):
            codes[code] = tuple(f"{structure}_{side}" for structure in structures)
    return LabelScheme("totalsegmentator", "TotalSegmentator 2.18.0, task total", codes)


_MUSCLEMAP_TENS = {
    512: "psoas_major",
    610: "gluteus_minimus",
    611: "gluteus_medius",
    612: "gluteus_maximus",
    613: "tensor_fasciae_latae",
    614: "iliacus",
    615: "hip_bone",
    617: "femur",
    618: "piriformis",
    619: "pectineus",
    620: "obturator_internus",
    621: "obturator_externus",
    622: "quadratus_femoris",
    710: "vastus_lateralis",
    711: "vastus_lateralis",  # vastus intermedius
    712: "vastus_medialis",
    713: "rectus_femoris",
    714: "sartorius",
    715: "gracilis",
    716: "hamstrings",  # semimembranosus
    717: "hamstrings",  # semitendinosus
    718: "hamstrings",  # long head of biceps femoris
    719: "hamstrings",  # short head
    720: "adductors",  # magnus
    721: "adductors",  # longus
    722: "adductors",  # brevis
}
"""Structures by the leading digits of their ids; the last digit is the side (1 left, 2 right, 0 midline)."""

_MUSCLEMAP_OTHER_TENS = (
    *range(110, 117),  # neck
    *(210, 211, 212, 214),  # shoulder
    410,  # rhomboid
    *(510, 511, 513, 514),  # back and quadratus lumborum
    723,  # patella
    *range(810, 823),  # leg
)


def _musclemap() -> LabelScheme:
    codes: dict[int, tuple[str, ...]] = {6160: ("sacrum",)}
    for number, side in enumerate(_BOTH, start=1):
        codes |= {10 * tens + number: (f"{structure}_{side}",) for tens, structure in _MUSCLEMAP_TENS.items()}
        codes |= {10 * tens + number: () for tens in _MUSCLEMAP_OTHER_TENS}
    # 622x holds the gemelli too; 615x is called ilium, and nothing says whether it holds ischium and pubis.
    inexact = frozenset(f"{structure}_{side}" for structure in ("quadratus_femoris", "hip_bone") for side in _BOTH)
    return LabelScheme("musclemap", "MuscleMap 2.0, whole-body model 1.4", codes, inexact)


SCHEMES: dict[str, LabelScheme] = {scheme.name: scheme for scheme in (_totalsegmentator(), _musclemap())}
