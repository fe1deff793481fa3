"""The page: self-contained, without scripts, escaped, flags before numbers, and small."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mskdex.anatomy import STRUCTURES
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.codes import Remark
from mskdex.model.card import Card
from mskdex.model.told import Knowing
from mskdex.report import words
from mskdex.report.about import patients
from mskdex.report.about import results
from mskdex.report.page import render
from mskdex.report.pictures import Pictures
from mskdex.result import CaseResult
from mskdex.result import Flag
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status

VOID = {"meta", "br", "img", "link", "hr", "input", "use", "rect", "path", "image"}


class Outline(HTMLParser):
    """Collects tags and checks that they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def page(result: CaseResult, card: Card, pictures: Pictures) -> str:
    return render(result, card, pictures).decode()


def test_the_page_is_well_formed_and_needs_nothing_else(page: str) -> None:
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert "script" not in {tag for tag, _ in outline.tags}
    for _, attributes in outline.tags:
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/"))
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert "http://" not in page.replace("http-equiv", "")
    assert "https://" not in page
    assert len(page) < 2_000_000


def test_the_policy_allows_this_style_and_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    allowed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'sha256-{allowed}'" in page


def test_what_files_say_is_escaped(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;with&lt;/b&gt;" in page
    assert "Virtual patients &lt;only&gt;." in page


def test_status_and_flags_come_before_any_figure(page: str) -> None:
    assert page.index("Measured, with remarks") < page.index("lossy") < page.index("<table")
    assert page.index("Research use only") < page.index("<table")


def test_every_structure_has_a_line_and_a_picture(page: str) -> None:
    for structure in STRUCTURES:
        assert f'id="row-{structure.name}"' in page
        assert f'id="picture-{structure.name}"' in page
        assert f'id="layer-{structure.name}"' in page


def test_figures_are_read_as_people_read_them(page: str) -> None:
    row = re.search(r'<tr id="row-gluteus_medius">.*?</tr>', page, re.DOTALL)
    assert row is not None
    text = re.sub(r"<[^>]+>", " ", row[0])
    assert re.search(r"300\s+285–315\s+240\s+228–252\s+R \+22 %", text)  # noqa: RUF001
    assert 'class="asymmetry apart"' in row[0]
    assert re.search(r"79\s+75–83", text)  # noqa: RUF001
    missing = re.search(r'<tr id="row-gluteus_maximus">.*?</tr>', page, re.DOTALL)
    assert missing is not None
    assert "out of view" in missing[0]


def test_the_model_says_whom_it_knows(page: str, card: Card) -> None:
    assert ("Trained on", "42 virtual patients (atlas 12, built-in anatomy 30)") in patients(card)
    assert "42 virtual patients" in page
    assert "<td>0.87</td><td>0.91</td>" in page


def test_what_is_said_of_the_test_patients_was_told_what_the_model_was_told_here(
    result: CaseResult, card: Card, pictures: Pictures
) -> None:
    alone = render(replace(result, person=None), card, pictures).decode()
    assert "0.87" in alone
    assert "0.91" not in alone
    assert "told as much" not in alone


def test_a_correlation_stands_beside_what_is_reached_without_the_image(
    result: CaseResult, card: Card, pictures: Pictures
) -> None:
    controls = {"R1": {"all": {"muscle_volume_pcc": 0.806}}, "R0": {"all": {"muscle_volume_pcc": 0.5}}}
    readings = {
        knowing: reading.model_copy(update={"controls": controls}) for knowing, reading in card.readings.items()
    }
    beside = card.model_copy(update={"readings": readings})
    assert results(beside, Knowing.IMAGE) == [("Muscle volume", "0.87", "", "0.81")]
    page = render(result, beside, pictures).decode()
    assert "<td>0.87</td><td>0.91</td><td>0.81</td>" in page
    assert "the card does not say" not in page
    assert "the card does not say" in render(result, card, pictures).decode()


def test_a_pelvis_without_an_interval_of_its_own_says_so(result: CaseResult, card: Card) -> None:
    pelvis = Measurement("pelvis", Side.MIDLINE, Quantity.VOLUME, "cm3", 700.0, 600.0, 800.0, 0.9)
    flagged = replace(pelvis, flags=(Remark.NOT_CALIBRATED,))
    pages = [render(replace(result, measurements=(one,)), card, None).decode() for one in (pelvis, flagged)]
    assert ["no calibrated interval" in page for page in pages] == [False, True]


def test_without_the_radiograph_the_maps_stay(result: CaseResult, card: Card, pictures: Pictures) -> None:
    page = render(result, card, replace(pictures, radiograph=None)).decode()
    assert "image/jpeg" not in page
    assert 'id="layer-femur"' in page


def test_a_page_is_not_content_where_figures_are_missing_or_doubtful(card: Card) -> None:
    good = Measurement("gluteus_medius", Side.LEFT, Quantity.VOLUME, "cm3", 250.0)
    gone = Measurement("gluteus_medius", Side.RIGHT, Quantity.VOLUME, "cm3", None, reason="out_of_view")
    doubtful = replace(good, side=Side.RIGHT, flags=("outside_training_range",))
    case = CaseResult("c", ModelId("m", "1", "0" * 64), {}, None, None, Status.MEASURED, (), (good,))
    assert "Nothing about this radiograph speaks against" in render(case, card, None).decode()
    for other in (gone, doubtful):
        page = render(replace(case, measurements=(good, other)), card, None).decode()
        assert "speaks against" not in page
        assert "Some of its figures (1) are missing or doubtful" in page


def test_a_refusal_is_a_page_without_figures(result: CaseResult, card: Card) -> None:
    page = render(replace(result, status=Status.REFUSED, measurements=()), card, None).decode()
    assert "Not measured" in page
    assert "<table" not in page
    assert "lossy" in page


def one(value: float | None, lower: float | None = None, upper: float | None = None, unit: str = "g") -> Measurement:
    reason = "out_of_view" if value is None else None
    return Measurement("femur", Side.LEFT, Quantity.BONE_MASS, unit, value, lower, upper, reason=reason)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(287.1, "cm3", "287"), (99.96, "g", "100"), (45.83, "g", "45.8"), (0.853, "1", "85"), (1.0, "1", "100")],
)
def test_digits(value: float, unit: str, text: str) -> None:
    assert words.figure(value, unit) == text


