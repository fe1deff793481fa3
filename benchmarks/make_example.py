"""Make the radiograph that comes with mskdex: a virtual patient of the built-in anatomy, as a DX file.

Command: python benchmarks/make_example.py
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.record import Canvas
from mskdex.cohort.virtual import imagine
from mskdex.images.write_dicom import Acquisition
from mskdex.images.write_dicom import write_dx
from mskdex.phantom.exposure import Exposure
from mskdex.phantom.radiograph import take_radiograph

HERE = Path(__file__).parent
TARGET = HERE.parent / "src" / "mskdex" / "examples" / "hip.dcm"
SEED, INDEX = 2036, 0
PLAN = VirtualPlan(anatomy="builtin", count=INDEX + 1, seed=SEED, per_template=1, implant_share=0.0, voxel_mm=1.25)
DETECTOR = Canvas(rows=1000, columns=1075, spacing_mm=0.4)


def main() -> None:
    rng = np.random.default_rng([SEED, INDEX])
    made = imagine(PLAN, INDEX, rng, DETECTOR)
    presentation = replace(
        Exposure(), detail_gain=1.3, thickness_gain=0.6, edge_gain=0.3, gamma=0.9, scatter_to_primary=0.4
    )
    taken = take_radiograph(made.view.attenuation, DETECTOR.spacing_mm, rng, presentation)
    stored = np.rint(taken.pixels * 4095).astype(np.uint16)
    TARGET.parent.mkdir(exist_ok=True)
    sex = {"female": "F", "male": "M"}[made.person.sex]
    acquisition = Acquisition(
        sdd_mm=round(made.camera.sdd_mm), table_detector_mm=round(made.setup.table_detector_mm), sex=sex
    )
    write_dx(TARGET, stored, DETECTOR.spacing_mm, acquisition=acquisition)
    print(f"{TARGET.name}: {stored.shape[0]} x {stored.shape[1]}, {made.person.sex}, {made.person.age_years:.0f} years")


if __name__ == "__main__":
    main()
