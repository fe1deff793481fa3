"""May the model be told who the patient is? Not if the file says otherwise, and not beyond what it was trained on."""

from collections.abc import Iterator

from mskdex.images.radiograph import Radiograph
from mskdex.model.person import PersonFacts
from mskdex.result import Flag

AGES_APART_YEARS = 2.0
"""A table's age is today's or the examination's; the header's is in whole years, and 90 for anybody older."""


def doubts_about(person: PersonFacts, radiograph: Radiograph) -> tuple[Flag, ...]:
    """Why the model should not be told of this person; nothing where it may be."""
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
