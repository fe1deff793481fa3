"""What is measured of a picture, and of an adult's attenuation, simulated and real alike."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from mskdex.evaluation.appearance import band_rms
from mskdex.evaluation.appearance import edge_strengths
from mskdex.evaluation.appearance import local_spread
from mskdex.evaluation.appearance import noise_level
from mskdex.evaluation.appearance import normalised
from mskdex.evaluation.appearance import spectral_exponent
from mskdex.geometry import ConeBeam
from mskdex.images.labels import read_ct_volume
from mskdex.phantom.beam import Beam
from mskdex.phantom.beam import primary_attenuation
from mskdex.phantom.patient import Patient
from mskdex.phantom.view import paths_g_per_cm2
from mskdex.projection import ProjectionVolume
from mskdex.projection import Weight
from mskdex.projection import project
from real_ct import HIPS_ABOVE_BOTTOM_MM
from real_ct import body_without_table
from real_ct import bones_above
from real_ct import camera_over

GREY_PERCENTILES = (5, 25, 50, 75, 95)
BANDS = {"coarse": (8, 32), "fine": (32, 120)}
"""Cycles per picture; 120 of 331 pixels are 0.3 cycles per mm of an adult's pelvis."""
NEARBY_PIXELS = 10.0
FLAT = 2.5 / 255
"""Nearer than so to the darkest or brightest grey counts as black or white."""
ADULT_PERCENTILES = (5, 25, 50, 75, 95)
ABOVE_HIPS_MM, BELOW_HIPS_MM = 160.0, 40.0
"""What the real CT covers."""
BODY_ATTENUATION = 1.0
HALF_WIDTH_MM = 110.0
"""Beside the hips' middle: no skin there, whose outline is a strong edge."""
BANDS_PER_MM = ((0.02, 0.08), (0.08, 0.15), (0.15, 0.3))
"""Along the rows: the CT's voxels of 3 mm lie the other way, of 1.03 mm along them."""
BONE_EDGE_CM, NEAR_MM, FAR_MM = 0.3, 2.0, 6.0


def picture_measures(picture: np.ndarray, body: np.ndarray) -> dict[str, float]:
    """Of the body's pixels of a picture 0..1: greys after normalisation, how much of the scale they use, how many are
    cut off, how much of their spread is local, spectrum, edges, noise."""
    # What the window cuts off is flat in any picture, and a child's picture shows little of it.
    inside = body & (picture > picture.min() + FLAT) & (picture < picture.max() - FLAT)
    grey = normalised(picture, inside)
    low, high = np.percentile(picture[inside], (0.5, 99.5))
    edges = edge_strengths(grey, inside, NEARBY_PIXELS)
    found = {f"grey_p{q}": float(np.percentile(grey[inside], q)) for q in GREY_PERCENTILES}
    found["share_of_grey_scale"] = float(high - low)
    found["share_black_or_white"] = float(1 - inside.sum() / body.sum())
    found["local_share_of_spread"] = float(np.nanmedian(local_spread(grey, inside, NEARBY_PIXELS)) / grey[inside].std())
    found |= {f"exponent_{name}": spectral_exponent(grey, *band) for name, band in BANDS.items()}
    found |= {f"edge_p{q}": float(np.percentile(edges, q)) for q in (50, 90, 99)}
    found["noise"] = noise_level(grey, inside)
    return found


