"""Read what `mskdex predict` left behind: the gluteus medius of every case, the sum of its map, and where it lies.

Command: python examples/read_results.py RESULT_FOLDER
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np

from mskdex.images.grid import Placement
from mskdex.images.grid import to_image


def on_radiograph(case: Path, name: str) -> np.ndarray:
    """A map at the radiograph's own pixels: draw it over them, half transparent, or sum it within an outline of yours.

    Arrays of thickness are in cm and of mass in g/cm2, whatever the size of the pixels.
    """
    image = json.loads((case / "measurements.json").read_text())["image"]
    with np.load(case / "maps.npz") as maps:
        placement = Placement(float(maps["scale"]), tuple(maps["corner"]), *maps[name].shape)
        return to_image(maps[name], placement, image["rows"], image["columns"])


def main(folder: Path) -> None:
    with (folder / "measurements.csv").open() as file:
        rows = [
            row for row in csv.DictReader(file) if (row["structure"], row["quantity"]) == ("gluteus_medius", "volume")
        ]
    for row in rows:
        case, name = folder / row["case"], f"gluteus_medius_{row['side']}.thickness_cm"
        if not (case / "maps.npz").exists():
            print(f"{row['case']}, {row['side']}: {row['reason']}")  # the radiograph was refused
            continue
        with np.load(case / "maps.npz") as maps:
            total_cm3 = maps[name].sum() * (float(maps["spacing_mm"]) / 10) ** 2
            pixel_mm = float(maps["spacing_mm"] / maps["scale"])
        stated = f"{row['value']} {row['unit']} ({row['lower']} to {row['upper']})" if row["value"] else row["reason"]
        laid = on_radiograph(case, name)
        laid_cm3 = laid.sum(dtype=float) * (pixel_mm / 10) ** 2
        thickest = ", ".join(map(str, np.unravel_index(laid.argmax(), laid.shape)))
        print(
            f"{row['case']}, {row['side']}: {stated}; the map sums to {total_cm3:.1f} cm3, on the radiograph to "
            f"{laid_cm3:.1f}, and is thickest at its row, column {thickest}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
