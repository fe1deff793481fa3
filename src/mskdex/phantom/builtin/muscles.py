"""What a muscle is here, and all of them by name."""

from dataclasses import dataclass

from mskdex.phantom.builtin.medial import Controls


@dataclass(frozen=True)
class Belly:
    """One belly or layer of a muscle: its skeleton in the reference body, and each row's share of femur against pelvis."""

    muscle: str
    controls: Controls
    on_femur: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.on_femur) != len(self.controls):
            raise ValueError(f"{self.muscle}: {len(self.controls)} rows but {len(self.on_femur)} shares")
