"""``run.json``: what every command that writes leaves behind about itself. The only file that holds the time of day."""

import platform
from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mskdex import __version__
from mskdex.files import write_json

SCHEMA = 1
NAME = "run.json"
_PACKAGES = ("numpy", "scipy", "onnxruntime", "pydicom", "pillow", "numba", "torch")


class Run:
    """A command from its start to its exit status."""

    def __init__(self, command: str, config: Mapping[str, Any]) -> None:
        self._started = datetime.now(UTC)
        self._record: dict[str, Any] = {
            "schema": SCHEMA,
            "command": command,
            "config": dict(config),
            "versions": versions(),
        }

    def finish(self, folder: Path, exit_status: int, **found: Any) -> None:
        """Write the record; ``found`` is what the command has to say beside (model, cases, warnings)."""
        finished = datetime.now(UTC)
        times = {
            "started": self._started.isoformat(timespec="seconds"),
            "finished": finished.isoformat(timespec="seconds"),
            "seconds": round((finished - self._started).total_seconds(), 2),
        }
        write_json(folder / NAME, {**self._record, **found, **times, "exit_status": int(exit_status)})


def versions() -> dict[str, str]:
    """Ours, Python's, and those of the packages that figures depend on; without importing any of them."""
    found = {"mskdex": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
