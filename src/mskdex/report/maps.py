"""Maps on disk: ``maps.npz``, readable with numpy alone; one named array per structure, side and kind."""

import io
import zipfile
from pathlib import Path

import numpy as np

from mskdex.anatomy import LABELS
from mskdex.files import replacing
from mskdex.images.grid import Placement
from mskdex.types import ImageMask
from mskdex.types import MapStack

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_maps(
    path: Path,
    thickness_cm: MapStack,
    mass_g_per_cm2: MapStack,
    field: ImageMask,
    spacing_mm: float,
    placement: Placement,
) -> None:
    """Write what `maps_bytes` gives."""
    with replacing(path) as file:
        file.write(maps_bytes(thickness_cm, mass_g_per_cm2, field, spacing_mm, placement))


def maps_bytes(
    thickness_cm: MapStack, mass_g_per_cm2: MapStack, field: ImageMask, spacing_mm: float, placement: Placement
) -> bytes:
    """Maps and where they lie, as an npz; same maps, same bytes.

    ``NAME.thickness_cm``, ``NAME.mass_g_per_cm2``, ``field`` and ``spacing_mm``; ``scale``, the radiograph's pixels per
    map pixel; ``corner``, the (row, column) of the maps' upper left corner (not pixel centre) on the radiograph, in its
    pixels from its own upper left corner, negative where the maps reach beyond it. So the upper left corner of map
    pixel (r, c) lies at ``corner + scale * (r, c)``, and ``images.grid.to_image`` brings a map back with a
    ``Placement(scale, corner, *map.shape)``.

    Args:
        thickness_cm: [42, row, column].
        mass_g_per_cm2: [41, row, column].
        field: True where the radiograph was exposed.
        spacing_mm: Pixel size of the maps on the detector plane.
        placement: How the grid that the maps cover lies on the radiograph; maps may have fewer pixels than the grid.
    """
    arrays: dict[str, np.ndarray] = {
        f"{label.name}.thickness_cm": thickness_cm[label.channel].astype(np.float32) for label in LABELS
    }
    arrays |= {
        f"{label.name}.mass_g_per_cm2": mass_g_per_cm2[label.channel].astype(np.float32)
        for label in LABELS[: len(mass_g_per_cm2)]
    }
    scale = placement.scale * placement.rows / thickness_cm.shape[1]
    arrays |= {"field": field, "spacing_mm": np.array(spacing_mm, np.float32)}
    arrays |= {"scale": np.array(scale), "corner": np.array(placement.corner)}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, array in arrays.items():
            # numpy.savez stamps the time of day on every member; law 7 wants the same bytes.
            member = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, _npy(array), compresslevel=1)
    return whole.getvalue()


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
