"""One plain hip radiograph in, every muscle's volume and lean mass and every bone's mass out.

The names below are imported when they are first used, so that ``import mskdex`` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from mskdex.anatomy import LABELS
    from mskdex.anatomy import STRUCTURES
    from mskdex.cohort.plan import VirtualPlan
    from mskdex.cohort.simulate import simulate
    from mskdex.cohort.store import Cohort
    from mskdex.errors import MskdexError
    from mskdex.geometry import ConeBeam
    from mskdex.geometry import ap_camera
    from mskdex.images.radiograph import read_radiograph
    from mskdex.model.checkpoint import load_model
    from mskdex.projection import ProjectionVolume
    from mskdex.projection import project
    from mskdex.workflows.predict import predict
    from mskdex.workflows.predict_config import PredictConfig

__version__ = "0.1.0"

__all__ = [
    "LABELS",
    "STRUCTURES",
    "Cohort",
    "ConeBeam",
    "MskdexError",
    "PredictConfig",
    "ProjectionVolume",
    "VirtualPlan",
    "ap_camera",
    "load_model",
    "predict",
    "project",
    "read_radiograph",
    "simulate",
]

_HOME = {
    "LABELS": "anatomy",
    "STRUCTURES": "anatomy",
    "Cohort": "cohort.store",
    "ConeBeam": "geometry",
    "MskdexError": "errors",
    "PredictConfig": "workflows.predict_config",
    "ProjectionVolume": "projection",
    "VirtualPlan": "cohort.plan",
    "ap_camera": "geometry",
    "load_model": "model.checkpoint",
    "predict": "workflows.predict",
    "project": "projection",
    "read_radiograph": "images.radiograph",
    "simulate": "cohort.simulate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mskdex' has no attribute '{name}'")
    return getattr(import_module(f"mskdex.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
