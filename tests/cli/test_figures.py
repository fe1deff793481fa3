"""The table on the terminal hides no doubt that the report shows."""

import io

from rich.console import Console

from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.cli.figures import table_of
from mskdex.result import CaseResult
from mskdex.result import Measurement
from mskdex.result import ModelId
from mskdex.result import Status


def test_missing_and_doubtful_figures_are_marked() -> None:
    sides = (Side.RIGHT, Side.LEFT)
    rows = [Measurement("femur", side, quantity, "g", 300.0) for side in sides for quantity in Quantity]
    rows[0] = Measurement("femur", Side.RIGHT, Quantity.VOLUME, "cm3", None, reason="metal")
    rows[4] = Measurement("femur", Side.LEFT, Quantity.VOLUME, "cm3", 250.0, flags=("outside_training_range",))
    file = io.StringIO()
    Console(file=file, width=100).print(
        table_of(CaseResult("c", ModelId("m", "1", ""), {}, None, None, Status.MEASURED, measurements=tuple(rows)))
    )
    assert file.getvalue().splitlines()[-1].split() == ["Femur", "-", "250?", "300", "300"]
