"""What a patient's parts are made of, in HU: muscle with its fat, cartilage, bone, belly and gas."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int8
from jaxtyping import Int64
from numpy import ndarray
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.population.draws import Bounded
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.template import Part
from mskdex.physics import HU_FAT
from mskdex.physics import HU_LEAN
from mskdex.types import Vector3

TEXTURE_EDGE = 128
TEXTURE_STEPS = 32.0
"""Steps of the texture bank in one standard deviation."""
GRAIN, STREAKS = 0, 1
"""Places of the texture banks: bone, belly and fat have the one, muscles the other."""
_ALONG_FIBRES = 5.0
"""By how much a streak of fat is longer than wide: our choice."""
CORTICAL_HU = 1250.0
"""Compact bone of a young adult in voxels of this size, below that of bone without pores: our choice."""
_BOWEL_HU = 35.0
"""Of bowel, vessels and bladder without the fat between them: our choice."""
_CARTILAGE_HU = 75.0
"""Of cartilage, discs and ligaments: our choice."""
_PATCHY_HU = 90.0
"""SD of the texture of a muscle half of which is fat, over a half; it differs between people. Our choice."""
_LONGEST_STRING, _WINDING = 7, 0.5
SHAFT_TOP_MM, SHAFT_MM = -45.0, -95.0
"""Below the hip centre: where the femur's cortex starts to thicken, and where it is a shaft."""


PerPart = Float32[ndarray, " parts"]
"""One number for each code of ``Part``."""
PerMuscle = Float64[ndarray, " muscles"]


@dataclass(frozen=True)
class Tissue:
    """How to paint each part.

    Attributes:
        soft_hu: [N_PARTS] mean HU of soft parts.
        soft_texture_hu: [N_PARTS] standard deviation of their texture, before it is cut off ...
        soft_range_hu: [2, N_PARTS] ... below and above these: all in a muscle is between fat and muscle without fat.
        trabecular_hu: [N_PARTS] mean HU inside rigid parts.
        cortex_mm: [N_PARTS] thickness of the cortex near the ends of the bone; 0 is a soft part.
        cortical_hu: of compact bone.
        shaft_cortex_mm: thickness of the cortex of the femur's shaft.
        marrow_hu: of the femur's shaft.
        gas: [n, 4] centres (mm, supine frame about the hips) and radii of bubbles of gas in the bowel.
        texture_shift: [3] where in the texture bank this patient starts.
    """

    soft_hu: PerPart
    soft_texture_hu: PerPart
    soft_range_hu: Float32[ndarray, "2 parts"]
    trabecular_hu: PerPart
    cortex_mm: PerPart
    cortical_hu: float
    shaft_cortex_mm: float
    marrow_hu: float
    gas: Float32[ndarray, "bubbles 4"]
    texture_shift: Int64[ndarray, "3"]


def sample_tissue(
    rng: np.random.Generator,
    lean_fraction: Float64[ndarray, " muscles"],
    bone_density_scale: float,
    cortical_scale: float,
    *,
    visceral_fat: float = 0.0,
) -> Tissue:
    """Tissue of one patient.

    Args:
        rng: source of randomness.
        lean_fraction: [36] of the measured muscles, in the order of ``MUSCLE_LABELS``.
        bone_density_scale: of trabecular bone, 1 for a young adult.
        cortical_scale: of the cortex's thickness, 1 for a young adult.
        visceral_fat: share of fat in what the belly holds.
    """
    soft, texture = np.full(N_PARTS, HU_FAT), np.zeros(N_PARTS)
    for label, lean in zip(MUSCLE_LABELS, lean_fraction, strict=True):
        soft[label.value] = HU_FAT + (HU_LEAN - HU_FAT) * lean
    soft[list(OTHER_MUSCLES)] = HU_FAT + (HU_LEAN - HU_FAT) * np.clip(
        lean_fraction.mean() + rng.normal(0, 0.03), 0.4, 1
    )
    # Fat lies between the bundles of a muscle: the fattier, the patchier. Fully lean muscle is nearly even.
    muscles = [*(label.value for label in MUSCLE_LABELS), *OTHER_MUSCLES]
    share = (soft[muscles] - HU_FAT) / (HU_LEAN - HU_FAT)
    patchy = _PATCHY_HU * float(np.exp(Bounded(0.0, 0.25, -0.6, 0.6).draw(rng)))
    texture[muscles] = patchy * np.sqrt(np.clip(share * (1 - share), 1e-4, None))
    limits = np.tile([[-np.inf], [np.inf]], N_PARTS)
    limits[:, muscles] = [[HU_FAT], [HU_LEAN]]
    soft[Part.CARTILAGE], texture[Part.CARTILAGE] = rng.normal(_CARTILAGE_HU, 8), 6
    soft[Part.FAT] = rng.normal(-104, 3)
    texture[Part.FAT] = 8
    soft[Part.VISCERA] = (1 - visceral_fat) * rng.normal(_BOWEL_HU, 15) + visceral_fat * soft[Part.FAT]
    texture[Part.VISCERA] = 45
    return Tissue(
        soft_hu=soft.astype(np.float32),
        soft_texture_hu=texture.astype(np.float32),
        soft_range_hu=limits.astype(np.float32),
        trabecular_hu=(_trabecular_hu() * bone_density_scale).astype(np.float32),
        cortex_mm=(_cortex_mm() * cortical_scale).astype(np.float32),
        cortical_hu=CORTICAL_HU * float(bone_density_scale) ** 0.5,
        shaft_cortex_mm=5.5 * cortical_scale,
        marrow_hu=float(rng.normal(-40, 15)),
        gas=_sample_gas(rng),
        texture_shift=rng.integers(0, TEXTURE_EDGE, 3),
    )


