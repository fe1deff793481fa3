"""The projector with gradients: batches of poses on CPU or GPU (torch, the ``train`` extra; imported by name only).

Labels and densities are read off trilinearly between voxel centres, so that maps move smoothly with the pose. Every
sample adds its eight voxels' shares to its eight voxels' labels: the cost does not grow with the number of labels, and
no one-hot volume is ever built. Rays are worked on in chunks that the backward pass computes again, so memory does not
grow with the detector.
"""

from dataclasses import dataclass
from itertools import product

import torch
from scipy.ndimage import maximum_filter
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mskdex.anatomy import LABELS
from mskdex.geometry import ConeBeam
from mskdex.projection.maps import Weight
from mskdex.projection.volume import ProjectionVolume

_CORNERS = tuple(product((0, 1), repeat=3))


def rigid_motion(rotation_rad: Tensor, translation_mm: Tensor, about_mm: Tensor) -> Tensor:
    """Poses ``[B, 4, 4]`` that turn about ``about_mm`` by rotation vectors ``[B, 3]``, then shift by ``[B, 3]``.

    The rotation is the matrix exponential itself, whose gradient is right at zero too.
    """
    x, y, z = rotation_rad.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(-1, 3, 3)
    rotation = torch.linalg.matrix_exp(cross)
    shift = translation_mm + about_mm - (rotation @ about_mm)
    last = rotation.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(len(rotation), 1, 4)
    return torch.cat([torch.cat([rotation, shift.unsqueeze(-1)], dim=-1), last], dim=-2)