def test_asymmetry_is_of_the_mean_and_needs_both_sides() -> None:
    assert words.asymmetry_percent(one(110), one(90)) == pytest.approx(20)
    assert words.asymmetry_percent(one(90), one(110)) == pytest.approx(-20)
    assert words.asymmetry_percent(one(None), one(90)) is None
    assert words.asymmetry_percent(one(90), None) is None


def test_sides_are_apart_only_when_their_intervals_are() -> None:
    assert words.intervals_apart(one(10, 9, 11), one(14, 13, 15))
    assert not words.intervals_apart(one(10, 9, 13), one(14, 13, 15))
    assert not words.intervals_apart(one(10), one(14))


@pytest.mark.parametrize("code", ["orientation_differs", "view_differs"])
def test_a_picture_that_may_be_mirrored_claims_no_sides(
    result: CaseResult, card: Card, pictures: Pictures, code: str
) -> None:
    plain = render(result, card, pictures).decode()
    assert plain.count("patient&#39;s right is on the left") + plain.count("patient's right is on the left") == 2
    assert ">R</text>" in plain
    mirrored = Flag(code, "the file says otherwise")
    page = render(replace(result, flags=(mirrored,)), card, pictures).decode().replace("&#39;", "'")
    assert "right is on the left" not in page
    assert "R and L are the patient's sides" not in page
    assert page.count("right and left may be exchanged") == 2
