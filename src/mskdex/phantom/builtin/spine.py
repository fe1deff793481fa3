"""Lumbar vertebrae L5 to L3 as medial shapes (left half, reference man; see ``frame``)."""

from dataclasses import dataclass

import numpy as np

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import curve
from mskdex.phantom.builtin.medial import sheet


@dataclass(frozen=True)
class _Vertebra:
    """Centre of the body (in the midline plane) and how far its upper plate leans forwards."""

    y_mm: float
    z_mm: float
    lean_deg: float


_LUMBAR = (_Vertebra(3, 129, 18), _Vertebra(-5, 167, 4), _Vertebra(-5, 205, -6), _Vertebra(-1, 243, -10))

_BODY_RADIUS = 5.0


def _body() -> Controls:
    """A waisted elliptical drum, filled: levels x (angles x rings)."""
    levels = []
    for height, waist in ((-9, 1.0), (-4.5, 0.95), (0, 0.92), (4.5, 0.95), (9, 1.0)):
        row = [(0.0, 0.0, height, _BODY_RADIUS)]
        for ring in (0.35, 0.7, 1.0):
            for angle in np.linspace(-np.pi / 2, np.pi / 2, 13):
                row.append(
                    (
                        ring * waist * 19.5 * np.cos(angle),
                        ring * waist * 12.5 * np.sin(angle) * (0.85 if angle > 0 else 1.0),
                        height,
                        _BODY_RADIUS,
                    )
                )
        levels.append(row)
    return np.asarray(levels, dtype=np.float64)


_PARTS: tuple[Controls, ...] = (
    _body(),
    curve((14, 13, 4, 5.5), (15, 22, 4, 4.5), (16, 30, 2, 5.5)),  # pedicle
    curve((16, 27, 5, 4), (28, 31, 5, 3.6), (42, 33, 6, 3.2)),  # transverse process
    curve((17, 33, 13, 5), (16, 34, 2, 5), (18, 38, -12, 5.5), (17, 39, -18, 4.5)),  # articular processes
    sheet(
        ((16, 35, 2, 4), (14, 37, -8, 4)), ((7, 42, 0, 3.6), (6, 43, -10, 3.6)), ((0, 46, -2, 3.6), (0, 47, -12, 3.6))
    ),
    sheet(((0, 46, -2, 3.4), (0, 47, -13, 3.8)), ((0, 68, -6, 3.4), (0, 66, -17, 4.2))),  # spinous process
)


def vertebrae() -> tuple[tuple[Controls, ...], ...]:
    """Each vertebra's parts, from L5 upwards."""
    return tuple(tuple(_placed(part, vertebra) for part in _PARTS) for vertebra in _LUMBAR)


def _placed(part: Controls, vertebra: _Vertebra) -> Controls:
    lean = np.deg2rad(vertebra.lean_deg)
    x, y, z, radius = np.moveaxis(part, -1, 0)
    turned_y = np.cos(lean) * y - np.sin(lean) * z
    turned_z = np.sin(lean) * y + np.cos(lean) * z
    return np.stack([x, turned_y + vertebra.y_mm, turned_z + vertebra.z_mm, radius], axis=-1)
