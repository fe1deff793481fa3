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
from mskdex.images.labels import read_ct_volume
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
from mskdex.workflows.predict import PredictConfig
from mskdex.workflows.predict import predict
from results import write_result

BONE_HU = 200
TABLE_GAP_HU = -300
HIPS_ABOVE_BOTTOM_MM = 55.0  # seen in the axial slices: the femoral heads' centres
SPACING_MM, ROWS, COLUMNS = 0.5, 864, 864
SDD_MM, OBJECT_TO_DETECTOR_MM = 1150.0, 190.0


def main(folder: Path) -> None:
    data = Path(os.environ["MSKDEX_DEV_DATA"])
    ct = read_ct_volume(next(data.glob("real_ct/*/*_ct.nii.gz")))
    body = _body(ct.voxels)
    hu = np.where(body, ct.voxels, np.int16(-1000)).astype(np.int16)
    camera = _camera(body, ct.voxel_to_world)
    patient = Patient(body.astype(np.uint8), hu, ct.voxel_to_world, np.zeros((2, 3)))
    attenuation = primary_attenuation(paths_g_per_cm2(patient, camera), Beam())
    picture = expose(attenuation, SPACING_MM, Exposure(), np.random.default_rng(0))
    folder.mkdir(parents=True, exist_ok=True)
    radiograph = folder / "real_ct_radiograph.dcm"
    write_dx(radiograph, np.rint(picture * 4095).astype(np.uint16), SPACING_MM, acquisition=Acquisition(sdd_mm=SDD_MM))
    summary = predict([radiograph], PredictConfig(output=folder / "prediction"))
    bones = _bones_above(hu, ct.voxel_to_world, camera)
    predicted = _predicted_bones(folder / "prediction" / "case-0001" / "maps.npz")
    true = _onto(bones, predicted.shape)
    seen = _onto((attenuation > 0.3).astype(np.float32), predicted.shape) > 0.5
    correlation = float(np.corrcoef(true[seen], predicted[seen])[0, 1])
    _draw(folder / "real_ct.png", picture, true, predicted)
    figures = {"bone_pixel_correlation": round(correlation, 4), "status": summary.exit_code.name.lower()}
    write_result(
        "real_ct", "MSKDEX_DEV_DATA=... python benchmarks/real_ct.py FOLDER", 0, "one real CT, TCGA-OV", figures
    )
    print(figures)


def _body(hu: np.ndarray) -> np.ndarray:
    """The patient without the table: the largest piece that hangs together."""
    pieces, _ = ndimage.label(ndimage.binary_opening(hu > TABLE_GAP_HU, iterations=2))
    largest = np.bincount(pieces.ravel())[1:].argmax() + 1
    filled = ndimage.binary_dilation(pieces == largest, iterations=2)
    return np.stack([ndimage.binary_fill_holes(filled[:, :, k]) for k in range(hu.shape[2])], axis=2)


def _camera(body: np.ndarray, voxel_to_world: np.ndarray) -> ConeBeam:
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


def _bones_above(hu: np.ndarray, voxel_to_world: np.ndarray, camera: ConeBeam) -> np.ndarray:
    bone = (hu > BONE_HU).astype(np.uint8)
    volume = ProjectionVolume.from_arrays(bone, mass_density_g_per_cm3(hu), voxel_to_world)
    return np.asarray(project(volume, camera, n_labels=1).thickness_cm[0])


def _predicted_bones(path: Path) -> np.ndarray:
    with np.load(path) as maps:
        return np.sum([maps[f"{label.name}.thickness_cm"] for label in BONE_LABELS], axis=0)


def _onto(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The detector's picture on the model's map grid: both are centred; 12 pixels of 0.5 mm make one of 6 mm."""
    factor = 12
    rows, columns = (n // factor for n in image.shape)
    coarse = image[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    result = np.zeros(shape, np.float32)
    top, left = ((n - m) // 2 for n, m in zip(coarse.shape, shape, strict=True))
    cut = coarse[max(top, 0) : max(top, 0) + shape[0], max(left, 0) : max(left, 0) + shape[1]]
    result[max(-top, 0) : max(-top, 0) + cut.shape[0], max(-left, 0) : max(-left, 0) + cut.shape[1]] = cut
    return result


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
