"""The pictures of docs/ablation.md: readings against truth by row, the control beside; and one patient's maps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from accuracy_cases import Group
from accuracy_cases import Read
from accuracy_cases import groups
from accuracy_cases import with_controls
from accuracy_scores import quantities_of
from mskdex.anatomy import LABEL_BY_NAME
from mskdex.model.checkpoint import load_model
from mskdex.training.examples import stored_example
from mskdex.training.library import Library
from mskdex.training.rows import Row

AGREEMENT = {
    "ablation-agreement.png": ("gluteus_medius_right", "volume", "cm3"),
    "ablation-agreement-lean.png": ("gluteus_medius_right", "lean_mass", "g"),
    "ablation-agreement-bone.png": ("femur_left", "bone_mass", "g"),
}
"""A muscle's volume and lean mass, and a bone's mass."""
MAPS = "ablation-maps.png"
SHOWN = ("gluteus_medius_right", "gluteus_maximus_left", "iliacus_right", "femur_left")
CONTROL = "R1"
IN_A_LINE = 7


def draw(train: Library, test: Library, models: Mapping[Row, Path], folder: Path) -> None:
    """All of them, from runs of one fold."""
    reads = _reads(train, test, models)
    for name, (structure, quantity, unit) in AGREEMENT.items():
        _draw_agreement(reads, structure, quantity, unit, folder / name)
    _draw_maps(test, models, folder / MAPS)


def _reads(train: Library, test: Library, models: Mapping[Row, Path]) -> dict[str, Read]:
    """What the control and each row read, from the image alone."""
    read: dict[str, Read] = {}
    [truth] = groups(train, None).values()
    for row, model in models.items():
        [group] = groups(test, load_model(model)).values()
        read = read or _of_control(group, truth)
        read[str(row)] = group.rows["U"]
    return read


def _of_control(group: Group, truth: Group) -> dict[str, Read]:
    return {CONTROL: with_controls(group, truth, (CONTROL,)).rows[CONTROL]}


def _draw_agreement(reads: Mapping[str, Read], structure: str, quantity: str, unit: str, path: Path) -> None:
    from matplotlib import pyplot as plt

    label = LABEL_BY_NAME[structure]
    lines, columns = -(-len(reads) // IN_A_LINE), min(IN_A_LINE, len(reads))
    size = (2.4 * columns, 4.6 * lines)
    figure, axes = plt.subplots(2 * lines, columns, figsize=size, squeeze=False, layout="constrained")
    for number, (row, read) in enumerate(reads.items()):
        line, column = divmod(number, columns)
        usable = read.usable[:, label.channel]
        found, true = (side[usable] for side in quantities_of(read.sums, label)[quantity])
        scatter, bland_altman = axes[2 * line, column], axes[2 * line + 1, column]
        _scatter(scatter, found, true)
        _bland_altman(bland_altman, found, true)
        scatter.set_title(_in_lines(row), fontsize=9)
        scatter.set_xlabel(f"truth, {unit}")
        bland_altman.set_xlabel(f"mean, {unit}")
        if column == 0:
            scatter.set_ylabel(f"read, {unit}")
            bland_altman.set_ylabel(f"read - truth, {unit}")
    for unused in axes.reshape(lines, 2, columns)[-1, :, len(reads) - (lines - 1) * columns :].flat:
        unused.set_axis_off()
    figure.suptitle(f"{label.display_name}, {quantity.replace('_', ' ')}", fontsize=10)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _scatter(axes: Any, found: np.ndarray, true: np.ndarray) -> None:
    axes.plot([true.min(), true.max()], [true.min(), true.max()], "--", color="grey", linewidth=1)
    axes.scatter(true, found, s=8, linewidths=0)


def _bland_altman(axes: Any, found: np.ndarray, true: np.ndarray) -> None:
    difference = found - true
    axes.scatter((true + found) / 2, difference, s=8, linewidths=0)
    for level in (-2, 0, 2):  # Bland & Altman 1986, as ``evaluation.agreement``
        axes.axhline(difference.mean() + level * difference.std(ddof=1), color="grey", linewidth=1)


def _draw_maps(test: Library, models: Mapping[Row, Path], path: Path) -> None:
    from matplotlib import pyplot as plt

    patient = next(iter(test))
    example = stored_example(patient.subject, patient.arrays)
    read = {
        row: load_model(folder).run(example.radiograph[None], example.told[None])[0][0]
        for row, folder in models.items()
    }
    stacks: dict[str, np.ndarray] = {"truth": example.thickness_cm, **{str(row): maps for row, maps in read.items()}}
    size = (1.7 * len(SHOWN), 1.6 * len(stacks))
    figure, axes = plt.subplots(len(stacks), len(SHOWN), figsize=size, squeeze=False, layout="constrained")
    for line, (name, maps) in zip(axes, stacks.items(), strict=True):
        for axis, label in zip(line, (LABEL_BY_NAME[each] for each in SHOWN), strict=True):
            axis.imshow(maps[label.channel], vmin=0, vmax=example.thickness_cm[label.channel].max(), cmap="magma")
            axis.set(xticks=[], yticks=[])
            if name == "truth":
                axis.set_title(label.display_name, fontsize=7)
        line[0].set_ylabel(_in_lines(name), fontsize=7)
    figure.savefig(path, dpi=80)


def _in_lines(row: str) -> str:
    return row.replace("+", "\n+")
