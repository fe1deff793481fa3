"""An output that cannot be a folder is a wrong call, and is named."""

from pathlib import Path

import pytest

from mskdex.cli import main

COMMANDS = [
    ["predict", "--example"],
    ["simulate", "--count", "1"],
    ["simulate", "--count", "1", "--as", "study"],
    ["train", "cohort"],
    ["evaluate", "a.csv", "b.csv"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(words))
@pytest.mark.parametrize("output", ["notes.txt", "notes.txt/out", "astray"])
def test_an_output_that_is_a_file_is_named(
    words: list[str],
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("mine")
    Path("astray").symlink_to("nowhere")
    assert main([*words, "-o", output]) == 2
    thing = output.partition("/")[0]
    assert capsys.readouterr().err == f"mskdex: {thing} is a file, not a folder; choose another name for the output\n"
    assert Path("notes.txt").read_text() == "mine"


def test_an_index_that_cannot_be_read_is_not_somebody_elses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.csv").symlink_to(tmp_path / "index.csv")  # a loop of links opens for nobody
    assert main(["predict", "--example", "-o", str(tmp_path)]) == 5
    assert "index.csv" in (said := capsys.readouterr().err)
    assert "cannot be read" in said
