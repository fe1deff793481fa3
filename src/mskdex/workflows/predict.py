"""``predict``: radiographs in, measurements, maps and reports out. One bad file never stops the rest."""

import logging
import time
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Literal

from mskdex.cohort.atomic import FolderLock
from mskdex.errors import ExitCode
from mskdex.errors import ImageRefused
from mskdex.errors import MskdexError
from mskdex.errors import ResourceError
from mskdex.errors import UsageError
from mskdex.images.isolation import DECODER
from mskdex.images.radiograph import PLAUSIBLE_SDD_MM
from mskdex.images.radiograph import Radiograph
from mskdex.images.radiograph import read_radiograph
from mskdex.inference.gate import refuse_children
from mskdex.inference.predict import Model
from mskdex.inference.predict import Prediction
from mskdex.inference.predict import demand_our_input
from mskdex.inference.predict import model_id
from mskdex.inference.predict import predict as infer
from mskdex.inference.predict import refuse
from mskdex.model.checkpoint import load_model
from mskdex.report.files import make_folder
from mskdex.report.files import replacing
from mskdex.report.files import sweep
from mskdex.report.files import write_bytes
from mskdex.report.files import write_json
from mskdex.report.maps import write_maps
from mskdex.report.page import render
from mskdex.report.pictures import draw
from mskdex.report.tables import COLUMNS
from mskdex.report.tables import INDEX_COLUMNS
from mskdex.report.tables import Table
from mskdex.report.tables import rows_of
from mskdex.result import CaseResult
from mskdex.result import Status
from mskdex.workflows.inputs import Ids
from mskdex.workflows.inputs import Input
from mskdex.workflows.inputs import find_inputs
from mskdex.workflows.inputs import is_number
from mskdex.workflows.inputs import sha256_of
from mskdex.workflows.run import Run

logger = logging.getLogger(__name__)

MEASUREMENTS = "measurements.json"
MAPS = "maps.npz"
REPORT = "report.html"
TABLES = ("measurements.csv", "index.csv")
OUR_BUG = "internal_error"


@dataclass(frozen=True)
class PredictConfig:
    """Settings of one ``predict``.

    Attributes:
        output: Folder of the results; what is there from an earlier run of the same cases is replaced, and an earlier
            run of more numbered cases is refused.
        spacing_mm: Pixel size on the detector plane; needed for pictures that are not DICOM, overrides DICOM.
        sdd_mm: Source-detector distance; overrides DICOM. It is recorded; the model does not use it.
        polarity: How bone looks as shown; overrides DICOM.
        model: A model's folder; the one in the package by default.
        threads: CPU threads of the network; as many as there are cores by default.
        image: Whether the report shows the radiograph.
        subjects: CSV that says who the patients are (``workflows.persons``); the model is told of those whose row is
            complete.
        ids: How cases are called.
    """

    output: Path
    spacing_mm: float | None = None
    sdd_mm: float | None = None
    polarity: Literal["bright", "dark"] | None = None
    model: Path | None = None
    threads: int | None = None
    image: bool = True
    subjects: Path | None = None
    ids: Ids = Ids.NUMBER


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


def _ignore(_: CaseDone) -> None:
    return


def predict(
    images: Sequence[Path], config: PredictConfig, *, watch: Callable[[CaseDone], None] = _ignore, debug: bool = False
) -> Summary:
    """Measure radiographs: tables of all of them, and of each its figures, maps and a page to read.

    Args:
        images: Files, or folders of files.
        config: The settings.
        watch: Told of every case when it is done.
        debug: Let errors of ours pass instead of counting them as refusals.

    Raises:
        UsageError: a path or table is wrong, or the output holds an earlier run's further cases; nothing was measured.
        ModelError: the model is not what it claims; nothing was measured.
        ResourceError: disk or memory ran out; what was written is whole.
    """
    _demand_a_distance(config.sdd_mm)
    inputs = find_inputs(images, config.output, config.ids, config.subjects)
    _refuse_other_cases(inputs, config.output)
    DECODER.start()  # it gets ready while the model is loaded
    model = load_model(config.model, threads=config.threads)
    demand_our_input(model.card)
    make_folder(config.output)
    lock = FolderLock(config.output / ".mskdex.lock")
    lock.acquire()
    try:
        sweep(config.output, TABLES)
        return _measure_all(inputs, model, config, watch, debug)
    finally:
        lock.release()


def _demand_a_distance(sdd_mm: float | None) -> None:
    low, high = PLAUSIBLE_SDD_MM
    if sdd_mm is not None and not low <= sdd_mm <= high:
        raise UsageError(f"--sdd-mm is {sdd_mm:g} mm; expected {low:g} to {high:g}")


def _refuse_other_cases(inputs: list[Input], output: Path) -> None:
    """Each run numbers its cases anew: a report of an older one that nothing replaces would pass for one of its own."""
    replaced = {each.case for each in inputs}
    others = sorted({path.parent.name for path in output.glob(f"*/{REPORT}") if is_number(path.parent.name)} - replaced)
    if others:
        raise UsageError(
            f"{output.name} holds cases of an earlier run that this one would not replace ({len(others)}: {others[0]}, "
            "...); choose another folder, or remove them"
        )


