"""Simulated radiographs in the frame of the real ones: the same part of the body, as many pixels, as compressed."""

import io

import numpy as np
from PIL import Image as Pillow
from scipy import ndimage

from mskdex.anatomy import BONE_LABELS
from mskdex.cohort.virtual import VirtualPatient

CHILD_SIDE = 331
PELVIS_WIDTHS = 1.21
"""Side of a child's picture over the width of its pelvis: 331 pixels over 259 to 289, measured by eye."""
HIPS_DOWN = 0.45
"""How far down the hip joints are, of the side; by eye as well."""
JPEG_QUALITY = 75
"""The children's quantisation tables are the standard's at this quality."""


def framed(picture: np.ndarray, made: VirtualPatient, spacing_mm: float) -> np.ndarray:
    """The square about the pelvis, averaged or interpolated to the children's pixels."""
    columns = np.flatnonzero(_hip_bones(made).any(axis=0))
    side = PELVIS_WIDTHS * (columns[-1] - columns[0])
    hips = made.camera.project_points(made.patient.hips_mm).mean(axis=0)
    step = side / CHILD_SIDE
    smooth = ndimage.gaussian_filter(picture, 0.4 * np.sqrt(max(step**2 - 1, 0)), mode="nearest")
    at = (np.arange(CHILD_SIDE) + 0.5) * step
    rows, middle = hips[0] - HIPS_DOWN * side + at, (columns[0] + columns[-1]) / 2
    grid = np.meshgrid(rows, middle - side / 2 + at, indexing="ij")
    return np.asarray(ndimage.map_coordinates(smooth, grid, order=1, mode="constant"), np.float32)


def compressed(picture: np.ndarray) -> np.ndarray:
    """Through 8-bit JPEG and back."""
    buffer = io.BytesIO()
    Pillow.fromarray(np.rint(255 * picture).astype(np.uint8)).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return np.asarray(Pillow.open(buffer), np.float32) / 255


def _hip_bones(made: VirtualPatient) -> np.ndarray:
    labels = [label.value for label in BONE_LABELS if label.structure.name.lower().startswith("hip")]
    return np.asarray(made.view.truth.thickness_cm[np.array(labels) - 1].sum(axis=0) > 0.1)
