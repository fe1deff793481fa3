"""One patient's own shape: the template scaled to the pelvis, and a smooth warp that makes it nobody else's."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from scipy import ndimage

from mskdex.types import Vector3

KNOT_MM = 20.0
"""Spacing of the warp's grid."""

Warp = Float32[ndarray, "3 knots_i knots_j knots_k"]
"""Displacements along x, y and z in mm at knots ``KNOT_MM`` apart."""


@dataclass(frozen=True)
class Shape:
    """From the patient's supine frame to the template's, both in mm about the midpoint of the hips.

    A patient's point ``x`` shows the template's point ``x / scale + warp(x)``.

    Attributes:
        scale: patient over template, along x, y and z.
        warp_mm: [3, knots_i, knots_j, knots_k] displacements.
        origin_mm: of knot (0, 0, 0), in the patient's frame.
    """

    scale: Vector3
    warp_mm: Warp
    origin_mm: Vector3


def sample_warp(
    rng: np.random.Generator, low_mm: Vector3, high_mm: Vector3, *, amplitude_mm: float = 2.0, length_mm: float = 120.0
) -> tuple[Warp, Vector3]:
    """A smooth random displacement field over a box.

    Keep to 2-4 mm at 80-120 mm: stronger, shorter warps change muscle volumes by more than people differ.

    Args:
        rng: source of randomness.
        low_mm: lower corner of the box.
        high_mm: upper corner of the box.
        amplitude_mm: standard deviation of each component.
        length_mm: standard deviation of the smoothing kernel times two.

    Returns:
        displacements, and the position of the first knot in the frame of the box, mm.
    """
    sigma = length_mm / 2 / KNOT_MM
    margin = int(np.ceil(3 * sigma))
    shape = tuple(int(n) for n in np.ceil((high_mm - low_mm) / KNOT_MM) + 2)
    fields = []
    for _ in range(3):
        noise = rng.standard_normal([n + 2 * margin for n in shape])
        smooth = ndimage.gaussian_filter(noise, sigma)[tuple(slice(margin, -margin) for _ in shape)]
        # A Gaussian of standard deviation sigma leaves this much of white noise, per axis.
        fields.append(smooth * (2 * np.sqrt(np.pi) * sigma) ** 1.5 * amplitude_mm)
    return np.stack(fields).astype(np.float32), low_mm - KNOT_MM / 2
