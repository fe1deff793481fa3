"""What the model may be told beside the image: nothing that the file contradicts, that no radiograph of its training
had the like of, that its intervals were never calibrated for, or that has no meaning for pixels of unknown size."""

from collections.abc import Iterator

from mskdex.codes import FlagCode
from mskdex.codes import flag
from mskdex.images.radiograph import Radiograph
from mskdex.images.spacing import SpacingSource
from mskdex.model.card import Card
from mskdex.model.person import PersonFacts
from mskdex.model.setup import SetupFacts
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.result import Flag

AGES_APART_YEARS = 2.0
"""A table's age is today's or the examination's; the header's is in whole years, and 90 for anybody older."""

SOURCE_LEEWAY = 0.02
"""As a share; magnification changes by 0.3 % with it. So far beyond its training a network may be trusted to go on."""

TABLE_LEEWAY_MM = 5.0
"""The same; magnification changes by 0.5 %."""

ON_THE_DETECTOR = {
    SpacingSource.USER,
    SpacingSource.IMAGER_PIXEL_SPACING,
    SpacingSource.PIXEL_SPACING_AND_MAGNIFICATION,
}
"""Any other spacing may be that of the patient's plane, or a scanner's nominal one."""


def what_to_tell(person: PersonFacts | None, radiograph: Radiograph, card: Card) -> tuple[Told, tuple[Flag, ...]]:
    """What is known of a radiograph, as far as the model may be told of it, and flags for what must be kept from it."""
    about_person = tuple(_doubts_about_person(person, radiograph)) if person else ()
    about_setup = tuple(_doubts_about_setup(radiograph, card))
    known = Told(None if about_person else person, None if about_setup else _setup(radiograph))
    ways = [known.only(knowing) for knowing in reversed(Knowing) if knowing in card.readings]
    told = next((way for way in ways if way is not None), Told())
    return told, (*about_person, *about_setup, *_not_calibrated(known, told))


def _not_calibrated(known: Told, told: Told) -> Iterator[Flag]:
    """Somebody took the trouble to say who the patient is."""
    if known.person is not None and told.person is None:
        message = "this model has no intervals for patients of whom it is told; it was told nothing of the patient"
        yield flag(FlagCode.PERSON_NOT_CALIBRATED, message)


def _setup(radiograph: Radiograph) -> SetupFacts | None:
    if radiograph.sdd_mm is None or radiograph.table_detector_mm is None:
        return None
    return SetupFacts(radiograph.sdd_mm, radiograph.table_detector_mm)


def _doubts_about_setup(radiograph: Radiograph, card: Card) -> Iterator[Flag]:
    if radiograph.table_detector_mm is not None and radiograph.spacing_source not in ON_THE_DETECTOR:
        message = "pixels may not have the size stated for them at the detector; the model was told of no distance"
        yield flag(FlagCode.SETUP_OF_UNKNOWN_SCALE, message)
    if radiograph.sdd_mm is not None and card.sdd_mm is not None:
        low, high = card.sdd_mm
        if not low * (1 - SOURCE_LEEWAY) <= radiograph.sdd_mm <= high * (1 + SOURCE_LEEWAY):
            yield _apart(FlagCode.DISTANCE_UNLIKE_TRAINING, "source", radiograph.sdd_mm, card.sdd_mm)
    if radiograph.table_detector_mm is not None and card.table_detector_mm is not None:
        low, high = card.table_detector_mm
        if not low - TABLE_LEEWAY_MM <= radiograph.table_detector_mm <= high + TABLE_LEEWAY_MM:
            yield _apart(FlagCode.TABLE_UNLIKE_TRAINING, "table", radiograph.table_detector_mm, card.table_detector_mm)


def _apart(code: FlagCode, what: str, mm: float, trained_mm: tuple[float, float]) -> Flag:
    low, high = trained_mm
    message = f"{what} and detector were {mm:.0f} mm apart; in the training {low:.0f} to {high:.0f} mm"
    return flag(code, f"{message}, so magnification is misjudged, and the model was told of no distance")


def _doubts_about_person(person: PersonFacts, radiograph: Radiograph) -> Iterator[Flag]:
    if differing := tuple(_differing(person, radiograph)):
        yield flag(
            FlagCode.PERSON_DIFFERS_FROM_FILE,
            f"the subjects' table and the file do not agree on the patient's {' and '.join(differing)}; "
            "the model was told nothing of the patient",
        )
    if beyond := person.beyond_training():
        yield flag(
            FlagCode.PERSON_UNLIKE_TRAINING,
            f"no patient of the training had such {' and '.join(_with_article(name) for name in beyond)}; "
            "the model was told nothing of the patient",
        )


def _differing(person: PersonFacts, radiograph: Radiograph) -> Iterator[str]:
    sex, age = radiograph.info.get("sex"), radiograph.info.get("age_years")
    if sex is not None and sex != person.sex:
        yield "sex"
    if age is not None and abs(age - person.age_years) > AGES_APART_YEARS:
        yield "age"


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
