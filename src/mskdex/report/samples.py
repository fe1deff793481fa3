"""A picture of how training comes on: a radiograph, and a few structures' true and predicted thickness beside it."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from mskdex.anatomy import BY_NAME
from mskdex.anatomy import LABELS
from mskdex.anatomy import Structure
from mskdex.types import Image
from mskdex.types import MapStack

SHOWN = ("gluteus_medius", "gluteus_maximus", "iliacus", "rectus_femoris", "femur")
"""One on the side, one behind, one inside, one in front, and a bone."""

_DPI = 100
_FAINTEST_CM = 0.1


@dataclass(frozen=True)
class Sample:
    """One patient's maps.

    Attributes:
        title: What is written above.
        radiograph: Bright = dense, in any units, [row, column].
        true_cm, predicted_cm: Thickness per label, [42, row, column].
    """

    title: str
    radiograph: Image
    true_cm: MapStack
    predicted_cm: MapStack


def draw_sample(sample: Sample) -> bytes:
    """A PNG: the radiograph, then for each of ``SHOWN``, both sides together, truth over prediction.

    Each structure has one colour scale for both, from nothing to the truth's thickest; what is predicted thicker is
    shown as that. The same maps give the same bytes.
    """
    # Here, not above: it takes a second, and whoever draws no sample need not wait.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6 + 2.0 * len(SHOWN), 4.4), layout="constrained")
    figure.suptitle(sample.title, fontsize=10)
    axes = figure.subplot_mosaic(
        [["radiograph", *(f"{name} true" for name in SHOWN)], ["radiograph", *(f"{name} predicted" for name in SHOWN)]],
        width_ratios=[1.3, *(1.0 for _ in SHOWN)],
    )
    _picture(axes["radiograph"], sample.radiograph, "gray", float(np.max(sample.radiograph)), "radiograph")
    for name in SHOWN:
        _structure(figure, (axes[f"{name} true"], axes[f"{name} predicted"]), BY_NAME[name], sample)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()


def _structure(figure: Any, axes: tuple[Any, Any], structure: Structure, sample: Sample) -> None:
    channels = [label.channel for label in LABELS if label.structure is structure]
    true, predicted = (maps[channels].sum(axis=0) for maps in (sample.true_cm, sample.predicted_cm))
    thickest = max(float(true.max()), _FAINTEST_CM)
    _picture(axes[0], true, "magma", thickest, f"{structure.display_name}\ntrue")
    shown = _picture(axes[1], predicted, "magma", thickest, "predicted")
    figure.colorbar(shown, ax=list(axes), location="bottom", shrink=0.9, pad=0.02).set_label("cm", fontsize=8)


def _picture(axes: Any, image: np.ndarray, colours: str, greatest: float, title: str) -> Any:
    axes.set_title(title, fontsize=8)
    axes.set_axis_off()
    least = min(0.0, float(image.min()))
    return axes.imshow(image, cmap=colours, vmin=least, vmax=greatest, interpolation="nearest")
