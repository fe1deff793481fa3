"""What a muscle is here: bellies with a skeleton in the reference body, tied to pelvis and femur."""

from dataclasses import dataclass

from mskdex.phantom.builtin.medial import Controls
from mskdex.phantom.builtin.medial import controls


@dataclass(frozen=True)
class Belly:
    """One belly or layer of a muscle: its skeleton, and each row's share of the femur against the pelvis (0 to 1)."""

    muscle: str
    skeleton: Controls
    on_femur: tuple[float, ...]


def belly(muscle: str, table: str) -> Belly:
    """A belly from a table: each line "share of femur : x y z radius | x y z radius ...", origin first."""
    shares, rows = zip(*(line.split(":") for line in table.strip().splitlines()), strict=True)
    return Belly(muscle, controls("\n".join(rows)), tuple(float(share) for share in shares))