def _by_bone(hip_bone: float, femur: float, sacrum: float, spine: float) -> Float64[ndarray, " parts"]:
    table = np.zeros(N_PARTS)
    for side in ("right", "left"):
        table[LABEL_BY_NAME[f"hip_bone_{side}"].value] = hip_bone
        table[LABEL_BY_NAME[f"femur_{side}"].value] = femur
    table[LABEL_BY_NAME["sacrum"].value] = sacrum
    table[[Part.VERTEBRA, Part.COCCYX]] = spine
    return table


def _trabecular_hu() -> Float64[ndarray, " parts"]:
    """Of young adults: proximal femur and acetabulum are dense, the sacrum loose, vertebrae between. Our choice."""
    return _by_bone(hip_bone=230, femur=260, sacrum=150, spine=190)


def _cortex_mm() -> Float64[ndarray, " parts"]:
    """Of young adults, near the ends of the bones. Our choice."""
    return _by_bone(hip_bone=1.3, femur=1.5, sacrum=0.8, spine=0.6)


def _sample_gas(rng: np.random.Generator) -> Float32[ndarray, "bubbles 4"]:
    """Gas of the colon and rectum: few and large pockets to many and small, each a string of bubbles along the bowel,
    whose folds part them. How many, how large and how winding: our choice."""
    count = rng.poisson(7)
    starts = rng.uniform((-85, -60, 15), (85, 50, 190), (count, 3))
    rectum = rng.normal((0, 55, 5), (6, 6, 15), (1, 3))
    return np.vstack([_string_of_bubbles(rng, start) for start in (*starts, *rectum)]).astype(np.float32)


def _string_of_bubbles(rng: np.random.Generator, start_mm: Vector3) -> Float64[ndarray, "bubbles 4"]:
    """Centres and radii: each overlaps the one before, in nearly the same direction."""
    radius_mm = rng.uniform(4, 12)
    direction, centre, bubbles = rng.normal(size=3), start_mm, []
    for _ in range(rng.integers(1, _LONGEST_STRING + 1)):
        bubble_mm = radius_mm * rng.uniform(0.7, 1.2)
        bubbles.append([*centre, bubble_mm])
        direction = direction / np.linalg.norm(direction) + _WINDING * rng.normal(size=3)
        centre = centre + bubble_mm * direction / np.linalg.norm(direction)
    return np.array(bubbles)


@lru_cache(maxsize=1)
def texture_banks() -> Int8[ndarray, "2 128 128 128"]:
    """Periodic textures of mean 0 and SD 1 in ``1 / TEXTURE_STEPS``, of about two and five voxels: even grain, and
    streaks along the last axis, as the fat between a muscle's bundles lies."""
    banks = np.empty((2, *(TEXTURE_EDGE,) * 3), np.int8)
    banks[GRAIN], banks[STREAKS] = _texture(1.0), _texture(_ALONG_FIBRES)
    return banks


def _texture(along: float) -> Int8[ndarray, "128 128 128"]:
    rng = np.random.default_rng(20231)
    total = np.zeros((TEXTURE_EDGE,) * 3, dtype=np.float32)
    for sigma, weight in ((1.0, 0.6), (2.2, 0.8)):
        noise = rng.standard_normal(total.shape, dtype=np.float32)
        smooth = ndimage.gaussian_filter(noise, (sigma, sigma, along * sigma), mode="wrap")
        total += weight * smooth / smooth.std()
    total = (total - total.mean()) / total.std()
    return np.asarray(np.clip(np.rint(total * TEXTURE_STEPS), -127, 127).astype(np.int8))
