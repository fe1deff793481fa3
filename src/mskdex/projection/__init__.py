"""CT becomes projections: maps of thickness and mass per structure, in units that sum to cm3 and g.

``reference`` says what is meant, ``fast`` does the same quickly on the CPU, ``differentiable`` (torch, imported by name
only) adds gradients and batches.
"""

from mskdex.projection.fast import project
from mskdex.projection.maps import Projection
from mskdex.projection.maps import Weight
from mskdex.projection.volume import ProjectionVolume

__all__ = ["Projection", "ProjectionVolume", "Weight", "project"]
