"""What holds a broken bone: plates and screws, rigid with it."""

from dataclasses import dataclass

from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Side
from mskdex.phantom.implants.frame import METAL_HU
from mskdex.phantom.implants.frame import Carrier
from mskdex.phantom.implants.frame import Frame
from mskdex.phantom.implants.frame import Kind
from mskdex.phantom.implants.solid import Rod
from mskdex.phantom.implants.solid import Slab
from mskdex.phantom.implants.solid import Solid
from mskdex.phantom.implants.solid import metal_voxels
from mskdex.phantom.patient import Patient
from mskdex.phantom.pose import Pose


@dataclass(frozen=True)
class Hardware:
    """Plates and screws in one bone, or in two that do not move against each other.

    Attributes:
        kind: what a surgeon calls it.
        side: right or left.
        carrier: what it moves with; the solids are in its frame.
        unmeasured: labels that it sits in: metal takes their volume, and their mass is not bone's any more. Muscles
            beside it lose what the metal takes, and are true without it.
        rods: screws.
        slabs: plates.
    """

    kind: Kind
    side: Side
    carrier: Carrier
    unmeasured: tuple[str, ...]
    rods: tuple[Rod, ...]
    slabs: tuple[Slab, ...] = ()

    def drawn_in(self, patient: Patient, pose: Pose) -> Patient:
        """The patient after the operation, lying in the same pose."""
        frame = Frame.of(patient, pose, self.carrier, self.side)
        labels, hu, mixed_hu = patient.labels.copy(), patient.hu.copy(), patient.mixed_hu.copy()
        solids: tuple[Solid, ...] = (*self.rods, *self.slabs)
        for solid in solids:
            metal = tuple(metal_voxels(solid, patient, frame).T)
            labels[metal] = REST_LABEL.value
            hu[metal] = mixed_hu[metal] = METAL_HU
        return Patient(labels, hu, mixed_hu, patient.voxel_to_world, patient.hips_mm)
