"""How often the look for hip prostheses finds one, and how often it finds one that is not there.

Counted on the validation and test patients of virtual cohorts, on the radiographs as they are stored. The thresholds of
``inference.metal`` were set on the exposures of an earlier cohort.

Command: python benchmarks/metal.py COHORT...
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from mskdex.anatomy import Side
from mskdex.cohort import Split
from mskdex.images.field import detect_field
from mskdex.inference.metal import metal_sides
from mskdex.training.library import Library
from mskdex.training.library import Patient
from results import write_result

Z = 1.96  # of a 95 % interval


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohorts", nargs="+", type=Path)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for split in (Split.VALIDATION, Split.TEST):
        library = Library(options.cohorts, split)
        for patient in library:
            counts += _counted(patient, library.canvas.spacing_mm)
    if not counts["metal"] or not counts["free"]:
        parser.error("the cohorts need held-out patients with and without a prosthesis")
    figures = {
        "hips_with_metal": counts["metal"],
        "found": counts["found"],
        "sensitivity": round(counts["found"] / counts["metal"], 3),
        "sensitivity_interval_95": _wilson(counts["found"], counts["metal"]),
        "patients_without_metal": counts["free"],
        "false_alarms": counts["alarm"],
        "false_alarm_interval_95": _wilson(counts["alarm"], counts["free"]),
    }
    cohort = f"{counts['free'] + counts['patients with metal']} validation and test patients"
    print(figures)
    write_result("metal", "python benchmarks/metal.py COHORT...", 539, cohort, figures)


def _counted(patient: Patient, spacing_mm: float) -> Counter[str]:
    pixels = patient.arrays.radiograph.astype(np.float32)
    found = metal_sides(pixels, detect_field(pixels).mask, spacing_mm)
    true = {side for side in (Side.RIGHT, Side.LEFT) if f"femur_{side}" in patient.subject.unmeasured}
    if not true:
        return Counter({"free": 1, "alarm": int(bool(found))})
    return Counter({"patients with metal": 1, "metal": len(true), "found": len(true & found)})


def _wilson(found: int, of: int) -> list[float]:
    """Wilson's 95 % interval of a share (JASA 1927;22:209)."""
    share, z2 = found / of, Z**2 / of
    middle, half = (share + z2 / 2) / (1 + z2), Z * np.sqrt(share * (1 - share) / of + z2 / (4 * of)) / (1 + z2)
    return [round(float(middle - half), 3), round(float(middle + half), 3)]


if __name__ == "__main__":
    main()
