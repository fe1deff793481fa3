"""The two forms of an atlas, meshes and label volume, are the same anatomy (MSKDEX_DEV_DATA says where one is)."""

import os
from pathlib import Path

import numpy as np
import pytest
import trimesh

from mskdex.anatomy import MEASURED_LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.anatomy import View
from mskdex.cohort.anatomies import Anatomy
from mskdex.phantom.atlas import parts_by_name
from mskdex.phantom.held import held_fraction
from mskdex.phantom.template import N_PARTS

DATA = os.environ.get("MSKDEX_DEV_DATA")
pytestmark = [
    pytest.mark.dev_data,
    pytest.mark.skipif(DATA is None, reason="MSKDEX_DEV_DATA, the folder of the development data, is unset"),
]


def test_meshes_and_label_volume_hold_the_same_muscles() -> None:
    folder = Path(str(DATA)) / "zanatomy_hip_thigh"
    sources = (folder / "meshes", folder / "example_labels_1p5mm.nii.gz")
    meshes, labels = (Anatomy.parse(f"atlas:{source}").atlas(4.0) for source in sources)
    for label in (label for label in MEASURED_LABELS if label.structure.view is View.WHOLE):
        ours, theirs = ((part.parts == label.value).sum() * part.voxel_cm3 for part in (meshes, labels))
        assert ours == pytest.approx(theirs, rel=0.03, abs=2.5), label.name
    for ours_mm, theirs_mm in zip(meshes.hip_centres_mm, labels.hip_centres_mm, strict=True):
        np.testing.assert_allclose(ours_mm, theirs_mm, atol=1.0)


def test_as_much_of_a_cut_muscle_is_held_as_its_whole_mesh_says() -> None:
    folder = Path(str(DATA)) / "zanatomy_hip_thigh" / "meshes"
    template, whole = Anatomy.parse(f"atlas:{folder}").atlas(4.0), np.zeros(N_PARTS)
    for stem, value in parts_by_name().items():
        if (folder / f"{stem}.ply").exists():
            whole[value] += abs(trimesh.load_mesh(folder / f"{stem}.ply", process=False).volume) / 1000
    for label, held in zip(MUSCLE_LABELS, held_fraction(template), strict=True):
        if held < 1:
            shown = (template.parts == label.value).sum() * template.voxel_cm3
            assert held == pytest.approx(shown / whole[label.value], abs=0.08), label.name
