"""Tensors in, tensors out: the network, its losses, and the file that a prediction loads.

`checkpoint` and `card` need no torch; `generator`, `losses` and `export` do and are imported explicitly.
"""

from mskdex.model.card import Card
from mskdex.model.checkpoint import OnnxModel
from mskdex.model.checkpoint import load_model

__all__ = ["Card", "OnnxModel", "load_model"]