def _measure_all(
    inputs: list[Input], model: Model, config: PredictConfig, watch: Callable[[CaseDone], None], debug: bool
) -> Summary:
    run = Run("predict", _settings(config))
    cases: list[dict[str, Any]] = []
    told, interrupted, stopped = 0, False, None
    with ExitStack() as stack:
        measurements = Table(stack.enter_context(replacing(config.output / TABLES[0])), COLUMNS)
        index = Table(stack.enter_context(replacing(config.output / TABLES[1])), INDEX_COLUMNS)
        try:
            for number, each in enumerate(inputs, start=1):
                started = time.monotonic()
                result = _measure(each, model, config, debug)
                measurements.add(rows_of(result))
                cases.append(_record(each, result))
                index.add([_index_row(each, result, cases[-1]["sha256"])])
                told += result.person is not None
                watch(CaseDone(number, len(inputs), each, result, time.monotonic() - started))
        except KeyboardInterrupt:
            interrupted = True  # the tables of what was done are written
        except ResourceError as error:
            stopped = error  # they are written first
    summary = _summary(cases, interrupted, told if config.subjects else None)
    model_record = {**vars(model_id(model.card))}
    status = stopped.exit_code if stopped else summary.exit_code
    run.finish(config.output, status, model=model_record, interrupted=interrupted, cases=cases)
    if stopped:
        raise stopped
    return summary


def _record(each: Input, result: CaseResult) -> dict[str, Any]:
    """A case as ``run.json`` lists it: nothing in it says whose it is."""
    sha256 = result.image.get("sha256") or sha256_of(each.path)
    flags = [flag.code for flag in result.flags]
    return {"case": each.case, "sha256": sha256, "status": str(result.status), "flags": flags}


def _index_row(each: Input, result: CaseResult, sha256: str | None) -> Sequence[object]:
    code = result.flags[0].code if result.status is Status.REFUSED else ""
    return (each.case, str(each.path), sha256, str(result.status), code, "yes" if result.person else "no")


def _measure(each: Input, model: Model, config: PredictConfig, debug: bool) -> CaseResult:
    """Measure and write one case; whatever its file does, the answer is a result."""
    folder = config.output / each.case
    make_folder(folder)
    # A run that is cut off here must not leave an older result that looks like this one's.
    for name in (MEASUREMENTS, MAPS, REPORT):
        (folder / name).unlink(missing_ok=True)
    sweep(folder, (MEASUREMENTS, MAPS, REPORT))
    radiograph = None
    try:
        radiograph = read_radiograph(
            each.path, spacing_mm=config.spacing_mm, polarity=config.polarity, sdd_mm=config.sdd_mm
        )
        if each.row is not None:
            refuse_children(each.row.age_years)
        prediction = infer(radiograph, model, each.case, each.row.person if each.row else None)
        _write(folder, radiograph, prediction, model, with_radiograph=config.image)
        return prediction.result
    except ImageRefused as refused:
        return _write_refused(folder, refuse(refused, model.card, each.case, radiograph), model)
    except MskdexError:
        raise
    except MemoryError as error:
        raise ResourceError("memory ran out; what was written before is whole and stays") from error
    except Exception as error:
        if debug:
            raise
        logger.exception("%s: an error of ours", each.case)
        ours = ImageRefused(OUR_BUG, f"mskdex failed on this image ({type(error).__name__}); please report it")
        return _write_refused(folder, refuse(ours, model.card, each.case, radiograph), model)


def _write(
    folder: Path, radiograph: Radiograph, prediction: Prediction, model: Model, *, with_radiograph: bool
) -> None:
    """``measurements.json`` comes last: where it is, the case is whole."""
    maps = prediction.maps
    pictures = draw(
        radiograph.pixels,
        radiograph.field,
        prediction.placement,
        maps.thickness_cm,
        with_radiograph=with_radiograph,
    )
    write_maps(folder / MAPS, maps.thickness_cm, maps.mass_g_per_cm2, maps.field, maps.spacing_mm)
    write_bytes(folder / REPORT, render(prediction.result, model.card, pictures))
    write_json(folder / MEASUREMENTS, prediction.result.to_dict())


def _write_refused(folder: Path, result: CaseResult, model: Model) -> CaseResult:
    write_bytes(folder / REPORT, render(result, model.card, None))
    write_json(folder / MEASUREMENTS, result.to_dict())
    return result


def _settings(config: PredictConfig) -> dict[str, Any]:
    """The settings without paths, which may name a patient or a person."""
    settings = {name: value for name, value in vars(config).items() if name not in ("output", "model", "subjects")}
    return settings | {"own_model": config.model is not None, "subjects": config.subjects is not None}


def _summary(cases: list[dict[str, Any]], interrupted: bool, told: int | None) -> Summary:
    refused = sum(case["status"] == Status.REFUSED for case in cases)
    flagged = sum(case["status"] == Status.MEASURED_WITH_FLAGS for case in cases)
    if interrupted:
        code = ExitCode.INTERRUPTED
    elif any(OUR_BUG in case["flags"] for case in cases):
        code = ExitCode.OUR_BUG
    elif refused:
        code = ExitCode.ALL_REFUSED if refused == len(cases) else ExitCode.SOME_REFUSED
    else:
        code = ExitCode.ALL_MEASURED
    return Summary(code, len(cases) - refused, flagged, refused, interrupted, told)
