"""Breadth, flare and pubic arch: what moves points of the pelvis sideways."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mskdex.phantom.builtin.frame import REFERENCE
from mskdex.phantom.builtin.frame import Frame
from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.dimorphism.scale import person_over_template
from mskdex.phantom.pelvimetry import biiliac_breadth_mm
from mskdex.phantom.pelvimetry import subpubic_angle_ap_deg
from mskdex.phantom.template import Template
from mskdex.phantom.vary import Places

_IN_AP_VIEW = 2.17
"""Tangent of half the subpubic angle in an AP view over that in the plane of the rami, of built-in bodies. A reader of
radiographs tells the sexes by the former, so that is what is brought to a person's."""


class Pelvis:
    """Moves points sideways only, by their side and height: a table of where they were, on millimetres."""

    def __init__(self, template: Template, shape: BuiltinShape) -> None:
        frame, to_reference = Frame.of(_against_reference(template, shape)), person_over_template(template, REFERENCE)
        widest, lowest, highest = _half_box_mm(template)
        across, up = np.arange(0.0, widest * 1.3), np.arange(lowest, highest)
        flat = np.zeros((len(across), len(up)))
        points = np.stack([flat + across[:, None], flat, flat + up], axis=-1) * to_reference
        # Beside the widest arches there is no room for all that was there: what would fold over is left out.
        after = np.maximum.accumulate(frame.pelvis(points)[..., 0], axis=0) / to_reference[0]
        columns = [np.interp(across, after[:, k], across) for k in range(len(up))]
        self._shift = np.stack(columns, axis=1).astype(np.float32) - across[:, None].astype(np.float32)
        self._lowest = np.float32(lowest)

    def before(self, places: Places) -> Places:
        """Of points from the midpoint of the hips."""
        moved = places.copy()
        table = [np.abs(places[0]), places[2] - self._lowest]
        moved[0] += np.sign(places[0]) * ndimage.map_coordinates(self._shift, table, order=1, mode="nearest")
        return moved


def _against_reference(template: Template, shape: BuiltinShape) -> BuiltinShape:
    """The built-in man, changed as the template must be."""
    breadth = shape.biiliac_breadth_mm / shape.hip_centre_distance_mm
    own_breadth = biiliac_breadth_mm(template) / template.hip_centre_distance_mm
    half, own_half = (np.deg2rad(angle / 2) for angle in (shape.subpubic_angle_deg, subpubic_angle_ap_deg(template)))
    reference_half = np.deg2rad(REFERENCE.subpubic_angle_deg / 2)
    wider = _IN_AP_VIEW * np.tan(half) / np.tan(own_half)
    arch = 2 * np.rad2deg(np.arctan(np.tan(reference_half) * wider))
    return replace(
        REFERENCE,
        biiliac_breadth_mm=REFERENCE.biiliac_breadth_mm * breadth / own_breadth,
        subpubic_angle_deg=float(arch),
        iliac_flare_deg=shape.iliac_flare_deg,
    )


def _half_box_mm(template: Template) -> tuple[float, float, float]:
    """Farthest x from the midline, lowest and highest z, from the midpoint of the hips."""
    middle = np.mean(template.hip_centres_mm, axis=0)
    low = template.origin_mm - middle
    high = low + np.array(template.parts.shape) * template.spacing_mm
    return float(max(-low[0], high[0])), float(low[2]), float(high[2])
