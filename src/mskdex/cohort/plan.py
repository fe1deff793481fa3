"""Which virtual patients: the settings of ``simulate``, and what they decide."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal

import numpy as np

from mskdex.cohort.anatomies import Anatomy
from mskdex.cohort.randomness import patient_randomness
from mskdex.cohort.record import Canvas
from mskdex.phantom.population import Condition
from mskdex.phantom.registered import RegistrationError

PHANTOM = 15
"""Counts up whenever the same settings make other patients: no cohort is continued with such in it. Older ones do not
say. 3: muscles keep their volume in every pose, fat lies between them, implants of five kinds. 4: only muscles are
streaky; implants fit the bone they are in. 5: bones are interpolated between the voxels of their template; the skin is
smooth. 6: exposures are less harsh. 7: pubic arches have the angle that was drawn, and an atlas is given the
proportions of either sex. 8: of femurs and the thickness of pelvic bones too, and looked up once, from finer voxels;
the built-in sacrum is thinner, its trochanters overhang; sources share no persons. 9: arches have one angle in an AP
view; fat under the skin goes from crest to thigh as sex has it; the built-in pelvis has curved wings, thick at the
sacrum, which is thinner, and gluteus medius and obturator internus are broader. 10: bellies are as deep as the
person's; thighs have less fat under the skin; built-in muscles are as thick as people's, the inlet wider. 11: where
a built-in thigh's muscles are thick along it, and fat at its side, are as in the atlas. 12: muscles grow in proportion
to their thickness. 13: the largest muscles reach their volumes, rounded ends grow as the rest does, fat under the skin
has no step where thighs part. 14: muscles settle on bones instead of lying apart in fat, bones keep their proportions,
joints hold cartilage, muscles hold the fat that was drawn, a pixel is the mean of its X-rays; thicker fat on thighs.
15: strong people's muscles swell and push the skin out, so that all reach their volumes; of thigh muscles the view
holds what their bellies' shapes say; muscles are exactly as lean as drawn; thighs that lean to one side stay whole."""

IN_CT = 2
"""The same for what a cohort in two poses holds beside. 2: the whole CT is registered, not its bones alone."""

BeamMode = Literal["spectrum", "mono"]
MONO_KEV = 54.0
"""The simple mode's only energy: the mean that a detector sees at 75 kV and 3 mm Al behind 20 cm of water."""


@dataclass(frozen=True)
class VirtualPlan:
    """Which virtual patients: the resolved settings of ``simulate``.

    Attributes:
        anatomy: ``builtin``, ``atlas:PATH`` or ``ct:PATH``.
        count: patients in all.
        seed: of everything.
        per_template: patients that share a template (another template costs some seconds).
        implant_share: share of patients with a prosthesis, a plate or screws on one side.
        voxel_mm: edge of a patient's voxels.
        canvas: the detector window that is kept.
        two_poses: whether each patient also lies in a CT, in another pose.
        registration_error: with two poses: what a registration of the CT's bones to the radiograph leaves.
        beam: ``spectrum``, as in a hospital; or ``mono``, a single energy and a picture that is linear in attenuation,
            without scatter, noise, collimation or processing.
        condition: the stratum that all are of; None draws each patient's with the population's shares.
    """

    anatomy: str = "builtin"
    count: int = 8
    seed: int = 0
    per_template: int = 8
    implant_share: float = 0.05
    voxel_mm: float = 2.5
    canvas: Canvas = field(default_factory=Canvas)
    beam: BeamMode = "spectrum"
    condition: Condition | None = None
    two_poses: bool = False
    registration_error: RegistrationError = field(default_factory=RegistrationError)

    def settings(self) -> dict[str, Any]:
        """What decides a patient's bytes: not the count, which may grow, nor where on this machine an atlas lies.

        Of an atlas or CTs it holds a fingerprint, so that a cohort never continues with another anatomy.

        Raises:
            UsageError: the anatomy is not there.
        """
        left_out = {"count", "canvas"} | (set() if self.two_poses else {"two_poses", "registration_error"})
        left_out |= {"beam"} if self.beam == "spectrum" else set()
        left_out |= {"condition"} if self.condition is None else set()
        kept = {key: value for key, value in asdict(self).items() if key not in left_out}
        anatomy = Anatomy.parse(self.anatomy)
        found = anatomy.fingerprint()
        source = {"anatomy": anatomy.kind, **({"anatomy_sha256": found} if found else {})}
        made = {"phantom": PHANTOM, **({"in_ct": IN_CT} if self.two_poses else {})}
        return {**kept, **made, **source}

    def group(self, index: int) -> int:
        """Number of the template that patient ``index`` is made from."""
        return index // self.per_template

    def randomness(self, index: int, *stream: int) -> np.random.Generator:
        """Source of what is drawn for patient ``index`` (``cohort.randomness``)."""
        kind = Anatomy.parse(self.anatomy).kind
        return patient_randomness(kind, self.seed, index, self.per_template, stream)

    def subject_id(self, index: int) -> str:
        """What patient ``index`` is called in the cohort."""
        return f"{Anatomy.parse(self.anatomy).kind}-{self.seed}-{index:05d}"
