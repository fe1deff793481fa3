"""From a person and an anatomy to a body with an exact truth: grown, shaped, posed, painted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from mskdex.anatomy import LABELS
from mskdex.anatomy import MUSCLE_LABELS
from mskdex.phantom.belly import LARGEST_MM
from mskdex.phantom.belly import with_belly
from mskdex.phantom.growable import Growable
from mskdex.phantom.growth import Layers
from mskdex.phantom.growth import first_radius_mm
from mskdex.phantom.held import held_fraction
from mskdex.phantom.nearest import PerGrowing
from mskdex.phantom.population import Person
from mskdex.phantom.population.intermuscular import between_muscles_cm2
from mskdex.phantom.population.person import MuscleVector
from mskdex.phantom.pose import Pose
from mskdex.phantom.posing import Body
from mskdex.phantom.posing import paint
from mskdex.phantom.settling import settled
from mskdex.phantom.shape import Shape
from mskdex.phantom.shape import sample_shape
from mskdex.phantom.template import GROWING
from mskdex.phantom.template import N_PARTS
from mskdex.phantom.template import OTHER_MUSCLES
from mskdex.phantom.tissue import sample_tissue
from mskdex.physics import lean_density_g_per_cm3
from mskdex.physics import mass_density_g_per_cm3
from mskdex.types import Affine
from mskdex.types import DensityVolume
from mskdex.types import HounsfieldVolume
from mskdex.types import LabelVolume
from mskdex.types import Points
from mskdex.types import Vector3

_EVERY = 3  # a shape is smooth: so many voxels apart say what it does to a muscle
_LARGEST_SCALE = 1.25  # beyond, a stretched template looks like nobody

PerMeasured = Float64[ndarray, " measured"]
"""One number for each of the 41 measured labels."""
Ratios = Float64[ndarray, " points"]


@dataclass(frozen=True)
class Patient:
    """A posed body on a voxel grid.

    Attributes:
        labels: [i, j, k] of ``anatomy``.
        hu: [i, j, k] of what each voxel's label is made of: the truth.
        mixed_hu: [i, j, k] what X-rays see: voxels on a bone's surface hold both sides of it.
        voxel_to_world: mm about the midpoint of the hip centres.
        hips_mm: [2, 3] right and left hip centre in the same world.
    """

    labels: LabelVolume
    hu: HounsfieldVolume
    mixed_hu: HounsfieldVolume
    voxel_to_world: Affine
    hips_mm: Float64[ndarray, "2 3"]

    @property
    def voxel_cm3(self) -> float:
        """Volume of a voxel."""
        return float(abs(np.linalg.det(self.voxel_to_world[:3, :3]))) / 1000

    def measured_density(self) -> DensityVolume:
        """What each voxel counts for in g/cm3: lean mass in muscles, mass everywhere else."""
        is_muscle = (self.labels >= MUSCLE_LABELS[0].value) & (self.labels <= MUSCLE_LABELS[-1].value)
        return np.where(is_muscle, lean_density_g_per_cm3(self.hu), mass_density_g_per_cm3(self.hu))

    def volumes_cm3(self) -> PerMeasured:
        """Of the measured labels, in view or not."""
        counts = np.bincount(self.labels.ravel(), minlength=len(LABELS) + 1)
        return np.asarray(counts[1 : len(LABELS)] * self.voxel_cm3)

    def masses_g(self) -> PerMeasured:
        """Lean mass of muscles, mass of bones, in view or not."""
        weights = self.measured_density().ravel()
        sums = np.bincount(self.labels.ravel(), weights=weights, minlength=len(LABELS) + 1)
        return np.asarray(sums[1 : len(LABELS)] * self.voxel_cm3)


def embody(person: Person, growable: Growable, rng: np.random.Generator) -> Body:
    """Give a person a body of this anatomy: muscles at their volumes, pelvis at its size, fat as thick as theirs.

    Args:
        person: whose body it is.
        growable: the prepared template.
        rng: source of randomness, for what ``person`` does not say: shape and tissue.
    """
    scale, held = _scale(person, growable), held_fraction(growable.template)
    layers = _layers(person, scale)
    shape = sample_shape(rng, scale, *_frame_mm(growable, scale))
    stretch = _volume_ratios(growable, partial(_by_shape, growable, shape))
    volume_cm3 = _wanted_cm3(person, growable, held, stretch)
    fat_mm = layers.subcutaneous_at(growable.over_hips)
    template_cm3 = volume_cm3 / stretch
    about = growable.body_with(fat_mm, float(first_radius_mm(growable, template_cm3).mean()))
    shape = with_belly(shape, growable, about, person.sagittal_abdominal_diameter_mm)
    settling = settled(
        growable, template_cm3, between_muscles_cm2(person.intermuscular_fat_mm) / float(scale[0] * scale[1])
    )
    return Body(
        growable=growable,
        volume_cm3=volume_cm3,
        is_whole=np.concatenate([held == 1, np.zeros(len(OTHER_MUSCLES), bool)]),
        stretch=stretch * _volume_ratios(growable, settling.volume_ratio),
        layers=layers,
        shape=shape,
        settling=settling,
        tissue=sample_tissue(
            rng,
            person.lean_fraction,
            person.bone_density_scale,
            person.cortical_scale,
            visceral_fat=person.visceral_fat_fraction,
        ),
    )


def lay_down(body: Body, pose: Pose, *, voxel_mm: float = 2.5) -> Patient:
    """The body in a pose, as labels and HU on voxels of ``voxel_mm``."""
    labels, (hu, mixed_hu), frame = paint(body, pose, voxel_mm)
    return Patient(labels, hu, mixed_hu, frame, body.hips_mm @ pose.pelvis().T)


def _layers(person: Person, scale: Vector3) -> Layers:
    """The person's fat in the template's mm."""
    across = float(np.sqrt(scale[0] * scale[1]))
    return Layers(
        person.subcutaneous_fat_mm / across, person.intermuscular_fat_mm / across, person.thigh_over_crest_fat
    )


def _wanted_cm3(person: Person, growable: Growable, held: MuscleVector, stretch: PerGrowing) -> PerGrowing:
    """Volumes as far as the template holds the muscles: the person's of those measured, of others the template's."""
    measured = len(MUSCLE_LABELS)
    others = growable.volume_cm3[measured:] * stretch[measured:] * person.other_muscle_scale
    return np.concatenate([person.muscle_volume_cm3 * held, others])


def _scale(person: Person, growable: Growable) -> Vector3:
    """Person over template: width from the hips' distance, height from the pelvis' box, depth as both but for what is
    the person's own. How deep templates are is left to them: what measures a pelvis' depth differs by source, and bones
    that are stretched along it have oval heads."""
    template = growable.template
    across = person.hip_centre_distance_mm / template.hip_centre_distance_mm
    along = person.pelvis_height_mm / template.pelvis_extent_mm()[2]
    scale = np.array([across, person.pelvis_depth_share * np.sqrt(across * along), along])
    return np.asarray(np.clip(scale, 1 / _LARGEST_SCALE, _LARGEST_SCALE))


def _frame_mm(growable: Growable, scale: Vector3) -> tuple[Points, Vector3, Vector3]:
    """Hip centres [2, 3] and the corners of the grid, with room for a belly, in the patient's supine frame."""
    hips = np.stack(growable.template.hip_centres_mm)
    middle = hips.mean(axis=0)
    low = growable.origin_mm - middle
    high = low + np.array(growable.rigid.shape) * growable.template.spacing_mm
    return (hips - middle) * scale, low * scale - [0.0, LARGEST_MM, 0.0], high * scale


def _by_shape(growable: Growable, shape: Shape, template_mm: Points) -> Ratios:
    return shape.volume_ratio((template_mm - growable.template.middle_mm) * shape.scale)


def _volume_ratios(growable: Growable, enlarge: Callable[[Points], Ratios]) -> PerGrowing:
    """By how much each muscle is enlarged: the mean over every third of its voxels along each axis.

    Args:
        growable: the prepared template.
        enlarge: what points, mm in the template, are enlarged by.
    """
    template = growable.template
    parts = template.parts[::_EVERY, ::_EVERY, ::_EVERY]
    voxels = np.argwhere(np.isin(parts, GROWING))
    part = parts[tuple(voxels.T)]
    count = np.bincount(part, minlength=N_PARTS)[list(GROWING)]
    ratios = enlarge(template.origin_mm + _EVERY * voxels * template.spacing_mm)
    total = np.bincount(part, weights=ratios, minlength=N_PARTS)[list(GROWING)]
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), ratios.mean()))
