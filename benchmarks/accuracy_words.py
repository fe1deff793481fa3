"""What docs/accuracy.md says around its tables, which ``accuracy_page`` makes."""

from collections.abc import Iterator
from typing import Any

QUANTITIES = {"volume": "muscle volume", "lean_mass": "lean mass", "lean_fraction": "lean fraction"}
ALONE, TOLD = "U", "U, person known"

HEAD = """# How well the shipped model does

On **virtual patients** that it has never seen and whose anatomy (template) it has never seen either. These
figures say how well the method works where the truth is known. They are not clinical accuracy.

Row **U** is the shipped model: trained pixel by pixel on virtual patients in the radiograph's own pose. It reads the
image alone. In rows with the **person known** it is told sex, age, height and weight besides (`mskdex predict
--subjects`); in rows with the **setup known**, how far the X-ray source and the table were from the detector (from the
file, or `--sdd-mm` and `--table-mm`), by which it knows the magnification better: in one picture a large body near the
detector looks like a small one far from it.

**R0** and **R1** are controls without a network: a regression on the body's and the pelvis' size, and on those with
sex, age, height and weight. **R1, setup known** is given the two distances too. A correlation that a control reaches as
well is no merit of the image; the *partial* PCC is what the model knows beyond its control, which is R1, or, where the
setup is known, R1, setup known: what is left of the logarithms of both sides is correlated, since of the volumes
themselves a curve would be left that all who know the sizes share. *Bias* is the mean of read less true, with Bland and
Altman's limits of agreement (two standard deviations of a patient's difference), in percent of the mean truth, as the
MAE is. Means are over the muscles that lie wholly in view, and over the bones; intervals are of a bootstrap over
templates. **Clear radiographs** are those of which at most a twentieth of the body is all black or
all white: some simulated exposures are worse than a hospital would keep.

Figures of different phantoms (the version of how virtual patients are made) are not comparable: before phantom 3 posing
changed the volumes of muscles, and how a patient lies shows in the bones, which flattered models; before phantom 6
exposures were harsher than a hospital's, which did the opposite; up to phantom 7 a cohort's held-out persons could be
trained on in other bodies, if cohorts of one seed had different numbers of patients per template; up to phantom 13
slight muscles lay apart in fat, so that their outlines were plainer than people's, and bones were stretched in depth;
in phantom 14 the largest muscles of some strong men stayed short of what was drawn for them (the truth says what they
came to). Each section below names its own.

"""

RESPONSE = """
## When muscles waste and nothing else changes

The same body with other muscles: a quarter less of all, 16 % less on the right, a lean fraction less by 0.10, a
quarter less of one muscle alone; skeleton, fat under the skin, pose, camera, exposure and what is told stay as they
were. The response is the change of what is read over the change of what is true: 1 of a perfect reader, 0 of one that
only knows who lies there and how large. *Others* is how far readings of the muscles follow that stayed as they were,
as a share of that change: 0 of a perfect reader. Means over muscles, then over patients, with a 95 % interval
(bootstrap over patients). What the model is told of the person stays true, and it believes it: told that nothing has
changed, it follows a change less than it does from the image alone. Who looks for wasting should not tell it.

"""
REPEATED = """
## The same patient again

Four radiographs of each patient, in other poses, from other distances, exposed otherwise. The truth is the same, so a
perfect reader would read four times the same. Root mean square over patients of the coefficient of variation, %, mean
over structures that all four show whole, and in brackets its 95 % interval (bootstrap over patients), beside how far
patients differ, without which it says nothing.

"""

BOUNDS = """
## What is in the picture

Instead of a network that has to find it out, a regression is told what is true of the same patients' pictures: the area
that each structure covers and how it lies (*outlines*), the mean noise-free attenuation there (*attenuation*: contrast
curve, scatter and noise undone), sex, age, height and weight (*person*), and how far source and table were from the
detector (*setup*). It shows how far outlines and greys go, and so what is left for depth, which one radiograph does not
show. It is no bound in the strict sense: no reader sees the outlines of overlapping muscles so exactly. So outlines are
also drawn wrongly, each as a whole too large or too small by chance: areas that are *3 % off* and *7 % off* (standard
deviations, of each structure by itself).

"""

