"""The sampled population beside the published figures: what the tests hold and docs/population.md prints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mskdex.anatomy import MUSCLES
from mskdex.phantom.population.body import Body
from mskdex.phantom.population.lean import mean_attenuation_hu
from mskdex.phantom.population.muscles import mean_volume_cm3
from mskdex.phantom.population.muscles import muscle_correlation
from mskdex.phantom.population.muscles import muscle_covariance
from mskdex.phantom.population.person import Condition
from mskdex.phantom.population.person import Person
from mskdex.phantom.population.published import FIGURES
from mskdex.phantom.population.published import Published
from mskdex.phantom.population.sample import sample_person

MEAN_TOLERANCE_SD = 0.25
SD_RATIO = (0.8, 1.25)


@dataclass(frozen=True)
class Comparison:
    """A published figure beside the sampled one."""

    published: Published
    count: int
    mean: float
    sd: float

    @property
    def mean_error_sd(self) -> float:
        """Difference of the means in published SDs."""
        return (self.mean - self.published.mean) / self.published.sd

    @property
    def sd_ratio(self) -> float:
        return self.sd / self.published.sd

    @property
    def within(self) -> bool:
        return abs(self.mean_error_sd) <= MEAN_TOLERANCE_SD and SD_RATIO[0] <= self.sd_ratio <= SD_RATIO[1]


def community(rng: np.random.Generator, count: int) -> list[Person]:
    """People for the comparison: of eight, five healthy, two obese, one with an arthritic hip."""
    mix = (Condition.HEALTHY,) * 5 + (Condition.OBESITY,) * 2 + (Condition.HIP_OSTEOARTHRITIS,)
    return [sample_person(rng, condition=mix[index % len(mix)]) for index in range(count)]


def compare(people: Sequence[Person]) -> list[Comparison]:
    """Every published figure beside ``people``."""
    comparisons = []
    for published in FIGURES:
        values = np.array([published.measure(person) for person in people if published.chosen(person)])
        comparisons.append(Comparison(published, len(values), float(values.mean()), float(values.std(ddof=1))))
    return comparisons


def comparison_markdown(comparisons: Sequence[Comparison]) -> str:
    """The table of docs/population.md: first what the population was made from, then what it was not."""
    lines = ["| figure | published | sampled | mean off, SD | SD ratio | source |", "|---|---|---|---|---|---|"]
    for built_in, title in ((True, "*built in*"), (False, "*independent*")):
        lines.append(f"| {title} | | | | | |")
        lines += [_comparison_row(one) for one in comparisons if one.published.built_in is built_in]
    return "\n".join(lines)


def published_cells(told: Published) -> str:
    """The name of a figure and what was published of it, as the table begins a row."""
    return f"| {told.what} | {told.mean:.4g} ± {told.sd:.3g} |"


def _comparison_row(one: Comparison) -> str:
    told = one.published
    note = told.source if one.within or not told.reason else f"{told.source}. Misses: {told.reason}"
    # Of a difference between the sides the mean is zero but for a rounding: fixed digits there.
    sampled = f"{one.mean:.4g}" if told.mean else f"{one.mean:.2f}"
    return (
        f"{published_cells(told)} {sampled} ± {one.sd:.3g} | {one.mean_error_sd:+.2f} | {one.sd_ratio:.2f} | {note} |"
    )


EXAMPLES: tuple[tuple[str, Body], ...] = (
    ("woman 30, 163 cm, 62 kg", Body("female", 30.0, 163.0, 62.0)),
    ("woman 75, 159 cm, 65 kg", Body("female", 75.0, 159.0, 65.0)),
    ("man 30, 176 cm, 76 kg", Body("male", 30.0, 176.0, 76.0)),
    ("man 75, 173 cm, 78 kg", Body("male", 75.0, 173.0, 78.0)),
)


def mean_markdown() -> str:
    """Mean volume of one side (cm3) and attenuation (HU) of four healthy bodies, and the SD of log volume."""
    sd = np.sqrt(np.diag(muscle_covariance()))[::2]
    lines = [f"| muscle | {' | '.join(name for name, _ in EXAMPLES)} | log SD |", "|---" * (len(EXAMPLES) + 2) + "|"]
    for row, muscle in enumerate(MUSCLES):
        cells = [f"{mean_volume_cm3(body)[row]:.0f}, {mean_attenuation_hu(body)[row]:.0f} HU" for _, body in EXAMPLES]
        lines.append(f"| {muscle.display_name} | {' | '.join(cells)} | {sd[row]:.3f} |")
    return "\n".join(lines)


def correlation_markdown() -> str:
    """Correlation of log volume between muscles of one side, given body size, sex and age; last, across the sides."""
    matrix = muscle_correlation()
    numbers = range(1, len(MUSCLES) + 1)
    lines = ["| | | " + " | ".join(map(str, numbers)) + " | other side |", "|---" * (len(MUSCLES) + 3) + "|"]
    for row, muscle in enumerate(MUSCLES):
        cells = [f"{matrix[2 * row, 2 * column]:.2f}" for column in range(len(MUSCLES))]
        lines.append(
            f"| {row + 1} | {muscle.display_name} | {' | '.join(cells)} | {matrix[2 * row, 2 * row + 1]:.2f} |"
        )
    return "\n".join(lines)
