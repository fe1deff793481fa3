"""Time virtual patients on the CPU: what one costs as a cohort has it, in two poses, and as a study has it at 2 mm.

Command: python benchmarks/simulation.py

`two_poses_2mm` is a patient of a study: both poses at 2 mm, a noisy CT, a radiograph of 0.5 mm pixels, its maps, all
files encoded. Times are wall seconds of one process that may use every core, warm, the median over patients; a new
template, which several patients share, is counted apart. There is no version for a GPU.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.study_case import StudyPlan
from mskdex.cohort.study_case import make_case
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import make_subject
from results import write_result

SEED = 24
LIMIT_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=6, help="patients of each kind")
    options = parser.parse_args()
    cohort = VirtualPlan("builtin", options.count, SEED, per_template=options.count + 1)
    poses = VirtualPlan("builtin", options.count, SEED, per_template=options.count + 1, two_poses=True)
    study = StudyPlan(VirtualPlan("builtin", options.count, SEED, per_template=options.count + 1, voxel_mm=2.0))
    makers: dict[str, Callable[[int], object]] = {
        "cohort_2_5mm": lambda index: make_subject(cohort, index),
        "cohort_two_poses_2_5mm": lambda index: make_subject(poses, index),
        "two_poses_2mm": lambda index: make_case(study, index),
    }
    figures: dict[str, float | str] = {f"template_{_words(cohort.voxel_mm)}_s": _template_s(cohort.voxel_mm)}
    for name, make in makers.items():
        make(options.count)  # compiles, and prepares the template
        figures[f"{name}_s"] = round(median(_seconds(make, index) for index in range(options.count)), 2)
    figures["limit_two_poses_2mm_s"] = LIMIT_S
    figures["gpu"] = "not implemented: painting and projection are numba kernels for the CPU"
    write_result("simulation", "python benchmarks/simulation.py", SEED, f"{options.count} built-in patients", figures)
    for name, value in figures.items():
        print(f"{name:28} {value}")


def _words(millimetres: float) -> str:
    """ "2_5mm"."""
    return f"{millimetres:g}mm".replace(".", "_")


def _template_s(voxel_mm: float) -> float:
    """A template as cohorts of that voxel size have it."""
    times = []
    for group in range(4):
        started = time.perf_counter()
        growable_of("builtin", SEED + 1, group, voxel_mm)
        times.append(time.perf_counter() - started)
    return round(median(times[1:]), 2)


def _seconds(make: Callable[[int], object], index: int) -> float:
    started = time.perf_counter()
    make(index)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
