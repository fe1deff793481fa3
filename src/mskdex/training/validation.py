"""What a run scores on validation patients while it trains."""

import logging

import torch
from jaxtyping import Float32
from lightning_fabric import Fabric
from numpy import ndarray
from torch import nn

from mskdex.training.library import Library
from mskdex.training.metrics import MetricsLog
from mskdex.training.scores import Predictor
from mskdex.training.scores import predict_sums
from mskdex.training.scores import score

logger = logging.getLogger(__name__)


def validate(log: MetricsLog, step: int, predict: Predictor, patients: Library) -> None:
    """Log how well a network's sums agree with the truth in view, told nothing of the person and told all."""
    for name, person_known in (("validation", False), ("validation-person-known", True)):
        for group, figures in score(predict_sums(patients, predict, person_known=person_known)).items():
            log.add(step, f"{name}/{group}", figures)
            shown = "  ".join(f"{figure} {value:.3f}" for figure, value in figures.items())
            logger.info("step %d  %s %s: %s", step, name, group, shown)


def predictor(fabric: Fabric, network: nn.Module) -> Predictor:
    """A network as `predict_sums` calls it: arrays in, arrays out."""

    def predict(
        radiographs: Float32[ndarray, "batch 2 rows columns"], persons: Float32[ndarray, "batch facts"]
    ) -> tuple[ndarray, ndarray]:
        images = torch.from_numpy(radiographs).to(fabric.device, memory_format=torch.channels_last)
        with torch.no_grad(), fabric.autocast():
            thickness, mass = network(images, torch.from_numpy(persons).to(fabric.device))
        return thickness.float().cpu().numpy(), mass.float().cpu().numpy()

    return predict
