"""Read what `mskdex predict` left behind: the gluteus medius of every case, and the sum of its map.

Command: python examples/read_results.py RESULT_FOLDER
"""

import csv
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
with (folder / "measurements.csv").open() as file:
    rows = [row for row in csv.DictReader(file) if row["structure"] == "gluteus_medius" and row["quantity"] == "volume"]
for row in rows:
    if not (folder / row["case"] / "maps.npz").exists():
        print(f"{row['case']}, {row['side']}: {row['reason']}")  # the radiograph was refused
        continue
    with np.load(folder / row["case"] / "maps.npz") as maps:
        pixel_area_cm2 = (float(maps["spacing_mm"]) / 10) ** 2
        total_cm3 = maps[f"gluteus_medius_{row['side']}.thickness_cm"].sum() * pixel_area_cm2
    stated = f"{row['value']} {row['unit']} ({row['lower']} to {row['upper']})" if row["value"] else row["reason"]
    print(f"{row['case']}, {row['side']}: {stated}; the map sums to {total_cm3:.1f} cm3")
