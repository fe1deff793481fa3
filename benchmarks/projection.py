"""Time the projector against nanodrr, DiffDRR's Siddon and the touch floor, in one run.

    python -m venv bench && bench/bin/pip install -c constraints.txt '.[benchmark]'
    bench/bin/pip install --no-deps diffdrr
    bench/bin/python benchmarks/projection.py

DiffDRR comes without its dependencies because torchvision, of which it uses one function that no rendering calls, has
no build beside every CPU build of torch; an inert stub stands in for it.

The case: 256^3 voxels of 1.5 mm, a body and 20 organs in it (21 labels), a cone beam that looks along no axis, 256^2
and 512^2 pixels. Everyone gets the same threads and one warm-up. The task is thickness **and** mass of all labels: ours
is one pass; a peer renders once per quantity, each time all labels in its native label mode. Compared is CPU time of
the process, all threads together, which other work on the machine disturbs least; the median of the runs counts. For
one quantity alone the peers' ratios are half of those given. The touch floor is the time to read, in the order in which
our rays cross them, the packed voxels from a list of addresses made beforehand.
"""

import argparse
import statistics
import sys
import time
import types
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import numpy as np

from mskdex.geometry import ConeBeam
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project
from projection_case import N_LABELS
from projection_case import SEED
from projection_case import SPACING_MM
from projection_case import analytic_chords_cm
from projection_case import camera
from projection_case import voxelise
from projection_touch import touch
from results import write_result

TARGETS = {"ratio_nanodrr": 50, "ratio_diffdrr_siddon": 150, "ratio_touch_floor": 4}


@dataclass(frozen=True)
class Row:
    """One projector on one detector. ``l1_to_ours``: sum of absolute differences of its mass maps over sum of ours."""

    projector: str
    version: str
    detector: int
    quantities: int
    threads: int
    runs: int
    cpu_s: float
    cpu_s_least: float
    wall_s: float
    extra_memory_mb: float
    l1_to_ours: float | None
    cpu_over_ours: float | None = None


def ours(labels: np.ndarray, density: np.ndarray, voxel_to_world: np.ndarray, view: ConeBeam) -> Callable[[], Any]:
    volume = ProjectionVolume.from_arrays(labels, density, voxel_to_world)
    return lambda: project(volume, view, N_LABELS, Weight.PATH).mass_g_per_cm2


def nanodrr(labels: np.ndarray, density: np.ndarray, voxel_to_world: np.ndarray, view: ConeBeam) -> Callable[[], Any]:
    import torch
    from nanodrr.camera import make_k_inv
    from nanodrr.data import Subject
    from nanodrr.drr import render
    from torchio import LabelMap
    from torchio import ScalarImage

    image, mask = (
        kind(tensor=torch.from_numpy(array)[None], affine=voxel_to_world)
        for kind, array in ((ScalarImage, density), (LabelMap, labels))
    )
    subject = Subject.from_images(image, mask, convert_to_mu=False)
    k_inv = make_k_inv(view.sdd_mm, view.spacing_mm, view.spacing_mm, 0.0, 0.0, view.rows, view.columns)
    pose = torch.tensor(view.camera_to_world, dtype=torch.float32)[None]
    sdd = torch.tensor([view.sdd_mm], dtype=torch.float32)

    def run() -> np.ndarray:
        with torch.no_grad():
            maps = render(subject, k_inv.reshape(1, 3, 3), pose, sdd, view.rows, view.columns)
        return maps[0, 1:].numpy() / 10

    return run


def diffdrr_siddon(
    labels: np.ndarray, density: np.ndarray, voxel_to_world: np.ndarray, view: ConeBeam
) -> Callable[[], Any]:
    import torch

    functional = types.ModuleType("torchvision.transforms.functional")
    functional.gaussian_blur = lambda image, *_: image
    for name in ("torchvision", "torchvision.transforms"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules.setdefault("torchvision.transforms.functional", functional)
    from diffdrr.drr import DRR
    from diffdrr.pose import RigidTransform
    from torchio import LabelMap
    from torchio import ScalarImage
    from torchio import Subject

    volume, mask = (
        kind(tensor=torch.from_numpy(array)[None], affine=voxel_to_world)
        for kind, array in ((ScalarImage, density), (LabelMap, labels))
    )
    parts = {"volume": volume, "density": volume, "mask": mask, "reorient": torch.eye(4)}
    subject = Subject(**parts, orientation=None, fiducials=None)
    patch = min(view.rows, 256)  # all rays of 512^2 at once would take 9 GB
    renderer = DRR(
        subject, view.sdd_mm, view.rows, view.spacing_mm, renderer="siddon", reverse_x_axis=False, patch_size=patch
    )
    # DiffDRR counts rows upwards.
    pose = RigidTransform(torch.tensor(view.camera_to_world * (1, -1, 1, 1), dtype=torch.float32)[None])

    def run() -> np.ndarray:
        with torch.no_grad():
            return renderer(pose, mask_to_channels=True)[0, 1:].numpy() / 10

    return run


def _memory_mb(key: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(key)).split()[1]) / 1024


