"""Where things are: rigid poses, affines and the cone-beam camera. World is LPS, in millimetres."""

from mskdex.geometry.affine import Rigid
from mskdex.geometry.affine import finer_grid
from mskdex.geometry.affine import transform_points
from mskdex.geometry.affine import voxel_grid
from mskdex.geometry.camera import ConeBeam
from mskdex.geometry.camera import ap_camera

__all__ = ["ConeBeam", "Rigid", "ap_camera", "finer_grid", "transform_points", "voxel_grid"]
