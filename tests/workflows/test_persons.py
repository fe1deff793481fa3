"""Whose facts are whose must be beyond doubt."""

from pathlib import Path

import pytest

from mskdex.errors import UsageError
from mskdex.model.person import PersonFacts
from mskdex.workflows.inputs import Ids
from mskdex.workflows.inputs import find_inputs
from mskdex.workflows.persons import assign
from mskdex.workflows.persons import read_table

HEAD = "id,sex,age,height_cm,weight_kg\n"
IMAGES = [("case-0001", Path("export/A/IM0001.dcm")), ("case-0002", Path("export/B/IM0001.dcm"))]


def write(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text)
    return path


def test_a_complete_row_is_a_person_and_an_incomplete_one_an_age_at_most(tmp_path: Path) -> None:
    table = write(tmp_path, " ID ,Sex,Age,height_cm,WEIGHT_KG,name\nx, F ,95,158,51.5,Jane\n\ny,m,9,,30,\nz,,,,,\n")
    whole, child, nobody = read_table(table)
    assert whole.person == PersonFacts("female", 90.0, 158.0, 51.5)
    assert (child.person, child.age_years) == (None, 9.0)
    assert (nobody.person, nobody.age_years) == (None, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,sex,age,height_cm,weight_kg\n", "needs one of the columns case, id, radiograph"),
        ("id,sex,age,height,weight_kg\n", "needs the column height_cm"),
        ("id,id,sex,age,height_cm,weight_kg\n", "column id twice"),
        (HEAD + "x,F,70,158\n", "line 2: has 4 cells"),
        (HEAD + "x,F,70,1.58,51\n", "height_cm is a number from 40"),
        (HEAD + "x,F,70,158,nan\n", "weight_kg is a number"),
        (HEAD + "x,2,70,158,51\n", "female or male"),
        (HEAD + 'x,"F,70\n', "cannot be read"),
        ("", "needs one of the columns"),
    ],
)
def test_a_table_is_read_strictly(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_table(write(tmp_path, text))


def test_no_message_repeats_a_cell(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_table(write(tmp_path, HEAD + "Jane Doe,F,Doe,158,51\n"))
    assert "Doe" not in str(caught.value)


def test_one_name_for_two_images_is_refused_unless_the_folder_tells_them_apart(tmp_path: Path) -> None:
    rows = read_table(write(tmp_path, HEAD.replace("id", "radiograph", 1) + "IM0001.dcm,M,70,180,90\n"))
    with pytest.raises(UsageError, match="2 images bear this name"):
        assign(rows, IMAGES)
    text = HEAD.replace("id", "radiograph", 1) + "A/IM0001.dcm,M,70,180,90\nB/IM0001.dcm,F,60,160,60\n"
    first, second = assign(read_table(write(tmp_path, text)), IMAGES)
    assert first is not None
    assert second is not None
    assert (first.person.sex, second.person.sex) == ("male", "female")  # type: ignore[union-attr]


def test_two_rows_for_one_image_are_refused(tmp_path: Path) -> None:
    rows = read_table(write(tmp_path, HEAD + "a,M,70,180,90\na.png,F,60,160,60\n"))
    with pytest.raises(UsageError, match="line 3: speaks of the same image as"):
        assign(rows, [("case-0001", Path("a.png"))])


def test_the_dots_of_a_uid_are_not_a_suffix(tmp_path: Path) -> None:
    rows = read_table(write(tmp_path, HEAD + "1.2,M,70,180,90\n"))
    with pytest.raises(UsageError, match="no row"):
        assign(rows, [("case-0001", Path("1.2.3")), ("case-0002", Path("1.2.4"))])


def test_all_names_of_a_row_must_fit(tmp_path: Path) -> None:
    text = "case,radiograph,sex,age,height_cm,weight_kg\ncase-0002,IM0001.dcm,M,70,180,90\n"
    assert [row is not None for row in assign(read_table(write(tmp_path, text)), IMAGES)] == [False, True]


@pytest.mark.parametrize("text", ["case,sex,age,height_cm,weight_kg\n", "id,case,sex,age,height_cm,weight_kg\n,"])
def test_a_number_alone_names_no_image(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.png").touch()
    table = write(tmp_path, text + "case-0001,M,70,180,90\n")
    with pytest.raises(UsageError, match=r"line 2: a case's number alone.*--ids stem"):
        find_inputs([tmp_path / "a.png"], tmp_path / "out", Ids.NUMBER, table)
    table.write_text(table.read_text().replace("case-0001", "a"))
    (only,) = find_inputs([tmp_path / "a.png"], tmp_path / "out", Ids.STEM, table).cases
    assert only.row is not None
