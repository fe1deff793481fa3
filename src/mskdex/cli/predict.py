"""``mskdex predict``."""

from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated
from typing import Literal

from cyclopts import Parameter
from cyclopts import validators

from mskdex.cli.console import ERR
from mskdex.cli.console import OUT
from mskdex.cli.console import progress
from mskdex.cli.terminable import terminable
from mskdex.codes import FlagCode
from mskdex.errors import UsageError

if TYPE_CHECKING:
    from mskdex.workflows.predict import CaseDone
    from mskdex.workflows.predict import Summary

Positive = validators.Number(gt=0)


def predict(
    *images: Path,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    spacing_mm: Annotated[float | None, Parameter(validator=Positive)] = None,
    sdd_mm: Annotated[float | None, Parameter(validator=Positive)] = None,
    table_mm: Annotated[float | None, Parameter(validator=validators.Number(gte=0))] = None,
    polarity: Literal["bright", "dark"] | None = None,
    model: Path | None = None,
    threads: Annotated[int | None, Parameter(validator=Positive)] = None,
    image: Annotated[bool, Parameter(negative="--no-image")] = True,
    subjects: Path | None = None,
    ids: Literal["number", "stem"] = "number",
    example: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Measure radiographs: muscle volumes, lean masses and bone masses, with maps and a report each.

    Parameters
    ----------
    images
        AP hip or pelvis radiographs: DICOM (CR, DX, SC), or PNG, TIFF, JPEG with --spacing-mm.
        Folders are searched; links in them are not followed.
    output
        Folder for measurements.csv, index.csv, run.json, and a folder per case with report.html.
        One with results of other files is refused.
    spacing_mm
        Pixel size on the detector plane; overrides what a file says.
    sdd_mm
        Distance from source to detector; overrides what a file says. The file's table then needs --table-mm too.
    table_mm
        Distance from the table top or wall stand at the patient's back to the detector; overrides what a file says.
        Told this and the source's distance, the model knows the magnification better; of one alone it is not told.
    polarity
        How bone looks in the image as a viewer shows it; overrides what a file says.
    model
        Folder of a model of your own; the one in the package by default.
    threads
        CPU threads; all cores by default.
    image
        Show the radiograph in the report; --no-image leaves it out.
    subjects
        CSV with radiograph (the file), sex, age, height_cm, weight_kg: the model is told, where a row is complete.
    ids
        Call cases by number, or by the file's name (which may identify a patient).
    example
        Measure the radiograph of a virtual patient that comes with mskdex.
    """
    from mskdex.workflows.inputs import Ids
    from mskdex.workflows.predict import predict as run
    from mskdex.workflows.predict_config import PredictConfig

    chosen = [*images, *([_example()] if example else [])]
    if not chosen:
        raise UsageError("no image: name some, or try --example")
    config = PredictConfig(output, spacing_mm, sdd_mm, table_mm, polarity, model, threads, image, subjects, Ids(ids))
    done: list[CaseDone] = []
    with progress("measuring") as advance:

        def watch(news: "CaseDone") -> None:
            # Only the last result is kept: ten thousand of them would fill the memory.
            done[:] = [news]
            advance(news.number, news.total, _line(news))

        with terminable():
            summary = run(chosen, config, watch=watch)
    _tell(summary, done, output, table_mm)
    return int(summary.exit_code)


def _example() -> Path:
    from mskdex.workflows.examples import example_radiograph

    return example_radiograph()


def _line(news: "CaseDone") -> str:
    result = news.result
    codes = ", ".join(flag.code for flag in result.flags)
    status = str(result.status).replace("_", " ")
    line = f"{news.input.case}  {status}  {news.seconds:.1f} s" + (f"  ({codes})" if codes else "")
    if result.status == "refused":
        refusal, *others = result.flags
        # An inverted picture looks like no hip: the cure is in the flag, not in the refusal.
        cures = [flag.message for flag in others if flag.code == FlagCode.POLARITY_DOUBTFUL]
        line = f"{news.input.case}  refused ({refusal.code}): {'; '.join([refusal.message, *cures])}"
    return line


def _tell(summary: "Summary", done: "list[CaseDone]", output: Path, table_mm: float | None) -> None:
    if summary.measured == 1 and summary.refused == 0 and done:
        from mskdex.cli.figures import table_of

        OUT.print(table_of(done[0].result))
        OUT.print(f"report: {output / done[0].input.case / 'report.html'}", markup=False)
    else:
        remarks = f" ({summary.with_flags} with remarks)" if summary.with_flags else ""
        OUT.print(f"{summary.measured} measured{remarks}, {summary.refused} refused; results in {output}", markup=False)
    if summary.measured + summary.refused > 1:
        if summary.told is not None:
            OUT.print(f"the model was told who {summary.told} of the patients are")
        if summary.setups or table_mm is not None:
            where = f"for {summary.setups} of the radiographs, how far source and table were from the detector"
            OUT.print(f"the model was told, {where}")
    if summary.links:
        left = "1 link in the folders was" if summary.links == 1 else f"{summary.links} links in the folders were"
        OUT.print(f"{left} not followed; name what is to be measured")
    if summary.interrupted:
        ERR.print("interrupted: the tables hold what was done")