@dataclass(frozen=True, eq=False)
class SoftProjector:
    """A volume on a torch device, ready to be projected in any pose.

    Attributes:
        labels: int64 ``[voxels]``; density_g_per_cm3: ``[voxels]``, whose type is the precision of all that follows.
        occupied: bool ``[voxels]``: one of the eight voxels from here on upwards is labelled.
        shape: of the volume, frame included.
        voxel_to_world: float64 ``[4, 4]``.
        step_mm: distance between samples, along the perpendicular.
        max_points: samples worked on at a time.
    """

    labels: Tensor
    density_g_per_cm3: Tensor
    occupied: Tensor
    shape: tuple[int, int, int]
    voxel_to_world: Tensor
    step_mm: float
    max_points: int = 1 << 21

    @classmethod
    def from_volume(
        cls,
        volume: ProjectionVolume,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        samples_per_voxel: float = 2.0,
    ) -> "SoftProjector":
        """Move a packed volume to ``device``; ``samples_per_voxel`` counts along the shortest voxel edge."""
        voxel_to_world = torch.as_tensor(volume.voxel_to_world, device=device)
        size0, size1, size2 = volume.packed.shape
        occupied = maximum_filter(volume.labels, size=2, origin=-1) > 0
        return cls(
            torch.as_tensor(volume.labels.reshape(-1), device=device).long(),
            torch.as_tensor(volume.density_g_per_cm3.reshape(-1), device=device).to(dtype),
            torch.as_tensor(occupied.reshape(-1), device=device),
            (size0, size1, size2),
            voxel_to_world,
            float(voxel_to_world[:3, :3].norm(dim=0).min()) / samples_per_voxel,
        )

    @property
    def _stride(self) -> tuple[int, int, int]:
        return self.shape[1] * self.shape[2], self.shape[2], 1

    def project(
        self, camera: ConeBeam, motion: Tensor, n_labels: int = len(LABELS), weight: Weight = Weight.VOLUME
    ) -> tuple[Tensor, Tensor]:
        """Project the volume after each of a batch of motions through the world.

        Args:
            camera: stays where it is.
            motion: rigid ``[B, 4, 4]``, mm, see ``rigid_motion``; gradients flow into it.
            n_labels: channels, channel = label - 1; the volume's labels must not exceed it.
            weight: what a bit of tissue counts.

        Returns:
            thickness (cm) and mass (g/cm2), each ``[B, n_labels, rows, columns]``.
        """
        poses = [self._project_one(camera, one, n_labels, weight) for one in motion.to(torch.float64)]
        maps = torch.stack(poses).reshape(len(poses), camera.rows, camera.columns, 2, 1 + n_labels)[..., 1:]
        thickness_cm, mass_g_per_cm2 = maps.permute(3, 0, 4, 1, 2)
        return thickness_cm, mass_g_per_cm2

    def _project_one(self, camera: ConeBeam, motion: Tensor, n_labels: int, weight: Weight) -> Tensor:
        """Sums ``[rays, 2 * (1 + n_labels)]`` of one pose."""
        world_to_voxel = torch.linalg.inv(motion @ self.voxel_to_world)
        pixels_mm = torch.as_tensor(camera.pixel_centres_mm.reshape(-1, 3)).to(motion)
        source_mm = torch.as_tensor(camera.source_mm.copy()).to(motion)
        length_mm = (pixels_mm - source_mm).norm(dim=-1)
        source, pixels = (p @ world_to_voxel[:3, :3].T + world_to_voxel[:3, 3] for p in (source_mm, pixels_mm))
        t, dt = self._sample_parameters(camera, motion)
        if weight is Weight.VOLUME:
            value_cm = (camera.sdd_mm / 10 * dt * t**2).expand(len(pixels), -1)
        else:
            value_cm = (length_mm / 10 * dt).unsqueeze(-1).expand(-1, len(t))
        precision = self.density_g_per_cm3.dtype
        chunk = max(1, self.max_points // len(t))
        rays, values = torch.split(pixels - source, chunk), torch.split(value_cm.to(precision), chunk)
        chunks = []
        for ray, value in zip(rays, values, strict=True):
            points = (source, ray, t, value, n_labels)
            chunks.append(checkpoint(self._sum_labels, *points, use_reentrant=False))
        return torch.cat(chunks)

    def _sample_parameters(self, camera: ConeBeam, motion: Tensor) -> tuple[Tensor, float]:
        """Ray parameters of the samples and their distance: as deep as the ball around the volume, in any pose.

        Their number never depends on the pose, so the maps are smooth in it.
        """
        size = torch.tensor(self.shape).to(motion)
        diagonals = torch.tensor([(1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1)]).to(motion) * size
        diameter_mm = float((diagonals @ self.voxel_to_world[:3, :3].T).norm(dim=-1).max())
        centre_mm = motion[:3, :3] @ (self.voxel_to_world[:3, :3] @ ((size - 1) / 2) + self.voxel_to_world[:3, 3])
        axis = torch.as_tensor(camera.camera_to_world[:3, 2].copy()).to(motion)
        depth_mm = (centre_mm + motion[:3, 3] - torch.as_tensor(camera.source_mm.copy()).to(motion)) @ axis
        count = max(1, round(diameter_mm / self.step_mm))
        offset_mm = ((torch.arange(count).to(motion) + 0.5) / count - 0.5) * diameter_mm
        return (depth_mm + offset_mm) / camera.sdd_mm, diameter_mm / count / camera.sdd_mm

    def _sum_labels(self, source: Tensor, ray: Tensor, t: Tensor, value: Tensor, n_labels: int) -> Tensor:
        """Sums ``[rays, 2 * (1 + n_labels)]``, thickness then mass, label 0 included."""
        channels = 2 * (1 + n_labels)
        points = source + ray.unsqueeze(1) * t.unsqueeze(-1)
        cell = points.detach().floor().long()
        limit = torch.tensor(self.shape, device=cell.device) - 1
        inside = ((cell >= 0) & (cell < limit)).all(dim=-1)
        first = (cell * torch.tensor(self._stride, device=cell.device)).sum(dim=-1)
        busy = inside & self.occupied[torch.where(inside, first, 0)]
        share = (points[busy] - cell[busy]).to(value.dtype).unbind(-1)
        value, first = value[busy], first[busy]
        row = busy.nonzero()[:, 0] * channels
        sums = value.new_zeros(len(ray) * channels)
        for corner in _CORNERS:
            at = first + sum(step * stride for step, stride in zip(corner, self._stride, strict=True))
            portion = value
            for step, part in zip(corner, share, strict=True):
                portion = portion * (part if step else 1 - part)
            channel = row + self.labels[at]
            sums = sums.index_add(0, channel, portion)
            sums = sums.index_add(0, channel + (1 + n_labels), portion * self.density_g_per_cm3[at])
        return sums.reshape(-1, channels)
