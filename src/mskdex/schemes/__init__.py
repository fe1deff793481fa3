"""Label schemes: which ids other programs write into their label volumes, and which of our labels they mean.

A scheme need not fit ours: several of its ids may make one of our structures (the three adductors), one id may hold
several of ours (*merged*: an iliopsoas is iliacus and psoas major), an id may hold more or less than our structure
(*inexact*), and ours may be *missing* from it. Whatever is not measured alone and exactly is ``masked``: a loss must
not learn from it. Data only; what needs numpy is in ``mskdex.schemes.mapping``, which nobody here imports.
"""

from pathlib import Path

from mskdex.errors import UsageError
from mskdex.schemes.json_file import read_scheme
from mskdex.schemes.known import SCHEMES
from mskdex.schemes.scheme import LabelScheme

__all__ = ["SCHEMES", "LabelScheme", "get_scheme", "read_scheme"]


def get_scheme(name_or_path: str | Path) -> LabelScheme:
    """A scheme by its name, or read from a JSON file (a path that ends in ``.json``).

    Raises:
        UsageError: neither a known name nor a readable scheme.
    """
    if str(name_or_path) in SCHEMES:
        return SCHEMES[str(name_or_path)]
    if Path(name_or_path).suffix.lower() == ".json":
        return read_scheme(Path(name_or_path))
    raise UsageError(
        f"unknown label scheme {str(name_or_path)!r}; give {', '.join(sorted(SCHEMES))}, or the path of a .json scheme"
    )
