"""One radiograph -> maps -> a case's result."""

from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from typing import Protocol

from mskdex.anatomy import Side
from mskdex.codes import FlagCode
from mskdex.codes import flag
from mskdex.errors import ImageRefused
from mskdex.errors import ModelError
from mskdex.images.field import Field
from mskdex.images.grid import ModelGrid
from mskdex.images.grid import Placement
from mskdex.images.grid import bounding_box
from mskdex.images.grid import covered
from mskdex.images.grid import to_grid
from mskdex.images.normalise import INPUT_RULE
from mskdex.images.normalise import network_input
from mskdex.images.radiograph import Radiograph
from mskdex.inference.gate import admit
from mskdex.inference.gate import likeness
from mskdex.inference.gate import refuse_children
from mskdex.inference.maps import Maps
from mskdex.inference.maps import Network
from mskdex.inference.maps import predict_maps
from mskdex.inference.measure import measure
from mskdex.inference.measure import unmeasured
from mskdex.inference.metal import metal_sides
from mskdex.inference.telling import what_to_tell
from mskdex.model.card import Card
from mskdex.model.person import PersonFacts
from mskdex.model.told import TOLD_RULE
from mskdex.result import CaseResult
from mskdex.result import Flag
from mskdex.result import ModelId
from mskdex.result import Status


class Model(Network, Protocol):
    """A network with its card: ``model.checkpoint.OnnxModel``, or a stand-in."""

    @property
    def card(self) -> Card: ...


@dataclass(frozen=True)
class Prediction:
    """A measured radiograph.

    Attributes:
        result: The figures, as they are reported.
        maps: What they are sums of.
        placement: How the maps lie on the radiograph.
    """

    result: CaseResult
    maps: Maps
    placement: Placement


def demand_our_input(card: Card) -> None:
    """A model that was trained on images normalised otherwise would answer all the same, and wrongly.

    Raises:
        ModelError: the card's rules are not those of ``images.normalise`` and ``model.told``.
    """
    if card.input.normalisation != INPUT_RULE or list(card.input.told.items()) != list(TOLD_RULE.items()):
        raise ModelError(f"the model {card.name} was made for inputs prepared otherwise than this mskdex does it")


def predict(radiograph: Radiograph, model: Model, case: str, person: PersonFacts | None = None) -> Prediction:
    """Measure one radiograph.

    Args:
        radiograph: The image.
        model: Reads it.
        case: What the result is called.
        person: Who the patient is, or None. Facts that contradict the file's header, or that no patient of the training
            had the like of, are kept from the model, with a flag; so is a setup.

    Raises:
        ImageRefused: it is not what the model can measure; the code says why.
    """
    refuse_children(radiograph.info.get("age_years"))
    told, doubts = what_to_tell(person, radiograph, model.card)
    rule = model.card.input
    grid = ModelGrid(rule.rows, rule.columns, rule.spacing_mm, rule.map_stride)
    on_grid = to_grid(radiograph.pixels, radiograph.field, radiograph.spacing_mm, grid)
    channels = network_input(on_grid.pixels, on_grid.field)
    maps = predict_maps(model, channels, told, grid.spacing_mm)
    found = likeness(channels, maps, model.card.reading(told.knowing).training_range)
    exposed = bounding_box(radiograph.field)
    measured = covered(exposed, on_grid.placement)
    cropped = tuple(_cropped(exposed, measured, radiograph.spacing_mm, grid))
    opaque = metal_sides(on_grid.pixels, on_grid.field, grid.spacing_mm)
    flags = (*radiograph.flags, *cropped, *doubts, *admit(found), *(_opaque_flag(side) for side in sorted(opaque)))
    result = CaseResult(
        case=case,
        model=model_id(model.card),
        image={**radiograph.info, "measured": measured.edges},
        person=asdict(told.person) if told.person else None,
        setup=asdict(told.setup) if told.setup else None,
        status=Status.MEASURED_WITH_FLAGS if flags else Status.MEASURED,
        flags=flags,
        measurements=measure(maps, model.card, found, opaque - {Side.MIDLINE}, told.knowing),
    )
    return Prediction(result, maps, on_grid.placement)


def refuse(refused: ImageRefused, card: Card, case: str, radiograph: Radiograph | None = None) -> CaseResult:
    """The result of a radiograph that was refused: every figure null, with the refusal's code as its reason."""
    return CaseResult(
        case=case,
        model=model_id(card),
        image=radiograph.info if radiograph else {},
        person=None,
        setup=None,
        status=Status.REFUSED,
        flags=(Flag(refused.code, refused.message), *(radiograph.flags if radiograph else ())),
        measurements=unmeasured(refused.code),
    )


def model_id(card: Card) -> ModelId:
    """Which model measured."""
    return ModelId(card.name, card.version, card.sha256)


def _cropped(exposed: Field, measured: Field, spacing_mm: float, grid: ModelGrid) -> Iterator[Flag]:
    """Less than a pixel of the grid is no loss. The grid lies in the field's middle: opposite edges lose alike."""
    above_mm, beside_mm = (
        pixels * spacing_mm / 2
        for pixels in (
            exposed.bottom - exposed.top - (measured.bottom - measured.top),
            exposed.right - exposed.left - (measured.right - measured.left),
        )
    )
    lost = [(above_mm, "above and as much below"), (beside_mm, "at either side")]
    words = " and ".join(f"{mm:.0f} mm {where}" for mm, where in lost if mm >= grid.spacing_mm)
    if words:
        size = f"{grid.rows * grid.spacing_mm:.0f} x {grid.columns * grid.spacing_mm:.0f} mm"
        message = f"the exposed field is larger than the {size} that the model sees: {words} were left out"
        yield flag(FlagCode.FIELD_CROPPED, message)


def _opaque_flag(side: Side) -> Flag:
    if side is Side.MIDLINE:
        return flag(
            FlagCode.SHIELD,
            "something that lets no rays through lies over the midline, such as a gonad shield: what it hides is not "
            "measured well",
        )
    return flag(
        FlagCode.METAL,
        f"there is metal on the patient's {side} side: the bones of that hip are not measured, muscles behind it badly",
    )
