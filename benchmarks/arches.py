"""The subpubic angles of the average woman and man, in the plane of the rami and as an AP radiograph shows them.

Command: python benchmarks/arches.py --anatomy atlas:PATH
"""

import argparse
from functools import partial

from mskdex.cohort.anatomies import Anatomy
from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.dimorphism import proportions_before
from mskdex.phantom.pelvimetry import subpubic_angle_ap_deg
from mskdex.phantom.pelvimetry import subpubic_angle_deg
from mskdex.phantom.vary import looked_up
from results import write_result

VOXEL_MM = 2.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anatomy", help="beside the built-in one, an atlas: atlas:PATH")
    options = parser.parse_args()
    makers = {"builtin": partial(builtin_template, voxel_mm=VOXEL_MM)}
    if options.anatomy:
        atlas = Anatomy.parse(options.anatomy).atlas(VOXEL_MM)
        makers["atlas"] = lambda shape: looked_up(atlas, proportions_before(atlas, shape))
    rows = []
    for name, make in makers.items():
        for sex in ("female", "male"):
            body = make(average_shape(sex))
            angles = {"in_plane_deg": subpubic_angle_deg(body), "ap_view_deg": subpubic_angle_ap_deg(body)}
            rows.append({"anatomy": name, "sex": sex, **{key: round(angle, 1) for key, angle in angles.items()}})
            print(rows[-1])
    command = "python benchmarks/arches.py --anatomy atlas:PATH"
    write_result("arches", command, 0, f"the average woman and man, voxels of {VOXEL_MM} mm", {"rows": rows})


if __name__ == "__main__":
    main()
