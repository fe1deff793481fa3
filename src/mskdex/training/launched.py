"""What torchrun tells each process that it starts: read from the environment, so that a command line needs no torch."""

import os


def started() -> int:
    """How many processes train together, on all machines; 1 without torchrun."""
    return int(os.environ["WORLD_SIZE"]) if _by_torchrun() else 1


def started_here() -> int:
    """How many of them on this machine."""
    return int(os.environ["LOCAL_WORLD_SIZE"]) if _by_torchrun() else 1


def is_first() -> bool:
    """Whether this process is the one that writes, and speaks."""
    return not _by_torchrun() or os.environ["RANK"] == "0"


def _by_torchrun() -> bool:
    # As torch.distributed.is_torchelastic_launched asks: other launchers set RANK and WORLD_SIZE too.
    return "TORCHELASTIC_RUN_ID" in os.environ
