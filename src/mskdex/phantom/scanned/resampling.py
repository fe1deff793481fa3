"""A CT and its labels on the grid of a template: axis-aligned, i to the left, j to the back, k to the head."""

from dataclasses import dataclass
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from numpy.typing import NDArray
from scipy import ndimage

from mskdex.types import Affine
from mskdex.types import HounsfieldVolume
from mskdex.types import LabelVolume
from mskdex.types import ScalarVolume

AIR_HU = -1000.0
_MOST_SAMPLES = 3  # along an axis of a voxel: finer scanners than that have nothing to add but noise


@dataclass(frozen=True)
class Grid:
    """Cubic voxels along the axes of the body: ``frame`` is their voxel_to_world, LPS mm."""

    frame: Affine
    shape: tuple[int, int, int]

    @classmethod
    def around(cls, shape: tuple[int, ...], voxel_to_world: Affine, voxel_mm: float) -> "Grid":
        """The grid that covers a volume from face to face, however its axes run."""
        corners = np.array(list(product(*[(-0.5, n - 0.5) for n in shape]))).T
        world = voxel_to_world[:3, :3] @ corners + voxel_to_world[:3, 3:]
        counts = np.maximum(np.rint(np.ptp(world, axis=1) / voxel_mm), 1).astype(int)
        frame = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
        frame[:3, 3] = world.min(axis=1) + voxel_mm / 2
        return cls(frame, (int(counts[0]), int(counts[1]), int(counts[2])))

    def heights_mm(self) -> Float64[ndarray, " k"]:
        """z of each slice's centre."""
        return np.asarray(self.frame[2, 3] + np.arange(self.shape[2]) * self.frame[2, 2])

    def between(self, low_mm: float, high_mm: float) -> tuple["Grid", slice]:
        """The slices whose centres lie between two heights, one at least, as a grid and as a slice of this one's."""
        within = np.flatnonzero((self.heights_mm() >= low_mm) & (self.heights_mm() <= high_mm))
        frame = self.frame.copy()
        frame[2, 3] = self.heights_mm()[within[0]]
        kept = slice(int(within[0]), int(within[-1]) + 1)
        return replace(self, frame=frame, shape=(*self.shape[:2], len(within))), kept

    def labels(self, labels: LabelVolume, voxel_to_world: Affine) -> LabelVolume:
        """The nearest label of each voxel; 0 beyond the volume."""
        return np.asarray(self._sampled(labels, voxel_to_world, np.zeros(3), order=0, mode="grid-constant"))

    def hounsfield(self, hu: HounsfieldVolume, voxel_to_world: Affine) -> ScalarVolume:
        """Mean HU of each voxel, from up to 3 x 3 x 3 places in it; air beyond the volume."""
        steps = np.abs(np.linalg.inv(voxel_to_world)[:3, :3] @ self.frame[:3, :3]).max(axis=0)
        counts = np.clip(np.ceil(steps - 1e-6), 1, _MOST_SAMPLES).astype(int)
        places = list(product(*[(np.arange(n) + 0.5) / n - 0.5 for n in counts]))
        total = np.zeros(self.shape, np.float32)
        for place in places:
            total += self._sampled(hu, voxel_to_world, np.array(place), order=1, mode="nearest", output=np.float32)
        covered = self.labels(np.ones(hu.shape, np.uint8), voxel_to_world) > 0
        return np.where(covered, total / np.float32(len(places)), np.float32(AIR_HU))

    def _sampled(
        self, volume: NDArray[Any], voxel_to_world: Affine, place: Float64[ndarray, "3"], **how: Any
    ) -> NDArray[Any]:
        """The volume at one place, in voxels about the centre, of each of our voxels."""
        to_source = np.linalg.inv(voxel_to_world) @ self.frame
        linear = to_source[:3, :3]
        shift = to_source[:3, 3] + linear @ place
        return np.asarray(ndimage.affine_transform(volume, linear, shift, output_shape=self.shape, **how))
