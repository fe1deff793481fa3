"""One model from several of one architecture: the mean of their weights, calibrated and scored like any.

A model and what it became by going on (``mskdex train --start``) have a mean that reads the later patients as well as
the later model and stays nearer to the earlier one elsewhere (Wortsman et al., "Robust fine-tuning", CVPR 2022). The
mean of what normalisation knows of its inputs is not what it would see: it is measured anew on training patients.
So has one of runs that began alike and took different ways: it reads better than either. A model named twice counts
twice. The card says whom the last of them learnt from, and on which row.

Command: python benchmarks/average_models.py COHORT... --models MODEL MODEL... --output FOLDER
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from accuracy_cases import demand_stored_split
from mskdex.cohort import Split
from mskdex.images.grid import MODEL_GRID
from mskdex.model.card import Card
from mskdex.model.export import to_onnx
from mskdex.model.generator import Generator
from mskdex.training.begin import GROWN
from mskdex.training.examples import random_example
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import complete
from mskdex.training.finish import rebuilt
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.lineage import sources_of
from mskdex.training.lineage import weights_of
from mskdex.training.rows import RECIPES
from mskdex.training.rows import Recipe
from mskdex.training.rows import Row

BATCHES, BATCH = 100, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohorts", nargs="+", type=Path)
    parser.add_argument("--models", nargs="+", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    cards, states = zip(*map(weights_of, options.models), strict=True)
    for card in cards:
        demand_stored_split(card)
    last: Card = cards[-1]
    row, width = Row(last.training["row"]), last.training["width"]
    network = _mean([rebuilt(state, width, RECIPES[row].head) for state in states])
    _measure_normalisation(network, Library(tuple(options.cohorts), Split.TRAIN), RECIPES[row])
    weights = to_onnx(network, MODEL_GRID.rows, MODEL_GRID.columns)
    training = {
        **last.training,
        "mean_of_sha256": [card.sha256 for card in cards],
        "start_sources": sorted({source for card in cards for source in sources_of(card)}),
    }
    config = FinishConfig(Path(), tuple(options.cohorts), options.output)
    complete(config, weights, training, learnt_from=last.cohort)


def _mean(networks: list[Generator]) -> Generator:
    """Of all weights; filters count alike, however long training has made them."""
    for network in networks:
        network.lengthen_filters(GROWN)
    states = [network.state_dict() for network in networks]
    counted = {name: torch.stack([state[name] for state in states]) for name in states[0]}
    mean = networks[0]
    mean.load_state_dict(
        {name: each.mean(0) if each.is_floating_point() else each[0] for name, each in counted.items()}
    )
    return mean


def _measure_normalisation(network: nn.Module, library: Library, recipe: Recipe) -> None:
    """Means and variances over batches of training examples, as the last model's row comes to see them."""
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean over batches
    patients = list(library)
    if not recipe.exposed:  # it sees radiographs as they are stored
        patients = [Patient(each.subject, replace(each.arrays, attenuation=None)) for each in patients]
    network.train()
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for _ in range(BATCHES):
            chosen = [patients[number] for number in rng.choice(len(patients), BATCH, replace=False)]
            examples = [random_example(*patient, library.canvas, rng, deform=recipe.deformed) for patient in chosen]
            network(
                *(
                    torch.from_numpy(np.stack(each))
                    for each in zip(*((e.radiograph, e.told) for e in examples), strict=True)
                )
            )
    network.eval()


if __name__ == "__main__":
    main()
