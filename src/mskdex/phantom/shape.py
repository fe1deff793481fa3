"""One patient's own shape: the template scaled to the pelvis, and a smooth warp that makes it nobody else's."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from jaxtyping import Float64
from numpy import ndarray
from scipy import ndimage

from mskdex.types import Points
from mskdex.types import Vector3

KNOT_MM = 20.0
"""Spacing of the warp's grid."""

Warp = Float32[ndarray, "3 knots_i knots_j knots_k"]
"""Displacements along x, y and z in mm at knots ``KNOT_MM`` apart."""


@dataclass(frozen=True)
class Shape:
    """From the patient's supine frame to the template's, both in mm about the midpoint of the hips.

    A patient's point ``x`` shows the template's point ``x / scale + warp(x)``; what is not bone settles besides.

    Attributes:
        scale: patient over template, along x, y and z.
        warp_mm: [3, knots_i, knots_j, knots_k] displacements.
        origin_mm: of knot (0, 0, 0), in the patient's frame.
        forwards_mm: how much farther forward than the template's, scaled, the patient's front may lie.
    """

    scale: Vector3
    warp_mm: Warp
    origin_mm: Vector3
    forwards_mm: float = 0.0

    def template_mm(self, points_mm: Points) -> Points:
        """Where points of the patient's supine frame are in the template."""
        warped = np.stack([_at(field, points_mm, self.origin_mm) for field in self.warp_mm], axis=-1)
        return np.asarray(points_mm / self.scale + warped)

    def volume_ratio(self, points_mm: Points) -> Float64[ndarray, " points"]:
        """Patient volume over template volume about points of the supine frame, to first order in the warp."""
        divergence = sum(
            self.scale[axis] * np.gradient(self.warp_mm[axis].astype(np.float64), KNOT_MM, axis=axis)
            for axis in range(3)
        )
        return np.asarray(np.prod(self.scale) / (1 + _at(divergence, points_mm, self.origin_mm)))


def sample_shape(rng: np.random.Generator, scale: Vector3, hips_mm: Points, low_mm: Vector3, high_mm: Vector3) -> Shape:
    """A shape of this scale whose warp leaves the hip centres where they are, so that legs turn about them.

    Args:
        rng: source of randomness.
        scale: patient over template, along x, y and z.
        hips_mm: [2, 3] right and left hip centre in the patient's supine frame.
        low_mm, high_mm: corners of a box around the patient, in the same frame.
    """
    warp, origin = sample_warp(rng, low_mm, high_mm)
    right, left = (np.array([_at(field, hip[None], origin)[0] for field in warp]) for hip in hips_mm)
    x = origin[0] + np.arange(warp.shape[1]) * KNOT_MM
    along = ((x - hips_mm[0, 0]) / (hips_mm[1, 0] - hips_mm[0, 0]))[None, :, None, None]
    pinned = warp - (right[:, None, None, None] * (1 - along) + left[:, None, None, None] * along)
    return Shape(scale, pinned.astype(np.float32), origin)


def _at(field: ndarray, points_mm: Points, origin_mm: Vector3) -> Float64[ndarray, " points"]:
    """Trilinear values of a field on the knots at points [points, 3] in mm."""
    knots = ((points_mm - origin_mm) / KNOT_MM).T
    return np.asarray(ndimage.map_coordinates(field.astype(np.float64), knots, order=1, mode="nearest"))


def sample_warp(
    rng: np.random.Generator, low_mm: Vector3, high_mm: Vector3, *, amplitude_mm: float = 4.0, length_mm: float = 120.0
) -> tuple[Warp, Vector3]:
    """A smooth random displacement field over a box.

    What it does to a muscle's volume must be divided out of the muscle's target (``Shape.volume_ratio``).

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
