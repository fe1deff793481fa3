"""``mskdex info`` and ``mskdex doctor``."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from mskdex.anatomy import BONES
from mskdex.anatomy import MUSCLES
from mskdex.anatomy import Structure
from mskdex.anatomy import View
from mskdex.cli.console import OUT
from mskdex.errors import ExitCode
from mskdex.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mskdex.model.card import Card


def info(*, model: Path | None = None) -> int:
    """Show what is measured, and the card of the model that measures it.

    Parameters
    ----------
    model
        Folder of a model of your own; the one in the package by default.
    """
    for title, structures in (("Muscles", MUSCLES), ("Bones", BONES)):
        measured = ", ".join(quantity.replace("_", " ") for quantity in structures[0].quantities)
        OUT.print(f"[bold]{title}[/]: {measured}")
        OUT.print(_structures(structures))
    OUT.print("Pelvis (name in tables: pelvis): both hip bones and the sacrum\n")
    from mskdex.workflows.info import read_card

    try:
        card = read_card(model)
    except ModelError:
        if model is not None:
            raise
        OUT.print("no model in this installation")
        return ExitCode.INTEGRITY
    OUT.print(_card(card))
    return ExitCode.ALL_MEASURED


def doctor(*, model: Path | None = None) -> int:
    """Look at this installation: versions, devices, what is missing and how to get it.

    Parameters
    ----------
    model
        Folder of a model of your own; the one in the package by default.
    """
    from mskdex.workflows.info import examine

    findings = examine(model)
    table = Table(box=None, show_header=False)
    for each in findings:
        mark = "[green]ok[/]" if each.in_order else ("[red]missing[/]" if each.needed else "[dim]-[/]")
        table.add_row(mark, escape(each.subject), escape(each.found))
        if not each.in_order:
            table.add_row("", "", escape(f"-> {each.advice}"))
    OUT.print(table)
    broken = [each for each in findings if each.needed and not each.in_order]
    OUT.print("something that predict needs is missing" if broken else "predict has all it needs")
    return ExitCode.RESOURCES if broken else ExitCode.ALL_MEASURED


def _structures(structures: tuple[Structure, ...]) -> Table:
    table = Table(box=None, header_style="dim")
    for heading in ("", "name in tables", "sides", "in view"):
        table.add_column(heading, no_wrap=True)
    for structure in structures:
        table.add_row(
            f"[{structure.colour}]■[/] {structure.display_name}",
            structure.name,
            "R, L" if structure.paired else "midline",
            "whole" if structure.view is View.WHOLE else "in part",
        )
    return table


def _card(card: "Card") -> Table:
    from mskdex.report.about import WITHOUT_IMAGE
    from mskdex.report.about import patients

    table = Table(box=None, show_header=False, title="Model", title_justify="left")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")  # a hash is one long word, and of use only whole
    rule = card.input
    map_mm = rule.spacing_mm * rule.map_stride
    grid = f"{rule.rows} x {rule.columns} pixels of {rule.spacing_mm:g} mm; maps of {map_mm:g} mm"
    rows = [("name", f"{card.name} {card.version}"), ("use", card.intended_use), ("input", grid)]
    rows += [(name.lower(), text) for name, text in patients(card)]
    for knowing, reading in card.readings.items():
        without = reading.controls.get(WITHOUT_IMAGE, {})
        for source, figures in reading.metrics.items():
            rows.append((f"test, {source}, {knowing.words}", _figures(figures, without.get(source, {}))))
    if not any(WITHOUT_IMAGE in reading.controls for reading in card.readings.values()):
        rows.append(("without the image", "the card does not say what body size, sex and age reach: perhaps as much"))
    rows += [("limit", limit) for limit in card.limits]
    rows.append(("sha256", card.sha256))
    for name, text in rows:
        table.add_row(name, escape(text))
    return table


def _figures(reached: "Mapping[str, float]", without: "Mapping[str, float]") -> str:
    """A model's figures by name, each with what a control reaches without the image."""
    each = (
        f"{name} {value:.3g}" + (f" (without the image {without[name]:.3g})" if name in without else "")
        for name, value in reached.items()
    )
    return ", ".join(each)
