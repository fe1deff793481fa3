"""The whole way in small: train, export, calibrate, predict; and it must know more than the mean."""

from pathlib import Path

import numpy as np
import pytest

from mskdex.cohort import Split
from mskdex.inference.predict import demand_our_input
from mskdex.model.checkpoint import load_model
from mskdex.model.told import Knowing
from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.finish import FinishConfig
from mskdex.training.finish import finish
from mskdex.training.library import Library
from mskdex.training.loop import train
from mskdex.training.scores import Sums
from mskdex.training.scores import predict_sums
from mskdex.training.scores import score


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory, blob_cohort) -> Path:  # type: ignore[no-untyped-def]
    counts = {Split.TRAIN: 48, Split.VALIDATION: 20, Split.TEST: 16}
    folder: Path = blob_cohort(tmp_path_factory.mktemp("cohort"), counts)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, cohort: Path) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    run = train(
        TrainConfig(
            (cohort,),
            folder / "run",
            steps=220,
            batch=4,
            learning_rate=6e-3,
            warmup_steps=10,
            ema_decay=0.9,
            width=0.25,
            precision=Precision.FLOAT32,
            accelerator=Accelerator.CPU,
            threads=1,
            validate_every=1000,
            checkpoint_every=220,
        )
    )
    return finish(FinishConfig(run, (cohort,), folder / "model", threads=1))


@pytest.fixture(scope="module")
def sums(model: Path, cohort: Path) -> Sums:
    return predict_sums(Library([cohort], Split.TEST), load_model(model, threads=1).run)


def test_it_beats_predicting_the_mean(sums: Sums, cohort: Path) -> None:
    def nothing(batch: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((len(batch), 42, 64, 72), np.float32), np.zeros((len(batch), 41, 64, 72), np.float32)

    trained_on = predict_sums(Library([cohort], Split.TRAIN), nothing)
    for predicted, true, typical in (
        (sums.volume, sums.true_volume, trained_on.true_volume),
        (sums.mass, sums.true_mass, trained_on.true_mass),
    ):
        ours = np.abs(predicted - true).mean(0) / true.mean(0)
        mean = np.abs(typical.mean(0) - true).mean(0) / true.mean(0)
        assert ours.mean() < 0.9 * mean.mean()


def test_it_orders_patients(sums: Sums) -> None:
    figures = score(sums)["all"]
    assert figures["muscle_pcc"] > 0.8
    assert figures["bone_mass_pcc"] > 0.8


def test_the_card_says_how_far_to_trust_it(model: Path, sums: Sums) -> None:
    card = load_model(model).card
    assert set(card.readings) == set(Knowing)
    for reading in card.readings.values():
        assert len(reading.intervals) == 41
        assert reading.metrics["all"]["subjects"] == 16
        assert reading.training_range is not None
        assert reading.training_range.subjects == 48
    assert card.reading().metrics["all"]["muscle_pcc"] == pytest.approx(score(sums)["all"]["muscle_pcc"])
    assert card.table_detector_mm is not None
    assert 20 <= card.table_detector_mm[0] < card.table_detector_mm[1] <= 90
    assert card.cohort["subjects"]["train/atlas"] == 24
    demand_our_input(card)
    assert card.training["row"] == "U"


def test_the_card_names_no_path(model: Path, cohort: Path) -> None:
    assert str(cohort) not in (model / "card.json").read_text()
    assert str(model.parent) not in (model / "card.json").read_text()