CROSS = """
## Trained on one anatomy, tested on another

Row U again, models of one size and length: trained on built-in patients alone, on patients of the atlas alone, on both.
The drop is what a model loses against the one trained on the tested anatomy itself, with its 95 % interval. They have
half the shipped model's channels and were trained for a fraction of its time, so what counts is how they differ. Told
the person they lose less, so part of what the image alone loses is how the other source shows sex, age, height and
weight. The sources share no persons.

With phantom 8 0.19 and 0.23 were lost; with phantom 9, whose pubic arches, sacra and fat agree by sex, 0.16 and 0.15;
with phantom 10, whose depths of the trunk, inlets and thickness of muscles at the hip agree too, 0.18 and 0.10; with
phantom 11, whose thighs agree, 0.17 and 0.11; with phantom 12, whose muscles grow in proportion to their thickness,
0.15 and 0.12. In phantom 13 all muscles reach their volumes and bodies have no step where thighs part: both models read
their own source a little better than before, if other patients may be compared, and the other no better: 0.18 and 0.14
were lost. Since then Muon moves the filters ([training.md](training.md)), and models may be told the setup. In as many
steps they learn more of their own source (0.78 instead of 0.73 on the atlas, 0.75 instead of 0.69 on the built-in
anatomy), and little or nothing more of the other (0.58 instead of 0.55; 0.54 instead of 0.56). So to learn more does
not close the gap: much of what is learnt beyond size and sex is a source's own. Told person and setup, models lose 0.11
and 0.08. Mean areas, cm2 (`anthropometry.py`):

"""

CUES = """
## What it takes the sexes' difference from

The mean woman and the mean man with skeleton, muscles and fat exchanged one by one, all deformed, posed and exposed
alike, the person not told. Only other muscles make other volumes; what a model says when the skeleton alone changes is
what it has learnt of who has such a skeleton. Natural logarithms of muscle volume, man over woman, and standard errors
over pairs of bodies.

"""


def prior(rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    """How much of each quantity is read in the picture, and how much is prior, of one anatomy's rows by name.

    Nothing of figures that have no partial correlation of each quantity: they are older than it.
    """
    if any(f"mean_{quantity}_partial_pcc" not in rows[ALONE] for quantity in QUANTITIES):
        return
    yield "What is read from the radiograph, and what is prior:"
    for quantity, words in QUANTITIES.items():
        yield f"- **{words.capitalize()}**: {_reached(rows, quantity)}. {_beyond(rows[ALONE], quantity)}"
    over = rows[ALONE].get("mean_pcc_over_r1")
    if over is not None:
        yield f"\n{_beside_r1(over)}"
    yield ""


def _reached(rows: dict[str, dict[str, Any]], quantity: str) -> str:
    figure = f"mean_{quantity}_pcc"
    alone, told, control = (rows[row][figure] for row in (ALONE, TOLD, "R1"))
    word = "above" if alone > control else "not above"
    return (
        f"PCC {alone:.2f} from the image alone, which is {word} the {control:.2f} that R1 reaches without one; "
        f"{told:.2f} told the person"
    )


def _beyond(row: dict[str, Any], quantity: str) -> str:
    """What is left given R1; a share of variance is the square of a correlation."""
    partial, (low, high) = (row[f"mean_{quantity}_partial_pcc{end}"] for end in ("", "_interval_95"))
    figures = f"partial PCC {partial:.2f} (95 % {low:.2f} to {high:.2f})"
    if low <= 0:
        return f"Beyond body size and person nothing is read that may not be chance ({figures}): it is prior."
    share = f"{100 * partial**2:.0f} %"
    return (
        f"Of the variance that body size and person leave open, the image tells {share} ({figures}); all else is prior."
    )


def _beside_r1(over: list[float]) -> str:
    """Whether the image alone is worth more than a regression without it."""
    value, low, high = over
    if low > 0:
        words = "From the image alone the model reads muscles better than R1 does without one"
    elif high < 0:
        words = "R1, without an image, reads muscles better than the model does from the image alone"
    else:
        words = "From the image alone the model cannot be told apart from R1, which has no image"
    return f"{words}: by {value:+.3f} of the mean PCC (95 % {low:+.3f} to {high:+.3f})."
