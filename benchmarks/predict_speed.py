"""Time `mskdex predict` on DICOM files of 2688 x 2688 pixels: cold (a new process, one file) and warm (in a batch).

Command: python benchmarks/predict_speed.py
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

from mskdex.images.radiograph import read_radiograph
from mskdex.images.write_dicom import write_dx
from mskdex.workflows.examples import example_radiograph
from results import write_result

PIXELS = 2688
BATCH = 6


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _files(folder)
        _timed(files[:1], folder / "once")  # numba and the system's file cache, as on any machine used before
        cold_s = _timed(files[:1], folder / "cold")
        batch_s = _timed(files, folder / "batch")
        statuses = [_status(folder / "batch" / f"case-{number + 1:04d}") for number in range(BATCH)]
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures = {
        "cold_s": round(cold_s, 2),
        "warm_s_each": round((batch_s - cold_s) / (BATCH - 1), 2),
        "largest_process_mb": round(peak_mb),
        "statuses": sorted(set(statuses)),
    }
    cohort = f"the packaged example, enlarged to {PIXELS} x {PIXELS}, uncompressed, 12 bits"
    write_result("predict_speed", "python benchmarks/predict_speed.py", 0, cohort, figures)
    print(figures)


def _files(folder: Path) -> list[Path]:
    """The example's field, enlarged; every copy a little different, so that nothing can be remembered."""
    example = read_radiograph(example_radiograph())
    zoom = [PIXELS / n for n in example.pixels.shape]
    large = np.clip(ndimage.zoom(example.pixels, zoom, order=1), 0, 1)
    spacing_mm = example.spacing_mm / max(zoom)
    paths = [folder / f"{number}.dcm" for number in range(BATCH)]
    for number, path in enumerate(paths):
        write_dx(path, np.rint(large * (4000 + number)).astype(np.uint16), spacing_mm)
    return paths


def _timed(files: list[Path], output: Path) -> float:
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "mskdex", "predict", *map(str, files), "-o", str(output)],
        check=True,
        capture_output=True,
    )
    return time.monotonic() - started


def _status(case: Path) -> str:
    return str(json.loads((case / "measurements.json").read_text())["status"])


if __name__ == "__main__":
    main()
