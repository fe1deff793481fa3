"""Rows that have no pixel-wise partners but for registered bones: translation, and the sums of the CT."""

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from numpy.random import Generator
from torch import Tensor
from torch import nn
from torch.nn import functional as F  # noqa: N812 - what every reader of torch code calls it

from mskdex.anatomy import BONE_LABELS
from mskdex.anatomy import MEASURED_LABELS
from mskdex.images.grid import MODEL_GRID
from mskdex.model.adversarial import Features
from mskdex.model.adversarial import feature_matching
from mskdex.model.adversarial import lsgan
from mskdex.model.losses import map_l1
from mskdex.model.losses import owis
from mskdex.model.losses import sums
from mskdex.model.losses import weighted_mean
from mskdex.model.recomposition import recomposed
from mskdex.model.recomposition import recomposition
from mskdex.model.similarity import gradient_correlation
from mskdex.training.attenuation import coefficients
from mskdex.training.feed import HospitalBatch
from mskdex.training.feed import Origin
from mskdex.training.feed import stack_hospital
from mskdex.training.haze import Look
from mskdex.training.haze import hazed
from mskdex.training.hospital import hospital_example
from mskdex.training.library import Library
from mskdex.training.library import Patient
from mskdex.training.objective import Forgery
from mskdex.training.objective import Network
from mskdex.training.objective import Parts
from mskdex.training.rows import Recipe
from mskdex.training.rows import Translation
from mskdex.training.state import Norms

_BONES = slice(BONE_LABELS[0].channel, BONE_LABELS[-1].channel + 1)
_MEASURED = len(MEASURED_LABELS)
_WHOLLY_VISIBLE = 0.99

Maps = tuple[Tensor, Tensor]
Terms = dict[str, tuple[float, Tensor]]
"""Each term's weight and value."""


@dataclass(frozen=True)
class Players:
    """The networks beside the generator, as the loop runs them."""

    maps: nn.Module
    radiographs: nn.Module | None = None
    backward: nn.Module | None = None

    def discriminators(self) -> list[nn.Module]:
        return [each for each in (self.maps, self.radiographs) if each is not None]


