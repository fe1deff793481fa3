"""The two ways in which a generator may answer. Imports no torch, so that settings may speak of them."""

from enum import StrEnum


class Head(StrEnum):
    """How mass follows from what the network sees."""

    PLAIN = "plain"
    """Thickness and mass are two independent maps, each positive."""
    LEAN = "lean"
    """Mass is thickness times a density between its bounds: lean volume can never exceed volume."""
