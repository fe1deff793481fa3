"""What a row asks of its networks: the losses that one step descends. The loop knows rows by this alone."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from typing import NamedTuple
from typing import Protocol

import torch
from jaxtyping import Float
from numpy.random import Generator
from torch import Tensor

from mskdex.model.losses import map_l1
from mskdex.model.losses import mean_density
from mskdex.model.losses import owis
from mskdex.model.losses import sums
from mskdex.training.examples import random_example
from mskdex.training.feed import B
from mskdex.training.feed import Batch
from mskdex.training.feed import Origin
from mskdex.training.feed import stack
from mskdex.training.hospital import paired
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.rows import Pairs
from mskdex.training.rows import Recipe
from mskdex.training.state import Norms

Parts = Float[Tensor, "parts"]
"""The loss that is descended, and after it what it is made of, each before its weight."""

Network = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""The generator as the loop runs it: radiographs and facts in, thickness and mass maps out."""


class Forgery(NamedTuple):
    """What generators made of a batch, detached: discriminators are to tell it from real."""

    maps: Tensor
    radiograph: Tensor | None


class Objective(Protocol[B]):
    """Losses of a row.

    Attributes:
        names: Of the generators' parts, and after them of the discriminators'.
    """

    names: tuple[str, ...]

    def draw(self, library: Library, patients: Sequence[Patient], randomness: Sequence[Generator], origin: Origin) -> B:
        """The examples that this row may see."""
        ...

    def generators(self, network: Network, batch: B) -> tuple[Parts, Forgery | None]:
        """The generators' loss and its parts, and what they made."""
        ...

    def discriminators(self, batch: B, forgery: Forgery) -> Parts:
        """The discriminators' loss and its parts."""
        ...


class Paired:
    """Every pixel has its partner."""

    names: tuple[str, ...] = ("loss", "maps", "sums", "densities")

    def __init__(self, recipe: Recipe, pairs: Pairs, norms: Norms) -> None:
        self._recipe, self._pairs, self._norms = recipe, pairs, norms

    def draw(
        self, library: Library, patients: Sequence[Patient], randomness: Sequence[Generator], origin: Origin
    ) -> Batch:
        deform = self._recipe.deformed
        examples = [
            random_example(*self._seen(patient), library.canvas, rng, deform=deform)
            for patient, rng in zip(patients, randomness, strict=True)
        ]
        return stack(examples, origin)

    def _seen(self, patient: Patient) -> Patient:
        """Without its attenuation, there is nothing to expose anew."""
        subject, arrays = paired(patient, self._pairs)
        return Patient(subject, arrays if self._recipe.exposed else replace(arrays, attenuation=None))

    def generators(self, network: Network, batch: Batch) -> tuple[Parts, None]:
        return self.losses(network(batch.radiograph, batch.told), batch), None

    def discriminators(self, batch: Batch, forgery: Any) -> Parts:
        raise AssertionError("a paired row has no discriminator")

    def losses(self, predicted: tuple[Tensor, Tensor], batch: Batch) -> Parts:
        """The loss and its parts, in the order of `names`."""
        thickness, mass = predicted[0].float(), predicted[1].float()
        weight, measured, norms = batch.weight, batch.measured_weight, self._norms
        maps = map_l1(thickness, batch.thickness_cm, norms.thickness, weight) + map_l1(
            mass, batch.mass_g_per_cm2, norms.mass, measured
        )
        volume, grams = sums(thickness), sums(mass)
        true_volume, true_grams = sums(batch.thickness_cm), sums(batch.mass_g_per_cm2)
        objects = owis(volume, true_volume, norms.thickness, weight) + owis(grams, true_grams, norms.mass, measured)
        count = mass.shape[1]
        densities = mean_density(
            (volume[:, :count], grams), (true_volume[:, :count], true_grams), norms.thickness[:count], measured
        )
        total = self._recipe.maps * maps + self._recipe.owis * objects + self._recipe.density * densities
        return torch.stack([total, maps, objects, densities])
