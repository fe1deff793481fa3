"""Draw virtual patients: coronal and axial slices of the labels, a CT-like slice, and the radiograph; or radiographs
alone, six in a row.

Commands: python benchmarks/contact_sheet.py sheet.png --anatomy builtin --count 5
          python benchmarks/contact_sheet.py docs/patients.jpg --count 24 --radiographs
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image as Pillow

from mskdex.anatomy import LABELS
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Canvas
from mskdex.cohort.virtual import VirtualPatient
from mskdex.cohort.virtual import imagine
from mskdex.phantom.radiograph import take_radiograph
from mskdex.types import Image

IN_A_ROW = 6
DETECTOR = Canvas(rows=432, columns=432, spacing_mm=1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--anatomy", default="builtin")
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--voxel-mm", type=float, default=2.5)
    parser.add_argument("--radiographs", action="store_true")
    options = parser.parse_args()
    plan = VirtualPlan(options.anatomy, options.count, options.seed, per_template=1, voxel_mm=options.voxel_mm)
    if options.radiographs:
        _draw_radiographs(plan, options.output)
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.colors import ListedColormap

    colours = ListedColormap(["black", *(label.structure.colour for label in LABELS)])
    figure, axes = plt.subplots(4, options.count, figsize=(3.2 * options.count, 12), squeeze=False)
    for column in range(options.count):
        made, pixels = _made(plan, column)
        _draw(axes[:, column], made, pixels, colours)
    figure.tight_layout()
    figure.savefig(options.output, dpi=70)


def _made(plan: VirtualPlan, index: int) -> tuple[VirtualPatient, Image]:
    rng = plan.randomness(index)
    made = imagine(plan, index, rng, DETECTOR)
    return made, take_radiograph(made.view.attenuation, DETECTOR.spacing_mm, rng, made.exposure).pixels


def _draw_radiographs(plan: VirtualPlan, output: Path) -> None:
    tiles = [_made(plan, index)[1] for index in range(plan.count)]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % IN_A_ROW)
    rows = [np.hstack(tiles[first : first + IN_A_ROW]) for first in range(0, len(tiles), IN_A_ROW)]
    sheet = Pillow.fromarray((255 * np.vstack(rows)).astype(np.uint8))
    sheet.resize((sheet.width // 2, sheet.height // 2), Pillow.Resampling.LANCZOS).save(output, quality=80)


def _draw(axes: np.ndarray, made: VirtualPatient, radiograph: np.ndarray, colours: object) -> None:
    patient, person = made.patient, made.person
    _, y, z = np.rint(-patient.voxel_to_world[:3, 3] / np.diag(patient.voxel_to_world)[:3]).astype(int)
    how = {"cmap": colours, "vmin": 0, "vmax": len(LABELS), "interpolation": "nearest"}
    axes[0].imshow(patient.labels[:, y, ::-1].T, **how)
    axes[1].imshow(patient.labels[:, :, z].T, **how)
    axes[2].imshow(patient.hu[:, :, z].T, cmap="gray", vmin=-200, vmax=500)
    axes[3].imshow(radiograph, cmap="gray")
    axes[0].set_title(
        f"{person.sex}, {person.age_years:.0f}, {person.body_mass_index:.0f} kg/m2\n{person.condition}", size=9
    )
    for axis in axes:
        axis.axis("off")


if __name__ == "__main__":
    main()
