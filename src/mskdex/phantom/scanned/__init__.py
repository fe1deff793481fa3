"""Anatomy from a labelled CT: what its labels name is kept, what they do not name is told from its HU."""

from mskdex.phantom.scanned.template import template_from_ct

__all__ = ["template_from_ct"]