def measure(run: Callable[[], Any], runs: int, *, warm: bool) -> tuple[Any, dict[str, float]]:
    """The result, time of ``runs`` calls after a warm-up (none if ``warm`` already), and memory of all of them."""
    before_mb = _memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    result = None if warm else run()
    cpu, wall = [], []
    for _ in range(runs):
        result = None
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        result = run()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return result, {
        "runs": runs,
        "cpu_s": round(statistics.median(cpu), 5),
        "cpu_s_least": round(min(cpu), 5),
        "wall_s": round(statistics.median(wall), 5),
        "extra_memory_mb": round(_memory_mb("VmHWM") - before_mb, 1),
    }


PROJECTORS = {
    "mskdex": (ours, "mskdex", 2, 15),
    "touch_floor": (touch, "mskdex", 0, 15),
    "nanodrr": (nanodrr, "nanodrr", 1, 3),
    "diffdrr_siddon": (diffdrr_siddon, "diffdrr", 1, 2),
}
"""Name: maker, distribution, quantities of one pass, runs at 256^2."""


def both_quantities(
    make: Callable[..., Callable[[], Any]],
    case: tuple[np.ndarray, np.ndarray, np.ndarray],
    view: ConeBeam,
    quantities: int,
) -> Callable[[], Any]:
    """The whole task: one pass, or two for a projector that renders one quantity at a time (mass, then thickness)."""
    labels, density, voxel_to_world = case
    mass = make(labels, density, voxel_to_world, view)
    if quantities != 1:
        return mass
    thickness = make(labels, np.ones_like(density), voxel_to_world, view)

    def run() -> Any:
        maps = mass()
        thickness()
        return maps

    return run


def time_all(pixels: int, threads: int) -> list[Row]:
    case, rows, our_maps = voxelise(SPACING_MM), [], None
    for name, (make, distribution, quantities, runs) in PROJECTORS.items():
        maps, figures = measure(
            both_quantities(make, case, camera(pixels), quantities),
            max(1, runs * 256 // pixels),
            warm=runs < 5 and pixels > 256,
        )
        our_maps = maps if our_maps is None else our_maps
        off = None if quantities == 0 else float(abs(maps - our_maps).sum() / our_maps.sum())
        ratio = figures["cpu_s"] / rows[0].cpu_s if rows else None
        rows.append(
            Row(
                name, version(distribution), pixels, quantities, threads, **figures, l1_to_ours=off, cpu_over_ours=ratio
            )
        )
        print(f"{name:15} {pixels}^2  cpu {figures['cpu_s']:8.3f} s  wall {figures['wall_s']:8.3f} s  "
              f"memory {figures['extra_memory_mb']:7.0f} MB  L1 to ours {off or 0:.2%}", flush=True)  # fmt: skip
    return rows


def chord_errors(pixels: int = 256) -> list[dict[str, Any]]:
    """Mean error of the organs' thickness against analytic chords: all of it is the labels', none the projector's."""
    view = camera(pixels)
    truth = analytic_chords_cm(view)[1:]
    table = []
    for labels_mm, supersample in ((3.0, 1), (3.0, 2), (1.5, 1), (1.5, 2), (0.75, 1)):
        labels, density, voxel_to_world = voxelise(labels_mm)
        volume = ProjectionVolume.from_arrays(labels, density, voxel_to_world, supersample=supersample)
        thickness = project(volume, view, N_LABELS, Weight.PATH).thickness_cm[1:]
        error, deep = abs(thickness - truth), truth > 2
        row = {
            "labels_mm": labels_mm,
            "supersample": supersample,
            "l1": round(float((error.sum((1, 2)) / truth.sum((1, 2))).mean()), 5),
            "mean_relative_over_2_cm": round(float((error[deep] / truth[deep]).mean()), 5),
            "mean_volume_bias": round(float((thickness.sum((1, 2)) / truth.sum((1, 2)) - 1).mean()), 5),
        }
        table.append(row)
        print(row, flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    numba.set_num_threads(options.threads)
    rows = [row for pixels in (256, 512) for row in time_all(pixels, options.threads)]
    small = {row.projector: row for row in rows if row.detector == 256}
    large = {row.projector: row for row in rows if row.detector == 512}
    figures = {
        "ratio_nanodrr": round(small["nanodrr"].cpu_over_ours, 1),
        "ratio_diffdrr_siddon": round(small["diffdrr_siddon"].cpu_over_ours, 1),
        "ratio_touch_floor": round(small["mskdex"].cpu_s / small["touch_floor"].cpu_s, 2),
        "ratio_nanodrr_one_quantity": round(small["nanodrr"].cpu_over_ours / 2, 1),
        "ratio_diffdrr_siddon_one_quantity": round(small["diffdrr_siddon"].cpu_over_ours / 2, 1),
        "ratio_512_to_256": round(large["mskdex"].cpu_s / small["mskdex"].cpu_s, 2),
        "targets": TARGETS,
        "note": "times are for both quantities; ..._one_quantity is half a peer's time over our whole pass, "
        "which still gives both",
        "table": [asdict(row) for row in rows],
        "chord_errors": chord_errors(),
    }
    cohort = "none: a body and 20 ellipsoids, 21 labels, 256^3 voxels of 1.5 mm"
    path = write_result("projection", "python benchmarks/projection.py", SEED, cohort, figures)
    print({key: value for key, value in figures.items() if key.startswith("ratio")}, path)


if __name__ == "__main__":
    main()
