"""Time our training loop against a plain PyTorch loop of the same network, losses and optimizer.

Command: python benchmarks/training.py COHORT

Both loops take the same batches, made beforehand and kept in memory, so that making them costs neither anything. They
run in turns, a block of steps each, in one process with the same threads, precision and memory layout; a round gives
one ratio of steps per second, and the median over rounds is reported. Ours is the generator of steps that ``mskdex
train`` itself exhausts, with all that it does at each step and its log (table and TensorBoard events) at the usual
interval. The plain loop does what the method needs and no more: learning rate, forward under autocast, losses,
backward, clipping, optimizer, running average of weights; in `ratio_without_average` not even that. Checkpoints are
timed apart and spread over the usual interval in `ratio_with_checkpoints`. Validation is left out: it is the same work
in either loop. `ratio_cpu_time` compares the processor's time, which other programs on the machine disturb less.
"""

import argparse
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from mskdex.cohort import Split
from mskdex.training.begin import begin
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.feed import Batch
from mskdex.training.feed import Feed
from mskdex.training.feed import on_device
from mskdex.training.library import Library
from mskdex.training.library import Position
from mskdex.training.library import Sampler
from mskdex.training.loop import steps
from mskdex.training.metrics import MetricsLog
from mskdex.training.objective import Paired
from mskdex.training.plan import MEASURED
from mskdex.training.plan import WARMING_UP
from mskdex.training.precision import with_precision
from mskdex.training.processes import launch
from mskdex.training.rows import Pairs
from mskdex.training.state import CHECKPOINTS
from mskdex.training.step import learning_rate
from mskdex.training.step import set_stage
from mskdex.training.watch import Run
from mskdex.training.watch import Watch
from results import cohorts_of
from results import hardware
from results import write_result

PREPARED = 4
"""Batches in memory."""
NEVER = 10**9
Block = Callable[[int], None]
"""Takes so many steps."""


class Cost(NamedTuple):
    """Seconds by the clock on the wall, and of the processor in all threads."""

    wall_s: float
    cpu_s: float


def main() -> None:
    options = _options()
    with TemporaryDirectory() as folder:
        config = _config(options, Path(folder))
        library = Library(config.cohorts, Split.TRAIN, at_most=PREPARED * config.batch)
        batches = _prepared(config, library)
        ours, save = _ours(config, library, batches)
        loops = {
            "ours": ours,
            "plain": _plain(config, library, batches, averaging=True),
            "plain_without_average": _plain(config, library, batches, averaging=False),
        }
        costs = _in_turns(loops, options.block, options.rounds)
        checkpoint_s = _cost(save).wall_s
    figures = _figures(costs, options.block, checkpoint_s)
    settings = {name: getattr(config, name) for name in ("batch", "width", "threads")}
    figures = {**settings, "precision": str(config.precision), "device": _device(), **figures}
    if not options.dry:
        seed, cohorts = cohorts_of(config.cohorts)
        command = f"python benchmarks/training.py COHORT --block {options.block} --rounds {options.rounds}"
        write_result("training", command, seed, str(cohorts), figures)
    print(figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--block", type=int, default=30, help="steps that a loop takes at its turn")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", type=Precision, default=Precision.AUTO)
    parser.add_argument("--dry", action="store_true", help="print the figures and leave the result file as it is")
    return parser.parse_args()


def _config(options: argparse.Namespace, run: Path) -> TrainConfig:
    # The schedule never ends here, and what falls due at intervals is timed apart.
    config = TrainConfig(
        (options.cohort,),
        run,
        steps=NEVER,
        width=options.width,
        threads=options.threads,
        precision=options.precision,
        validate_every=NEVER,
        checkpoint_every=NEVER,
    )
    return with_precision(config)


def _prepared(config: TrainConfig, library: Library) -> list[Batch]:
    fabric = launch(config)
    sampler = Sampler(library, seed=config.seed, position=Position())
    draw = Paired(config.recipe, Pairs.TRUTH, begin(config, library, fabric.device).norms).draw
    with Feed(sampler, draw, batch=config.batch, seed=config.seed) as feed:
        return [on_device(feed.next(), fabric.device) for _ in range(PREPARED)]


