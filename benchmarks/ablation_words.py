"""What docs/ablation.md says around its tables; whatever depends on figures is made from the JSON that has them."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from ablation_scores import KNOWN
from mskdex.training.controls import CONTROLS

Figures = dict[str, Any]
"""A row of the table."""
SHAPELESS = 0.5
"""Maps that correlate less with the true ones have hardly any shape."""

HEAD = """# What each idea is worth

Rows on one cohort of **virtual patients**: all trained on the same training patients, all scored on the same held-out
ones. Rows A to D see what a hospital has: a stored radiograph, the CT of the same patient in another pose, its sums,
and the CT registered to the radiograph by its bones, of which rows C and D see the bones, the rows named "carried" the
muscles too, as the bones carry them along. Row U-stored sees pixel-wise pairs in the radiograph's own pose, which only
virtual patients have, of the same stored radiographs; row U-exposed sees them exposed anew at each step; row U sees
every body deformed besides. R0 and R1 are controls without a network; R1 knows sex, age, height and weight, "R1, setup
known" also how far source and table were from the detector. Every network may be told both, and was trained now with
and now without: one table has what each reads in the image alone, one what it reads told all. In every row Muon moves
the generator's filters (docs/training.md). The rows themselves are in `training/rows.py`. *Partial PCC*: of logarithms,
beside R1, or, where the setup is known, beside R1 that knows it too; so is *PCC over R1*. *Gap closed*: what a row adds
to a control, as a share of what a row with pixel-wise pairs adds: of the image alone from R0 to U-stored; of what is
told all from R1, which knows as much, to U. These figures are not clinical accuracy.

One seed, and the folds and steps of the command below: rows whose intervals overlap may change places in longer runs.
"""
PICTURES = """
## Pictures

Truth and reading of one muscle's volume and lean mass and of one bone's mass, by R1, which sees no image, and by row;
and what is off against the mean of both:

![Volume: scatter and Bland-Altman plots by row](ablation-agreement.png)

![Lean mass: the same](ablation-agreement-lean.png)

![Bone mass: the same](ablation-agreement-bone.png)

Thickness maps of one held-out patient: the truth, then each row's.

![Maps of one patient by row](ablation-maps.png)

## What was seen
"""
CARRIED = """
Virtual patients are kind to the rows named "carried": they too move by a blend of pelvis and thighs, though by another
one, and their CTs and segmentations are perfect. How much of it a hospital keeps, only a hospital can tell. Rows that
the command does not name were not trained for this table. Row A, a CycleGAN, was not
trained for longer than the others, nor with a learning rate of its own, so it is no fair baseline here.
"""


def seen(record: dict[str, Any], rows: list[Figures]) -> Iterator[str]:
    """What the figures of one fold say in words; a record without some of them says nothing of these."""
    yield from _runs(record)
    models = [row for row in rows if row["row"] not in CONTROLS]
    for told, words in ((False, "from the image alone"), (True, "told all that R1 is told")):
        yield from _beside_r1([row for row in models if row["row"].endswith(KNOWN) is told], words)
    yield from _beside_parents([row for row in models if not row["row"].endswith(KNOWN)])
    yield from _shapes([row for row in models if not row["row"].endswith(KNOWN)])
    fold = rows[0]["fold"] if rows else None
    yield from _best([one for one in record.get("best_d", []) if one["fold"] == fold])


def _runs(record: dict[str, Any]) -> Iterator[str]:
    settings, start = record.get("settings"), record.get("start")
    if settings:
        size = f"{settings['steps']} steps of {settings['batch']} patients, {settings['width']:g} of the usual channels"
        yield f"\nSeen in runs of {size}."
    if start:
        taught = " and ".join(f"{count} patients of {source}" for source, count in sorted(start["patients"].items()))
        size = f"{start['width']:g} of the usual channels, of {start['steps_done']} steps on {taught}"
        yield f"START is a model of row {start['row']}, {size} ({start['sha256'][:12]})."


def _beside_r1(rows: list[Figures], how: str) -> Iterator[str]:
    """Plainly, which rows an equation without an image equals or beats."""
    key = "mean_pcc_over_R1_95"
    above, below, neither = _parted(rows, key)
    if not (above or below or neither):
        return
    yield f"\nMuscles {how}, 95 % intervals of the mean PCC over R1's:"
    yield f"- better than R1: {_names(above)};"
    yield f"- not to be told apart from R1: {_names(neither)};"
    yield f"- worse than R1: {_names(below)}."
    if not above:
        yield f"\nSo R1, which has no image, beats, or within chance equals, every row {how}."
    elif below or neither:
        yield f"\nSo R1, which has no image, beats, or within chance equals, {_names([*below, *neither])}."


def _beside_parents(rows: list[Figures]) -> Iterator[str]:
    better, worse, neither = _parted(rows, "mean_pcc_over_parent_95")
    if better or worse or neither:
        made = {row["row"]: row["parent"] for row in rows if "parent" in row}
        named = [[f"{row} ({made[row]})" for row in part] for part in (better, worse, neither)]
        yield "\nBeside the row that each was made from, in brackets, from the image alone:"
        yield f"- better: {_names(named[0])};"
        yield f"- worse: {_names(named[1])};"
        yield f"- not to be told apart: {_names(named[2])}."


def _shapes(rows: list[Figures]) -> Iterator[str]:
    shapeless = [row["row"] for row in rows if row.get("mean_map_pixel_correlation", 1.0) < SHAPELESS]
    if shapeless:
        yield (
            f"\nMaps of {_names(shapeless)} have hardly any shape (pixel correlation below {SHAPELESS}): what is read "
            "in them is a sum, not a place."
        )


def _best(found: Iterable[Figures]) -> Iterator[str]:
    for one in found:
        low, high = one["mean_pcc_over_U_95"]
        than = "worse than" if high < 0 else "better than" if low > 0 else "not to be told apart from"
        chosen = "on validation patients" if one["chosen_on"] == "validation" else "on these very patients"
        yield (
            f"\nThe best row of D, chosen {chosen}, is {one['row']}: {than} U told as much, "
            f"by {one['mean_pcc_over_U']:+.3f} of the mean PCC ({low:+.3f} to {high:+.3f})."
        )


def _parted(rows: list[Figures], key: str) -> tuple[list[str], list[str], list[str]]:
    """Names of rows whose interval lies above 0, below 0, on both sides; of rows that have one."""
    known = [(row["row"].removesuffix(KNOWN), *row[key]) for row in rows if key in row]
    above, below = ([name for name, low, high in known if side(low, high)] for side in (_above, _below))
    return above, below, [name for name, low, high in known if not (_above(low, high) or _below(low, high))]


def _above(low: float, high: float) -> bool:
    return low > 0


def _below(low: float, high: float) -> bool:
    return high < 0


def _names(names: list[str]) -> str:
    return ", ".join(names) if names else "none"
