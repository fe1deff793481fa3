"""What a tape and a calliper would measure of virtual patients, supine, beside what surveys of people found.

- Sagittal abdominal diameter: from back to belly in the midline, at the top of the iliac crests; and how far it is from
  the person's own, which was drawn. US adults: 22.5 cm, men 23.2 (NHANES 2011-2012; Kahn et al., PLoS ONE
  2014;9:e108707).
- Breadth and depth of the body at the hip centres, and the girth of the left thigh 110 mm below them, as the
  circumference of a circle of its area.
- Areas of the left vastus lateralis and adductors 80 and 170 mm below the hip centres.
- Fat between the muscles of the left thigh, 150 mm below the hip centres: in what muscles and femur enclose after a
  closing by a disc of 15 mm; and what was drawn. Median at 74 to 85 years 11 to 12 cm2, if the published figure is of
  both thighs (Farsijani 2019, Health ABC).
- Fat under the skin as it was drawn, at the crests and at mid-thigh.

Command: python benchmarks/anthropometry.py [--anatomy atlas:PATH]
"""

import argparse

import numpy as np
from scipy import ndimage

from mskdex.anatomy import LABEL_BY_NAME
from mskdex.anatomy import REST_LABEL
from mskdex.cohort.plan import VirtualPlan
from mskdex.cohort.virtual import growable_of
from mskdex.cohort.virtual import person_for
from mskdex.phantom.patient import Patient
from mskdex.phantom.patient import embody
from mskdex.phantom.patient import lay_down
from mskdex.phantom.population import Person
from mskdex.phantom.population.intermuscular import between_muscles_cm2
from mskdex.phantom.pose import SUPINE
from mskdex.phantom.subcutaneous import CREST
from mskdex.phantom.subcutaneous import MID_THIGH
from mskdex.phantom.subcutaneous import subcutaneous_at
from mskdex.types import LabelVolume
from results import write_result

SEED, VOXEL_MM, PER_TEMPLATE = 25, 4.0, 4
THIGH_MM, BETWEEN_MM, CLEFT_MM = 110.0, 150.0, 15.0
THIGH_MUSCLES = "vastus_lateralis", "adductors"
HIP_BONES = [LABEL_BY_NAME[f"hip_bone_{side}"].value for side in ("right", "left")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anatomy", help="beside the built-in one, an atlas: atlas:PATH")
    parser.add_argument("--count", type=int, default=80)
    options = parser.parse_args()
    rows = []
    for anatomy in filter(None, ("builtin", options.anatomy)):
        kind = VirtualPlan(anatomy).settings()["anatomy"]
        people = [_one(anatomy, index) for index in range(options.count)]
        for sex in ("female", "male"):
            rows.append({"anatomy": kind, "sex": sex, **_summary([each for who, each in people if who.sex == sex])})
            print(rows[-1])
    command = "python benchmarks/anthropometry.py --anatomy atlas:PATH"
    cohort = f"{options.count} patients of each source, supine, voxels of {VOXEL_MM} mm"
    write_result("anthropometry", command, SEED, cohort, {"rows": rows})


def _one(anatomy: str, index: int) -> tuple[Person, dict[str, float]]:
    rng = np.random.default_rng([SEED, index])
    growable = growable_of(anatomy, SEED, index // PER_TEMPLATE, VOXEL_MM)
    person = person_for(growable, rng)
    measured = _measures(lay_down(embody(person, growable, rng), SUPINE, voxel_mm=VOXEL_MM))
    fat = person.subcutaneous_fat_mm, person.thigh_over_crest_fat
    drawn = {"fat_at_crests_mm": subcutaneous_at(CREST, *fat), "fat_at_mid_thigh_mm": subcutaneous_at(MID_THIGH, *fat)}
    off_cm = measured["sagittal_abdominal_diameter_cm"] - person.sagittal_abdominal_diameter_mm / 10
    return person, {
        "body_mass_index": person.body_mass_index,
        **measured,
        "drawn_between_muscles_cm2": between_muscles_cm2(person.intermuscular_fat_mm),
        "diameter_off_the_person_cm": off_cm,
        **drawn,
    }


def _measures(patient: Patient) -> dict[str, float]:
    """In cm; the origin lies midway between the hip centres."""
    body = patient.labels > 0
    middle, _, hips = (round(-patient.voxel_to_world[axis, 3] / VOXEL_MM) for axis in range(3))
    crest = int(np.flatnonzero(np.isin(patient.labels, HIP_BONES).any(axis=(0, 1)))[-1])
    pieces, count = ndimage.label(body[middle:, :, hips - round(THIGH_MM / VOXEL_MM)])
    thigh = max(np.count_nonzero(pieces == piece) for piece in range(1, count + 1))
    voxel_cm = VOXEL_MM / 10
    areas = {
        f"{name}_at_{below}_mm_cm2": np.count_nonzero(
            patient.labels[:, :, hips - round(below / VOXEL_MM)] == LABEL_BY_NAME[f"{name}_left"].value
        )
        * voxel_cm**2
        for name in THIGH_MUSCLES
        for below in (80, 170)
    }
    return {
        "sagittal_abdominal_diameter_cm": np.count_nonzero(body[middle, :, crest]) * voxel_cm,
        "breadth_at_hips_cm": np.count_nonzero(body[:, :, hips].any(axis=1)) * voxel_cm,
        "depth_at_hips_cm": np.count_nonzero(body[:, :, hips].any(axis=0)) * voxel_cm,
        "thigh_girth_cm": 2 * float(np.sqrt(np.pi * thigh)) * voxel_cm,
        "between_muscles_cm2": _between(patient.labels[middle:, :, hips - round(BETWEEN_MM / VOXEL_MM)]) * voxel_cm**2,
        **areas,
    }


def _between(thigh: LabelVolume) -> int:
    """Pixels of fat that muscles and bone of one side enclose."""
    firm = np.pad((thigh > 0) & (thigh < REST_LABEL.value), round(2 * CLEFT_MM / VOXEL_MM))
    near = ndimage.distance_transform_edt(~firm) * VOXEL_MM <= CLEFT_MM
    return int(np.count_nonzero((ndimage.distance_transform_edt(near) * VOXEL_MM > CLEFT_MM) & ~firm))


def _summary(people: list[dict[str, float]]) -> dict[str, int | list[float]]:
    """How many people, and of each measure mean and SD."""
    each = {name: [person[name] for person in people] for name in people[0]}
    figures = {name: [round(float(np.mean(x)), 1), round(float(np.std(x, ddof=1)), 1)] for name, x in each.items()}
    return {"people": len(people), **figures}


if __name__ == "__main__":
    main()