@dataclass
class _InMemory:
    """The same batches over and over, as the loop takes them from its feed."""

    batches: Iterator[Batch]

    def next(self) -> Batch:
        return next(self.batches)


def _ours(config: TrainConfig, library: Library, batches: list[Batch]) -> tuple[Block, Callable[[], object]]:
    """The loop of ``mskdex train``, and what saves a checkpoint of it."""
    torch.set_num_threads(config.threads)
    fabric = launch(config)
    run = Run(config, fabric, begin(config, library, fabric.device))
    stage = set_stage(config, fabric, run.training)
    watch = Watch(run, stage.objective.names, MetricsLog(config.run, 0), library)
    taken = steps(run, stage, _InMemory(cycle(batches)), watch)

    def block(count: int) -> None:
        for _ in islice(taken, count):
            pass

    return block, lambda: run.training.save(config.run / CHECKPOINTS)


def _plain(config: TrainConfig, library: Library, batches: list[Batch], *, averaging: bool) -> Block:
    """A loop as one writes it by hand."""
    device = batches[0].radiograph.device
    training = begin(config, library, device)
    network, optimizer = training.network.train(), training.optimizer
    average = list(training.average.network.state_dict().values())
    losses = Paired(config.recipe, Pairs.TRUTH, training.norms).losses
    parameters = list(network.parameters())
    endless, taken = cycle(batches), 0
    mixed = config.precision is Precision.BFLOAT16

    def step(number: int) -> None:
        batch = next(endless)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, number, number / config.steps)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
            predicted = network(batch.radiograph, batch.told)
        losses(predicted, batch)[0].backward()
        clip_grad_norm_(parameters, config.clip_norm)
        optimizer.step()
        if averaging:
            _follow(average, list(network.state_dict().values()), config.ema_decay)

    def block(count: int) -> None:
        nonlocal taken
        for _ in range(count):
            step(taken)
            taken += 1

    return block


@torch.no_grad()
def _follow(average: list[Tensor], values: list[Tensor], decay: float) -> None:
    for mean, value in zip(average, values, strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, 1 - decay)


def _in_turns(loops: dict[str, Block], block: int, rounds: int) -> dict[str, list[Cost]]:
    """What each block cost; who begins a round changes from round to round."""
    for loop in loops.values():
        loop(WARMING_UP + MEASURED + 1)
    costs: dict[str, list[Cost]] = {name: [] for name in loops}
    for number in range(rounds):
        names = list(loops)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            costs[name].append(_cost(partial(loops[name], block)))
    return costs


def _cost(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def _figures(costs: dict[str, list[Cost]], block: int, checkpoint_s: float) -> dict[str, Any]:
    """Ratios are ours over the plain loop's, in steps per second: 1 is no overhead, below 0.95 more than is allowed."""
    ours, plain, bare = ([one.wall_s for one in costs[name]] for name in ("ours", "plain", "plain_without_average"))
    saving_s = checkpoint_s * block / TrainConfig.checkpoint_every
    ratios = _ratios(ours, plain)
    cpu = _ratios([one.cpu_s for one in costs["ours"]], [one.cpu_s for one in costs["plain"]])
    return {
        "ratio": round(median(ratios), 4),
        "ratio_least": round(min(ratios), 4),
        "ratio_greatest": round(max(ratios), 4),
        "ratio_with_checkpoints": round(median(_ratios([one + saving_s for one in ours], plain)), 4),
        "ratio_without_average": round(median(_ratios(ours, bare)), 4),
        "ratio_cpu_time": round(median(cpu), 4),
        "ours_steps_per_s": round(block / median(ours), 3),
        "plain_steps_per_s": round(block / median(plain), 3),
        "checkpoint_s": round(checkpoint_s, 3),
        "checkpoint_every": TrainConfig.checkpoint_every,
    }


def _ratios(ours: list[float], others: list[float]) -> list[float]:
    return [other / one for one, other in zip(ours, others, strict=True)]


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else hardware()


if __name__ == "__main__":
    main()
