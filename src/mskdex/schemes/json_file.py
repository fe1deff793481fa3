"""A label scheme of one's own, as a JSON file.

::

    {
      "schema": 1,
      "name": "ward-3",
      "source": "drawn by our radiographers, 2025",
      "codes": {"1": ["femur_right"], "2": ["iliacus_right", "psoas_major_right"], "3": []},
      "inexact": ["femur_right"]
    }

``codes`` maps every id in the label volumes to the names of our labels that it holds; ``[]`` is an id that is known and
holds none of them. ``inexact`` may be left out.
"""

import json
from pathlib import Path
from typing import Any

from mskdex.errors import UsageError
from mskdex.schemes.scheme import LabelScheme

SCHEMA = 1
_REQUIRED = {"schema", "name", "source", "codes"}
_OPTIONAL = {"inexact"}


def read_scheme(path: Path) -> LabelScheme:
    """Read and check a scheme.

    Raises:
        UsageError: the file is not there, not JSON, or not a scheme; the message says where, and what is accepted.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_without_doubles)
    except OSError as error:
        raise UsageError(f"cannot read the label scheme {path.name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the label scheme {path.name} is not valid JSON: {error}") from error
    except UsageError as error:
        raise UsageError(f"the label scheme {path.name} {error}") from error
    try:
        return _scheme(document)
    except UsageError as error:
        raise UsageError(f"the label scheme {path.name} {error}") from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON readers keep the last of two equal keys and say nothing: a muscle would silently change its name.
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        raise UsageError(f"has {next(key for key in keys if keys.count(key) > 1)!r} twice")
    return document


def _scheme(document: Any) -> LabelScheme:
    if not isinstance(document, dict):
        raise UsageError("must be an object with schema, name, source and codes")
    if _REQUIRED - document.keys():
        raise UsageError(f"lacks {', '.join(sorted(_REQUIRED - document.keys()))}")
    if document.keys() - _REQUIRED - _OPTIONAL:
        unknown = ", ".join(sorted(document.keys() - _REQUIRED - _OPTIONAL))
        raise UsageError(f"has unknown entries: {unknown}; accepted are {', '.join(sorted(_REQUIRED | _OPTIONAL))}")
    if type(document["schema"]) is not int or document["schema"] != SCHEMA:
        raise UsageError(f"has schema {document['schema']!r}; this version reads schema {SCHEMA}")
    codes = document["codes"]
    if not isinstance(codes, dict) or not codes:
        raise UsageError('must have codes such as {"1": ["femur_right"]}')
    return LabelScheme(
        name=_text(document, "name"),
        source=_text(document, "source"),
        codes={_code(key): _names(names, f"code {key}") for key, names in codes.items()},
        inexact=frozenset(_names(document.get("inexact", []), "inexact")),
    )


def _text(document: dict[str, Any], key: str) -> str:
    if not isinstance(document[key], str) or not document[key].strip():
        raise UsageError(f"needs a {key} of at least one letter")
    return str(document[key])


def _code(key: str) -> int:
    # Only the plain decimal form: int() would also take "1_0", " 1" and "01", and two spellings could be one code.
    if not (key.isascii() and key.isdigit() and str(int(key[:6])) == key):
        raise UsageError(f"has the code {key[:20]!r}; codes are whole numbers such as 7")
    return int(key)


def _names(names: Any, where: str) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"needs a list of label names for {where}, [] where it holds none")
    return tuple(names)