def adult_measures(patient: Patient, attenuation: np.ndarray, camera: ConeBeam) -> dict[str, float]:
    """Of noise-free attenuation near the hips: percentiles, spectrum along rows, contrast of the bones' outline."""
    spacing_mm, (row, column) = camera.spacing_mm, camera.project_points(patient.hips_mm).mean(axis=0)
    rows = slice(*(round(row + mm / spacing_mm) for mm in (-ABOVE_HIPS_MM, BELOW_HIPS_MM)))
    columns = slice(*(round(column + mm / spacing_mm) for mm in (-HALF_WIDTH_MM, HALF_WIDTH_MM)))
    bones_cm = bones_above(patient.mixed_hu, patient.voxel_to_world, camera)[rows]
    way_cm, attenuation = _way_through_cm(patient, camera)[rows], attenuation[rows]
    body = attenuation > BODY_ATTENUATION
    found = {f"attenuation_p{q}": float(np.percentile(attenuation[body], q)) for q in ADULT_PERCENTILES}
    found["body_cm_p50"] = float(np.median(way_cm[body]))
    found["attenuation_per_cm"] = float(np.median(attenuation[body] / way_cm[body]))
    middle = attenuation[:, columns]
    for low, high in BANDS_PER_MM:
        cycles = (per_mm * middle.shape[1] * spacing_mm for per_mm in (low, high))
        found[f"rms_{low}_{high}_per_mm"] = band_rms(middle, *cycles, axis=1)
    cycles = (per_mm * middle.shape[1] * spacing_mm for per_mm in (BANDS_PER_MM[1][0], BANDS_PER_MM[-1][1]))
    found["exponent_along_rows"] = spectral_exponent(middle, *cycles, axis=1)
    contrast = _bone_edge_contrast(attenuation, bones_cm, spacing_mm)
    return found | {f"bone_edge_p{q}": float(np.percentile(contrast, q)) for q in (25, 50, 75)}


def real_adult(data: Path, rows: int, spacing_mm: float) -> dict[str, float]:
    """The same of the real CT, seen as a radiograph."""
    ct = read_ct_volume(next(data.glob("real_ct/*/*_ct.nii.gz")))
    body = body_without_table(ct.voxels)
    hu = np.where(body, ct.voxels, np.int16(-1000)).astype(np.int16)
    camera = camera_over(body, ct.voxel_to_world).with_grid(rows, rows, spacing_mm)
    hips = np.array([hu.shape[0] / 2, hu.shape[1] / 2, HIPS_ABOVE_BOTTOM_MM / abs(ct.voxel_to_world[2, 2])])
    if ct.voxel_to_world[2, 2] < 0:
        hips[2] = hu.shape[2] - 1 - hips[2]
    hips_mm = ct.voxel_to_world[:3, :3] @ hips + ct.voxel_to_world[:3, 3]
    patient = Patient(body.astype(np.uint8), hu, hu, ct.voxel_to_world, np.stack([hips_mm, hips_mm]))
    attenuation = primary_attenuation(paths_g_per_cm2(patient, camera), Beam())
    return adult_measures(patient, attenuation, camera)


def _way_through_cm(patient: Patient, camera: ConeBeam) -> np.ndarray:
    """Length of each ray within the body's outline."""
    body = (patient.labels > 0).astype(np.uint8)
    volume = ProjectionVolume.from_arrays(body, np.ones(body.shape, np.float32), patient.voxel_to_world)
    return np.asarray(project(volume, camera, n_labels=1, weight=Weight.PATH).thickness_cm[0])


def _bone_edge_contrast(attenuation: np.ndarray, bones_cm: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Mean attenuation 2 to 6 mm within the bones' outline less that 2 to 6 mm outside it, along the outline."""
    bone = ndimage.binary_opening(bones_cm > BONE_EDGE_CM, iterations=2)
    within = ndimage.distance_transform_edt(bone) * spacing_mm
    without = ndimage.distance_transform_edt(~bone) * spacing_mm
    body = attenuation > BODY_ATTENUATION
    means = []
    for distance in (within, without):
        ring = ((distance > NEAR_MM) & (distance <= FAR_MM) & body).astype(np.float64)
        weight = ndimage.gaussian_filter(ring, FAR_MM / spacing_mm)
        means.append(ndimage.gaussian_filter(ring * attenuation, FAR_MM / spacing_mm) / np.maximum(weight, 1e-9))
    outline = bone & ~ndimage.binary_erosion(bone) & body
    return np.asarray((means[0] - means[1])[outline])
