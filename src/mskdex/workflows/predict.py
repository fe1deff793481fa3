"""``predict``: radiographs in, measurements, maps and reports out. One bad file never stops the rest."""

import time
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mskdex import __version__
from mskdex.codes import Refusal
from mskdex.errors import ExitCode
from mskdex.errors import ResourceError
from mskdex.errors import UsageError
from mskdex.files import demand_no_file
from mskdex.files import make_folder
from mskdex.files import replacing
from mskdex.files import sweep
from mskdex.images.isolation import DECODER
from mskdex.images.radiograph import PLAUSIBLE_SDD_MM
from mskdex.images.radiograph import PLAUSIBLE_TABLE_MM
from mskdex.inference.predict import Model
from mskdex.inference.predict import demand_our_input
from mskdex.inference.predict import model_id
from mskdex.locks import FolderLock
from mskdex.model.checkpoint import load_model
from mskdex.report.tables import COLUMNS
from mskdex.report.tables import INDEX_COLUMNS
from mskdex.report.tables import Table
from mskdex.report.tables import codes_of
from mskdex.report.tables import rows_of
from mskdex.result import CaseResult
from mskdex.result import Status
from mskdex.workflows.case import MEASUREMENTS
from mskdex.workflows.case import measure_case
from mskdex.workflows.continued import Journal
from mskdex.workflows.continued import digest
from mskdex.workflows.earlier import TABLES
from mskdex.workflows.earlier import Earlier
from mskdex.workflows.inputs import Input
from mskdex.workflows.inputs import Inputs
from mskdex.workflows.inputs import find_inputs
from mskdex.workflows.inputs import sha256_of
from mskdex.workflows.predict_config import PredictConfig
from mskdex.workflows.run import Run


@dataclass(frozen=True)
class CaseDone:
    """News of one case."""

    number: int
    total: int
    input: Input
    result: CaseResult
    seconds: float


@dataclass(frozen=True)
class Summary:
    """What a run came to."""

    exit_code: ExitCode
    measured: int
    with_flags: int
    refused: int
    interrupted: bool
    told: int | None
    """Of how many patients the model was told who they are; None without a subjects' table."""
    setups: int
    """Of how many radiographs it was told how far source and table were from the detector."""
    links: int
    """How many links in the folders were not followed."""


def _ignore(_: CaseDone) -> None:
    return


def predict(images: Sequence[Path], config: PredictConfig, *, watch: Callable[[CaseDone], None] = _ignore) -> Summary:
    """Measure radiographs: tables of all of them, and of each its figures, maps and a page to read.

    A run that was cut off goes on where it was, when it is asked for again (``workflows.continued``).

    Args:
        images: Files, or folders of files.
        config: The settings.
        watch: Told of every case when it is done.

    Raises:
        UsageError: a path or table is wrong, or the output is a file or holds an earlier run's results of other files;
            nothing was measured.
        ModelError: the model is not what it claims; nothing was measured.
        ResourceError: disk or memory ran out; what was written is whole.
    """
    _demand_a_distance("--sdd-mm", config.sdd_mm, PLAUSIBLE_SDD_MM)
    _demand_a_distance("--table-mm", config.table_mm, PLAUSIBLE_TABLE_MM)
    demand_no_file(config.output)
    inputs = find_inputs(images, config.output, config.ids, config.subjects)
    Earlier(config.output).refuse_others(inputs.cases)
    DECODER.start()  # it gets ready while the model is loaded
    model = load_model(config.model, threads=config.threads)
    demand_our_input(model.card)
    make_folder(config.output)
    lock = FolderLock(config.output / ".mskdex.lock")
    lock.acquire()
    try:
        sweep(config.output, TABLES)
        return _measure_all(inputs, model, config, watch)
    finally:
        lock.release()


def _demand_a_distance(option: str, mm: float | None, plausible_mm: tuple[float, float]) -> None:
    low, high = plausible_mm
    if mm is not None and not low <= mm <= high:
        raise UsageError(f"{option} is {mm:g} mm; expected {low:g} to {high:g}")


