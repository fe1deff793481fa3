"""Which precision a run computes in, where its settings leave that to the machine."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from mskdex.training.config import Accelerator
from mskdex.training.config import Precision
from mskdex.training.config import TrainConfig
from mskdex.training.settings import CONFIG

_CPU_INSTRUCTIONS = ("avx512_bf16", "amx_bf16")
"""A CPU with one of them computes in bfloat16 at twice the speed; one without imitates it, at a tenth or less."""


def with_precision(config: TrainConfig) -> TrainConfig:
    """The settings with a precision named: as they have it, else as their run was begun, else the machine's faster."""
    if config.precision is not Precision.AUTO:
        return config
    begun = config.run / CONFIG
    settings = json.loads(begun.read_text(encoding="utf-8")) if begun.exists() else {}
    return replace(config, precision=Precision(settings.get("precision", faster(config.accelerator))))


def faster(accelerator: Accelerator) -> Precision:
    """bf16-mixed where the device computes in bfloat16 itself, else 32-true."""
    if accelerator is not Accelerator.CPU and torch.cuda.is_available():
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        # Older releases of torch cannot tell.
        known: Mapping[str, Any] = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
        native = any(known.get(name, False) for name in _CPU_INSTRUCTIONS)
    return Precision.BFLOAT16 if native else Precision.FLOAT32
