"""Does the model find real bones? A radiograph made from a real pelvis CT goes through ``predict``; the predicted bones
are held against where the CT's voxels above 200 HU project.

The CT (TCGA-OV, CC BY 3.0, see docs) is not part of the project: the folder comes from MSKDEX_DEV_DATA. The picture
goes to the folder named on the command line and stays out of the repository; the figures go to
benchmarks/results/real_ct.json.

Command: MSKDEX_DEV_DATA=... python benchmarks/real_ct.py FOLDER
"""

import os
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from scipy import ndimage

from mskdex.anatomy import BONE_LABELS
from mskdex.geometry import ConeBeam
from mskdex.geometry import ap_camera
from mskdex.images.grid import MODEL_GRID
from mskdex.images.grid import to_grid
from mskdex.images.labels import read_ct_volume
from mskdex.images.radiograph import read_radiograph
from mskdex.images.write_dicom import Acquisition
from mskdex.images.write_dicom import write_dx
from mskdex.phantom.beam import Beam
from mskdex.phantom.beam import primary_attenuation
from mskdex.phantom.exposure import Exposure
from mskdex.phantom.exposure import expose
from mskdex.phantom.patient import Patient
from mskdex.phantom.view import paths_g_per_cm2
from mskdex.physics import mass_density_g_per_cm3
from mskdex.projection import ProjectionVolume
from mskdex.projection import project
from mskdex.workflows.predict import predict
from mskdex.workflows.predict_config import PredictConfig
from results import write_result

BONE_HU = 200
TABLE_GAP_HU = -300
HIPS_ABOVE_BOTTOM_MM = 55.0  # seen in the axial slices: the femoral heads' centres
SPACING_MM, ROWS, COLUMNS = 0.5, 864, 864
BODY_ATTENUATION = 0.3
SPINE_HALF_WIDTH_PIXELS = 7
SDD_MM, OBJECT_TO_DETECTOR_MM = 1150.0, 190.0


def main(folder: Path) -> None:
    data = Path(os.environ["MSKDEX_DEV_DATA"])
    ct = read_ct_volume(next(data.glob("real_ct/*/*_ct.nii.gz")))
    body = body_without_table(ct.voxels)
    hu = np.where(body, ct.voxels, np.int16(-1000)).astype(np.int16)
    camera = camera_over(body, ct.voxel_to_world)
    patient = Patient(body.astype(np.uint8), hu, hu, ct.voxel_to_world, np.zeros((2, 3)))
    attenuation = primary_attenuation(paths_g_per_cm2(patient, camera), Beam())
    picture = expose(attenuation, SPACING_MM, Exposure(), np.random.default_rng(0))
    folder.mkdir(parents=True, exist_ok=True)
    radiograph = folder / "real_ct_radiograph.dcm"
    write_dx(radiograph, np.rint(picture * 4095).astype(np.uint16), SPACING_MM, acquisition=Acquisition(sdd_mm=SDD_MM))
    summary = predict([radiograph], PredictConfig(output=folder / "prediction"))
    predicted = _predicted_bones(folder / "prediction" / "case-0001" / "maps.npz")
    field = read_radiograph(radiograph).field
    true = _on_maps(bones_above(hu, ct.voxel_to_world, camera), field)
    seen = _on_maps((attenuation > BODY_ATTENUATION).astype(np.float32), field) > 0.5
    # The lumbar spine is bone in the CT and rest of the body to the model.
    beside_spine = seen & (np.abs(np.arange(true.shape[1]) - (true.shape[1] - 1) / 2) > SPINE_HALF_WIDTH_PIXELS)
    figures = {
        "bone_pixel_correlation": round(float(np.corrcoef(true[seen], predicted[seen])[0, 1]), 4),
        "beside_the_spine": round(float(np.corrcoef(true[beside_spine], predicted[beside_spine])[0, 1]), 4),
        "status": summary.exit_code.name.lower(),
        "cases_with_flags": summary.with_flags,
    }
    _draw(folder / "real_ct.png", picture, true, predicted)
    command = "MSKDEX_DEV_DATA=... python benchmarks/real_ct.py FOLDER"
    write_result("real_ct", command, 0, "one real CT, TCGA-OV", figures)
    print(figures)


def body_without_table(hu: np.ndarray) -> np.ndarray:
    """The patient without the table: the largest piece that hangs together."""
    pieces, _ = ndimage.label(ndimage.binary_opening(hu > TABLE_GAP_HU, iterations=2))
    largest = np.bincount(pieces.ravel())[1:].argmax() + 1
    filled = ndimage.binary_dilation(pieces == largest, iterations=2)
    return np.stack([ndimage.binary_fill_holes(filled[:, :, k]) for k in range(hu.shape[2])], axis=2)


def camera_over(body: np.ndarray, voxel_to_world: np.ndarray) -> ConeBeam:
    points = np.argwhere(body) @ voxel_to_world[:3, :3].T + voxel_to_world[:3, 3]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    target = np.array([middle[0], middle[1], points[:, 2].min() + HIPS_ABOVE_BOTTOM_MM + 25])
    return ap_camera(
        target,
        sdd_mm=SDD_MM,
        object_to_detector_mm=OBJECT_TO_DETECTOR_MM,
        rows=ROWS,
        columns=COLUMNS,
        spacing_mm=SPACING_MM,
    )


def bones_above(hu: np.ndarray, voxel_to_world: np.ndarray, camera: ConeBeam) -> np.ndarray:
    bone = (hu > BONE_HU).astype(np.uint8)
    volume = ProjectionVolume.from_arrays(bone, mass_density_g_per_cm3(hu), voxel_to_world)
    return np.asarray(project(volume, camera, n_labels=1).thickness_cm[0])


def _predicted_bones(path: Path) -> np.ndarray:
    with np.load(path) as maps:
        return np.sum([maps[f"{label.name}.thickness_cm"] for label in BONE_LABELS], axis=0)


def _on_maps(image: np.ndarray, field: np.ndarray) -> np.ndarray:
    """A picture of the detector, averaged over the pixels of the model's maps."""
    on_grid = to_grid(image.astype(np.float32), field, SPACING_MM).pixels
    stride = MODEL_GRID.map_stride
    rows, columns = (n // stride for n in on_grid.shape)
    return np.asarray(on_grid.reshape(rows, stride, columns, stride).mean(axis=(1, 3)))


def _draw(path: Path, picture: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(18, 6))
    for axis, image, title in zip(
        axes, (picture, true, predicted), ("radiograph", "over 200 HU", "predicted"), strict=True
    ):
        axis.imshow(image, cmap="gray" if title == "radiograph" else "magma")
        axis.set_title(title)
        axis.axis("off")
    figure.savefig(path, dpi=60, bbox_inches="tight")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
