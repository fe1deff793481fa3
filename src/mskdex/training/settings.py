"""A run's settings on disk: written once, and never continued with others."""

import json
import logging
from dataclasses import asdict
from typing import Any

from mskdex.errors import UsageError
from mskdex.files import write_bytes
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.told import TOLD_RULE
from mskdex.training.config import TrainConfig
from mskdex.training.lineage import known_sources
from mskdex.training.lineage import model_of
from mskdex.training.state import CHECKPOINTS
from mskdex.training.state import latest

logger = logging.getLogger(__name__)

CONFIG = "config.json"
_MAY_CHANGE = {
    "cohorts",
    "run",
    "start",
    "start_sources",
    "threads",
    "accelerator",
    "minutes",
    "processes",
    "reread_cohort",
    "samples",
}
"""The model to start from may lie elsewhere later; its weights' hash may not change."""


def keep_settings(config: TrainConfig, processes: int) -> None:
    """Write the settings down, or refuse to continue a run that was begun with others.

    Args:
        config: The settings.
        processes: How many train. Other than begun with, a run goes on, and says so: its mathematics change a little
            (``training.processes``).

    Raises:
        UsageError: naming the settings that differ.
    """
    path, now = config.run / CONFIG, {**_resolved(config), "processes": processes}
    if not path.exists() or latest(config.run / CHECKPOINTS) is None:  # nothing to continue: a start that was refused
        write_bytes(path, (json.dumps(now, indent=1) + "\n").encode())
        return
    demand_begun_with(config, processes)


def demand_begun_with(config: TrainConfig, processes: int) -> None:
    """Refuse a run that was begun with other settings, whatever is left of it.

    Raises:
        UsageError: naming the settings that differ; or nothing says what they were.
    """
    path, now = config.run / CONFIG, {**_resolved(config), "processes": processes}
    if not path.exists():
        raise UsageError(f"{config.run.name} has no {CONFIG}, so nobody can say how it was trained")
    begun = json.loads(path.read_text(encoding="utf-8"))
    changed = sorted(name for name in now if name not in _MAY_CHANGE and begun.get(name) != now[name])
    if changed:
        raise UsageError(f"{config.run.name} was begun with another {', '.join(changed)}; choose a new run folder")
    if begun.get("processes", processes) != processes:
        logger.warning("begun with processes: %d; goes on with processes: %d", begun["processes"], processes)


def _resolved(config: TrainConfig) -> dict[str, Any]:
    card = None if config.start is None else Card.read(model_of(config.start) / CARD)
    begun_with = {
        "start_sha256": None if card is None else card.sha256,
        "start_sources": [] if card is None else known_sources(card),
    }
    # What the code decides, too: it may be changed, and a run must not go on under another recipe, told other facts.
    decided = {"recipe": json.loads(json.dumps(asdict(config.recipe))), "facts_told": [*TOLD_RULE]}
    return {**config.to_dict(), **decided, **begun_with}
