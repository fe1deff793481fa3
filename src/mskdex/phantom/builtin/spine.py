"""Lumbar vertebrae from L5 upwards as medial shapes, in the reference body, left half, mm (see ``frame``)."""

from dataclasses import dataclass

import numpy as np

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import controls


@dataclass(frozen=True)
class _Vertebra:
    """Centre of the body (in the midline plane) and how far its upper plate leans forwards."""

    y_mm: float
    z_mm: float
    lean_deg: float


_LUMBAR = (
    _Vertebra(3, 129, 18),
    _Vertebra(-5, 167, 4),
    _Vertebra(-5, 205, -6),
    _Vertebra(-1, 243, -10),
    _Vertebra(6, 280, -12),
)

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
    controls("14 13 4 6\n15 22 4 5\n16 30 2 6"),  # pedicle
    controls("16 27 5 5\n28 31 5 4.6\n42 33 6 4.2"),  # transverse process
    controls("17 33 13 5\n16 34 2 5\n18 38 -12 5.5\n17 39 -18 4.5"),  # articular processes
    controls("16 35 2 4.5 | 14 37 -8 4.5\n7 42 0 4.2 | 6 43 -10 4.2\n0 46 -2 4 | 0 47 -12 4"),  # lamina
    controls("0 46 -2 4 | 0 47 -13 4.4\n0 68 -6 4 | 0 66 -17 4.8"),  # spinous process
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
