"""What a run scores on validation patients while it trains."""

import logging

import torch
from jaxtyping import Float32
from lightning_fabric import Fabric
from numpy import ndarray
from torch import nn

from mskdex.model.told import Knowing
from mskdex.training.library import Library
from mskdex.training.metrics import MetricsLog
from mskdex.training.scores import Predictor
from mskdex.training.scores import predict_sums
from mskdex.training.scores import score
from mskdex.training.scores import told_of

logger = logging.getLogger(__name__)


def validate(log: MetricsLog, step: int, predict: Predictor, patients: Library) -> None:
    """Log how well a network's sums agree with the truth in view, told nothing and told the most that is known."""
    most = next(knowing for knowing in reversed(Knowing) if told_of(patients, knowing))
    for knowing in dict.fromkeys((Knowing.IMAGE, most)):
        name = "validation" if knowing is Knowing.IMAGE else f"validation-{knowing}"
        known = told_of(patients, knowing)
        for group, figures in score(predict_sums(known, predict, knowing=knowing)).items():
            log.add(step, f"{name}/{group}", figures)
            shown = "  ".join(f"{figure} {value:.3f}" for figure, value in figures.items())
            logger.info("step %d  %s %s: %s", step, name, group, shown)


def predictor(fabric: Fabric, network: nn.Module) -> Predictor:
    """A network as `predict_sums` calls it: arrays in, arrays out."""

    def predict(
        radiographs: Float32[ndarray, "batch 2 rows columns"], facts: Float32[ndarray, "batch facts"]
    ) -> tuple[ndarray, ndarray]:
        images = torch.from_numpy(radiographs).to(fabric.device, memory_format=torch.channels_last)
        with torch.no_grad(), fabric.autocast():
            thickness, mass = network(images, torch.from_numpy(facts).to(fabric.device))
        return thickness.float().cpu().numpy(), mass.float().cpu().numpy()

    return predict