def _measure_all(inputs: Inputs, model: Model, config: PredictConfig, watch: Callable[[CaseDone], None]) -> Summary:
    run, model_record = Run("predict", _settings(config)), {**vars(model_id(model.card))}
    cases: list[dict[str, Any]] = []
    told, setups, interrupted, stopped = 0, 0, False, None
    how = {"mskdex": __version__, "model": model_record, "settings": _settings(config), "files": digest(inputs.cases)}
    journal, earlier = Journal(config.output, how, MEASUREMENTS), Earlier(config.output)
    if not journal.goes_on():
        earlier.forget(inputs.cases)
    with ExitStack() as stack:
        stack.enter_context(journal)
        measurements = Table(stack.enter_context(replacing(config.output / TABLES[0])), COLUMNS)
        index = Table(stack.enter_context(replacing(config.output / TABLES[1])), INDEX_COLUMNS)
        try:
            for number, each in enumerate(inputs.cases, start=1):
                started = time.monotonic()
                if (before := journal.finished(each)) is None:
                    earlier.forget_tables_of(each.case)
                result = before or measure_case(each, model, config)
                measurements.add(rows_of(result))
                cases.append(_record(each, result))
                if before is None and Refusal.INTERNAL_ERROR not in cases[-1]["flags"]:
                    journal.add(each, cases[-1]["sha256"])
                index.add([_index_row(each, result, cases[-1]["sha256"])])
                told += result.person is not None
                setups += result.setup is not None
                watch(CaseDone(number, len(inputs.cases), each, result, time.monotonic() - started))
        except KeyboardInterrupt:
            interrupted = True  # the tables of what was done are written
        except ResourceError as error:
            stopped = error  # they are written first
        journal.keep = interrupted or stopped is not None
    summary = _summary(cases, interrupted, told if config.subjects else None, setups, inputs.links)
    status = stopped.exit_code if stopped else summary.exit_code
    found = {"model": model_record, "interrupted": interrupted, "continued": journal.continued, "links": inputs.links}
    run.finish(config.output, status, **found, cases=cases)
    if stopped:
        raise stopped
    return summary


def _record(each: Input, result: CaseResult) -> dict[str, Any]:
    """A case as ``run.json`` lists it: nothing in it says whose it is."""
    sha256 = result.image.get("sha256") or sha256_of(each.path)
    flags = [flag.code for flag in result.flags]
    return {"case": each.case, "sha256": sha256, "status": str(result.status), "flags": flags}


def _index_row(each: Input, result: CaseResult, sha256: str | None) -> Sequence[object]:
    told = ("yes" if facts else "no" for facts in (result.person, result.setup))
    return (each.case, str(each.path), sha256, str(result.status), codes_of(result), *told)


def _settings(config: PredictConfig) -> dict[str, Any]:
    """The settings without paths, which may name a patient or a person."""
    settings = {name: value for name, value in vars(config).items() if name not in ("output", "model", "subjects")}
    return settings | {"own_model": config.model is not None, "subjects": config.subjects is not None}


def _summary(cases: list[dict[str, Any]], interrupted: bool, told: int | None, setups: int, links: int) -> Summary:
    refused = sum(case["status"] == Status.REFUSED for case in cases)
    flagged = sum(case["status"] == Status.MEASURED_WITH_FLAGS for case in cases)
    if interrupted:
        code = ExitCode.INTERRUPTED
    elif any(Refusal.INTERNAL_ERROR in case["flags"] for case in cases):
        code = ExitCode.OUR_BUG
    elif refused:
        code = ExitCode.ALL_REFUSED if refused == len(cases) else ExitCode.SOME_REFUSED
    else:
        code = ExitCode.ALL_MEASURED
    return Summary(code, len(cases) - refused, flagged, refused, interrupted, told, setups, links)
