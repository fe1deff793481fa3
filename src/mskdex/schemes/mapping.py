"""A foreign label volume in our numbers. Apart from the schemes themselves, because it needs numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mskdex.anatomy import LABELS
from mskdex.anatomy import REST_LABEL
from mskdex.anatomy import Label
from mskdex.errors import StudyError
from mskdex.schemes.scheme import LARGEST_CODE
from mskdex.schemes.scheme import LabelScheme
from mskdex.types import LabelVolume

WHOLE_TOLERANCE = 1e-3
"""Labels stored as floats may miss their whole number by less than this."""

_UNKNOWN = 255
_TABLE_ROWS = 12


@dataclass(frozen=True)
class MappedLabels:
    """A label volume ``[i, j, k]`` of ours, made from a foreign one.

    ``labels`` holds 0 where the foreign volume holds 0 (outside the body or not named: only the CT can tell), 1..41 for
    our structures, 42 for what the scheme names and we do not, and the keys of ``merged`` (43 and up) where the scheme
    measures several of ours together: projected with ``n_labels``, a group has its own channel. ``absent`` are the
    structures that the scheme knows and this volume lacks.
    """

    labels: LabelVolume
    merged: Mapping[int, tuple[Label, ...]]
    absent: tuple[Label, ...]

    @property
    def n_labels(self) -> int:
        return len(LABELS) + len(self.merged)


def map_labels(volume: NDArray[Any], scheme: LabelScheme) -> MappedLabels:
    """Translate a label volume ``[i, j, k]`` of integers, or of floats that are whole within 1e-3; never guesses an id.

    Raises:
        StudyError: ``labels_shape`` (not a volume of numbers), ``labels_not_whole``, ``labels_unknown`` (with a table
            of the ids), or ``labels_empty`` (nothing of ours in it).
    """
    if volume.ndim != 3 or volume.dtype.kind not in "buif":
        found = f"{volume.ndim} dimensions of {volume.dtype}"
        raise StudyError("labels_shape", f"a label volume has three dimensions of numbers; this one has {found}")
    lookup = np.full(LARGEST_CODE + 1, _UNKNOWN, np.uint8)
    lookup[0] = 0
    for code in scheme.codes:
        lookup[code] = scheme.value_of(code)
    labels = np.empty(volume.shape, np.uint8)
    unknown: dict[int, int] = {}
    for k in range(volume.shape[2]):  # slice by slice: float64 copies of a whole CT would be gigabytes
        codes = _whole(np.asarray(volume[:, :, k], np.float64))
        known = (codes >= 0) & (codes <= LARGEST_CODE)
        labels[:, :, k] = np.where(known, lookup[np.where(known, codes, 0).astype(np.intp)], _UNKNOWN)
        strange, counts = np.unique(codes[labels[:, :, k] == _UNKNOWN], return_counts=True)
        for code, count in zip(strange.tolist(), counts.tolist(), strict=True):
            unknown[int(code)] = unknown.get(int(code), 0) + count
    if unknown:
        raise StudyError("labels_unknown", _unknown_message(unknown, scheme))
    return _mapped(labels, scheme)


def foreign_labels(labels: LabelVolume, scheme: LabelScheme) -> NDArray[np.uint16]:
    """Our label volume as the scheme's program would write it: what it does not know is 0.

    Where several of its ids make up one structure of ours, the least of them stands for all.
    """
    lookup = np.zeros(len(LABELS) + 1, np.uint16)
    by_name = {label.name: label.value for label in LABELS}
    for code in sorted(scheme.codes, reverse=True):
        for name in scheme.codes[code]:
            lookup[by_name[name]] = code
    return np.asarray(lookup[labels])


def _whole(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    whole = np.rint(np.where(finite, values, 0.0))
    wrong = ~finite | (np.abs(np.where(finite, values, 0.0) - whole) >= WHOLE_TOLERANCE)
    if wrong.any():
        raise StudyError(
            "labels_not_whole",
            f"labels must be whole numbers, but one is {values[wrong][0]:g}; "
            "were they resampled with interpolation? Nearest neighbour keeps labels whole",
        )
    return whole


def _mapped(labels: LabelVolume, scheme: LabelScheme) -> MappedLabels:
    present = set(np.flatnonzero(np.bincount(labels.ravel(), minlength=_UNKNOWN)).tolist())
    expected = {value: held for value, held in scheme.values.items() if value != REST_LABEL.value}
    if not present & expected.keys():
        raise StudyError("labels_empty", f"the labels hold none of our structures that the scheme {scheme.name} knows")
    absent = [label for value, held in expected.items() if value not in present for label in held]
    merged = {value: held for value, held in expected.items() if value > len(LABELS)}
    return MappedLabels(labels, merged, tuple(sorted(absent, key=lambda label: label.value)))


def _unknown_message(unknown: dict[int, int], scheme: LabelScheme) -> str:
    commonest = sorted(unknown, key=lambda code: -unknown[code])[:_TABLE_ROWS]
    rows = [f"  {code:>10}  {unknown[code]:>10}" for code in sorted(commonest)]
    more = [f"  and {len(unknown) - len(rows)} more"] if len(unknown) > len(rows) else []
    return "\n".join(
        [
            f"the labels hold ids that the scheme {scheme.name} does not know:",
            f"  {'id':>10}  {'voxels':>10}",
            *rows,
            *more,
            "name the scheme that wrote them, or give a JSON scheme that lists these ids ([] for what is not needed)",
        ]
    )
