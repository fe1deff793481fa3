"""What scaling does to a template, so that measures of a person can be asked of it."""

import numpy as np

from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.template import Template
from mskdex.types import Vector3

_LARGEST_CHANGE = 1.2


def person_over_template(template: Template, shape: BuiltinShape) -> Vector3:
    """What a template is scaled by, along x, y and z, when a person of this shape is made of it."""
    _, depth, height = template.pelvis_extent_mm()
    wanted = (shape.hip_centre_distance_mm, shape.pelvic_depth_mm, shape.pelvic_height_mm)
    return np.asarray(np.array(wanted) / (template.hip_centre_distance_mm, depth, height))


def bounded(factor: float) -> float:
    """The change of a diameter that a template bears."""
    return float(np.clip(factor, 1 / _LARGEST_CHANGE, _LARGEST_CHANGE))
