"""Do simulated radiographs look like real ones? Greys, spectrum, edges and noise of both, and attenuation of adults.

Real are five children's pelvis radiographs (Fraiwan 2022, 8-bit JPEG, pixel size unknown), one lower leg (Fuji CR, NEMA
sample), and one adult's pelvis CT (TCGA-OV), whose attenuation is that of the same physics. None of them is part of the
project: the folder comes from MSKDEX_DEV_DATA. Simulated pictures are brought to the children's frame (a square 1.21
pelvis widths wide, hips 45 % down) and pixels (331), and to their compression.

Commands: MSKDEX_DEV_DATA=... python benchmarks/realism.py
          MSKDEX_DEV_DATA=... python benchmarks/realism.py --draw FOLDER  (look at them; keep out of the repository)
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Canvas
from mskdex.cohort.virtual import VirtualPatient
from mskdex.cohort.virtual import imagine
from mskdex.evaluation.appearance import normalised
from mskdex.images.radiograph import read_radiograph
from mskdex.phantom.exposure import expose
from mskdex.phantom.exposure import sample_exposure
from realism_frame import CHILD_SIDE
from realism_frame import compressed
from realism_frame import framed
from realism_measures import BODY_ATTENUATION
from realism_measures import adult_measures
from realism_measures import picture_measures
from realism_measures import real_adult
from results import write_result

SEED = 24
DETECTOR = Canvas(rows=512, columns=512, spacing_mm=1.0)
EXPOSURES = 10
"""Pictures of each patient: how a picture looks depends more on its exposure than on who is in it."""
LEG_MM = 0.2
"""The file does not say; a plate of 35 cm has 1760 pixels."""
LEG_DARKEST, LEG_MIDDLE, LEG_HALF_WIDTH = 0.2, 0.48, 0.2
"""Below is air, and beside is the collimator (shares of the width), as the picture shows."""
LEG_POOL = 6
"""They become 1.2 mm, what an adult has in the children's frame."""


Seen = tuple[np.ndarray, np.ndarray]
"""A picture 0..1 and where the body is in it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--anatomy", default="builtin")
    parser.add_argument("--voxel-mm", type=float, default=2.5)
    parser.add_argument("--draw", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if not os.environ.get("MSKDEX_DEV_DATA"):
        print("MSKDEX_DEV_DATA is not set: the real radiographs are not part of the project", file=sys.stderr)
        return 2
    data = Path(os.environ["MSKDEX_DEV_DATA"])
    children = [_child(path) for path in sorted(data.glob("radiographs/*.jpg"))]
    plan = VirtualPlan(
        options.anatomy, options.count, SEED, per_template=2, implant_share=0.0, voxel_mm=options.voxel_mm
    )
    pictures, adults = [], []
    for made, rng in _patients(plan):
        pictures += _pictures(made, rng)
        adults.append(adult_measures(made.patient, made.view.attenuation, made.camera))
        print(len(adults), made.person.sex, flush=True)
    figures = {
        "pictures": _against(
            [picture_measures(*child) for child in children], [picture_measures(*p) for p in pictures]
        ),
        "adults": _against([real_adult(data, DETECTOR.rows, DETECTOR.spacing_mm)], adults),
        "lower_leg": {name: round(value, 4) for name, value in picture_measures(*_leg(data)).items()},
    }
    if options.draw:
        _draw(options.draw, children, pictures)
    command = f"MSKDEX_DEV_DATA=... python benchmarks/realism.py --count {options.count} --anatomy {plan.anatomy}"
    cohort = f"{options.count} virtual patients, {EXPOSURES} exposures each, voxels of {options.voxel_mm} mm"
    write_result("realism", command, SEED, cohort, figures)
    return 0


def _patients(plan: VirtualPlan) -> Iterator[tuple[VirtualPatient, np.random.Generator]]:
    for index in range(plan.count):
        rng = plan.randomness(index)
        yield imagine(plan, index, rng, DETECTOR), rng


def _pictures(made: VirtualPatient, rng: np.random.Generator) -> list[Seen]:
    """What a hospital would export of the patient, in the children's frame, under several exposures."""
    attenuation = made.view.attenuation
    body = framed(attenuation, made, DETECTOR.spacing_mm) > BODY_ATTENUATION
    found = []
    for _ in range(EXPOSURES):
        picture = expose(attenuation, DETECTOR.spacing_mm, replace(sample_exposure(rng), bits=8), rng)
        found.append((compressed(framed(picture, made, DETECTOR.spacing_mm)), body))
    return found


def _child(path: Path) -> Seen:
    """A child's body fills the picture."""
    picture = np.asarray(Pillow.open(path).convert("L"), np.float32) / 255
    return picture, np.ones(picture.shape, bool)


def _leg(data: Path) -> Seen:
    leg = read_radiograph(next(data.glob("radiographs/*lowerleg*.dcm")), spacing_mm=LEG_MM)
    picture = _averaged(leg.pixels)
    # The collimator leaves the plate's sides white.
    inside_collimator = np.abs(np.arange(picture.shape[1]) / picture.shape[1] - LEG_MIDDLE) < LEG_HALF_WIDTH
    return picture, (picture > LEG_DARKEST) & inside_collimator


def _averaged(pixels: np.ndarray) -> np.ndarray:
    rows, columns = (n // LEG_POOL for n in pixels.shape)
    blocks = pixels[: rows * LEG_POOL, : columns * LEG_POOL].reshape(rows, LEG_POOL, columns, LEG_POOL)
    return blocks.mean(axis=(1, 3)).astype(np.float32)


def _against(real: list[dict[str, float]], made: list[dict[str, float]]) -> dict[str, dict[str, object]]:
    """Per measure: the real values, what simulated ones range over, and whether the real median lies within."""
    found: dict[str, dict[str, object]] = {}
    for name in real[0]:
        values = np.array([one[name] for one in made])
        low, middle, high = np.percentile(values, (5, 50, 95))
        centre = float(np.median([one[name] for one in real]))
        found[name] = {
            "real": [round(one[name], 4) for one in real],
            "simulated_median": round(float(middle), 4),
            "simulated_5_95": [round(float(low), 4), round(float(high), 4)],
            "inside": bool(low <= centre <= high),
            "share_of_simulated_below_real": round(float((values < centre).mean()), 3),
        }
        print(name, *found[name].values())
    return found


def _draw(folder: Path, children: list[Seen], pictures: list[Seen]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole = np.ones((CHILD_SIDE, CHILD_SIDE), bool)
    some = pictures[:: max(1, len(pictures) // 10)][:10]
    rows = [children[:5], some[:5], some[5:10]]
    sheet = np.vstack([np.hstack([normalised(tile, whole) for tile, _ in row]) for row in rows if len(row) == 5])
    Pillow.fromarray((255 * sheet).astype(np.uint8)).save(folder / "realism.png")


if __name__ == "__main__":
    sys.exit(main())
