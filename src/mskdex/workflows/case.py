"""One case of ``predict``, from its file to its folder."""

import logging
from pathlib import Path

from mskdex.codes import Refusal
from mskdex.errors import ImageRefused
from mskdex.errors import MskdexError
from mskdex.errors import ResourceError
from mskdex.files import make_folder
from mskdex.files import sweep
from mskdex.files import write_bytes
from mskdex.files import write_json
from mskdex.images.radiograph import Radiograph
from mskdex.images.radiograph import read_radiograph
from mskdex.inference.gate import refuse_children
from mskdex.inference.predict import Model
from mskdex.inference.predict import Prediction
from mskdex.inference.predict import predict as infer
from mskdex.inference.predict import refuse
from mskdex.report.maps import write_maps
from mskdex.report.page import render
from mskdex.report.pictures import draw
from mskdex.result import CaseResult
from mskdex.workflows.inputs import Input
from mskdex.workflows.predict_config import PredictConfig

logger = logging.getLogger(__name__)

MEASUREMENTS = "measurements.json"
MAPS = "maps.npz"
REPORT = "report.html"


def measure_case(each: Input, model: Model, config: PredictConfig) -> CaseResult:
    """Measure one radiograph and write its figures, maps and page; whatever its file does, the answer is a result.

    Raises:
        ResourceError: disk or memory ran out.
    """
    folder = config.output / each.case
    make_folder(folder)
    # A run that is cut off here must not leave an older result that looks like this one's.
    for name in (MEASUREMENTS, MAPS, REPORT):
        (folder / name).unlink(missing_ok=True)
    sweep(folder, (MEASUREMENTS, MAPS, REPORT))
    radiograph = None
    try:
        radiograph = read_radiograph(
            each.path,
            spacing_mm=config.spacing_mm,
            polarity=config.polarity,
            sdd_mm=config.sdd_mm,
            table_mm=config.table_mm,
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
        logger.exception("%s: an error of ours", each.case)
        ours = ImageRefused(
            Refusal.INTERNAL_ERROR, f"mskdex failed on this image ({type(error).__name__}); please report it"
        )
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
    stacks = maps.thickness_cm, maps.mass_g_per_cm2
    write_maps(folder / MAPS, *stacks, maps.field, maps.spacing_mm, prediction.placement)
    write_bytes(folder / REPORT, render(prediction.result, model.card, pictures))
    write_json(folder / MEASUREMENTS, prediction.result.to_dict())


def _write_refused(folder: Path, result: CaseResult, model: Model) -> CaseResult:
    write_bytes(folder / REPORT, render(result, model.card, None))
    write_json(folder / MEASUREMENTS, result.to_dict())
    return result
