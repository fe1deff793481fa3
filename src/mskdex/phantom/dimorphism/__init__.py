"""One body given the proportions of another, so that an atlas of a man serves women: pelvis and femurs.

These are what scaling cannot give. Measures and what each of them moves are the built-in anatomy's; what the template
measures already is asked of it (``pelvimetry``, ``hips``, ``shaft``).
"""

import numpy as np

from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.dimorphism.femur import Femur
from mskdex.phantom.dimorphism.girth import PelvicGirth
from mskdex.phantom.dimorphism.pelvis import Pelvis
from mskdex.phantom.template import Template
from mskdex.phantom.vary import Before
from mskdex.phantom.vary import Places

__all__ = ["proportions_before"]


def proportions_before(template: Template, shape: BuiltinShape) -> Before:
    """What gives a template the pelvis and femurs of another person, as far as scaling would not give them.

    Hip centres, height and depth stay: a person's scale brings those to size (``phantom.patient``). Of the shape, the
    breadth between the crests and the femoral offset are taken against the distance of the hips, the thickness of
    heads, shafts and pelvic bones against the pelvis.

    Args:
        template: of any source.
        shape: whose breadth, flare, subpubic angle, pelvic bones, heads, necks and shafts to give it.

    Raises:
        ValueError: the template's hip bones make no pubic arch, or a femur has no shaft.
    """
    middle = np.mean(template.hip_centres_mm, axis=0).astype(np.float32)[:, None, None, None]
    pelvis, girth = Pelvis(template, shape), PelvicGirth(template, shape)
    femurs = [Femur(template, shape, side, hip) for side, hip in template.hips()]

    def before(places: Places) -> Places:
        moved = pelvis.before(places - middle) + middle
        for femur in femurs:
            moved = femur.before(moved)
        return girth.before(moved)

    return before
