"""Measurements as a table on the terminal."""

from rich.table import Table

from mskdex.anatomy import BY_NAME
from mskdex.anatomy import Quantity
from mskdex.anatomy import Side
from mskdex.anatomy import Tissue
from mskdex.report.words import figure
from mskdex.report.words import is_doubtful
from mskdex.result import CaseResult
from mskdex.result import Measurement

_Figures = dict[tuple[str, Side, Quantity], Measurement]


def table_of(result: CaseResult) -> Table:
    """Right and left beside each other; mass is lean mass or bone mass.

    Why a figure is missing (-) or doubtful (?), the report says.
    """
    table = Table(title=f"{result.case}  (research use only)", title_justify="left", box=None, header_style="dim")
    table.add_column("structure", no_wrap=True)
    for heading in ("R, cm3", "L, cm3", "R, g", "L, g", "lean R, %", "L, %"):
        table.add_column(heading, justify="right")
    figures: _Figures = {(one.structure, one.side, one.quantity): one for one in result.measurements}
    for name in dict.fromkeys(one.structure for one in result.measurements):
        structure = BY_NAME.get(name)
        is_muscle = structure is not None and structure.tissue is Tissue.MUSCLE
        quantities = [Quantity.VOLUME, Quantity.LEAN_MASS if is_muscle else Quantity.BONE_MASS]
        quantities += [Quantity.LEAN_FRACTION] if is_muscle else []
        cells = [cell for quantity in quantities for cell in _cells(figures, name, quantity)]
        table.add_row(structure.display_name if structure else "Pelvis", *cells)
    return table


def _cells(figures: _Figures, name: str, quantity: Quantity) -> tuple[str, str]:
    middle = figures.get((name, Side.MIDLINE, quantity))
    if middle is not None:
        return "", _cell(middle)
    return _cell(figures[name, Side.RIGHT, quantity]), _cell(figures[name, Side.LEFT, quantity])


def _cell(one: Measurement) -> str:
    return "-" if one.value is None else figure(one.value, one.unit) + ("?" if is_doubtful(one) else "")
