"""What the model may be told beside the image: nothing that the file contradicts, that no patient of its training had
the like of, or that its intervals were never calibrated for."""

from collections.abc import Iterator

from mskdex.images.radiograph import Radiograph
from mskdex.model.card import Card
from mskdex.model.person import PersonFacts
from mskdex.model.setup import SetupFacts
from mskdex.model.told import Knowing
from mskdex.model.told import Told
from mskdex.result import Flag

AGES_APART_YEARS = 2.0
"""A table's age is today's or the examination's; the header's is in whole years, and 90 for anybody older."""

SOURCE_LEEWAY = 0.02
TABLE_LEEWAY_MM = 5.0
"""So far beyond the training a network may still be trusted to go on as before: magnification changes by half a
percent with either."""


def what_to_tell(person: PersonFacts | None, radiograph: Radiograph, card: Card) -> tuple[Told, tuple[Flag, ...]]:
    """What is known of a radiograph, as far as the model may be told of it, and flags for what must be kept from it."""
    about_person = _doubts_about_person(person, radiograph) if person else ()
    about_setup = (*_source_unlike(radiograph, card), *_table_unlike(radiograph, card))
    known = Told(None if about_person else person, None if about_setup else _setup(radiograph))
    ways = [known.only(knowing) for knowing in reversed(Knowing) if knowing in card.readings]
    return next((told for told in ways if told is not None), Told()), (*about_person, *about_setup)


def _setup(radiograph: Radiograph) -> SetupFacts | None:
    if radiograph.sdd_mm is None or radiograph.table_detector_mm is None:
        return None
    return SetupFacts(radiograph.sdd_mm, radiograph.table_detector_mm)


def _source_unlike(radiograph: Radiograph, card: Card) -> tuple[Flag, ...]:
    mm, trained = radiograph.sdd_mm, card.sdd_mm
    if mm is None or trained is None or trained[0] * (1 - SOURCE_LEEWAY) <= mm <= trained[1] * (1 + SOURCE_LEEWAY):
        return ()
    message = f"source and detector were {mm:.0f} mm apart; in the training {trained[0]:.0f} to {trained[1]:.0f} mm"
    return (Flag("distance_unlike_training", f"{message}, so magnification is misjudged"),)


def _table_unlike(radiograph: Radiograph, card: Card) -> tuple[Flag, ...]:
    mm, trained = radiograph.table_detector_mm, card.table_detector_mm
    if mm is None or trained is None or trained[0] - TABLE_LEEWAY_MM <= mm <= trained[1] + TABLE_LEEWAY_MM:
        return ()
    message = f"table and detector were {mm:.0f} mm apart; in the training {trained[0]:.0f} to {trained[1]:.0f} mm"
    return (Flag("table_unlike_training", f"{message}, so magnification is misjudged"),)


def _doubts_about_person(person: PersonFacts, radiograph: Radiograph) -> tuple[Flag, ...]:
    flags = []
    if differing := tuple(_differing(person, radiograph)):
        flags.append(
            Flag(
                "person_differs_from_file",
                f"the subjects' table and the file do not agree on the patient's {' and '.join(differing)}; "
                "the model was told nothing of the patient",
            )
        )
    if beyond := person.beyond_training():
        flags.append(
            Flag(
                "person_unlike_training",
                f"no patient of the training had such {' and '.join(_with_article(name) for name in beyond)}; "
                "the model was told nothing of the patient",
            )
        )
    return tuple(flags)


def _differing(person: PersonFacts, radiograph: Radiograph) -> Iterator[str]:
    sex, age = radiograph.info.get("sex"), radiograph.info.get("age_years")
    if sex is not None and sex != person.sex:
        yield "sex"
    if age is not None and abs(age - person.age_years) > AGES_APART_YEARS:
        yield "age"


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
