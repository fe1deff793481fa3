"""Rows are compared once all are read, and runs of other cohorts or settings are refused."""

from argparse import Namespace
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ablation
import resampling
from ablation_page import _page
from ablation_scores import POOLED
from ablation_scores import WAYS
from ablation_scores import best_of_d
from ablation_scores import pooled
from ablation_scores import scored
from accuracy_cases import Group
from accuracy_cases import with_controls
from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.errors import UsageError
from mskdex.model.card import CARD
from mskdex.model.card import VOCABULARY
from mskdex.model.card import Card
from mskdex.model.card import InputRule
from mskdex.training.controls import CONTROLS
from mskdex.training.rows import Row
from mskdex.training.settings import keep_settings

ORDER = {Row.A: 0.8, Row.C: 0.4, Row.D_LEANHEAD: 0.3, Row.D_CARRIED: 0.2, Row.U_STORED: 0.2, Row.U: 0.1}
"""Rows as a command may name them, and how noisily each reads."""


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """What is asked here of intervals needs no fine ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resampling, "RESAMPLES", 200)
        yield


def _read(group: Callable[..., Group], seed: int) -> dict[Row, Group]:
    """One fold: the same patients, read by every row."""
    truth = group(200, 100 + seed, rows=("truth",))
    read = {}
    for number, (row, noise) in enumerate(ORDER.items()):
        held_out = group(60, seed, rows=tuple(WAYS), noise=0.0)
        rng = np.random.default_rng([seed, number])
        for way, one in held_out.rows.items():
            factor = np.exp(noise * rng.normal(size=one.sums.volume.shape))
            sums = replace(one.sums, volume=one.sums.volume * factor, mass=one.sums.mass * factor)
            held_out.rows[way] = replace(one, sums=sums)
        read[row] = with_controls(held_out, truth, tuple(CONTROLS))
    return read


@pytest.fixture(scope="module")
def folds(group: Callable[..., Group]) -> list[dict[Row, Group]]:
    return [_read(group, seed) for seed in (0, 1)]


def test_rows_before_c_are_compared_with_it_too(folds: list[dict[Row, Group]]) -> None:
    rows = {row["row"]: row for row in scored(folds[0], 0)}
    assert rows["A"]["mean_pcc_over_C"] < 0
    assert "mean_pcc_over_C" not in rows["C"]
    assert rows["U"]["mean_pcc_over_C_95"][0] > 0
    for name in ("A", "U", "U, person and setup known"):
        low, high = rows[name]["mean_pcc_over_R1_95"]
        assert low <= rows[name]["mean_pcc_over_R1"] <= high
    assert rows["A"]["mean_pcc_over_R1"] == pytest.approx(rows["A"]["mean_pcc"] - rows["R1"]["mean_pcc"], abs=2e-3)
    known = rows["U, person and setup known"]
    assert known["mean_pcc_over_R1"] == pytest.approx(known["mean_pcc"] - rows["R1, setup known"]["mean_pcc"], abs=2e-3)


def test_the_best_row_of_d_says_who_chose_it(folds: list[dict[Row, Group]]) -> None:
    alone, known = best_of_d(folds[0], 0, None, Split.TEST)
    assert (alone["row"], known["row"]) == ("D-carried", "D-carried, person and setup known")
    assert alone["chosen_on"] == "test"
    assert alone["mean_pcc_over_U_95"][1] < 0
    named = next(best_of_d(folds[0], 0, Row.D_LEANHEAD, Split.TEST))
    assert (named["row"], named["chosen_on"]) == ("D-leanhead", "validation")


def test_held_out_patients_of_all_folds_are_scored_together(folds: list[dict[Row, Group]]) -> None:
    together = pooled(folds)
    assert len(together[Row.U]) == 120
    rows = {row["row"]: row for row in scored(together, POOLED)}
    assert (rows["U"]["fold"], rows["U"]["subjects"]) == ("all", 120)
    assert rows["U"]["per_structure"]["sacrum"]["subjects"] == 120
    assert set(pooled([folds[0], {Row.U: folds[1][Row.U]}])) == {Row.U}


def test_the_page_says_plainly_whom_an_equation_without_an_image_beats(folds: list[dict[Row, Group]]) -> None:
    rows = [*scored(folds[0], 0)]
    page = _page(_record(rows, [*best_of_d(folds[0], 0, Row.D_CARRIED, Split.TEST)]))
    assert "Seen in runs of 70 steps of 8 patients, 0.5 of the usual channels." in page
    assert "START is a model of row U, 0.5 of the usual channels, of 90 steps on 800 patients of atlas (abc)" in page
    assert "- worse than R1: A" in page
    assert "So R1, which has no image, beats, or within chance equals," in page
    assert "The best row of D, chosen on validation patients, is D-carried: worse than U told as much" in page
    assert "gap closed from R0 to U-stored, image alone" in page
    assert "gap closed from R1 to U, all known" in page
    assert "## Per structure, person and setup known" in page
    assert "phantom 15" in page
    assert "98aa684" not in page


def _record(rows: list[dict[str, Any]], best: list[dict[str, Any]]) -> dict[str, Any]:
    made = dict.fromkeys(("cohort", "command", "seed", "date", "hardware", "commit"), "x")
    settings = {"steps": 70, "batch": 8, "width": 0.5}
    start = {"row": "U", "width": 0.5, "steps_done": 90, "patients": {"atlas": 800}, "sha256": "abc"}
    return {**made, "cohorts": [{"phantom": 15}], "settings": settings, "start": start, "best_d": best, "rows": rows}


def _cohort(folder: Path, blob_cohort: Any, provenance: dict[str, Any]) -> Path:
    source = Cohort.open(blob_cohort(folder / "blobs", {Split.TRAIN: 2, Split.VALIDATION: 1, Split.TEST: 1}))
    with CohortWriter(folder / "cohort", provenance=provenance) as writer:
        for subject in source.subjects:
            writer.add(replace(subject, sha256=None), source.read(subject))
    return folder / "cohort"


@pytest.fixture
def options(tmp_path: Path, blob_cohort: Any) -> Namespace:
    cohort = _cohort(tmp_path, blob_cohort, {"phantom": 15})
    return Namespace(cohort=cohort, runs=tmp_path / "runs", start=None, steps=70, batch=2, width=0.2, seed=1, threads=1)


def _leave_run(options: Namespace, provenance: dict[str, Any], checkpoints: bool) -> Path:
    """A finished run of row U."""
    config = ablation._config(options, Row.U, 0)
    (config.run / "checkpoints").mkdir(parents=True)
    keep_settings(ablation.with_precision(config), processes=1)
    if checkpoints:
        (config.run / "checkpoints" / "step-00000070.pt").touch()
    opened = Cohort.open(options.cohort)
    subjects = ablation.subject_counts([opened], 0)
    card = Card(
        schema=3,
        name="test",
        version="1",
        vocabulary=VOCABULARY,
        input=InputRule(),
        sha256="0" * 64,
        cohort={"provenance": [provenance], "subjects": subjects},
        training={},
        intended_use="tests",
        limits=(),
    )
    (config.run / "model").mkdir()
    (config.run / "model" / CARD).write_text(card.to_json())
    return config.run


def test_a_finished_run_is_taken_as_it_is(options: Namespace) -> None:
    _leave_run(options, {"phantom": 15}, checkpoints=True)
    assert ablation._train(options, Row.U, 0)


def test_a_finished_run_of_another_cohort_is_refused(options: Namespace) -> None:
    _leave_run(options, {"phantom": 14}, checkpoints=True)
    with pytest.raises(SystemExit, match=r"another cohort .*provenance"):
        ablation._train(options, Row.U, 0)


@pytest.mark.parametrize("checkpoints", [True, False])
def test_a_finished_run_of_other_settings_is_refused_whatever_is_left_of_it(
    options: Namespace, checkpoints: bool
) -> None:
    run = _leave_run(options, {"phantom": 15}, checkpoints)
    begun = (run / "config.json").read_bytes()
    options.batch = 4
    with pytest.raises(UsageError, match="another batch"):
        ablation._train(options, Row.U, 0)
    assert (run / "config.json").read_bytes() == begun
