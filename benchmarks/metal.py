"""How often the look for hip prostheses finds one, and how often it finds one that is not there.

Counted per hip on the validation and test patients of virtual cohorts, on the radiographs as they are stored, brought
onto the model's grid as ``predict`` brings them. The thresholds of ``inference.metal`` were set on the exposures of an
earlier cohort.

Command: python benchmarks/metal.py COHORT...
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from mskdex.anatomy import Side
from mskdex.cohort import Split
from mskdex.images.field import detect_field
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import to_grid
from mskdex.inference.metal import metal_sides
from mskdex.training.library import Library
from mskdex.training.library import Patient
from results import cohorts_of
from results import write_result

Z = 1.96  # of a 95 % interval
SIDES = (Side.RIGHT, Side.LEFT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    options = parser.parse_args()
    hips: Counter[tuple[bool, bool]] = Counter()  # metal is there, metal is found
    for split in (Split.VALIDATION, Split.TEST):
        library = Library(options.cohorts, split)
        for patient in library:
            hips += _counted(patient, library.canvas.spacing_mm)
    with_metal, without = hips[True, True] + hips[True, False], hips[False, True] + hips[False, False]
    if not with_metal or not without:
        parser.error("the cohorts need held-out patients with and without a prosthesis")
    figures = {
        "hips_with_metal": with_metal,
        "found": hips[True, True],
        "sensitivity": round(hips[True, True] / with_metal, 3),
        "sensitivity_interval_95": _wilson(hips[True, True], with_metal),
        "hips_without_metal": without,
        "false_alarms": hips[False, True],
        "false_alarm_interval_95": _wilson(hips[False, True], without),
    }
    print(figures)
    cohort = f"{hips.total()} hips of validation and test patients"
    seed, made = cohorts_of(options.cohorts)
    write_result("metal", "python benchmarks/metal.py COHORT...", seed, cohort, {"cohorts": made, **figures})


def _counted(patient: Patient, spacing_mm: float) -> Counter[tuple[bool, bool]]:
    pixels = patient.arrays.radiograph.astype(np.float32)
    on_grid = to_grid(pixels, detect_field(pixels).mask, spacing_mm, MODEL_GRID)
    found = metal_sides(on_grid.pixels, on_grid.field, MODEL_GRID.spacing_mm)
    return Counter((f"femur_{side}" in patient.subject.unmeasured, side in found) for side in SIDES)


def _wilson(found: int, of: int) -> list[float]:
    """Wilson's 95 % interval of a share (JASA 1927;22:209)."""
    share, z2 = found / of, Z**2 / of
    middle, half = (share + z2 / 2) / (1 + z2), Z * np.sqrt(share * (1 - share) / of + z2 / (4 * of)) / (1 + z2)
    return [round(float(middle - half), 3), round(float(middle + half), 3)]


if __name__ == "__main__":
    main()
