"""A bootstrap over templates, all resamples at once: a resample is how often each patient is in it.

Patients of one template are alike, so templates are drawn, with all of theirs. Statistics are those of
``mskdex.evaluation``, of patients who count so often.
"""

import numpy as np

RESAMPLES = 2000
"""The ends of intervals decide what may be claimed: of so many, chance moves these by a sixtieth of a width."""

_RIDGE = 1e-9
"""Of the number of patients: less than any figure shows, and enough where a resample has too few different ones."""


def resamples(template: np.ndarray) -> np.ndarray:
    """[RESAMPLES, patients] how often each patient is drawn, of the names of the patients' templates."""
    rng = np.random.default_rng(0)
    names, place = np.unique(template, return_inverse=True)
    drawn = rng.integers(len(names), size=(RESAMPLES, len(names)))
    counts = np.stack([np.bincount(one, minlength=len(names)) for one in drawn])
    return counts[:, place].astype(np.float64)


def once(template: np.ndarray) -> np.ndarray:
    """[1, patients] everybody once: what a statistic is of the patients themselves."""
    return np.ones((1, len(template)))


def pearson(x: np.ndarray, y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[resamples] PCC of x and y [patients], of whom each counts so often [resamples, patients]."""
    x, y = x - x.mean(), y - y.mean()
    products = times @ np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    count, sum_x, sum_y, xx, xy, yy = products.T
    return _correlation(xx - sum_x**2 / count, xy - sum_x * sum_y / count, yy - sum_y**2 / count)


def icc(x: np.ndarray, y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[resamples] ``evaluation.agreement.icc_of_pair`` of x and y [patients], who count so often."""
    middle = (x.mean() + y.mean()) / 2
    x, y = x - middle, y - middle
    products = times @ np.column_stack([np.ones_like(x), x, y, (x + y) ** 2 / 4, (x - y) ** 2])
    count, sum_x, sum_y, mean_squared, difference_squared = products.T
    subjects = 2 * (mean_squared - ((sum_x + sum_y) / 2) ** 2 / count) / (count - 1)
    raters = (sum_x - sum_y) ** 2 / count / 2
    error = (difference_squared / 2 - raters) / (count - 1)
    total = subjects + error + 2 / count * (raters - error)
    return np.where(total > 0, (subjects - error) / np.where(total > 0, total, 1.0), np.nan)


def mae_percent(x: np.ndarray, y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[resamples] mean absolute error of x [patients] in percent of the mean of y, who count so often."""
    return 100 * (times @ np.abs(x - y)) / np.abs(times @ y)


def partial_correlation(
    measured: np.ndarray, truth: np.ndarray, given: np.ndarray, group: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """[resamples] ``evaluation.controls.partial_correlation`` of patients who count so often [resamples, patients]."""
    positive = (measured > 0) & (truth > 0)
    sides = np.log(np.column_stack([measured, truth])[positive])
    given, group, times = given[positive], group[positive], times[:, positive]
    left = np.zeros((len(times), 2, 2))
    for one in np.unique(group):
        members = group == one
        left += _left(sides[members], given[members], times[:, members])
    return _correlation(left[:, 0, 0], left[:, 0, 1], left[:, 1, 1])


def _left(sides: np.ndarray, given: np.ndarray, times: np.ndarray) -> np.ndarray:
    """[resamples, 2, 2] sums of products of what is left of both sides [patients, 2] by least squares; not a number
    where too few patients are there to fit."""
    spread = given.std(axis=0)
    design = np.column_stack([np.ones(len(given)), (given - given.mean(axis=0)) / np.where(spread > 0, spread, 1.0)])
    sides = sides - sides.mean(axis=0)
    terms, count = design.shape[1], times.sum(axis=1)
    normal = _sums(times, design, design) + _RIDGE * np.maximum(count, 1)[:, None, None] * np.eye(terms)
    mixed = _sums(times, design, sides)
    left = _sums(times, sides, sides) - np.swapaxes(mixed, 1, 2) @ np.linalg.solve(normal, mixed)
    left[(count > 0) & (count <= terms + 1)] = np.nan
    return left


def _sums(times: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[resamples, columns of a, columns of b] weighted sums of products."""
    products = (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)
    return (times @ products).reshape(len(times), a.shape[1], b.shape[1])


def _correlation(xx: np.ndarray, xy: np.ndarray, yy: np.ndarray) -> np.ndarray:
    scale = np.sqrt(np.maximum(xx, 0) * np.maximum(yy, 0))
    return np.where(scale > 0, xy / np.where(scale > 0, scale, 1.0), np.nan)
