"""Published figures per muscle."""

from dataclasses import dataclass
from enum import StrEnum


class Region(StrEnum):
    HIP = "hip"
    THIGH = "thigh"


HANDSFIELD: dict[str, tuple[float, float]] = {
    "gluteus_maximus": (0.123, -25.4),
    "adductor_magnus": (0.0793, -4.7),
    "gluteus_medius": (0.0478, -16.9),
    "psoas_major": (0.055, -117.0),
    "iliacus": (0.0248, 0.383),
    "sartorius": (0.0256, -18.2),
    "adductor_longus": (0.0259, -21.9),
    "gluteus_minimus": (0.0129, 12.6),
    "adductor_brevis": (0.0137, 6.2),
    "gracilis": (0.0138, 6.07),
    "pectineus": (0.0107, -9.94),
    "tensor_fasciae_latae": (0.0136, -31.5),
    "obturator_externus": (0.00349, 28.3),
    "piriformis": (0.00372, 16.2),
    "quadratus_femoris": (0.00475, -1.45),
    "obturator_internus": (0.00252, 8.68),
    "vastus_lateralis": (0.125, -55.7),
    "vastus_medialis": (0.0631, -16.3),
    "vastus_intermedius": (0.0273, 76.5),
    "rectus_femoris": (0.0371, 4.97),
    "semimembranosus": (0.0319, 18.2),
    "biceps_femoris_long_head": (0.0256, 24.3),
    "semitendinosus": (0.0285, -16.8),
    "biceps_femoris_short_head": (0.016, -13.8),
}
"""Muscle volume = slope * (volume of all 35 muscles of the limb) + intercept (cm3): Handsfield et al., J Biomech 2014;
47:631, supplement, 24 healthy adults (16 men), 25.5 years, 1.71 m, 71.8 kg. Taken from a public transcription."""


@dataclass(frozen=True)
class MuscleFigures:
    """One muscle of the vocabulary.

    ``parts``: Handsfield's muscles that make it up. ``loss_25_to_75``: fraction of volume lost between 25 and 75
    years. ``muscle_sd``: SD of log volume of this muscle alone, both sides together; ``side_sd``: of one side alone.
    ``hu_young``: mean attenuation at 25 years; ``hu_loss``: what it loses to 75.
    """

    region: Region
    parts: tuple[str, ...]
    loss_25_to_75: float
    muscle_sd: float
    side_sd: float
    hu_young: float
    hu_loss: float


_HIP, _THIGH = Region.HIP, Region.THIGH
_ADDUCTORS = ("adductor_longus", "adductor_brevis", "adductor_magnus")
_HAMSTRINGS = ("biceps_femoris_long_head", "biceps_femoris_short_head", "semitendinosus", "semimembranosus")

MUSCLE_TABLE: dict[str, MuscleFigures] = {
    "gluteus_maximus": MuscleFigures(_HIP, ("gluteus_maximus",), 0.16, 0.11, 0.035, 42.0, 20.0),
    "gluteus_medius": MuscleFigures(_HIP, ("gluteus_medius",), 0.14, 0.11, 0.040, 49.0, 18.0),
    "gluteus_minimus": MuscleFigures(_HIP, ("gluteus_minimus",), 0.14, 0.13, 0.050, 47.0, 20.0),
    "iliacus": MuscleFigures(_HIP, ("iliacus",), 0.20, 0.12, 0.045, 50.0, 9.0),
    "psoas_major": MuscleFigures(_HIP, ("psoas_major",), 0.29, 0.13, 0.050, 51.0, 9.0),
    "piriformis": MuscleFigures(_HIP, ("piriformis",), 0.14, 0.13, 0.070, 47.0, 14.0),
    "obturator_internus": MuscleFigures(_HIP, ("obturator_internus",), 0.14, 0.13, 0.060, 49.0, 10.0),
    "obturator_externus": MuscleFigures(_HIP, ("obturator_externus",), 0.14, 0.13, 0.060, 49.0, 11.0),
    "quadratus_femoris": MuscleFigures(_HIP, ("quadratus_femoris",), 0.14, 0.13, 0.070, 46.0, 15.0),
    "pectineus": MuscleFigures(_THIGH, ("pectineus",), 0.13, 0.12, 0.060, 49.0, 11.0),
    "adductors": MuscleFigures(_THIGH, _ADDUCTORS, 0.13, 0.10, 0.040, 49.0, 13.0),
    "gracilis": MuscleFigures(_THIGH, ("gracilis",), 0.19, 0.13, 0.060, 47.0, 14.0),
    "tensor_fasciae_latae": MuscleFigures(_HIP, ("tensor_fasciae_latae",), 0.14, 0.13, 0.070, 47.0, 16.0),
    "sartorius": MuscleFigures(_THIGH, ("sartorius",), 0.20, 0.13, 0.055, 47.0, 15.0),
    "rectus_femoris": MuscleFigures(_THIGH, ("rectus_femoris",), 0.33, 0.11, 0.075, 53.0, 7.5),
    "vastus_lateralis": MuscleFigures(_THIGH, ("vastus_lateralis", "vastus_intermedius"), 0.27, 0.10, 0.040, 52.5, 8.5),
    "vastus_medialis": MuscleFigures(_THIGH, ("vastus_medialis",), 0.27, 0.11, 0.043, 52.5, 8.5),
    "hamstrings": MuscleFigures(_THIGH, _HAMSTRINGS, 0.19, 0.10, 0.041, 47.0, 15.3),
}
"""Where the columns come from (docs/population.md says which single figures are estimates of ours):

- ``loss_25_to_75``: Naruse 2023 (PMC10069966, review of 47 studies): psoas 29 %, adductors 13 %, hamstrings 19 %,
  quadriceps 27 %, rectus femoris 33 %; hip muscles from a comparison of young and old men (Exp Gerontol, May 2023):
  pelvis 15 %, thigh 24 %.
- ``muscle_sd``: with the shared factors a total log SD of 0.15-0.17, as Marcon 2016 (gluteus medius 15.5 %, minimus
  17 %, size-normalised, 80 healthy adults).
- ``side_sd``: J Orthop Res 2018;36:963, 21 healthy adults: 95 % limits of agreement of the right-left difference
  +-11.4 % hamstrings, 11-13 % vasti, 21.4 % rectus femoris; one side's SD is that / 1.96 / sqrt(2).
- ``hu_young`` and ``hu_loss``: lean volunteers' thigh 49.2 HU (Goodpaster 2000); quadriceps 41.1, hamstrings 28.7 HU,
  thigh 37.3 (men) and 34.7 (women) at 70-79 (Goodpaster 2001); over 65 rectus femoris highest and the glutei lowest
  (BMC Geriatr 2014;14:37).
"""
