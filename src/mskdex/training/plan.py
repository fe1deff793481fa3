"""What a run is about to take of patients, time, memory and disk: looked at before hours are spent, said after a few
steps have been timed."""

import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from shutil import disk_usage

import torch

from mskdex.cohort import Cohort
from mskdex.cohort import Split
from mskdex.errors import ResourceError
from mskdex.training.config import TrainConfig
from mskdex.training.samples import SAMPLE_BYTES
from mskdex.training.state import CHECKPOINTS
from mskdex.training.state import KEPT
from mskdex.training.state import Training

WARMING_UP = 2
"""First steps that are slower than all others."""
MEASURED = 10
"""Steps that are timed."""

_MB = 1e6


@dataclass(frozen=True)
class Pace:
    """How fast a run goes, and how far it has come."""

    s_per_step: float
    steps_done: int
    elapsed_s: float


def disk_bytes(config: TrainConfig, training: Training, pace: Pace | None = None) -> int:
    """What a run writes: checkpoints, one of them while the others are still there; two copies of the weights, its own
    and the model's; a picture per validation. Before its pace is known, a run by the clock has no pictures."""
    weights: int = sum(tensor.nbytes for tensor in training.network.state_dict().values())
    pictures = _steps(config, pace) // config.validate_every if config.samples else 0
    return (KEPT + 1) * training.checkpoint_bytes + 2 * weights + pictures * SAMPLE_BYTES


def demand_room(config: TrainConfig, training: Training) -> None:
    """See that the disk has room for the run, before it begins.

    Of a run by the clock that is a lower bound: its pictures are not counted, since its pace is not known yet.

    Raises:
        ResourceError: it has not; says how much is wanted.
    """
    held = sum(path.stat().st_size for path in (config.run / CHECKPOINTS).glob("*.pt"))
    wanted, free = disk_bytes(config, training) - held, disk_usage(config.run).free
    if free < wanted:
        raise ResourceError(
            f"checkpoints, pictures and the model take {_megabytes(wanted)}, and where {config.run.name} lies "
            f"{_megabytes(free)} are free: make room, or name a folder on another disk"
        )


def describe(config: TrainConfig, device: torch.device, training: Training, pace: Pace, processes: int = 1) -> str:
    """The plan for people, a line per subject."""
    patients = _patients(config)
    steps = _steps(config, pace)
    steps_per_pass = max(1, sum(patients[Split.TRAIN].values()) // config.batch)
    left_s = (steps - pace.steps_done) * pace.s_per_step
    end = datetime.now() + timedelta(seconds=left_s)
    lines = {
        "networks": f"{_millions(training)} million parameters, row {config.row}, {config.precision}",
        "runs on": _places(config, device, processes),
        "patients": "; ".join(f"{split} {_counted(patients[split])}" for split in Split),
        "length": f"{steps} steps of {config.batch} patients, {steps / steps_per_pass:.1f} passes over the cohort",
        "speed": f"{pace.s_per_step:.3g} s per step, {duration(steps_per_pass * pace.s_per_step)} per pass of "
        f"{steps_per_pass} steps, measured over {MEASURED} steps",
        "end": f"{duration(left_s)} left, until about {end:%Y-%m-%d %H:%M}; validations come on top",
        "memory": _memory(device),
        "disk": f"{_megabytes(disk_bytes(config, training, pace))} for checkpoints, pictures and the model; "
        f"{_megabytes(disk_usage(config.run).free)} free",
    }
    return "\n".join(["plan", *(f"  {name:<9} {line}" for name, line in lines.items())])


def duration(seconds: float) -> str:
    """For people: "2 h 5 min", "12 min", "40 s", "1.2 s"."""
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    if minutes >= 3:
        return f"{minutes} min"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _patients(config: TrainConfig) -> dict[Split, Counter[str]]:
    cohorts = [Cohort.open(folder) for folder in config.cohorts]
    return {
        split: Counter(one.source for cohort in cohorts for one in cohort.of(split, config.fold)) for split in Split
    }


def _counted(sources: Counter[str]) -> str:
    each = ", ".join(f"{source} {count}" for source, count in sorted(sources.items()))
    return f"{sources.total()} ({each})" if each else "none"


def _steps(config: TrainConfig, pace: Pace | None) -> int:
    """The schedule's steps; by the clock, about as many as it will have come to, and 0 before its pace is known."""
    if config.minutes is None:
        return config.steps
    if pace is None:
        return 0
    left_s = max(0.0, 60 * config.minutes - pace.elapsed_s)
    return pace.steps_done + round(left_s / pace.s_per_step)


def _millions(training: Training) -> str:
    counts = [sum(parameter.numel() for parameter in network.parameters()) / 1e6 for network in training.networks]
    return " + ".join(f"{count:.3g}" for count in counts)


def _places(config: TrainConfig, device: torch.device, processes: int) -> str:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, threads: {config.threads}"
    share = config.batch // processes
    return (
        name if processes == 1 else f"{processes} processes, each with {share} of the {config.batch} patients: {name}"
    )


def _memory(device: torch.device) -> str:
    lines = []
    if sys.platform != "win32":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        lines.append(f"{_megabytes(peak)} at most so far, the cohort included")
    if device.type == "cuda":
        total = torch.cuda.get_device_properties(device).total_memory
        lines.append(f"{_megabytes(torch.cuda.max_memory_allocated(device))} of the GPU's {_megabytes(total)}")
    return "; ".join(lines) or "not known on this system"


def _megabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / _MB:.0f} MB"
