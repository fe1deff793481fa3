"""Who is held out stays held out, whatever cohort they are in."""

import numpy as np

from mskdex.cohort.randomness import patient_randomness


def _drawn(kind: str, seed: int, index: int, per_template: int, stream: tuple[int, ...] = ()) -> float:
    return float(patient_randomness(kind, seed, index, per_template, stream).random())


def test_a_template_has_the_same_persons_however_many_share_it() -> None:
    few = {(index // 3, index % 3): _drawn("builtin", 5, index, 3) for index in range(30)}
    many = {(index // 8, index % 8): _drawn("builtin", 5, index, 8) for index in range(80)}
    assert few.items() <= many.items()


def test_nobody_is_drawn_twice() -> None:
    drawn = [
        _drawn(kind, seed, index, 4) for kind in ("builtin", "atlas", "ct") for seed in (1, 2) for index in range(50)
    ]
    drawn += [_drawn("builtin", 1, index, 4, (7,)) for index in range(50)]
    assert len(np.unique(drawn)) == len(drawn)