class Translated:
    """Their losses; which of them there are is the recipe's to say."""

    def __init__(self, recipe: Recipe, translation: Translation, norms: Norms, scale: Tensor, players: Players) -> None:
        """Losses of a recipe.

        Args:
            recipe: Weights.
            translation: The recipe's.
            norms: Typical sums.
            scale: [1, labels + measured, 1, 1] by which maps are divided before other networks see them.
            players: The other networks.
        """
        self._recipe, self._translation, self._norms = recipe, translation, norms
        self._scale, self._players = scale, players
        self._coefficients = [each.to(scale.device) for each in coefficients()] if recipe.recomposition else []
        self.names = ("loss", *_term_names(recipe, translation), "discriminators")

    def draw(
        self, library: Library, patients: Sequence[Patient], randomness: Sequence[Generator], origin: Origin
    ) -> HospitalBatch:
        """Where discriminators see the radiograph too, real maps are the patient's own; else anybody else's."""
        names = sorted(library.patients)
        examples = []
        for patient, rng in zip(patients, randomness, strict=True):
            other = library.patients[_another(names, patient.subject.id, rng)]
            examples.append(hospital_example(patient, patient if self._translation.conditioned else other, rng))
        return stack_hospital(examples, origin)

    def generators(self, network: Network, batch: HospitalBatch) -> tuple[Parts, Forgery]:
        with _frozen(self._players.discriminators()):
            made = network(batch.radiograph, batch.told)
            terms, forgery = self._translate(made, batch)
            if self._players.backward is not None:
                cycle, radiograph = self._cycle(network, self._players.backward, made, batch)
                terms, forgery = terms | cycle, Forgery(forgery.maps, radiograph)
            terms |= self._known(made, batch)
        total = torch.stack([weight * value for weight, value in terms.values()]).sum()
        return torch.stack([total, *(terms[name][1] for name in self.names[1:-1])]), forgery

    def discriminators(self, batch: HospitalBatch, forgery: Forgery) -> Parts:
        real = self._pictured((batch.ct_thickness_cm, batch.ct_mass_g_per_cm2))
        seeds = batch.origin.seeds
        loss = _fooled(
            self._players.maps,
            hazed(self._beside(forgery.maps, batch), seeds, Look.MADE_MAPS),
            hazed(self._beside(real, batch), seeds, Look.REAL_MAPS),
        )
        if self._players.radiographs is not None and forgery.radiograph is not None:
            loss = loss + _fooled(
                self._players.radiographs,
                hazed(forgery.radiograph, seeds, Look.MADE_RADIOGRAPHS),
                hazed(batch.radiograph, seeds, Look.REAL_RADIOGRAPHS),
            )
        return loss[None]

    def _translate(self, made: Maps, batch: HospitalBatch) -> tuple[Terms, Forgery]:
        fake, seeds = self._pictured(made), batch.origin.seeds
        answers: Features = self._players.maps(hazed(self._beside(fake, batch), seeds, Look.JUDGED_MAPS))
        terms = {"adversary": (self._translation.adversarial, lsgan(answers, real=True))}
        if self._translation.feature_matching:
            with torch.no_grad():
                real = self._pictured((batch.ct_thickness_cm, batch.ct_mass_g_per_cm2))
                wanted: Features = self._players.maps(hazed(self._beside(real, batch), seeds, Look.LIKED_MAPS))
            terms["features"] = (self._translation.feature_matching, feature_matching(answers, wanted))
        return terms, Forgery(fake.detach(), None)

    def _cycle(self, network: Network, backward: nn.Module, made: Maps, batch: HospitalBatch) -> tuple[Terms, Tensor]:
        """There and back, from radiographs and from maps; and the radiographs that were made of maps."""
        weights, field = self._translation, batch.radiograph[:, 1:]
        again = backward(self._pictured(made)) * field
        grey = batch.radiograph[:, :1]
        picture_error = ((again - grey).abs() * field).sum() / field.sum().clamp(min=1.0)
        likeness = gradient_correlation(again, grey, field)

        maps = batch.ct_thickness_cm, batch.ct_mass_g_per_cm2
        fake = torch.cat([backward(self._pictured(maps)) * batch.ct_field, batch.ct_field], 1)
        with _statistics_kept(network):
            # Of somebody else's maps: nothing is told.
            thickness, mass = network(fake, torch.zeros_like(batch.told))
        every = torch.ones_like(thickness[:, :, 0, 0])
        map_error = map_l1(thickness, maps[0], self._norms.thickness, every) + map_l1(
            mass, maps[1], self._norms.mass, every[:, :_MEASURED]
        )
        assert self._players.radiographs is not None
        verdicts: Features = self._players.radiographs(hazed(fake, batch.origin.seeds, Look.JUDGED_RADIOGRAPHS))
        terms = {
            "radiograph_adversary": (weights.adversarial, lsgan(verdicts, real=True)),
            "radiograph_cycle": (weights.cycle, picture_error),
            "map_cycle": (weights.cycle, map_error),
            "cycle_gradients": (weights.cycle_gradient_correlation, (1 - likeness).mean()),
        }
        return terms, fake.detach()

    def _known(self, made: Maps, batch: HospitalBatch) -> Terms:
        """What is known of the patient whatever his pose, and of his bones in this one."""
        terms: Terms = {}
        if self._recipe.owis:
            terms["sums"] = (self._recipe.owis, self._sums(made, batch))
        inside = (batch.visible >= _WHOLLY_VISIBLE).float()
        if self._recipe.bone or self._recipe.bone_gradient_correlation:
            terms |= self._bones(made, batch, inside)
        if self._recipe.recomposition:
            attenuation = recomposed(*made, *self._coefficients)
            seen = F.avg_pool2d(batch.radiograph[:, :1], MODEL_GRID.map_stride)
            terms["recomposition"] = (self._recipe.recomposition, recomposition(attenuation, seen, inside))
        return terms

    def _sums(self, made: Maps, batch: HospitalBatch) -> Tensor:
        area, weight = MODEL_GRID.map_pixel_area_cm2, batch.whole_weight
        volume, grams = sums(made[0][:, :_MEASURED]) * area, sums(made[1]) * area
        norms = self._norms
        return owis(volume, batch.whole_volume_cm3, norms.thickness[:_MEASURED] * area, weight) + owis(
            grams, batch.whole_mass_g, norms.mass * area, weight
        )

    def _bones(self, made: Maps, batch: HospitalBatch, inside: Tensor) -> Terms:
        pairs = (
            (made[0][:, _BONES], batch.bone_thickness_cm, self._norms.thickness[_BONES]),
            (made[1][:, _BONES], batch.bone_mass_g_per_cm2, self._norms.mass[_BONES]),
        )
        weight = batch.bone_weight
        errors = [map_l1(one, true, norm, weight) for one, true, norm in pairs]
        likeness = [weighted_mean(1 - gradient_correlation(one, true, inside), weight) for one, true, _ in pairs]
        return {
            "bones": (self._recipe.bone, torch.stack(errors).sum()),
            "bone_gradients": (self._recipe.bone_gradient_correlation, torch.stack(likeness).sum()),
        }

    def _pictured(self, maps: Maps) -> Tensor:
        """Both stacks as one, each channel about 1 where its structure is."""
        return torch.cat(maps, 1) / self._scale

    def _beside(self, picture: Tensor, batch: HospitalBatch) -> Tensor:
        """What the discriminator of maps sees: the maps, beside the radiograph where it is to see that too."""
        if not self._translation.conditioned:
            return picture
        return torch.cat([picture, F.avg_pool2d(batch.radiograph, MODEL_GRID.map_stride)], 1)


def _fooled(discriminator: nn.Module, fake: Tensor, real: Tensor) -> Tensor:
    """How far the discriminator is from telling which is which."""
    return 0.5 * (lsgan(discriminator(fake), real=False) + lsgan(discriminator(real), real=True))


def _another(names: Sequence[str], name: str, rng: Generator) -> str:
    """Any name but this one; this one where there is no other."""
    others = len(names) - 1
    return names[(names.index(name) + 1 + int(rng.integers(others))) % len(names)] if others else name


def condition_channels(translation: Translation) -> int:
    """How many channels the discriminator of maps sees beside them: radiograph and field."""
    return 2 if translation.conditioned else 0


def _term_names(recipe: Recipe, translation: Translation) -> Iterator[str]:
    """The terms that a recipe has, in the order in which the log lists them."""
    yield "adversary"
    if translation.feature_matching:
        yield "features"
    if translation.cycle:
        yield from ("radiograph_adversary", "radiograph_cycle", "map_cycle", "cycle_gradients")
    if recipe.owis:
        yield "sums"
    if recipe.bone or recipe.bone_gradient_correlation:
        yield from ("bones", "bone_gradients")
    if recipe.recomposition:
        yield "recomposition"


@contextmanager
def _frozen(networks: Sequence[nn.Module]) -> Iterator[None]:
    """Gradients run through the networks, not into them."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


@contextmanager
def _statistics_kept(network: Network) -> Iterator[None]:
    """A batch of made radiographs must not move the running statistics, with which real ones are later seen."""
    assert isinstance(network, nn.Module)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
