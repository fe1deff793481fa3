"""Two processes train one network: the same weights in both, the same gradient as one, and they stop together."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mskdex.cohort import Cohort
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.errors import UsageError
from mskdex.training.config import TrainConfig
from mskdex.training.processes import launch
from mskdex.training.share import Share

SCRIPT = Path(__file__).with_name("two_processes.py")
HANGS_AFTER_S = 900


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, blob_cohort, as_in_hospital) -> Path:  # type: ignore[no-untyped-def]
    """Where the two left their runs."""
    folder = tmp_path_factory.mktemp("two")
    source = Cohort.open(blob_cohort(folder / "plain", {Split.TRAIN: 8, Split.VALIDATION: 3}))
    with CohortWriter(folder / "cohort", provenance={}) as writer:
        for subject in source.subjects:
            writer.add(subject, as_in_hospital(source.read(subject)))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
    done = subprocess.run(
        [*torchrun, "--nproc-per-node=2", str(SCRIPT), str(folder / "cohort"), str(folder)],
        env={**os.environ, "GLOO_SOCKET_IFNAME": "lo"},
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def found(runs: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What each came to."""
    first, second = (torch.load(runs / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    return first, second


@pytest.mark.parametrize("run", ["U", "A", "by the clock"])
def test_all_processes_end_with_the_same_weights(run: str, found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first, second = (each[run] for each in found)
    assert first.keys() == second.keys()
    for network, state in first.items():
        for name, tensor in state.items():
            assert torch.equal(tensor, second[network][name]), (network, name)


def test_a_row_with_discriminators_moves_every_network_alike(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert found[0]["A"].keys() == {"network", "average", "maps", "radiographs", "backward"}


def test_each_process_takes_its_share_of_every_batch_and_no_more(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for each in found:
        assert len(each["examples"]) > 8  # of rows U and A four steps each, and a few by the clock
        assert set(each["examples"]) == {2}  # of a batch of 4


@pytest.mark.parametrize("row", ["U", "B"])
def test_shares_of_a_batch_give_the_gradient_of_the_whole(
    row: str, found: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    for shared, whole in (each[f"gradients {row}"] for each in found):
        for one, other in zip(shared, whole, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("row", ["U", "A"])
def test_losses_are_finite_and_written_once(row: str, runs: Path) -> None:
    lines = [line.split(",") for line in (runs / row / "metrics.csv").read_text().splitlines()[1:]]
    losses = [(int(step), float(value)) for step, group, name, value in lines if (group, name) == ("train", "loss")]
    assert [step for step, _ in losses] == [1, 2, 3, 4]
    assert np.isfinite([value for _, value in losses]).all()


def test_a_run_keeps_how_many_processes_trained_it(runs: Path) -> None:
    assert json.loads((runs / "U" / "config.json").read_text())["processes"] == 2


def test_what_is_not_finite_in_one_process_stops_all(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first, second = (each["diverged"] for each in found)
    assert first == second
    assert "step 3" in first
    assert "step-00000002.pt, is kept" in first


def test_shares_are_disjoint_and_make_the_batch() -> None:
    batch = list(range(12))
    shares = [Share(rank, 3).of(batch) for rank in range(3)]
    assert sorted(one for share in shares for one in share) == batch
    assert {len(share) for share in shares} == {4}
    assert Share().of(batch) == batch


@pytest.mark.parametrize(
    ("settings", "says"), [({"batch": 8}, "multiple of 3"), ({"batch": 9, "reread_cohort": True}, "reread_cohort")]
)
def test_what_processes_cannot_share_is_refused(
    settings: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "3")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    with pytest.raises(UsageError, match=says):
        launch(TrainConfig((Path("cohort"),), Path("run"), **settings))
