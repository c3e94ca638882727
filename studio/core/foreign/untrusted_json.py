"""JSON files that somebody else may have written, read with a limit on everything: size, depth, kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studio.core.error_text import system_reason
from studio.core.problem import ProblemError
from studio.core.units import memory
from studio.core.words import tr

MOST_BYTES = 64 * 2**20
"""No configuration is larger; tokenizers, which may be, are not read here."""
MOST_DEPTH = 100


def read_object(path: Path, remedy: str, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """The JSON object in a file; raises ProblemError with `remedy` for anything else.

    A file of more than `most_bytes` is not read, and one nested more than a hundred deep is rejected.
    """
    try:
        if not path.is_file():
            raise ValueError(tr("there is no such file"))
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise ValueError(tr("it is larger than {size}", size=memory(most_bytes)))
        return parse_object(content)
    except (OSError, ValueError, RecursionError) as error:
        raise ProblemError.at(str(path), tr("it cannot be read ({said}).", said=_said(error)), remedy) from None


def parse_object(content: bytes | str) -> dict[str, Any]:
    """The JSON object in a text; raises ValueError or RecursionError for anything else."""
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError(tr("it is not a JSON object"))
    if _deeper_than(found, MOST_DEPTH):
        raise ValueError(tr("it is nested more than {n} deep", n=MOST_DEPTH))
    return found


def _deeper_than(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        if not inner:
            return False
        level = inner
    return True


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return tr("it is nested too deeply")
    if isinstance(error, OSError):
        return system_reason(error)
    return str(error)
