"""One run in several processes, which ``torchrun`` starts and Fabric finds: each takes its share of every batch.

Weights, gradients and optimizer steps are alike in all of them. The loss of a batch is the mean over processes of the
losses of their shares, so a run's mathematics are those of one process, but for three things that a share decides
alone: the statistics of batch normalisation (that of a share, as if the batch were so small; the running ones, which
prediction uses, are averaged); the mean of terms whose weights differ between patients (an implant's bone, a
structure out of view, a smaller field); and feature matching, which compares the average features of a share (row
D-conditioned alone).
"""

from collections.abc import Sequence
from datetime import timedelta

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor
from torch import nn

from mskdex.errors import UsageError
from mskdex.training.config import Accelerator
from mskdex.training.config import TrainConfig
from mskdex.training.launched import started
from mskdex.training.launched import started_here
from mskdex.training.share import Share

PATIENCE = timedelta(minutes=30)
"""So long a process waits for another, which may be reading its cohort or validating, before it gives up."""


class _AlikeProcesses(DDPStrategy):
    """Processes of which each computes on its own, without the wrapper that averages gradients during backward.

    That wrapper wants one forward pass of a network per backward pass, with the same weights learning each time. Rows A
    to D send two batches through a generator in one step and hold their discriminators still meanwhile. So gradients
    are averaged after backward, in one message (`average_over_processes`).
    """

    def setup_module(self, module: nn.Module) -> nn.Module:  # type: ignore[override]
        return module


def launch(config: TrainConfig) -> Fabric:
    """Fabric on this process's device, joined to the other processes if torchrun started several.

    Raises:
        UsageError: so many processes cannot share the batch, or the machine has fewer GPUs.
    """
    processes, here = started(), started_here()
    if processes == 1:
        return Fabric(accelerator=str(config.accelerator), devices=1, precision=str(config.precision))  # type: ignore[arg-type]
    _demand_shareable(config, processes, here)
    fabric = Fabric(
        accelerator=str(config.accelerator),
        strategy=_AlikeProcesses(timeout=PATIENCE),
        devices=here,
        num_nodes=processes // here,
        precision=str(config.precision),  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def share_of(fabric: Fabric) -> Share:
    """This process's."""
    return Share(fabric.global_rank, fabric.world_size)


def demand_full_batches(config: TrainConfig, fabric: Fabric, patients: int) -> None:
    """Shares are equal only if every batch is full.

    Raises:
        UsageError: there are several processes, and fewer patients than a batch.
    """
    if fabric.world_size > 1 and patients < config.batch:
        raise UsageError(f"{patients} training patients do not fill a batch of {config.batch}: train in one process")


def average_over_processes(fabric: Fabric, tensors: Sequence[Tensor]) -> None:
    """Replace each tensor by its mean over all processes, in one message; alone, nothing happens."""
    if fabric.world_size == 1:
        return
    with torch.no_grad():
        message = torch.cat([tensor.reshape(-1) for tensor in tensors])
        mean = fabric.all_reduce(message, reduce_op="mean")
        assert isinstance(mean, Tensor)
        for tensor, piece in zip(tensors, torch.split(mean, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(piece.view_as(tensor))


def agreed(fabric: Fabric, value: float) -> float:
    """The mean over processes of what each has measured, the same number in all of them."""
    if fabric.world_size == 1:
        return value
    mean = torch.tensor([value], dtype=torch.float64, device=fabric.device)
    average_over_processes(fabric, [mean])
    return float(mean)


def _demand_shareable(config: TrainConfig, processes: int, here: int) -> None:
    if config.batch % processes:
        raise UsageError(
            f"{processes} processes cannot share a batch of {config.batch} alike: choose a multiple of {processes}"
        )
    if config.reread_cohort:
        raise UsageError("a cohort that grows is read again in one process only: leave out reread_cohort or torchrun")
    gpus = torch.cuda.device_count()
    if gpus and config.accelerator is not Accelerator.CPU and here > gpus:
        raise UsageError(f"{here} processes want a GPU each, and this machine has {gpus}: start {gpus} or fewer")
